"""What happens in one episode: severity over time, assessments, sessions and events."""

import math
from dataclasses import dataclass

import numpy as np
from program import SCALES, Modality

Row = tuple[int | str, ...]


@dataclass(frozen=True)
class Setting:
    """What is known about an episode before it starts."""

    modality: Modality
    propensity: float  # standard normal: how well this patient does for this treatment
    early_loss: float  # chance of being lost before the acute endpoint, at average severity
    anxious: bool
    instruments: dict[str, float]
    last_day: int  # as-of date, or the day before the patient's next episode
    followed_by: str  # event that opens the next episode, or ""


@dataclass(frozen=True)
class Path:
    """The severity of one episode in PHQ-9 points, before measurement noise."""

    before: float
    reduction: float  # final share of the severity that treatment takes away
    effect_days: float
    relapse_day: float  # infinite when there is none
    lost: float  # share of the improvement that a relapse takes away
    retreatment_day: float  # infinite when there is none

    def fraction(self, day: float) -> float:
        """Share of the baseline severity left on a day."""
        if day <= 0:
            return 1.0
        gone = self.lost * _ramp(day, self.relapse_day, 45)
        back = 0.75 * _ramp(day, self.retreatment_day, 30)
        reached = 1 - math.exp(-day / self.effect_days)
        return 1 - self.reduction * reached * (1 - gone * (1 - back))

    def severity(self, day: float) -> float:
        return self.before * self.fraction(day)


def _ramp(day: float, start: float, length: float) -> float:
    return min(1.0, max(0.0, (day - start) / length)) if math.isfinite(start) else 0.0


def _final_reduction(modality: Modality, propensity: float) -> float:
    share = 0.5 * (1 + math.erf(propensity / math.sqrt(2)))
    points = (0.0, 1 - modality.respond, 1 - modality.remit, 1.0)
    return float(np.interp(share, points, (-0.2, 0.5, 0.77, 1.0)))


def draw_path(rng: np.random.Generator, setting: Setting, maintained: bool) -> Path:
    """Baseline severity, improvement, and relapse for those who improved."""
    modality = setting.modality
    already_better = rng.random() < 0.05
    before = rng.uniform(4, 9) if already_better else rng.normal(modality.baseline, 3.6)
    reduction = _final_reduction(modality, setting.propensity)
    effect_days = modality.effect_days * math.exp(0.35 * rng.normal())
    chance = modality.relapse * (0.35 if maintained else 1.0)
    onset = 55 + rng.exponential(90)
    if setting.followed_by:
        chance, onset = max(chance, 0.7), max(50.0, min(onset, setting.last_day - 60.0))
    relapse_day = onset if reduction >= 0.45 and rng.random() < chance else math.inf
    retreated = rng.random() < 0.35 and modality.course != "none" and not setting.followed_by
    return Path(
        before=min(27.0, max(1.0, before)),
        reduction=reduction,
        effect_days=effect_days,
        relapse_day=relapse_day,
        lost=rng.uniform(0.7, 1.0),
        retreatment_day=relapse_day + 75 if retreated else math.inf,
    )


def observed_until(rng: np.random.Generator, setting: Setting, path: Path) -> tuple[int, bool]:
    """Last day on which the patient is seen, and whether that is a loss to follow-up.

    Sicker patients are lost early more often; at each visit those still ill leave more often.
    """
    early = setting.early_loss * math.exp(0.16 * (path.before - 17.5))
    planned = int(rng.choice((183, 365, 365, 540, 800))) + int(rng.integers(0, 45))
    if setting.modality.effect_days > 60:
        planned = 1200
    end = min(setting.last_day, planned)
    if rng.random() < min(early, 0.85):
        lost_on = int(rng.integers(1, 17))
        return (lost_on, True) if lost_on < end else (end, False)
    previous = 0
    for visit in setting.modality.visits:
        if visit >= end:
            break
        per_day = 0.0008 * math.exp(0.15 * (path.severity(visit) - 8))
        if rng.random() > math.exp(-per_day * (visit - previous)):
            return visit + 1, True
        previous = visit
    return end, False


def assessments(
    rng: np.random.Generator, setting: Setting, path: Path, end: int
) -> list[tuple[str, int, int | str]]:
    """Rows of instrument, day and score; an empty score was begun and not completed."""
    given = {"phq9": 1.0, "gad7": 0.93} | {
        name: 0.7 for name, share in setting.instruments.items() if rng.random() < share
    }
    anxiety = 2 + 0.5 * path.before + 2.0 * setting.anxious + rng.normal(0, 2.6)
    rows: list[tuple[str, int, int | str]] = []
    for day in _baseline_days(rng) + _visit_days(rng, setting.modality, end):
        for name, share in given.items():
            if rng.random() > (max(share, 0.97) if day <= 0 else share):
                continue
            severity = path.severity(day)
            if name == "gad7":
                severity = max(0.0, anxiety) * (0.25 + 0.75 * path.fraction(day))
            score = "" if rng.random() < 0.005 else measured(rng, name, severity)
            rows.append((name, day, score))
    return rows


