"""Mean scores over time per group, with how many episodes each mean stands for."""

from dataclasses import dataclass

from analysis.cohort import Cohort
from analysis.crosswalks import Crosswalk
from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.stats.means import summarise
from analysis.store import Store, trajectory
from analysis.tables import Group
from analysis.timepoints import DEFAULT_BASELINE


@dataclass(frozen=True)
class MeanScore:
    """The mean score of one group in one interval; interval 0 is the baseline.

    `n` counts the episodes with a score in the interval; the last score there counts. None where
    withheld, or where one score alone has no interval.
    """

    group: Group
    interval: int
    from_day: int
    to_day: int
    n: int | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    sd: float | None
    median: float | None
    withheld: bool = False


@dataclass(frozen=True)
class Trajectories:
    """The answer: mean scores per group and interval, and what they are about."""

    by: tuple[str, ...]
    rows: tuple[MeanScore, ...]
    cohort: str
    definition: Definition
    definition_sentence: str
    snapshot: str
    release: str = "local"
    shown_on: Crosswalk | None = None


def trajectories(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    by: tuple[str, ...] = (),
    *,
    width: int = 14,
    intervals: int = 8,
    shown_on: Crosswalk | None = None,
) -> Trajectories:
    """Return mean scores of the eligible episodes, in intervals of `width` days after day 0.

    An episode counts in an interval with its last score there, and is absent where it has none:
    later means stand for fewer and other people, which is why each carries its n.
    With `shown_on` each score is read on another scale first; who is eligible stays decided on
    the instrument itself. Raises DefinitionError for a baseline window other than the preset one
    and for a crosswalk from another instrument.
    """
    if shown_on is not None and shown_on.instrument != definition.instrument:
        raise DefinitionError(
            f"The crosswalk {shown_on.id} starts from {shown_on.instrument}, not from "
            f"{definition.instrument}."
        )
    if definition.baseline != DEFAULT_BASELINE:
        raise DefinitionError(
            f"Trajectories use the baseline window {DEFAULT_BASELINE.text}; "
            "set the baseline window back to it."
        )
    table = trajectory(store, cohort, definition, by, width=width, intervals=intervals)
    instrument = store.instrument(definition.instrument)
    scores = table.score if shown_on is None else shown_on.linked(table.score)
    rows = []
    for position, group in enumerate(table.groups):
        for interval in range(intervals + 1):
            own = (table.group == position) & (table.interval == interval)
            found = summarise(scores[own], table.episodes[own])
            first, last = (interval - 1) * width + 1, interval * width
            if interval == 0:
                first, last = definition.baseline.from_day, definition.baseline.to_day
            rows.append(
                MeanScore(
                    group,
                    interval,
                    first,
                    last,
                    found.n,
                    found.estimate,
                    found.conf_low,
                    found.conf_high,
                    found.sd,
                    found.median,
                )
            )
    return Trajectories(
        by=by,
        rows=tuple(rows),
        cohort=cohort.sentence(store.fields, store.modalities),
        definition=definition,
        definition_sentence=(
            f"{definition.baseline_sentence(instrument)} Each interval: the last score "
            f"in {width} days; episodes without one are absent from it."
            + ("" if shown_on is None else f" {shown_on.sentence}")
        ),
        snapshot=store.snapshot,
        shown_on=shown_on,
    )
