"""Change over all visits compared: the mixed model for repeated measures."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.compare.gates import Followed, group_gates, pair_gate, why_hidden
from analysis.compare.groups import Groups, TwoCohorts
from analysis.compare.parts import Part, Progress, hidden, with_adjusted_p
from analysis.compare.plan import Comparison
from analysis.compare.results import Contrast, Gate, GroupRow
from analysis.definition import Definition
from analysis.stats.repeated import (
    METHODS,
    STRUCTURES,
    RepeatedMeasures,
    VisitDifference,
    repeated_measures,
)
from analysis.store.visiting import VisitTable, visits


def compare_visits(
    groups: Groups, definition: Definition, comparison: Comparison, progress: Progress
) -> Part:
    """Return the mean change of each group at each visit and their differences."""
    table = visit_table(groups, definition, comparison.visits)
    names, count = groups.names, len(groups.names)
    gates: dict[int, tuple[Gate, ...]] = {
        at: _gates(groups, table, at, last) for at, last in enumerate(comparison.visits)
    }
    clustered = comparison.repeated == "clustered"
    method = "empirical" if clustered else "satterthwaite"
    # the model takes the later group less the earlier one; here the earlier is looked at
    found = repeated_measures(
        table.scores - table.baseline[:, None],
        count - 1 - table.group,
        table.baseline,
        groups=count,
        cluster=table.patient if clustered else None,
        method=method,
        visit_names=[f"day {last}" for last in comparison.visits],
        progress=progress,
    )
    structure = STRUCTURES.get(found.structure or "", "no")
    named = f"mixed model for repeated measures, {structure} covariance, {METHODS[method]}"
    rows = [
        GroupRow(
            "visit_mean",
            names[count - 1 - mean.group],
            named,
            None,
            mean.n,
            None,
            mean.estimate,
            mean.conf_low,
            mean.conf_high,
            completeness=_share(table, count - 1 - mean.group, mean.visit),
            visit=comparison.visits[mean.visit],
        )
        for mean in sorted(found.means, key=lambda m: (-m.group, m.visit))
    ]
    contrasts = [
        _contrast(found, one, names, comparison.visits, gates[one.visit], named)
        for one in sorted(found.differences, key=lambda d: (-d.group, -d.reference, d.visit))
    ]
    return Part(
        rows=tuple(rows),
        contrasts=with_adjusted_p(contrasts),
        gates=tuple(gate for at in gates for gate in gates[at]),
        notes=_notes(found),
    )


def visit_table(groups: Groups, definition: Definition, last_days: tuple[int, ...]) -> VisitTable:
    """Return the scores at the visits, groups numbered in the order of their names."""
    tables = groups.tables
    if not isinstance(tables, TwoCohorts):
        found = visits(tables.store, tables.cohort, definition, tables.by, last_days)
        order = np.array([groups.names.index(key[0]) for key in found.groups], dtype=np.int64)
        return replace(found, group=order[found.group], groups=tuple((n,) for n in groups.names))
    parts = [visits(tables.store, c, definition, (), last_days) for c in groups.cohorts]
    return VisitTable(
        tuple((name,) for name in groups.names),
        np.concatenate([np.full(len(p.group), at, dtype=np.int64) for at, p in enumerate(parts)]),
        np.concatenate([p.patient for p in parts]),
        np.concatenate([p.baseline for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )


def _followed(groups: Groups, table: VisitTable, at: int, last: int) -> list[Followed]:
    seen = ~np.isnan(table.scores[:, at])
    return [
        Followed(
            name,
            label,
            int((seen & (table.group == position)).sum()),
            int((table.group == position).sum()),
            f"assessment at the visit up to day {last}",
        )
        for position, (name, label) in enumerate(zip(groups.names, groups.labels, strict=True))
    ]


def _gates(groups: Groups, table: VisitTable, at: int, last: int) -> tuple[Gate, ...]:
    followed = _followed(groups, table, at, last)
    pairs = (pair_gate(followed[i], followed[j]) for i, j in groups.pairs)
    return (*group_gates(followed), *pairs)


def _share(table: VisitTable, group: int, visit: int) -> float | None:
    own = table.group == group
    return float((~np.isnan(table.scores[own, visit])).mean()) if own.any() else None


def _contrast(
    found: RepeatedMeasures,
    one: VisitDifference,
    names: Sequence[str],
    last_days: Sequence[int],
    gates: Sequence[Gate],
    method: str,
) -> Contrast:
    pair = (names[len(names) - 1 - one.group], names[len(names) - 1 - one.reference])
    contrast = Contrast(
        "visit_difference",
        *pair,
        method,
        one.estimate,
        one.conf_low,
        one.conf_high,
        one.p_value,
        statistic=one.statistic,
        df=one.df,
        visit=last_days[one.visit],
        not_shown=one.reason,
    )
    reason = why_hidden(gates, pair)
    return contrast if reason is None else hidden(contrast, reason)


def _notes(found: RepeatedMeasures) -> tuple[str, ...]:
    notes = [
        f"The covariance over visits is not {STRUCTURES[name]}: {reason}."
        for name, reason in found.tried
    ]
    if found.structure is None:
        notes.append("No covariance structure could be fitted: there are no means at visits.")
    else:
        notes.append(
            f"Covariance over visits: {STRUCTURES[found.structure]}. {found.episodes:,} episodes "
            f"with {found.observations:,} scores; "
            f"{found.without_score:,} episodes without any score at a visit are left out."
        )
    return tuple(notes)
