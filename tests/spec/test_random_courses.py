"""Times to response, remission and relapse of random courses, against the rules in plain Python.

The rules are written out here once more, one assessment after the other, and know nothing of
tables, limits and windows.
"""

import random
from dataclasses import dataclass
from itertools import zip_longest

import pytest

# what ends the waiting without the event, the weightiest first
COMPETING = ("death", "switch", "retreatment", "drop_out")
CONFIRMING = ("hospitalisation", "retreatment", "switch")


@dataclass(frozen=True)
class Scale:
    """What the rules need to know of a scale; scores grow worse from `best` to `worst`."""

    instrument: str
    best: int
    worst: int
    moderate: int
    remission: int
    mapping: str = ""

    @property
    def sign(self) -> int:
        return 1 if self.best < self.worst else -1

    def left(self, score: int) -> int:
        """Return how much is left, counted from no symptoms."""
        return self.sign * (score - self.best)

    def responds(self, baseline: int, score: int) -> bool:
        return 2 * self.left(score) <= self.left(baseline)

    def remits(self, baseline: int, score: int) -> bool:
        return self.left(score) <= self.left(self.remission)

    def ill(self, baseline: int, score: int) -> bool:
        moderate = self.left(score) >= self.left(self.moderate)
        return moderate and not self.responds(baseline, score)


SCALES = (
    Scale("phq9", 0, 27, 10, 4),
    Scale("cgi_s", 1, 7, 4, 2),
    Scale(
        "wellbeing",
        25,
        0,
        13,
        18,
        '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n'
        'caseness = 13\nremission = ["wellbeing_le18"]\n',
    ),
)
Pairs = list[tuple[int, int]]
Events = list[tuple[int, str]]


def random_course(draw: random.Random, scale: Scale) -> tuple[Pairs, Events]:
    """Return scores and events on few days, so that much falls on one day; rows in any order."""
    low, high = sorted((scale.best, scale.worst))
    ill = [s for s in range(low, high + 1) if scale.left(s) >= scale.left(scale.moderate) - 1]
    days = sorted(draw.sample(range(1, 20), draw.randint(0, 8)))
    scores = [(day, draw.randint(low, high)) for day in days]
    scores += [(day, draw.choice(ill)) for day in (-20, -3, 0) if draw.random() < 0.7]
    if draw.random() < 0.3 and scores:
        day, score = draw.choice(scores)
        scores.append((day, draw.choice((score, draw.randint(low, high)))))
    names = (*COMPETING, "hospitalisation")
    events = [
        (draw.randint(-2, 24), draw.choice(names)) for _ in range(draw.choice((0, 0, 1, 1, 2, 3)))
    ]
    draw.shuffle(scores)
    return scores, events


def usable(scores: Pairs) -> dict[int, int]:
    """Return one score per day; days with different scores are left out."""
    days = {day: {score for on, score in scores if on == day} for day, _ in scores}
    return {day: min(days[day]) for day in sorted(days) if len(days[day]) == 1}


def waits(clock: int, met: int | None, last: int | None, events: Events) -> str:
    """Return how the waiting ends that began on a day."""
    ends = [(day, COMPETING.index(e)) for day, e in events if e in COMPETING and day > clock]
    if met is not None and (not ends or met <= min(ends)[0]):
        return f"met {met - clock}"
    if ends:
        day, place = min(ends)
        return f"{COMPETING[place]} {day - clock}"
    return "not followed" if last is None else f"censored {last - clock}"


def relapse(scale: Scale, baseline: int, after: dict[int, int], events: Events) -> str:
    started = [day for day, score in after.items() if scale.responds(baseline, score)]
    if not started:
        return "not started"
    later = [day for day in after if day > started[0]]
    met = None
    for day, following in zip_longest(later, later[1:]):
        again = following is not None and scale.ill(baseline, after[following])
        until = 10_000 if following is None else following
        confirmed = any(e in CONFIRMING and day <= on <= until for on, e in events)
        if met is None and scale.ill(baseline, after[day]) and (again or confirmed):
            met = day
    return waits(started[0], met, later[-1] if later else None, events)


def expected(
    scale: Scale, window: tuple[int, int], scores: Pairs, events: Events
) -> dict[str, str]:
    """Return the three answers by the rules, in the words of the drawn tables."""
    kept = usable(scores)
    before = [day for day in kept if window[0] <= day <= window[1]]
    names = ("response_event", "remission_event", "relapse_event")
    if not before or scale.left(kept[before[-1]]) < scale.left(scale.moderate):
        return dict.fromkeys(names, "not counted")
    baseline = kept[before[-1]]
    after = {day: score for day, score in kept.items() if day > max(before[-1], 0)}
    last = max(after, default=None)
    found = []
    for meets in (scale.responds, scale.remits):
        met = next((day for day, score in after.items() if meets(baseline, score)), None)
        found.append(waits(0, met, last, events))
    return dict(zip(names, (*found, relapse(scale, baseline, after, events)), strict=True))


def drawn(pairs) -> str:
    return " ".join(f"{day}:{what}" for day, what in pairs) or "-"


@pytest.mark.parametrize("window", [(-14, 0), (-20, 3)], ids=str)
@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.instrument)
def test_the_engine_answers_as_the_rules_do(scale, window, differences) -> None:
    draw = random.Random(f"courses on {scale.instrument}")
    courses = [random_course(draw, scale) for _ in range(200)]
    answers = [expected(scale, window, *course) for course in courses]
    columns = list(answers[0])
    # every way to end is among them, or the comparison would say little
    for column in columns:
        ends = {answer[column].split()[0] for answer in answers}
        assert ends >= {"met", "censored", "not", *COMPETING}, column
    rows = [
        " | ".join([drawn(scores), drawn(events), *answer.values()])
        for (scores, events), answer in zip(courses, answers, strict=True)
    ]
    for clinic in (rows[:100], rows[100:]):
        table = "\n".join([" | ".join(["scores", "events", *columns]), *clinic])
        for backwards in (False, True):
            asked = {"instrument": scale.instrument, "baseline": f"{window[0]}:{window[1]}"}
            assert differences(table, scale.mapping, backwards, **asked) == []
