"""Who the episodes are: how many have each level of the fields that describe them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.cohort import Cohort
from analysis.errors import UnknownName
from analysis.fields import TREATMENT_RESISTANT_RULES
from analysis.policy import LOCAL, SHARED, SMALLEST, check_policy
from analysis.stats.suppression import Amount, protected
from analysis.store import Store, episodes
from analysis.tables import Group


@dataclass(frozen=True)
class LevelCount:
    """How many episodes of one group have one level of a field; None where withheld."""

    group: Group
    field: str
    level: str
    episodes: int | None
    withheld: bool = False


@dataclass(frozen=True)
class CaseMix:
    """The answer: one row per group, field and level (all levels, also those that none has)."""

    by: tuple[str, ...]
    fields: tuple[str, ...]
    rows: tuple[LevelCount, ...]
    cohort: str
    snapshot: str
    release: str = "local"


def case_mix(
    store: Store, cohort: Cohort, fields: Sequence[str], by: tuple[str, ...] = ()
) -> CaseMix:
    """Return how many episodes have each level of the fields, per group.

    Unknown is a level like any other, so that the levels of a field add up to the episodes of the
    group. Raises UnknownName for a field that the store does not have.
    """
    rows: list[LevelCount] = []
    for field in fields:
        if field not in store.fields:
            raise UnknownName("field", field, store.fields)
        found = _counts(store, cohort, field, by)
        groups = dict.fromkeys(group for group, _ in found)
        rows += [
            LevelCount(group, field, level, found.get((group, level), 0))
            for group in groups
            for level in store.levels[field]
        ]
    return CaseMix(
        by=by,
        fields=tuple(fields),
        rows=tuple(rows),
        cohort=cohort.sentence(store.fields, store.modalities),
        snapshot=store.snapshot,
    )


def _counts(
    store: Store, cohort: Cohort, field: str, by: tuple[str, ...]
) -> Mapping[tuple[Group, str], int]:
    """Return the episodes of each group and level, in the order of the groups."""
    asked = by if field in by else (*by, field)
    position = asked.index(field)
    found = episodes(store, cohort, asked)
    return {(key[: len(by)], key[position]): count for key, count in found.items()}


def release_case_mix(answer: CaseMix, policy: str) -> CaseMix:
    """Return the counts as the policy allows them to be shown or exported.

    Under `shared` a count of 1 to 10 is withheld, and others until neither the levels of a group
    nor the groups of a level give it back; so are all counts of a group of fewer than 11. Rules
    that ask for more and more trials hold one another, so a later one is withheld where it would
    tell that 1 to 10 lie between them.
    """
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    counts: dict[str, dict[Group, int]] = {
        field: {
            (*row.group, row.level): row.episodes or 0 for row in answer.rows if row.field == field
        }
        for field in answer.fields
    }
    shown = [name for name in TREATMENT_RESISTANT_RULES if name in counts]
    hidden: dict[str, set[Group]] = {}
    for field, own in counts.items():
        earlier = shown[: shown.index(field)] if field in shown else []
        few = {key for key, n in own.items() if 0 < n < SMALLEST}
        few |= _of_small_groups(own)
        few |= {
            key
            for key, n in own.items()
            for other in earlier
            if 0 < abs(n - counts[other].get(key, 0)) < SMALLEST
        }
        hidden[field] = protected(list(own), few, [Amount(own, zero_tells=False)], SMALLEST)
    rows = tuple(
        replace(row, episodes=None, withheld=True)
        if (*row.group, row.level) in hidden[row.field]
        else row
        for row in answer.rows
    )
    return replace(answer, rows=rows, release=SHARED)


def _of_small_groups(counts: Mapping[Group, int]) -> set[Group]:
    """Return all counts of groups that are too small, or needed to hide those."""
    totals: dict[Group, int] = {}
    for key, n in counts.items():
        totals[key[:-1]] = totals.get(key[:-1], 0) + n
    small = {group for group, n in totals.items() if n < SMALLEST}
    if small and len(totals) > 1:
        small = protected(list(totals), small, [Amount(totals)], SMALLEST)
    return {key for key in counts if key[:-1] in small}
