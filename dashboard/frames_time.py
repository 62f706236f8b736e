"""Curves as frames ready to draw or to list: steps, numbers at risk, summaries, landmarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.curve_results import Curves, CurveStep, CurveSummary, Landmark
from analysis.events import COMPETING, EVENTS
from analysis.policy import LOCAL
from dashboard import words
from dashboard.frames import Modalities, group_labels

INCIDENCE, EVENT_FREE = "incidence", "event_free"
EVENT_LABELS = {name: found.label for name, found in EVENTS.items()}
FEWEST = 5  # a curve is cut where fewer than this are at risk
SHORT = 183  # days up to which the axis is in weeks
DAYS_PER_MONTH = 365.25 / 12
MOST_TICKS = 10
CURVE_COLUMNS = [
    "group_id",
    "group_label",
    "day",
    "percent",
    "percent_low",
    "percent_high",
    "share_text",
    "interval_text",
    "at_risk_text",
]


@dataclass(frozen=True)
class Axis:
    """The ticks of a time axis, in days with their words, and the last day drawn."""

    days: tuple[int, ...]
    labels: tuple[str, ...]
    unit: str
    last: int


def is_coarse(answer: Curves) -> bool:
    """Return whether steps are left out because small counts are withheld."""
    return answer.release != LOCAL


def clock(answer: Curves) -> str:
    """Return the day that the clock of an event starts on."""
    after = EVENTS[answer.event].after
    return "first treatment day" if after is None else f"first {after}"


def labels_of(answer: Curves, modalities: Modalities) -> dict[str, str]:
    """Return each group's id, as a link names it, with its words."""
    groups = [row.group for row in answer.summaries]
    labels = group_labels(answer.by, groups, modalities)
    return {", ".join(group): label for group, label in labels.items()}


def only(answer: Curves, shown: Sequence[str]) -> Curves:
    """Return the answer about some groups only, in their own order."""

    def wanted(row: CurveStep | CurveSummary | Landmark) -> bool:
        return ", ".join(row.group) in shown

    return Curves(
        **{
            **vars(answer),
            "steps": tuple(filter(wanted, answer.steps)),
            "summaries": tuple(filter(wanted, answer.summaries)),
            "landmarks": tuple(filter(wanted, answer.landmarks)),
        }
    )


