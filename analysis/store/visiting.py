"""The question which score each episode has at each visit, one row per episode and visit."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.store.questions import asked_groups, cohort_filter, eligible_range, group_parts
from analysis.store.reader import Store, floats
from analysis.tables import Group


@dataclass(frozen=True)
class VisitTable:
    """The scores of eligible and mature episodes: one row per episode, one column per visit.

    `group` holds the position of each episode's group in `groups`; a missing score is NaN.
    """

    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    patient: NDArray[np.int64]
    baseline: NDArray[np.float64]
    scores: NDArray[np.float64]


def visits(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    by: tuple[str, ...],
    last_days: tuple[int, ...],
) -> VisitTable:
    """Return the last score of each episode in windows that follow one another.

    The first window starts on day 1, each other one after the one before; `last_days` end them.
    Episodes that are not yet due on the last of these days are left out.
    """
    instrument = store.instrument(definition.instrument)
    parts = group_parts(store, cohort, by)
    clauses, levels = cohort_filter(cohort)
    lowest, highest = eligible_range(definition, instrument)
    windows = enumerate(pairwise((0, *last_days)))
    columns = store.ask(
        "visits",
        {
            "instrument": definition.instrument,
            "baseline_from": definition.baseline.from_day,
            "baseline_to": definition.baseline.to_day,
            "lowest": lowest,
            "highest": highest,
            "last_visit": last_days[-1],
            **levels,
        },
        **parts,
        cohort=clauses,
        visits=", ".join(f"({at}, {before + 1}, {last})" for at, (before, last) in windows),
    )
    rows = len(columns["episode"])
    groups, group = asked_groups(store, by, columns, rows)
    _, first, place = np.unique(columns["episode"], return_index=True, return_inverse=True)
    scores = np.full((first.size, len(last_days)), np.nan)
    visit = floats(columns["visit"])
    seen = ~np.isnan(visit)
    scores[place[seen], visit[seen].astype(np.int64)] = floats(columns["score"])[seen]
    return VisitTable(
        groups,
        group[first],
        np.asarray(columns["patient"], dtype=np.int64)[first],
        floats(columns["baseline"])[first] / instrument.units_per_point,
        scores / instrument.units_per_point,
    )