def measured(rng: np.random.Generator, name: str, severity: float) -> int:
    """One whole score: the severity on the instrument's scale, with noise."""
    intercept, slope, extra, maximum = SCALES[name]
    noise = (0.6 + 0.06 * severity) * slope + extra * min(1.0, severity / 8)
    return max(0, min(maximum, round(intercept + slope * severity + rng.normal(0, noise))))


def _baseline_days(rng: np.random.Generator) -> list[int]:
    """Most have one assessment in days -14 to 0, a third two, about one in twenty none."""
    kind = rng.random()
    if kind < 0.045:
        return [-int(rng.integers(18, 45))] if rng.random() < 0.5 else []
    last = -int(rng.integers(0, 8))
    return [last - int(rng.integers(2, 30)), last] if kind < 0.38 else [last]


def _visit_days(rng: np.random.Generator, modality: Modality, end: int) -> list[int]:
    days: set[int] = set()
    for planned in modality.visits:
        jitter = 0 if planned == 1 else round(float(rng.normal(0, 1.2 + 0.035 * planned)))
        day = max(2, planned + jitter) if planned > 1 else 1
        missed = 0.25 if planned == 1 else 0.15
        if rng.random() >= missed and day <= end:
            days.add(day)
    return sorted(days)


def course_sessions(
    rng: np.random.Generator, course: str, planned: int, maintained: bool, path: Path, end: int
) -> list[Row]:
    """Rows of session number, day and phase, in order; none after the patient is last seen."""
    done = planned if rng.random() < 0.88 else max(1, round(planned * rng.uniform(0.4, 0.95)))
    days = [(day, "induction") for day in induction_days(course, done)]
    last = days[-1][0] if days else 0
    if course in ("ect", "esketamine") and path.reduction >= 0.5:
        days += [(last + 7 * week, "continuation") for week in range(1, 5)]
        last += 28
    if maintained:
        gap = {"esketamine": 14, "ketamine": 28}.get(course, 30)
        days += [(last + gap * k + int(rng.integers(-3, 4)), "maintenance") for k in range(1, 11)]
    if math.isfinite(path.retreatment_day):
        again = int(path.retreatment_day)
        days = [(day, phase) for day, phase in days if day < again]
        count = max(1, min(planned, 20) // 2)
        days += [(again + day, "retreatment") for day in induction_days(course, count)]
    seen = [(day, phase) for day, phase in sorted(days) if day <= end]
    return [(number, day, phase) for number, (day, phase) in enumerate(seen, start=1)]


def induction_days(course: str, count: int) -> list[int]:
    """The days of the first `count` sessions of a course."""
    week = {
        "rtms": (0, 1, 2, 3, 4),
        "accelerated": tuple(day for day in range(5) for _ in range(10)),
        "ect": (0, 2, 4),
        "ketamine": (0, 3),
        "esketamine": (0, 3),
        "psilocybin": (0,),
        "psychotherapy": (0,),
        "none": (),
    }[course]
    gap = 21 if course == "psilocybin" else 7
    return [gap * (k // len(week)) + week[k % len(week)] for k in range(count)] if week else []


def course_events(
    rng: np.random.Generator, setting: Setting, path: Path, end: int, lost: bool
) -> list[tuple[int, str]]:
    """Rows of day and event, none after the last day of the episode."""
    events: list[tuple[float, str]] = []
    if path.retreatment_day <= end:
        events.append((path.retreatment_day, "retreatment"))
    if lost and rng.random() < 0.6:
        events.append((end + int(rng.integers(0, 10)), "drop_out"))
    if path.reduction < 0.4 and not lost and not setting.followed_by and rng.random() < 0.2:
        events.append((min(end, int(rng.integers(60, 170))), "switch"))
    ill = path.before > 21 or math.isfinite(path.relapse_day)
    if rng.random() < (0.07 if ill else 0.02):
        start = path.relapse_day + 30 if math.isfinite(path.relapse_day) else 20
        events.append((start + int(rng.integers(0, 120)), "hospitalisation"))
    known = [(int(day), name) for day, name in events if day <= setting.last_day]
    if setting.followed_by:
        known.append((setting.last_day + 1, setting.followed_by))
    return known