def curve_frame(answer: Curves, kind: str, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per group and step that is drawn, each group starting on day 0.

    Steps without an event are left out but for the last, up to which the line is drawn level.
    """
    rows: list[tuple[object, ...]] = []
    for summary in answer.summaries:
        own = [step for step in answer.steps if step.group == summary.group and _drawn(step)]
        if not own:
            continue
        name = ", ".join(summary.group)
        first = 0.0 if kind == INCIDENCE else 1.0
        count = words.count(summary.followed)
        rows.append(_point(name, labels[name], 0, first, None, None, count))
        rows += [
            _point(
                name, labels[name], step.day, *_share(step, kind), _waiting(step, answer.release)
            )
            for step in own
            if step.events or step is own[-1]
        ]
    frame = pd.DataFrame(rows, columns=CURVE_COLUMNS)
    numbers = ["percent", "percent_low", "percent_high"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _drawn(step: CurveStep) -> bool:
    return step.at_risk is not None and step.at_risk >= FEWEST


def _share(step: CurveStep, kind: str) -> tuple[float | None, float | None, float | None]:
    if kind == INCIDENCE:
        return step.incidence, step.incidence_low, step.incidence_high
    return step.estimate, step.conf_low, step.conf_high


def _waiting(step: CurveStep, release: str) -> str:
    return words.count(step.at_risk) if release == LOCAL else f"at most {words.count(step.at_risk)}"


def _point(
    group_id: str,
    label: str,
    day: int,
    share: float | None,
    low: float | None,
    high: float | None,
    at_risk: str,
) -> tuple[object, ...]:
    # no more digits than are shown: what a figure carries can be read in the browser
    percents = (None if number is None else round(100 * number, 1) for number in (share, low, high))
    texts = (words.percent(share), words.interval(low, high), at_risk)
    return (group_id, label, day, *percents, *texts)


def axis(last: int) -> Axis:
    """Return at most ten ticks up to a day: weeks for up to half a year, then months."""
    short = last <= SHORT
    unit, length = ("weeks", 7.0) if short else ("months", DAYS_PER_MONTH)
    steps = (1, 2, 4, 8) if short else (1, 2, 3, 6, 12, 24, 60, 120, 600)
    step = next(n for n in steps if last / (length * n) < MOST_TICKS)
    count = int(last / (length * step)) + 1
    return Axis(
        tuple(round(length * step * n) for n in range(count)),
        tuple(str(step * n) for n in range(count)),
        unit,
        last,
    )


def risk_frame(answer: Curves, ticks: Axis, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per group and tick: how many are still waited for just before that day.

    Where steps are withheld it is an upper limit, up to the last shown step; a withheld group has
    no row.
    """
    rows = []
    for summary in answer.summaries:
        if summary.withheld:
            continue
        own = [step for step in answer.steps if step.group == summary.group]
        name = ", ".join(summary.group)
        for day in ticks.days:
            text = _at_risk(own, day) if answer.release == LOCAL else _at_most(own, summary, day)
            rows.append((name, labels[name], day, text))
    return pd.DataFrame(rows, columns=["group_id", "group_label", "day", "text"])


def _at_risk(own: Sequence[CurveStep], day: int) -> str:
    return words.count(next((step.at_risk for step in own if step.day >= day), 0))


def _at_most(own: Sequence[CurveStep], summary: CurveSummary, day: int) -> str:
    if day == 0:
        return words.count(summary.followed)
    step = next((step for step in own if step.day >= day), None)
    return "" if step is None else f"≤ {words.count(step.at_risk)}"


def not_drawn(answer: Curves, drawn: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """Return why groups have no line, one sentence per reason."""
    lines = set(drawn["group_id"])
    withheld = [r.group for r in answer.summaries if r.withheld]
    missing = [r.group for r in answer.summaries if ", ".join(r.group) not in lines]
    few = [group for group in missing if group not in withheld]
    reason = (
        "fewer than five are followed"
        if answer.release == LOCAL
        else "no step stands for enough people to be shown"
    )
    sentences = ((withheld, "Withheld: {}."), (few, f"No line, since {reason}: {{}}."))
    return [
        sentence.format("; ".join(labels[", ".join(group)] for group in groups))
        for groups, sentence in sentences
        if groups
    ]


def ends_table(answer: Curves, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return how many are followed, and how the waiting of each ended, per group."""
    records = []
    for row in answer.summaries:
        ends = dict(row.ends) if row.ends is not None else dict.fromkeys(COMPETING)
        records.append(
            {
                "Group": labels[", ".join(row.group)],
                "Followed": words.count(row.followed),
                EVENT_LABELS[answer.event]: words.count(row.events),
                **{label: words.count(ends[name]) for name, label in COMPETING.items()},
                "Censored": words.count(row.censored),
            }
        )
    return pd.DataFrame(records)


def days_table(answer: Curves, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return median and mean days per group, each with its interval."""
    until = next((row.until for row in answer.summaries if row.until is not None), None)
    mean = f"Mean days up to day {until}" if until is not None else "Mean days"
    records = []
    for row in answer.summaries:
        record = {
            "Group": labels[", ".join(row.group)],
            "Followed": words.count(row.followed),
            "Median days": _days(row.median),
            "95 % interval": _interval(row.median, row.median_low, row.median_high),
            mean: "–" if row.mean is None else _days(row.mean),
            "95 % interval ": _interval(row.mean, row.mean_low, row.mean_high),
        }
        if row.withheld:
            record |= dict.fromkeys([name for name in record if name != "Group"], words.WITHHELD)
        records.append(record)
    return pd.DataFrame(records)


def headline(answer: Curves, day: int) -> str | None:
    """Return the share with the event by one day as a sentence, where there is one group only."""
    mark = next((mark for mark in answer.landmarks if mark.day == day), None)
    if len(answer.summaries) > 1 or mark is None or mark.estimate is None:
        return None
    return (
        f"By day {mark.read_on}, {words.percent(mark.estimate)} of {words.count(mark.followed)} "
        f"episodes followed had {words.lowered(EVENT_LABELS[answer.event])} "
        f"(95 % interval {words.interval(mark.conf_low, mark.conf_high)})."
    )


def _days(value: float | None) -> str:
    return "not reached" if value is None else f"{value:,.0f}"


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return an interval in days; an end that was not reached is left open."""
    if value is None or (low is None and high is None):
        return "–"
    return f"{_days(low)} to {_days(high)}"


def followed_table(answer: Curves, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return the steps from the episodes of the cohort to those that are followed, per group."""
    steps = {"episodes": words.FLOW_STEPS["episodes"], "with_baseline": "With baseline"}
    steps |= {"eligible": "Eligible", "started": f"With {EVENTS[answer.event].after}"}
    steps |= {"followed": "Followed"}
    if EVENTS[answer.event].after is None:
        del steps["started"]
    return pd.DataFrame(
        {
            "Group": labels[", ".join(row.group)],
            **{heading: words.count(getattr(row, step)) for step, heading in steps.items()},
        }
        for row in answer.summaries
    )


def landmark_tables(answer: Curves, labels: Mapping[str, str]) -> dict[int, pd.DataFrame]:
    """Return per landmark day the share with the event of each group, with n."""
    tables: dict[int, list[dict[str, str]]] = {}
    for mark in answer.landmarks:
        reached = mark.estimate is not None
        record = {
            "Group": labels[", ".join(mark.group)],
            "Share": words.percent(mark.estimate) if reached else "not followed so long",
            "95 % interval": words.interval(mark.conf_low, mark.conf_high),
            "Followed": words.count(mark.followed),
            "Still waited for": words.count(mark.at_risk),
        }
        if answer.release != LOCAL:
            record["Read on day"] = words.count(mark.read_on)
        if mark.withheld:
            record |= dict.fromkeys([name for name in record if name != "Group"], words.WITHHELD)
        tables.setdefault(mark.day, []).append(record)
    return {day: pd.DataFrame(records) for day, records in tables.items()}
