"""What is said of the time to an event: steps of a curve, one group in numbers, landmarks."""

from dataclasses import dataclass

from analysis.definition import Definition
from analysis.tables import Group


@dataclass(frozen=True)
class CurveStep:
    """One step of one group's curve: who was waited for just before that day, and what happened.

    `estimate` is the share without the event by Kaplan-Meier, in which competing events count as
    censored; `incidence` the share with the event where competing events are no chance of it
    (Aalen-Johansen). Shares are 0 to 1; None where withheld or where an interval is not defined.
    """

    group: Group
    day: int
    at_risk: int | None
    events: int | None
    competing: int | None
    censored: int | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    incidence: float | None
    incidence_low: float | None
    incidence_high: float | None
    withheld: bool = False


@dataclass(frozen=True)
class CurveSummary:
    """One group in numbers: who is waited for, how it ended, median and mean days without event.

    `followed` is the denominator: eligible, with an assessment (or a competing event) after the
    clock's start. `started` is None where the clock starts with the treatment. `ends` holds each
    competing event with its count. Days count from the clock's start; the mean is restricted to
    `until`. None where not reached, not seen long enough, or withheld.
    """

    group: Group
    episodes: int | None
    with_baseline: int | None
    eligible: int | None
    started: int | None
    followed: int | None
    events: int | None
    ends: tuple[tuple[str, int], ...] | None
    censored: int | None
    median: float | None
    median_low: float | None
    median_high: float | None
    mean: float | None
    mean_low: float | None
    mean_high: float | None
    until: int | None
    withheld: bool = False


@dataclass(frozen=True)
class Landmark:
    """The share with the event by one day, with how many are still waited for then.

    `read_on` is the day on which the share is read off the curve: `day` itself or, where not every
    step may be shown, the last shown one before it. None where there is no share.
    """

    group: Group
    day: int
    read_on: int | None
    followed: int | None
    at_risk: int | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    withheld: bool = False


@dataclass(frozen=True)
class Curves:
    """The answer: curves, summaries and landmarks per group, and what they are about."""

    by: tuple[str, ...]
    event: str
    steps: tuple[CurveStep, ...]
    summaries: tuple[CurveSummary, ...]
    landmarks: tuple[Landmark, ...]
    cohort: str
    definition: Definition
    definition_sentence: str
    rules: tuple[tuple[str, str], ...]
    snapshot: str
    release: str = "local"
