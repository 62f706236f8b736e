"""The groups of a comparison: the levels of one field, or two cohorts, as one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.cohort import Cohort
from analysis.compare.plan import MOST_GROUPS, Comparison, Named
from analysis.deciding import Tables
from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.fields import level_label
from analysis.modality import modality_label
from analysis.store import Store, change, episodes, patients
from analysis.tables import ChangeTable, Group
from analysis.timepoints import Timepoint


@dataclass(frozen=True)
class TwoCohorts(Tables):
    """The tables of two cohorts, stacked as two groups; `cohort` holds what both must match."""

    parts: tuple[Named, ...] = field(default=(), kw_only=True)

    def _asked(self, definition: Definition, timepoint: Timepoint, sustained: bool) -> ChangeTable:
        return stacked(
            [
                change(
                    self.store,
                    part.cohort,
                    definition,
                    (),
                    timepoint,
                    sustained=sustained,
                    beside=self.beside,
                )
                for part in self.parts
            ],
            [part.name for part in self.parts],
        )

    def _patients(self, instrument: str) -> Mapping[Group, int]:
        return {
            (part.name,): patients(self.store, part.cohort, instrument)[()] for part in self.parts
        }


@dataclass(frozen=True)
class Groups:
    """The groups by name, in order, with the cohort of each and the tables of all.

    `labels` are the names in words; `defining` names the fields that tell the groups apart.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    cohorts: tuple[Cohort, ...]
    tables: Tables
    defining: frozenset[str]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Each two groups, the earlier one as the group looked at."""
        count = len(self.names)
        return [(i, j) for i in range(count) for j in range(i + 1, count)]


def groups_of(
    store: Store, cohort: Cohort, comparison: Comparison, beside: tuple[str, ...]
) -> Groups:
    """Return the groups that a comparison is about, of the episodes of a cohort.

    Where only first episodes count, a patient's first is the earliest in any of the groups. Raises
    DefinitionError where there are fewer than two groups, too many, or two cohorts with episodes
    in common.
    """
    if comparison.by is not None:
        return _levels(store, cohort, comparison.by, beside, comparison.repeated == "first")
    pair = [part for part in (comparison.a, comparison.b) if part is not None]
    for part in pair:
        part.cohort.check(store.levels)
    within = [part.cohort.within(cohort) for part in pair]
    for part, left in zip(pair, within, strict=True):
        if left is None:
            raise DefinitionError(f'The filters leave no episode of "{part.name}".')
    a, b = (left for left in within if left is not None)
    common = a.within(b)
    shared = sum(episodes(store, common).values()) if common is not None else 0
    if shared:
        raise DefinitionError(
            f"{shared:,} episodes are in both cohorts: compare cohorts that have none in common, "
            "such as two levels of one field."
        )
    if comparison.repeated == "first":
        a, b = a.first_episodes(b), b.first_episodes(a)
    parts = tuple(replace(p, cohort=c) for p, c in zip(pair, (a, b), strict=True))
    tables = TwoCohorts(store, cohort, ("cohort",), beside, parts=parts)
    defining = frozenset(name for part in pair for name, _ in part.cohort.where)
    names = tuple(part.name for part in parts)
    return Groups(names, names, (a, b), tables, defining)


def _levels(store: Store, cohort: Cohort, by: str, beside: tuple[str, ...], first: bool) -> Groups:
    if first:
        cohort = cohort.first_episodes()
    names = [level for (level,) in episodes(store, replace(cohort, first_among=()), (by,))]
    if len(names) < 2:
        raise DefinitionError(f"The filters leave fewer than two groups of {by}: there is no pair.")
    if len(names) > MOST_GROUPS:
        raise DefinitionError(
            f"{by} has {len(names)} groups: choose at most {MOST_GROUPS} of them with a filter."
        )
    cohorts = tuple(
        replace(cohort, where=Cohort.of(dict(cohort.where) | {by: [name]}).where) for name in names
    )
    labels = tuple(
        modality_label(name, store.modalities) if by == "modality" else level_label(name)
        for name in names
    )
    tables = Tables(store, cohort, (by,), beside)
    return Groups(tuple(names), labels, cohorts, tables, frozenset({by}))


def stacked(tables: list[ChangeTable], names: list[str]) -> ChangeTable:
    """Return tables without groups as one table with one group for each."""
    first = tables[0]
    return ChangeTable(
        by=("cohort",),
        groups=tuple((name,) for name in names),
        group=np.concatenate(
            [np.full(len(t.episodes), at, dtype=np.int64) for at, t in enumerate(tables)]
        ),
        baseline=np.concatenate([t.baseline for t in tables]),
        endpoint=np.concatenate([t.endpoint for t in tables]),
        mature=np.concatenate([t.mature for t in tables]),
        episodes=np.concatenate([t.episodes for t in tables]),
        later=None
        if first.later is None
        else np.concatenate([t.later for t in tables if t.later is not None]),
        beside={name: np.concatenate([t.beside[name] for t in tables]) for name in first.beside},
    )
