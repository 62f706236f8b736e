"""Pairs of groups weighted towards the same case mix: balance first, then the difference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from analysis.compare.balancing import adjustment, set_aside
from analysis.compare.changes import changes_of
from analysis.compare.gates import weighting_gates, why_hidden
from analysis.compare.groups import Groups
from analysis.compare.parts import Part, Progress, hidden, with_adjusted_p
from analysis.compare.plan import Comparison
from analysis.compare.results import (
    Contrast,
    EValue,
    Gate,
    GroupRow,
)
from analysis.deciding import asked, verdicts
from analysis.definition import Definition
from analysis.stats.design import Categorical, Numeric
from analysis.stats.estimates import NOTHING, Estimate
from analysis.stats.propensity import Kind
from analysis.stats.weighted import WeightedEffect, weighing, weighted_effect
from analysis.store import Store

# What groups are made alike in, beside the baseline score: the case mix of treatment-resistant
# depression. Unknown is a level of each.
CASE_MIX = (
    "age_band",
    "sex",
    "diagnosis",
    "adequate_trials",
    "psychotic_features",
    "episode_length",
    "prior_ect",
    "prior_tms",
    "comorbid_anxiety",
    "comorbid_ptsd",
    "comorbid_ocd",
    "comorbid_adhd",
    "comorbid_substance_use",
    "chronic_illness",
    "setting",
    "concurrent_medication",
    "pharmacogenetic_testing",
)
BASELINE = "baseline"
PROBLEMS = {
    "one_group": "all patients with a counterpart in the other group are in one of them",
    "separated": "their case mixes do not overlap: the case mix tells the groups apart",
}


@dataclass(frozen=True)
class _People:
    """Who is compared: one entry per episode with a known outcome."""

    group: NDArray[np.int64]
    patient: NDArray[np.int64]
    baseline: NDArray[np.float64]
    fields: dict[str, NDArray[np.int64]]
    outcome: NDArray[np.float64]

    def in_order(self) -> "_People":
        """Return the same episodes sorted: the last digit must not depend on the store's order."""
        fields = self.fields.values()
        order = np.lexsort((self.outcome, self.baseline, *fields, self.group, self.patient))
        return self.picked(order)

    def picked(self, rows: NDArray[np.int64]) -> "_People":
        """Return the entries of some rows, in their order; a row may come more than once."""
        return _People(
            self.group[rows],
            self.patient[rows],
            self.baseline[rows],
            {name: codes[rows] for name, codes in self.fields.items()},
            self.outcome[rows],
        )


def case_mix_fields(store: Store, groups_differ_by: frozenset[str]) -> tuple[str, ...]:
    """Return the fields to weight by: those of the case mix that do not make the groups."""
    return tuple(
        name
        for name in CASE_MIX
        if name in store.levels and name not in groups_differ_by and len(store.levels[name]) > 1
    )


def compare_adjusted(
    groups: Groups,
    definition: Definition,
    comparison: Comparison,
    gates: Sequence[Gate],
    progress: Progress,
) -> Part:
    """Return each pair weighted towards the same case mix, with balance and what it hides.

    `gates` are those of the groups as they are: a pair that fails one is not weighted.
    """
    people = _people(groups, definition, comparison).in_order()
    store = groups.tables.store
    found = Part()
    pairs = groups.pairs
    for number, (i, j) in enumerate(pairs):
        pair = (groups.names[i], groups.names[j])

        def told(step: str, share: float, at: int = number) -> None:
            progress(step, (at + share) / len(pairs))

        reason = why_hidden(gates, pair)
        if reason is not None:
            blank = _contrasts(pair, None, comparison, reason)
            found = _joined(found, Part(contrasts=tuple(blank)))
            continue
        own = np.isin(people.group, (i, j))
        labels = (groups.labels[i], groups.labels[j])
        found = _joined(found, _pair(people, own, i, pair, labels, comparison, store, told))
    return replace(found, contrasts=with_adjusted_p(found.contrasts))


def _joined(a: Part, b: Part) -> Part:
    return Part(
        rows=a.rows + b.rows,
        contrasts=a.contrasts + b.contrasts,
        gates=a.gates + b.gates,
        adjustments=a.adjustments + b.adjustments,
        e_values=a.e_values + b.e_values,
        notes=a.notes + b.notes,
    )


