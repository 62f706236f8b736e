"""From a change table to rates: numerator, denominator, unknown, interval, patient flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.instruments import Instrument
from analysis.outcomes import OUTCOMES, UNKNOWN, YES, outcome
from analysis.stats.proportions import wilson
from analysis.store import Store, change, patients
from analysis.tables import ChangeTable, Group


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
    instrument = store.instrument(definition.instrument)
    wanted = [outcome(name) for name in outcomes]
    if not wanted:
        raise DefinitionError(f"Name at least one outcome. Known: {', '.join(OUTCOMES)}.")
    rules = tuple((o.id, o.describe(instrument, definition)) for o in wanted)
    sentence = definition.sentence(instrument)
    observed = change(store, cohort, definition, by)
    decided = observed
    if definition.missing == "locf":
        decided = change(store, cohort, definition, by, definition.locf_timepoint)
    eligible = _eligible(observed, definition, instrument)
    flow = _flow(observed, eligible, patients(store, cohort, definition.instrument, by))
    rows = [
        _measure(o.id, position, group, decided, definition, instrument, flow[position])
        for position, group in enumerate(observed.groups)
        for o in wanted
    ]
    return Rates(
        by=by,
        rows=tuple(rows),
        flow=tuple(flow),
        cohort=cohort.sentence(store.fields, store.modalities),
        definition=definition,
        definition_sentence=sentence,
        rules=rules,
        snapshot=store.snapshot,
    )


def _eligible(
    table: ChangeTable, definition: Definition, instrument: Instrument
) -> NDArray[np.bool_]:
    """Return which cells have a baseline that is severe enough."""
    known = ~np.isnan(table.baseline)
    minimum = definition.minimum(instrument)
    if minimum is None:
        return known
    with np.errstate(invalid="ignore"):
        severe = (
            table.baseline >= minimum if instrument.higher_is_worse else table.baseline <= minimum
        )
    return known & severe


def _flow(
    table: ChangeTable, eligible: NDArray[np.bool_], patient_counts: Mapping[Group, int]
) -> list[Flow]:
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


def _measure(
    name: str,
    position: int,
    group: Group,
    table: ChangeTable,
    definition: Definition,
    instrument: Instrument,
    flow: Flow,
) -> Measure:
    """Count one outcome in one group under the definition's missing rule."""
    due = (table.group == position) & _eligible(table, definition, instrument) & table.mature
    baseline, endpoint, episodes = table.baseline[due], table.endpoint[due], table.episodes[due]
    decide = outcome(name).decide
    verdicts = decide(baseline, endpoint, instrument, definition)
    decided = verdicts != UNKNOWN
    if definition.missing == "nonresponse":
        # a missing endpoint counts as not met wherever a score could have decided the outcome
        any_score = np.where(np.isnan(endpoint), instrument.low, endpoint)
        decided = decide(baseline, any_score, instrument, definition) != UNKNOWN
    numerator = int(episodes[verdicts == YES].sum())
    denominator = int(episodes[decided].sum())
    estimate, low, high = wilson(numerator, denominator)
    return Measure(
        measure=name,
        group=group,
        missing=definition.missing,
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
