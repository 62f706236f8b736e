"""From a change table to rates: numerator, denominator, unknown, interval, patient flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cohort import Cohort
from analysis.deciding import Question, Tables, asked, verdicts
from analysis.definition import Definition
from analysis.outcomes import Outcome
from analysis.stats.proportions import wilson
from analysis.store import Store
from analysis.tables import Group


@dataclass(frozen=True)
class Measure:
    """One rate of one group, with what it was counted from; None where it is withheld.

    `unknown` counts the eligible, mature episodes that are in no denominator. `completeness` is
    the share of eligible, mature episodes with an endpoint. Rates are 0 to 1.
    """

    measure: str
    group: Group
    missing: str
    numerator: int | None
    denominator: int | None
    unknown: int | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    completeness: float | None
    withheld: bool = False


@dataclass(frozen=True)
class Flow:
    """The patient flow of one group: each step counts the episodes left of the step before."""

    group: Group
    episodes: int | None
    patients: int | None
    with_baseline: int | None
    eligible: int | None
    mature: int | None
    with_endpoint: int | None


@dataclass(frozen=True)
class Rates:
    """The answer to one question: rates and flow per group, and what they are about."""

    by: tuple[str, ...]
    rows: tuple[Measure, ...]
    flow: tuple[Flow, ...]
    cohort: str
    definition: Definition
    definition_sentence: str
    rules: tuple[tuple[str, str], ...]  # outcome id, its rule in words
    plain_rules: tuple[tuple[str, str], ...]  # the same without any figure of the sample
    snapshot: str
    release: str = "local"


def rates(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    outcomes: Sequence[str] = ("response", "remission"),
    by: tuple[str, ...] = (),
) -> Rates:
    """Return outcome rates with Wilson intervals and the patient flow, per group.

    Which episodes count follows the definition: with a baseline, eligible, mature, and decided
    under its missing rule. Episodes whose outcome is undefined (response from a baseline at the
    floor) are in no denominator. Raises UnknownName or DefinitionError for what cannot be asked.
    """
    return rates_of(Tables(store, cohort, by), definition, outcomes)


def rates_of(tables: Tables, definition: Definition, outcomes: Sequence[str]) -> Rates:
    """Return what `rates` returns, from tables that may serve several definitions."""
    question = asked(tables, definition, outcomes)
    flow = _flow(question, tables.patients(question.definition.instrument))
    due, group = question.due, question.decided.group
    rows = [
        _measure(question, wanted, due & (group == at), flow[at])
        for at in range(len(question.observed.groups))
        for wanted in question.outcomes
    ]
    return Rates(
        by=tables.by,
        rows=tuple(rows),
        flow=tuple(flow),
        cohort=tables.sentence,
        definition=definition,
        definition_sentence=question.sentence,
        rules=question.rules,
        plain_rules=question.plain_rules,
        snapshot=tables.store.snapshot,
    )


def _flow(question: Question, patient_counts: Mapping[Group, int]) -> list[Flow]:
    table, eligible = question.observed, question.eligible
    with_baseline = ~np.isnan(table.baseline)
    mature = eligible & table.mature
    with_endpoint = mature & ~np.isnan(table.endpoint)
    flow = []
    for position, group in enumerate(table.groups):
        own = table.group == position
        steps = [
            int(table.episodes[own & step].sum())
            for step in (np.ones_like(own), with_baseline, eligible, mature, with_endpoint)
        ]
        flow.append(Flow(group, steps[0], patient_counts.get(group, 0), *steps[1:]))
    return flow


def _measure(question: Question, wanted: Outcome, due: NDArray[np.bool_], flow: Flow) -> Measure:
    """Count one outcome in the due rows of one group."""
    met, counted = verdicts(question, wanted, due)
    episodes = question.decided.episodes[due]
    numerator, denominator = int(episodes[met].sum()), int(episodes[counted].sum())
    estimate, low, high = wilson(numerator, denominator)
    return Measure(
        measure=wanted.id,
        group=flow.group,
        missing=question.definition.missing,
        numerator=numerator,
        denominator=denominator,
        unknown=int(episodes.sum()) - denominator,
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        completeness=_share(flow.with_endpoint, flow.mature),
    )


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None
