"""The course of treatment: sessions received against planned, and the phases after induction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.cohort import Cohort
from analysis.policy import LOCAL, SHARED, SMALLEST, check_policy
from analysis.stats.proportions import wilson
from analysis.stats.suppression import Amount, protected
from analysis.store import Store, course_table
from analysis.tables import LATER_PHASES, CourseTable, Group

COUNTS = ("with_sessions", "with_plan", "completed", *LATER_PHASES)
# The counts that hold another one, so that their difference is a count of episodes, too.
HOLDING = {
    "with_sessions": ("episodes",),
    "completed": ("with_plan", "with_sessions"),
    **dict.fromkeys(("with_plan", *LATER_PHASES), ("episodes", "with_sessions")),
}


@dataclass(frozen=True)
class CourseRow:
    """The course of one group's episodes; None where withheld or where there is nothing to count.

    `with_sessions` have at least one recorded session; median and quartiles of the sessions of the
    induction phase are theirs. `with_plan` have sessions and a planned number; `completed` of them
    received at least that many: a rate from 0 to 1 with its Wilson interval. The last three count
    episodes with a session in that phase.
    """

    group: Group
    episodes: int | None
    with_sessions: int | None
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    with_plan: int | None
    completed: int | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    continuation: int | None
    maintenance: int | None
    retreatment: int | None
    withheld: bool = False


@dataclass(frozen=True)
class Course:
    """The answer: one row per group, and what it is about."""

    by: tuple[str, ...]
    rows: tuple[CourseRow, ...]
    cohort: str
    snapshot: str
    release: str = "local"


def course(store: Store, cohort: Cohort, by: tuple[str, ...] = ()) -> Course:
    """Return sessions received against planned and the phases that followed, per group.

    An episode without any recorded session is counted among the episodes and nowhere else: whether
    it had none or nobody wrote them down is unknown. Raises UnknownName for an unknown field.
    """
    table = course_table(store, cohort, by)
    return Course(
        by=by,
        rows=tuple(_row(table, position) for position in range(len(table.groups))),
        cohort=cohort.sentence(store.fields, store.modalities),
        snapshot=store.snapshot,
    )


def _row(table: CourseTable, position: int) -> CourseRow:
    own = table.group == position
    episodes, received, planned = table.episodes[own], table.received[own], table.planned[own]
    seen = ~np.isnan(received)
    both = seen & ~np.isnan(planned)
    with np.errstate(invalid="ignore"):
        enough = both & (received >= planned)
    completed, with_plan = int(episodes[enough].sum()), int(episodes[both].sum())
    lower, median, upper = _quartiles(received[seen], episodes[seen])
    estimate, low, high = wilson(completed, with_plan)
    phases = {name: int(episodes[table.phases[name][own]].sum()) for name in LATER_PHASES}
    return CourseRow(
        table.groups[position],
        int(episodes.sum()),
        int(episodes[seen].sum()),
        median,
        lower,
        upper,
        with_plan,
        completed,
        estimate,
        low,
        high,
        phases["continuation"],
        phases["maintenance"],
        phases["retreatment"],
    )


def _quartiles(
    values: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[float | None, float | None, float | None]:
    """Return quartiles of values that come as counts, as R `quantile` gives them (type 7)."""
    if not counts.sum():
        return None, None, None
    lower, median, upper = np.percentile(np.repeat(values, counts), (25, 50, 75))
    return float(lower), float(median), float(upper)


def release_course(answer: Course, policy: str) -> Course:
    """Return the course as the policy allows it to be shown or exported.

    Under `shared` a count is withheld where it, or its difference to a count that holds it, is 1
    to 10, or where other groups would give it back; a group of fewer than 11 is withheld whole.
    """
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    groups = [row.group for row in answer.rows]
    episodes = _counts(answer.rows, "episodes")
    hidden = protected(
        groups, {g for g in groups if episodes[g] < SMALLEST}, [Amount(episodes)], SMALLEST
    )
    without = {name: _hidden(answer.rows, name, hidden) for name in COUNTS}
    # a rate gives its two counts away, and they it
    without["completed"] |= without["with_plan"]
    return replace(
        answer,
        rows=tuple(_released(row, hidden, without) for row in answer.rows),
        release=SHARED,
    )


def _hidden(rows: Sequence[CourseRow], name: str, hidden: set[Group]) -> set[Group]:
    """Return the groups in which one count is withheld."""
    counts = _counts(rows, name)
    rests = [
        {group: whole[group] - counts[group] for group in counts}
        for whole in (_counts(rows, holding) for holding in HOLDING[name])
    ]
    few = {g for own in (counts, *rests) for g, count in own.items() if 0 < count < SMALLEST}
    amounts = [Amount(own, zero_tells=False) for own in (counts, *rests)]
    return protected(list(counts), few | hidden, amounts, SMALLEST)


def _counts(rows: Sequence[CourseRow], name: str) -> dict[Group, int]:
    return {row.group: getattr(row, name) or 0 for row in rows}


def _released(row: CourseRow, hidden: set[Group], without: dict[str, set[Group]]) -> CourseRow:
    gone = {name for name in COUNTS if row.group in without[name]}
    whole = row.group in hidden
    rate = "completed" in gone
    spread = "with_sessions" in gone or (row.with_sessions or 0) < SMALLEST
    return replace(
        row,
        episodes=None if whole else row.episodes,
        with_sessions=None if "with_sessions" in gone else row.with_sessions,
        median=None if spread else row.median,
        lower_quartile=None if spread else row.lower_quartile,
        upper_quartile=None if spread else row.upper_quartile,
        with_plan=None if "with_plan" in gone else row.with_plan,
        completed=None if rate else row.completed,
        estimate=None if rate else row.estimate,
        conf_low=None if rate else row.conf_low,
        conf_high=None if rate else row.conf_high,
        continuation=None if "continuation" in gone else row.continuation,
        maintenance=None if "maintenance" in gone else row.maintenance,
        retreatment=None if "retreatment" in gone else row.retreatment,
        withheld=whole,
    )
