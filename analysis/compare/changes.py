"""Who has a change of the score, and how what was found of it becomes a row of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.compare.groups import Groups
from analysis.compare.results import Contrast, GroupRow
from analysis.deciding import asked
from analysis.definition import Definition
from analysis.stats.estimates import Estimate as Found
from analysis.stats.tally import Tally

# Any outcome tells which episodes have both scores; this one needs no cut-off.
ANY = "any_improvement"


@dataclass(frozen=True)
class Changes:
    """The episodes with both scores: one entry per row, `group` counting from 0.

    `fields` holds the case mix as the place of the level in the store.
    """

    group: NDArray[np.int64]
    patient: NDArray[np.int64]
    baseline: NDArray[np.float64]
    change: NDArray[np.float64]
    episodes: NDArray[np.int64]
    fields: Mapping[str, NDArray[np.int64]]

    def tally(self, group: int) -> Tally:
        own = self.group == group
        return Tally(self.change[own], self.episodes[own])


def changes_of(groups: Groups, definition: Definition) -> Changes:
    """Return the change of every eligible and mature episode that has both scores."""
    question = asked(groups.tables, definition, (ANY,))
    table = question.decided
    rows = question.due & ~np.isnan(table.endpoint)
    position = {name: at for at, name in enumerate(groups.names)}
    order = np.array([position.get(key[0], -1) for key in table.groups], dtype=np.int64)
    return Changes(
        order[table.group[rows]],
        table.beside["patient"][rows],
        table.baseline[rows],
        table.endpoint[rows] - table.baseline[rows],
        table.episodes[rows],
        {name: codes[rows] for name, codes in table.beside.items() if name != "patient"},
    )


def adjusted_row(name: str, n: int, found: Found) -> GroupRow:
    return GroupRow(
        "mean_change_adjusted",
        name,
        "analysis of covariance, at the mean baseline of all groups",
        None,
        n,
        None,
        found.estimate,
        found.conf_low,
        found.conf_high,
    )


def contrast(measure: str, names: tuple[str, str], method: str, found: Found) -> Contrast:
    """Return what a method found as a row of the answer."""
    return Contrast(
        measure,
        *names,
        method,
        found.estimate,
        found.conf_low,
        found.conf_high,
        found.p_value,
        statistic=found.statistic,
        df=found.df,
        not_shown=found.reason,
    )
