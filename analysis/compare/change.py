"""Changes of the score compared: means, ranks, standardised, and at the same baseline."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from analysis.compare.change_clustered import clustered_change
from analysis.compare.changes import ANY, Changes, adjusted_row, changes_of, contrast
from analysis.compare.gates import passing, why_hidden
from analysis.compare.groups import Groups
from analysis.compare.parts import Part, crude_gates, followed_of, hidden, with_adjusted_p
from analysis.compare.plan import Comparison
from analysis.compare.rates import overall_hidden
from analysis.compare.results import Contrast, Detectable, Gate, GroupRow, OverallTest
from analysis.definition import Definition
from analysis.measures import Rates, rates_of
from analysis.stats.ancova import (
    Ancova,
    adjusted_difference,
    adjusted_mean,
    adjusted_overall,
    ancova,
)
from analysis.stats.estimates import Estimate as Found
from analysis.stats.estimates import OverallTest as FoundOverall
from analysis.stats.means import summarise
from analysis.stats.power import detectable_mean_difference
from analysis.stats.ranks import kruskal_wallis, mann_whitney
from analysis.stats.tally import Tally, moments
from analysis.stats.two_means import hedges_g, welch_one_way, welch_t

NONE_FOR_MISSING = (
    "A missing endpoint has no change: only episodes with an endpoint count, whatever the missing "
    "rule says of rates."
)


def compare_change(
    groups: Groups, definition: Definition, comparison: Comparison
) -> tuple[Part, Rates]:
    """Return changes of the score compared between groups, and the patient flow behind them.

    Change is endpoint minus baseline of eligible and mature episodes that have both.
    """
    notes: tuple[str, ...] = ()
    if definition.missing == "nonresponse":
        definition, notes = definition.with_missing("observed"), (NONE_FOR_MISSING,)
    rates = rates_of(groups.tables, definition, (ANY,))
    gates = crude_gates(followed_of(rates, groups), groups)
    changes = changes_of(groups, definition)
    clustered = comparison.repeated == "clustered"
    if clustered:
        rows, contrasts = clustered_change(groups, changes, gates)
    else:
        model = ancova(changes.group, changes.baseline, changes.change, changes.episodes)
        rows, contrasts = _rows(groups, changes, model), _pairs(groups, changes, model, gates)
    steps = {row.group: row for row in rates.rows}
    completed = tuple(
        replace(
            row,
            unknown=steps[(row.group,)].unknown if (row.group,) in steps else 0,
            completeness=steps[(row.group,)].completeness if (row.group,) in steps else None,
        )
        for row in rows
    )
    part = Part(
        rows=completed,
        contrasts=with_adjusted_p(contrasts),
        overall=() if clustered or len(groups.names) < 3 else _overall(groups, changes, gates),
        gates=gates,
        detectable=tuple(
            _detectable(groups, changes, i, j)
            for i, j in groups.pairs
            if why_hidden(gates, (groups.names[i], groups.names[j])) is None
        ),
        notes=notes,
    )
    return part, rates


def _rows(groups: Groups, changes: Changes, model: Ancova) -> list[GroupRow]:
    rows: list[GroupRow] = []
    for at, name in enumerate(groups.names):
        own = changes.tally(at)
        found = summarise(own.scores, own.counts)
        rows.append(
            GroupRow(
                "mean_change",
                name,
                "t interval",
                None,
                found.n,
                None,
                found.estimate,
                found.conf_low,
                found.conf_high,
                sd=found.sd,
            )
        )
        rows.append(adjusted_row(name, found.n, adjusted_mean(model, at)))
    return rows


def _pairs(
    groups: Groups, changes: Changes, model: Ancova, gates: Sequence[Gate]
) -> list[Contrast]:
    names = groups.names
    return [
        contrast
        for i, j in groups.pairs
        for contrast in _pair(
            (names[i], names[j]),
            (changes.tally(i), changes.tally(j)),
            adjusted_difference(model, i, j),
            why_hidden(gates, (names[i], names[j])),
        )
    ]


def _pair(
    names: tuple[str, str], tallies: tuple[Tally, Tally], adjusted: Found, reason: str | None
) -> list[Contrast]:
    a, b = tallies
    if reason is not None:
        measures = ("mean_difference", "adjusted_mean_difference", "mann_whitney", "hedges_g")
        return [
            hidden(Contrast(name, *names, "", None, None, None, None), reason) for name in measures
        ]
    return [
        contrast(
            "mean_difference", names, "Welch's t interval and test", welch_t(moments(a), moments(b))
        ),
        contrast(
            "adjusted_mean_difference",
            names,
            "analysis of covariance with the baseline score",
            adjusted,
        ),
        contrast(
            "mann_whitney",
            names,
            "Mann-Whitney test, Hodges-Lehmann shift",
            mann_whitney(a, b),
        ),
        contrast("hedges_g", names, "Hedges' g, exact interval", hedges_g(moments(a), moments(b))),
    ]


def _overall(groups: Groups, changes: Changes, gates: Sequence[Gate]) -> tuple[OverallTest, ...]:
    names = passing(gates, groups.names)
    shown = [groups.names.index(name) for name in names]
    kept = np.isin(changes.group, shown)
    tallies = [changes.tally(at) for at in shown]
    reason = overall_hidden(names, gates)

    def test(measure: str, method: str, run: Callable[[], FoundOverall]) -> OverallTest:
        if reason is not None:
            return OverallTest(measure, method, names, None, None, None, reason)
        found = run()
        return OverallTest(
            measure, method, names, found.statistic, found.df, found.p_value, found.reason
        )

    return (
        test(
            "mean_change",
            "Welch's analysis of variance",
            lambda: welch_one_way([moments(tally) for tally in tallies]),
        ),
        test(
            "mean_change_adjusted",
            "F test of the analysis of covariance",
            lambda: adjusted_overall(
                ancova(
                    changes.group[kept],
                    changes.baseline[kept],
                    changes.change[kept],
                    changes.episodes[kept],
                )
            ),
        ),
        test("mann_whitney", "Kruskal-Wallis test", lambda: kruskal_wallis(tallies)),
    )


def _detectable(groups: Groups, changes: Changes, i: int, j: int) -> Detectable:
    a, b = moments(changes.tally(i)), moments(changes.tally(j))
    difference = None
    if a.sd and b.sd:
        difference = detectable_mean_difference(a.n, a.sd, b.n, b.sd)
    return Detectable(
        groups.names[i],
        groups.names[j],
        "mean_difference",
        difference,
        "5 % two-sided, Welch's t test with the standard deviations seen",
    )
