"""One comparison from the store to the answer."""

from dataclasses import replace

from analysis.cohort import Cohort
from analysis.compare.adjusted import case_mix_fields, compare_adjusted
from analysis.compare.change import compare_change
from analysis.compare.code import code_for
from analysis.compare.groups import Groups, groups_of
from analysis.compare.limits import non_inferiority, sentences
from analysis.compare.parts import Part, Progress
from analysis.compare.plan import REPEATED, Comparison
from analysis.compare.rates import compare_rates
from analysis.compare.results import Compared
from analysis.compare.time import compare_time
from analysis.compare.visits import compare_visits
from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.store import Store


def compare(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    comparison: Comparison,
    *,
    progress: Progress | None = None,
) -> Compared:
    """Return how groups of a cohort differ: crude numbers always, differences where gates pass.

    `progress` is told the step and the share done, 0 to 1; what it raises stops the work. Raises
    UnknownName or DefinitionError for what cannot be asked.
    """
    told = progress or (lambda step, share: None)
    _check(comparison)
    asking = store.recording()
    defining = frozenset({comparison.by} if comparison.by else _fields(comparison))
    fields = case_mix_fields(store, defining) if comparison.adjust != "none" else ()
    told("Counting", 0.0)
    groups = groups_of(asking, cohort, comparison, ("patient", *fields))
    part, about = _part(groups, definition, comparison, told)
    instrument = store.instrument(definition.instrument)
    labels = dict(zip(groups.names, groups.labels, strict=True))
    verdicts = non_inferiority(comparison, part.contrasts, labels, instrument.higher_is_worse)
    told("Done", 1.0)
    return Compared(
        comparison=comparison,
        groups=groups.names,
        rows=part.rows,
        contrasts=part.contrasts,
        overall=part.overall,
        gates=part.gates,
        adjustments=part.adjustments,
        e_values=part.e_values,
        detectable=part.detectable,
        non_inferiority=verdicts,
        shrunk=part.shrunk,
        limits=sentences(comparison, part.rows, part.contrasts),
        notes=part.notes,
        cohort=cohort.sentence(store.fields, store.modalities),
        repeated_sentence=f"{REPEATED[comparison.repeated].capitalize()}.",
        definition=definition,
        definition_sentence=about[0],
        rules=about[1],
        code=code_for(
            store.place,
            store.snapshot,
            cohort,
            definition,
            comparison,
            asking.asked or (),
            engine=store.engine.name,
        ),
        snapshot=store.snapshot,
    )


def _fields(comparison: Comparison) -> set[str]:
    return {
        name
        for part in (comparison.a, comparison.b)
        if part is not None
        for name, _ in part.cohort.where
    }


def _check(comparison: Comparison) -> None:
    if comparison.repeated == "clustered" and comparison.kind == "time":
        raise DefinitionError(
            "The time to an event is compared on first episodes only: choose first."
        )


About = tuple[str, tuple[tuple[str, str], ...]]


def _part(
    groups: Groups, definition: Definition, comparison: Comparison, told: Progress
) -> tuple[Part, About]:
    """Return the analysis of the kind that is asked for, and what it is about in words."""
    if comparison.kind == "time":
        part, curves = compare_time(groups, definition, comparison)
        return part, (curves.definition_sentence, curves.rules)
    if comparison.kind == "visits":
        instrument = groups.tables.store.instrument(definition.instrument)
        part = compare_visits(groups, definition, comparison, told)
        days = ", ".join(map(str, comparison.visits))
        return part, (
            f"{definition.baseline_sentence(instrument)} Visits: the last score in windows that "
            f"end on day {days}.",
            (),
        )
    crude, rates = (compare_rates if comparison.kind == "rates" else compare_change)(
        groups, definition, comparison
    )
    rules = rates.rules if comparison.kind == "rates" else ()
    if comparison.adjust == "none":
        return crude, (rates.definition_sentence, rules)
    weighted = compare_adjusted(groups, definition, comparison, crude.gates, told)
    return _both(crude, weighted), (rates.definition_sentence, rules)


def _both(crude: Part, weighted: Part) -> Part:
    return replace(
        crude,
        rows=crude.rows + weighted.rows,
        contrasts=crude.contrasts + weighted.contrasts,
        gates=crude.gates + weighted.gates,
        adjustments=weighted.adjustments,
        e_values=weighted.e_values,
        notes=crude.notes + weighted.notes,
    )
