"""Changes of the score compared: means, ranks, standardised, and at the same baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.compare.gates import passing, why_hidden
from analysis.compare.groups import Groups
from analysis.compare.parts import Part, crude_gates, followed_of, hidden, with_adjusted_p
from analysis.compare.plan import Comparison
from analysis.compare.rates import overall_hidden
from analysis.compare.results import Contrast, Detectable, Gate, GroupRow, OverallTest
from analysis.deciding import asked
from analysis.definition import Definition
from analysis.measures import Rates, rates_of
from analysis.stats.ancova import (
    Ancova,
    adjusted_difference,
    adjusted_mean,
    adjusted_overall,
    ancova,
)
from analysis.stats.clustered_means import ClusteredMeans, clustered_means, mean, mean_difference
from analysis.stats.comparison import Comparison as Found
from analysis.stats.means import summarise
from analysis.stats.power import detectable_mean_difference
from analysis.stats.ranks import kruskal_wallis, mann_whitney
from analysis.stats.tally import Tally, moments
from analysis.stats.two_means import hedges_g, welch_one_way, welch_t

# Any outcome tells which episodes have both scores; this one needs no cut-off.
ANY = "any_improvement"
CLUSTERED = "variance clustered by patient"
NONE_FOR_MISSING = (
    "A missing endpoint has no change: only episodes with an endpoint count, whatever the missing "
    "rule says of rates."
)


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


def compare_change(
    groups: Groups, definition: Definition, comparison: Comparison
) -> tuple[Part, Rates]:
    """Return changes of the score compared between groups, and the patient flow behind them.

    Change is endpoint minus baseline of eligible and mature episodes that have both.
    """
    notes = ()
    if definition.missing == "nonresponse":
        definition, notes = definition.with_missing("observed"), (NONE_FOR_MISSING,)
    rates = rates_of(groups.tables, definition, (ANY,))
    gates = crude_gates(followed_of(rates, groups.names), groups)
    changes = changes_of(groups, definition)
    rows, contrasts, overall = (
        _clustered(groups, changes, gates)
        if comparison.repeated == "clustered"
        else _independent(groups, changes, gates)
    )
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
        overall=tuple(overall) if len(groups.names) > 2 else (),
        gates=gates,
        detectable=tuple(
            _detectable(groups, changes, i, j)
            for i, j in groups.pairs
            if why_hidden(gates, (groups.names[i], groups.names[j])) is None
        ),
        notes=notes,
    )
    return part, rates


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


Answer = tuple[list[GroupRow], list[Contrast], list[OverallTest]]


def _independent(groups: Groups, changes: Changes, gates: Sequence[Gate]) -> Answer:
    names = groups.names
    tallies = [changes.tally(at) for at in range(len(names))]
    model = ancova(changes.group, changes.baseline, changes.change, changes.episodes)
    rows: list[GroupRow] = []
    for at, (name, own) in enumerate(zip(names, tallies, strict=True)):
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
        rows.append(_adjusted_row(name, found.n, adjusted_mean(model, at)))
    contrasts = [
        contrast
        for i, j in groups.pairs
        for contrast in _pair(
            (names[i], names[j]),
            (tallies[i], tallies[j]),
            adjusted_difference(model, i, j),
            why_hidden(gates, (names[i], names[j])),
        )
    ]
    shown = [at for at, name in enumerate(names) if name in passing(gates, names)]
    return rows, contrasts, _overall([names[at] for at in shown], changes, shown, gates)


def _adjusted_row(name: str, n: int, found: Found) -> GroupRow:
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


def _overall(
    names: list[str], changes: Changes, shown: list[int], gates: Sequence[Gate]
) -> list[OverallTest]:
    reason = overall_hidden(names, gates)
    kept = np.isin(changes.group, shown)
    found = [
        (
            "mean_change",
            "Welch's analysis of variance",
            lambda: welch_one_way([moments(changes.tally(at)) for at in shown]),
        ),
        (
            "mean_change_adjusted",
            "F test of the analysis of covariance",
            lambda: adjusted_overall(_model(changes, kept)),
        ),
        (
            "mann_whitney",
            "Kruskal-Wallis test",
            lambda: kruskal_wallis([changes.tally(at) for at in shown]),
        ),
    ]
    tests = []
    for measure, method, run in found:
        if reason is not None:
            tests.append(OverallTest(measure, method, tuple(names), None, None, None, reason))
            continue
        test = run()
        tests.append(
            OverallTest(
                measure, method, tuple(names), test.statistic, test.df, test.p_value, test.reason
            )
        )
    return tests


def _model(changes: Changes, kept: NDArray[np.bool_]) -> Ancova:
    return ancova(
        changes.group[kept], changes.baseline[kept], changes.change[kept], changes.episodes[kept]
    )


def _clustered(groups: Groups, changes: Changes, gates: Sequence[Gate]) -> Answer:
    names = groups.names
    crude, adjusted = (
        clustered_means(
            changes.group, changes.change, changes.patient, changes.episodes, baseline=baseline
        )
        for baseline in (None, changes.baseline)
    )
    rows: list[GroupRow] = []
    for at, name in enumerate(names):
        own = moments(changes.tally(at))
        found = mean(crude, at)
        rows.append(
            GroupRow(
                "mean_change",
                name,
                f"t interval, {CLUSTERED}",
                None,
                own.n,
                None,
                found.estimate,
                found.conf_low,
                found.conf_high,
                sd=own.sd,
            )
        )
        rows.append(_adjusted_row(name, own.n, mean(adjusted, at)))
    contrasts: list[Contrast] = []
    models: dict[str, ClusteredMeans] = {
        "mean_difference": crude,
        "adjusted_mean_difference": adjusted,
    }
    for i, j in groups.pairs:
        pair = (names[i], names[j])
        reason = why_hidden(gates, pair)
        for measure, model in models.items():
            method = (
                f"linear model{'' if model is crude else ' with the baseline score'}, {CLUSTERED}"
            )
            found = mean_difference(model, i, j)
            one = contrast(measure, pair, method, found)
            contrasts.append(one if reason is None else hidden(one, reason))
    return rows, contrasts, []


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
        "80 % power, 5 % two-sided, Welch's t test with the standard deviations seen",
    )
