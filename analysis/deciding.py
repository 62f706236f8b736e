"""Which episodes a question is about, and which of them meet the outcome: the step before counting.

Everything that counts or compares outcomes goes through here, so that a rate, a difference and a
model are about the same people.
"""

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
from analysis.outcomes import OUTCOMES, UNKNOWN, YES, Asked, Outcome, outcome
from analysis.stats.means import sample_mean_sd
from analysis.store import Store, change, patients
from analysis.tables import ChangeTable, Group
from analysis.timepoints import Timepoint

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Tables:
    """The tables of one cohort and grouping; each is asked for once, however often it is used.

    `beside` names further columns to tell episodes apart by: fields, and "patient".
    """

    store: Store
    cohort: Cohort
    by: tuple[str, ...]
    beside: tuple[str, ...] = ()
    known: dict[object, Any] = field(default_factory=dict, repr=False)

    @property
    def sentence(self) -> str:
        """The episodes in one plain sentence."""
        return self.cohort.sentence(self.store.fields, self.store.modalities)

    def change(
        self, definition: Definition, timepoint: Timepoint, sustained: bool = False
    ) -> ChangeTable:
        """Return the change table; of the definition only instrument, windows and horizon count."""
        horizon = definition.horizon if sustained else None
        due = definition.timepoint
        key = (definition.instrument, definition.baseline, timepoint, due, horizon)
        if key not in self.known:
            self.known[key] = self._asked(definition, timepoint, sustained)
        found: ChangeTable = self.known[key]
        return found

    def patients(self, instrument: str) -> Mapping[Group, int]:
        """Return how many patients the episodes of each group belong to."""
        if instrument not in self.known:
            self.known[instrument] = self._patients(instrument)
        found: Mapping[Group, int] = self.known[instrument]
        return found

    def _asked(self, definition: Definition, timepoint: Timepoint, sustained: bool) -> ChangeTable:
        return change(
            self.store,
            self.cohort,
            definition,
            self.by,
            timepoint,
            sustained=sustained,
            beside=self.beside,
        )

    def _patients(self, instrument: str) -> Mapping[Group, int]:
        return patients(self.store, self.cohort, instrument, self.by)


@dataclass(frozen=True)
class Question:
    """Outcomes asked of a table: the episodes that are due, and by which scores they are decided.

    `observed` holds the scores at the timepoint, `decided` those that decide under the missing
    rule; `eligible` and `due` mark the rows of each. `definition` is complete: with the sample that
    a computed rule needs.
    """

    outcomes: tuple[Outcome, ...]
    instrument: Instrument
    definition: Definition
    eligible_words: str | None
    observed: ChangeTable
    eligible: Bools
    decided: ChangeTable
    due: Bools
    plain_rules: tuple[tuple[str, str], ...]

    @property
    def rules(self) -> tuple[tuple[str, str], ...]:
        """Each outcome with its rule in words."""
        return tuple((o.id, o.describe(self.instrument, self.definition)) for o in self.outcomes)

    @property
    def sentence(self) -> str:
        return self.definition.sentence(self.instrument, self.eligible_words)


def asked(tables: Tables, definition: Definition, names: Sequence[str]) -> Question:
    """Return the episodes that outcomes are asked about, with the scores that decide them.

    Raises UnknownName or DefinitionError for what cannot be asked.
    """
    wanted = tuple(outcome(name) for name in names)
    if not wanted:
        raise DefinitionError(f"Name at least one outcome. Known: {', '.join(OUTCOMES)}.")
    kind = _same_episodes(wanted, definition)
    instrument = tables.store.instrument(definition.instrument)
    if kind.item:
        instrument = suicidality_item(instrument)
        definition = replace(definition, instrument=instrument.id)
    observed = tables.change(definition, definition.timepoint, kind.sustained)
    eligible = is_eligible(observed, definition, instrument, kind.eligible)
    plain_rules = tuple((o.id, o.describe(instrument, definition)) for o in wanted)
    complete = replace(definition, sample=_sample(observed, eligible & observed.mature))
    decided, due = observed, eligible & observed.mature
    if definition.missing == "locf":
        decided = tables.change(complete, complete.locf_timepoint)
        due = is_eligible(decided, complete, instrument, kind.eligible) & decided.mature
    return Question(
        wanted,
        instrument,
        complete,
        kind.eligible_words,
        observed,
        eligible,
        decided,
        due,
        plain_rules,
    )


def is_eligible(
    table: ChangeTable,
    definition: Definition,
    instrument: Instrument,
    own_rule: Asked | None = None,
) -> Bools:
    """Return which rows a rate is about: with a baseline that is severe enough.

    `own_rule`, of outcomes that have one, stands in place of the definition's minimum.
    """
    known = ~np.isnan(table.baseline)
    if own_rule is not None:
        return known & own_rule(table.baseline)
    minimum = definition.minimum(instrument)
    if minimum is None:
        return known
    with np.errstate(invalid="ignore"):
        severe = (
            table.baseline >= minimum if instrument.higher_is_worse else table.baseline <= minimum
        )
    return known & severe


def verdicts(question: Question, wanted: Outcome, rows: Bools) -> tuple[Bools, Bools]:
    """Return which of the rows meet an outcome, and which are in its denominator.

    `rows` marks rows of `question.decided`; both answers have one entry for each marked one.
    """
    table, definition, instrument = question.decided, question.definition, question.instrument
    baseline, endpoint = table.baseline[rows], table.endpoint[rows]
    found = wanted.decide(baseline, endpoint, instrument, definition)
    if table.later is not None:
        held = wanted.decide(baseline, table.later[rows], instrument, definition)
        found = np.where(found == YES, held, found)
    counted = found != UNKNOWN
    if definition.missing == "nonresponse":
        # a missing endpoint counts as not met wherever a score could have decided the outcome
        any_score = np.where(np.isnan(endpoint), instrument.low, endpoint)
        counted = wanted.decide(baseline, any_score, instrument, definition) != UNKNOWN
    return found == YES, counted


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


def _sample(table: ChangeTable, due: Bools) -> Sample | None:
    """Return mean and SD at baseline of the episodes with both scores; None below two."""
    both = due & ~np.isnan(table.endpoint)
    mean, sd = sample_mean_sd(table.baseline[both], table.episodes[both])
    if mean is None or sd is None:
        return None
    return Sample(mean, sd, int(table.episodes[both].sum()))
