"""From a change table to rates: numerator, denominator, unknown, interval, patient flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.change_rules import Sample
from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.instruments import Instrument, suicidality_item
from analysis.outcomes import OUTCOMES, UNKNOWN, YES, Outcome, outcome
from analysis.stats.means import sample_mean_sd
from analysis.stats.proportions import wilson
from analysis.store import Store, change, patients
from analysis.tables import ChangeTable, Group
from analysis.timepoints import Timepoint


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


@dataclass(frozen=True)
class Tables:
    """The tables of one cohort and grouping; each is asked for once, however often it is used."""

    store: Store
    cohort: Cohort
    by: tuple[str, ...]
    known: dict[object, Any] = field(default_factory=dict, repr=False)

    def change(
        self, definition: Definition, timepoint: Timepoint, sustained: bool = False
    ) -> ChangeTable:
        """Return the change table; of the definition only instrument, windows and horizon count."""
        horizon = definition.horizon if sustained else None
        due = definition.timepoint
        key = (definition.instrument, definition.baseline, timepoint, due, horizon)
        if key not in self.known:
            self.known[key] = change(
                self.store, self.cohort, definition, self.by, timepoint, sustained=sustained
            )
        found: ChangeTable = self.known[key]
        return found

    def patients(self, instrument: str) -> Mapping[Group, int]:
        """Return how many patients the episodes of each group belong to."""
        if instrument not in self.known:
            self.known[instrument] = patients(self.store, self.cohort, instrument, self.by)
        found: Mapping[Group, int] = self.known[instrument]
        return found


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
    store = tables.store
    wanted = [outcome(name) for name in outcomes]
    if not wanted:
        raise DefinitionError(f"Name at least one outcome. Known: {', '.join(OUTCOMES)}.")
    kind = _same_episodes(wanted, definition)
    instrument = store.instrument(definition.instrument)
    asked = definition
    if kind.item:
        instrument = suicidality_item(instrument)
        asked = replace(definition, instrument=instrument.id)
    observed = tables.change(asked, asked.timepoint, kind.sustained)
    eligible = _eligible(observed, asked, instrument, kind)
    plain_rules = tuple((o.id, o.describe(instrument, asked)) for o in wanted)
    asked = replace(asked, sample=_sample(observed, eligible & observed.mature))
    rules = tuple((o.id, o.describe(instrument, asked)) for o in wanted)
    flow = _flow(observed, eligible, tables.patients(asked.instrument))
    decided = observed
    if definition.missing == "locf":
        decided = tables.change(asked, asked.locf_timepoint)
        eligible = _eligible(decided, asked, instrument, kind)
    due = eligible & decided.mature
    rows = [
        _measure(o, group, decided, due & (decided.group == at), asked, instrument, flow[at])
        for at, group in enumerate(observed.groups)
        for o in wanted
    ]
    return Rates(
        by=tables.by,
        rows=tuple(rows),
        flow=tuple(flow),
        cohort=tables.cohort.sentence(store.fields, store.modalities),
        definition=definition,
        definition_sentence=asked.sentence(instrument, kind.eligible_words),
        rules=rules,
        plain_rules=plain_rules,
        snapshot=store.snapshot,
    )


def _same_episodes(wanted: Sequence[Outcome], definition: Definition) -> Outcome:
    """Return one of the outcomes, after seeing that all are about the same episodes."""
    kinds = {(o.item, o.sustained, o.eligible_words) for o in wanted}
    if len(kinds) > 1:
        names = ", ".join(o.id for o in wanted)
        raise DefinitionError(f"Ask for {names} apart: they are not about the same episodes.")
    kind = wanted[0]
    if kind.sustained and definition.missing == "locf":
        raise DefinitionError(
            f"{kind.label} cannot be decided by the last score carried forward: choose observed "
            "or nonresponse."
        )
    end = definition.timepoint.to_day
    if kind.sustained and end is None and not definition.timepoint.ends_with_course:
        raise DefinitionError(
            f"{kind.label}: nothing comes after the last score of all: choose a timepoint that "
            "ends."
        )
    if kind.sustained and end is not None and definition.horizon < end:
        raise DefinitionError(
            f"{kind.label}: the horizon, day {definition.horizon}, lies before the end of the "
            f"timepoint, day {end}: choose a later horizon."
        )
    return kind


def _eligible(
    table: ChangeTable, definition: Definition, instrument: Instrument, kind: Outcome
) -> NDArray[np.bool_]:
    """Return which cells the rate is about: with a baseline that is severe enough."""
    known = ~np.isnan(table.baseline)
    if kind.eligible is not None:
        return known & kind.eligible(table.baseline)
    minimum = definition.minimum(instrument)
    if minimum is None:
        return known
    with np.errstate(invalid="ignore"):
        severe = (
            table.baseline >= minimum if instrument.higher_is_worse else table.baseline <= minimum
        )
    return known & severe


def _sample(table: ChangeTable, due: NDArray[np.bool_]) -> Sample | None:
    """Return mean and SD at baseline of the episodes with both scores; None below two."""
    both = due & ~np.isnan(table.endpoint)
    mean, sd = sample_mean_sd(table.baseline[both], table.episodes[both])
    if mean is None or sd is None:
        return None
    return Sample(mean, sd, int(table.episodes[both].sum()))


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
    asked: Outcome,
    group: Group,
    table: ChangeTable,
    due: NDArray[np.bool_],
    definition: Definition,
    instrument: Instrument,
    flow: Flow,
) -> Measure:
    """Count one outcome in the due cells of one group under the definition's missing rule."""
    baseline, endpoint, episodes = table.baseline[due], table.endpoint[due], table.episodes[due]
    verdicts = asked.decide(baseline, endpoint, instrument, definition)
    if table.later is not None:
        held = asked.decide(baseline, table.later[due], instrument, definition)
        verdicts = np.where(verdicts == YES, held, verdicts)
    decided = verdicts != UNKNOWN
    if definition.missing == "nonresponse":
        # a missing endpoint counts as not met wherever a score could have decided the outcome
        any_score = np.where(np.isnan(endpoint), instrument.low, endpoint)
        decided = asked.decide(baseline, any_score, instrument, definition) != UNKNOWN
    numerator = int(episodes[verdicts == YES].sum())
    denominator = int(episodes[decided].sum())
    estimate, low, high = wilson(numerator, denominator)
    return Measure(
        measure=asked.id,
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