def _people(groups: Groups, definition: Definition, comparison: Comparison) -> _People:
    """Return the episodes with a known outcome, one entry each."""
    if comparison.kind == "change":
        if definition.missing == "nonresponse":
            definition = definition.with_missing("observed")
        changes = changes_of(groups, definition)
        each = np.repeat(np.arange(changes.episodes.size), changes.episodes)
        people = _People(
            changes.group, changes.patient, changes.baseline, dict(changes.fields), changes.change
        )
        return people.picked(each)
    question = asked(groups.tables, definition, (comparison.outcome,))
    table = question.decided
    met, counted = verdicts(question, question.outcomes[0], question.due)
    rows = np.flatnonzero(question.due)[counted]
    each = np.repeat(np.arange(rows.size), table.episodes[rows])
    order = np.array(
        [groups.names.index(key[0]) if key[0] in groups.names else -1 for key in table.groups],
        dtype=np.int64,
    )
    people = _People(
        order[table.group[rows]],
        table.beside["patient"][rows],
        table.baseline[rows],
        {name: codes[rows] for name, codes in table.beside.items() if name != "patient"},
        met[counted].astype(np.float64),
    )
    return people.picked(each)


def _pair(
    people: _People,
    own: NDArray[np.bool_],
    first: int,
    pair: tuple[str, str],
    labels: tuple[str, str],
    comparison: Comparison,
    store: Store,
    progress: Progress,
) -> Part:
    in_a = people.group[own] == first
    fields: list[Categorical | Numeric] = [Numeric(BASELINE, people.baseline[own])]
    fields += [
        Categorical(name, codes[own], tuple(store.levels[name]))
        for name, codes in people.fields.items()
    ]
    weighed = weighing(in_a, fields, cast(Kind, comparison.adjust), progress)
    patient = people.patient[own] if comparison.repeated == "clustered" else None
    effect = weighted_effect(people.outcome[own], weighed, patient)
    found = adjustment(pair, weighed, effect.method)
    problem = weighed.propensity.problem
    own_gates = weighting_gates(
        pair,
        labels,
        None if problem is None else PROBLEMS.get(problem, problem),
        found.largest_after,
        (found.effective_group, found.effective_against),
    )
    reason = why_hidden(own_gates, pair)
    contrasts = _contrasts(pair, effect, comparison, reason)
    e_values: tuple[EValue, ...] = ()
    if comparison.kind == "rates" and reason is None:
        e_values = (EValue(*pair, effect.e_value.estimate, effect.e_value.limit),)
    return Part(
        rows=_rows(pair, people, own, first, effect, comparison, own_gates),
        contrasts=tuple(contrasts),
        gates=own_gates,
        adjustments=(found,),
        e_values=e_values,
        notes=set_aside(labels, weighed, store.fields),
    )


def _contrasts(
    pair: tuple[str, str],
    effect: WeightedEffect | None,
    comparison: Comparison,
    reason: str | None,
) -> list[Contrast]:
    difference, ratio = (effect.difference, effect.ratio) if effect else (NOTHING, NOTHING)
    found: dict[str, Estimate] = {"mean_difference": difference}
    if comparison.kind == "rates":
        found = {"risk_difference": difference, "risk_ratio": ratio}
    contrasts = [
        Contrast(
            measure,
            *pair,
            effect.method if effect else "",
            one.estimate,
            one.conf_low,
            one.conf_high,
            one.p_value,
            adjusted=True,
            not_shown=None if one.estimate is not None else "there is no weighted estimate",
        )
        for measure, one in found.items()
    ]
    return contrasts if reason is None else [hidden(one, reason) for one in contrasts]


def _rows(
    pair: tuple[str, str],
    people: _People,
    own: NDArray[np.bool_],
    first: int,
    effect: WeightedEffect,
    comparison: Comparison,
    own_gates: Sequence[Gate],
) -> tuple[GroupRow, ...]:
    """Return the weighted rate or mean of both groups, unless the weights themselves fail."""
    if why_hidden(own_gates, pair) is not None:
        return ()
    measure = "weighted_rate" if comparison.kind == "rates" else "weighted_mean_change"
    sizes = (int((people.group[own] == first).sum()), int((people.group[own] != first).sum()))
    return tuple(
        GroupRow(
            measure,
            name,
            effect.method,
            None,
            size,
            None,
            one.estimate,
            one.conf_low,
            one.conf_high,
            against=other,
        )
        for name, other, size, one in (
            (pair[0], pair[1], sizes[0], effect.a),
            (pair[1], pair[0], sizes[1], effect.b),
        )
    )
