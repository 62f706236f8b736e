"""Rates compared: differences, ratios, tests, and what groups of this size could show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compare.gates import passing, why_hidden
from analysis.compare.groups import Groups
from analysis.compare.parts import (
    Part,
    crude_gates,
    followed_of,
    hidden,
    per_patient,
    with_adjusted_p,
)
from analysis.compare.plan import Comparison
from analysis.compare.results import (
    Contrast,
    Detectable,
    Gate,
    GroupRow,
    OverallTest,
    ShrunkRate,
)
from analysis.deciding import asked, verdicts
from analysis.definition import Definition
from analysis.measures import Measure, Rates, rates_of
from analysis.stats.clustered import clustered_design_effect, effective, rao_scott
from analysis.stats.exact import odds_ratio
from analysis.stats.power import detectable_rate_difference
from analysis.stats.proportions import wilson
from analysis.stats.shrinkage import shrink
from analysis.stats.two_rates import Rate, pearson, risk_difference, risk_ratio

NEWCOMBE = "Newcombe's hybrid score interval"
CLUSTERED = "effective sample sizes for repeated patients (Rao and Scott)"


@dataclass(frozen=True)
class _Counted:
    """One group: its rate as counted, and as many independent patients as it is worth."""

    name: str
    measure: Measure | None
    rate: Rate
    design_effect: float

    @property
    def effective(self) -> Rate:
        return effective(self.rate, self.design_effect)


def compare_rates(
    groups: Groups, definition: Definition, comparison: Comparison
) -> tuple[Part, Rates]:
    """Return rates of an outcome compared between groups, and the rates themselves."""
    rates = rates_of(groups.tables, definition, (comparison.outcome,))
    counted = _counted(groups, definition, comparison, rates)
    gates = crude_gates(followed_of(rates, groups), groups)
    clustered = comparison.repeated == "clustered"
    contrasts = [
        contrast
        for i, j in groups.pairs
        for contrast in _pair(counted[i], counted[j], gates, clustered)
    ]
    shown = [
        counted[i] for i, name in enumerate(groups.names) if name in passing(gates, groups.names)
    ]
    part = Part(
        rows=tuple(_row(one, comparison.outcome, clustered) for one in counted),
        contrasts=with_adjusted_p(contrasts),
        overall=(_overall(shown, gates, clustered),) if len(counted) > 2 else (),
        gates=gates,
        detectable=tuple(
            _detectable(counted[i], counted[j])
            for i, j in groups.pairs
            if why_hidden(gates, (groups.names[i], groups.names[j])) is None
        ),
        shrunk=_shrunk(counted) if len(counted) > 2 else (),
    )
    return part, rates


def _counted(
    groups: Groups, definition: Definition, comparison: Comparison, rates: Rates
) -> list[_Counted]:
    rows = {row.group: row for row in rates.rows}
    question = asked(groups.tables, definition, (comparison.outcome,))
    counted = []
    for name in groups.names:
        row = rows.get((name,))
        rate = Rate(row.numerator or 0, row.denominator or 0) if row else Rate(0, 0)
        effect = 1.0
        if comparison.repeated == "clustered" and row is not None:
            table = question.decided
            own = question.due & (table.group == table.groups.index((name,)))
            met, decided = verdicts(question, question.outcomes[0], own)
            episodes = table.episodes[own].astype(np.float64)
            patient = table.beside["patient"][own]
            effect = (
                clustered_design_effect(*per_patient(patient, met * episodes, decided * episodes))
                or 1.0
            )
        counted.append(_Counted(name, row, rate, effect))
    return counted


def _row(one: _Counted, outcome: str, clustered: bool) -> GroupRow:
    estimate, low, high = wilson(one.effective.numerator, one.effective.denominator)
    return GroupRow(
        measure=outcome,
        group=one.name,
        method="Wilson" + (f", {CLUSTERED}" if clustered else ""),
        numerator=int(one.rate.numerator),
        denominator=int(one.rate.denominator),
        unknown=one.measure.unknown if one.measure else 0,
        estimate=estimate if estimate is None else one.rate.value,
        conf_low=low,
        conf_high=high,
        completeness=one.measure.completeness if one.measure else None,
    )


def _pair(a: _Counted, b: _Counted, gates: Sequence[Gate], clustered: bool) -> list[Contrast]:
    """Return the differences of two groups by each method, without numbers where a gate fails."""
    reason = why_hidden(gates, (a.name, b.name))
    names = (a.name, b.name)
    if reason is not None:
        measures = ("risk_difference", "risk_ratio", *(() if clustered else ("odds_ratio",)))
        blank = [Contrast(name, *names, "", None, None, None, None) for name in measures]
        return [hidden(one, reason) for one in blank]
    difference = risk_difference(a.effective, b.effective)
    ratio = risk_ratio(a.effective, b.effective)
    odds = None if clustered else odds_ratio(a.rate, b.rate)
    if odds is None:
        test = rao_scott([a.rate, b.rate], [a.design_effect, b.design_effect])
        p_value, named = test.p_value, f"{NEWCOMBE} and chi-squared test, both with {CLUSTERED}"
    else:
        p_value, named = odds.p_value, f"{NEWCOMBE}; Fisher's exact test"
    contrasts = [
        Contrast(
            "risk_difference",
            *names,
            named,
            difference.estimate,
            difference.conf_low,
            difference.conf_high,
            p_value,
        ),
        Contrast(
            "risk_ratio",
            *names,
            f"log interval (Katz){f', {CLUSTERED}' if clustered else ''}",
            ratio.estimate,
            ratio.conf_low,
            ratio.conf_high,
            None,
            not_shown=ratio.reason,
        ),
    ]
    if odds is None:
        return contrasts
    chi = pearson([a.rate, b.rate])
    return [
        *contrasts,
        Contrast(
            "odds_ratio",
            *names,
            "conditional maximum likelihood, exact interval; Fisher's exact test",
            odds.estimate,
            odds.conf_low,
            odds.conf_high,
            odds.p_value,
            not_shown=odds.reason,
        ),
        Contrast(
            "pearson",
            *names,
            "Pearson's chi-squared test without correction",
            None,
            None,
            None,
            chi.p_value,
            statistic=chi.statistic,
            df=chi.df,
            not_shown=chi.reason,
        ),
    ]


def _overall(shown: Sequence[_Counted], gates: Sequence[Gate], clustered: bool) -> OverallTest:
    """Return one test over the groups that pass their own gates; none if completeness is apart."""
    names = tuple(one.name for one in shown)
    method = (
        "chi-squared test with effective sample sizes"
        if clustered
        else "Pearson's chi-squared test"
    )
    reason = overall_hidden(names, gates)
    if reason is not None:
        return OverallTest("rates", method, names, None, None, None, reason)
    test = rao_scott([one.rate for one in shown], [one.design_effect for one in shown])
    return OverallTest("rates", method, names, test.statistic, test.df, test.p_value, test.reason)


def overall_hidden(names: Sequence[str], gates: Sequence[Gate]) -> str | None:
    """Return why no test over these groups is shown; None where one is."""
    if len(names) < 2:
        return "Fewer than two groups pass their gates."
    return why_hidden([gate for gate in gates if len(gate.groups) == 2], names)


def _detectable(a: _Counted, b: _Counted) -> Detectable:
    n_a, n_b = int(a.effective.denominator), int(b.effective.denominator)
    difference = None
    if n_a and n_b and b.rate.value is not None:
        found = detectable_rate_difference(n_a, n_b, b.rate.value)
        difference = found.higher if found.higher is not None else found.lower
        difference = None if difference is None else abs(difference)
    return Detectable(
        a.name,
        b.name,
        "risk_difference",
        difference,
        "5 % two-sided, normal approximation with the rate of the group compared with",
    )


def _shrunk(counted: Sequence[_Counted]) -> tuple[ShrunkRate, ...]:
    found = shrink([one.rate for one in counted])
    if found is None:
        return ()
    return tuple(
        ShrunkRate(
            one.name,
            int(one.rate.numerator),
            int(one.rate.denominator),
            site.raw,
            site.estimate,
            site.conf_low,
            site.conf_high,
        )
        for one, site in zip(counted, found.sites, strict=True)
    )
