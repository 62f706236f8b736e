"""One outcome under many definitions at once, and what the missing endpoints could do to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

from analysis.cohort import Cohort
from analysis.definition import MISSING_RULES, MODERATE, NO_MINIMUM, Definition
from analysis.errors import DefinitionError
from analysis.instruments import Instrument
from analysis.measures import Measure, Rates, Tables, rates_of
from analysis.outcomes import Outcome, available, outcome
from analysis.release import LOCAL, check_policy
from analysis.store import Store
from analysis.tables import Group
from analysis.timepoints import TIMEPOINTS

# The timepoints that are set beside the chosen one.
BESIDE = ("acute", "week_6", "week_12", "end_of_course")
# In which a definition can differ from another; also the rows under a specification curve.
ASPECTS = ("instrument", "timepoint", "rule", "missing", "min_baseline")


@dataclass(frozen=True)
class Variant:
    """One definition among many: what it chooses in each aspect, and its rate per group.

    `chosen` marks the definition that the others are set beside.
    """

    definition: Definition
    choices: tuple[tuple[str, str], ...]
    rows: tuple[Measure, ...]
    sentence: str
    rule: str
    chosen: bool


@dataclass(frozen=True)
class Sensitivity:
    """The answer: one outcome under every variant of a definition, per group.

    The first variant is the definition that the others are set beside.
    """

    by: tuple[str, ...]
    outcome: str
    variants: tuple[Variant, ...]
    cohort: str
    definition: Definition
    definition_sentence: str
    rules: tuple[tuple[str, str], ...]
    snapshot: str
    release: str = "local"


@dataclass(frozen=True)
class Bounds:
    """What one group's rate could be, whatever the missing endpoints were. Rates are 0 to 1.

    `low` counts every missing endpoint as not met, `high` as met. `needed` is how many of the
    missing would have to meet the outcome to reach the rate `reach`: 0 where it is reached
    already, None where it could not be reached or none was named.
    """

    group: Group
    met: int
    decided: int
    due: int
    missing: int
    low: float | None
    high: float | None
    observed: float | None
    reach: float | None
    needed: int | None


def check_local(policy: str) -> None:
    """Raise DefinitionError under a release policy that withholds counts."""
    if check_policy(policy) != LOCAL:
        raise DefinitionError(
            "Many definitions side by side would show what small counts differ by: this answer "
            "is not for the shared release."
        )


def sensitivity(
    store: Store, cohort: Cohort, definition: Definition, name: str, by: tuple[str, ...] = ()
) -> Sensitivity:
    """Return one outcome under many definitions at once, per group.

    Instruments of the same family that have scores and the outcome, timepoints, the instrument's
    rules, missing rules, and eligibility by severity or not. No definition is better than another:
    what holds under most of them does not hang on a choice. Raises UnknownName or DefinitionError.
    """
    found = outcome(name)
    tables = Tables(store, cohort, by)
    variants = []
    for variant in _definitions(store, definition, found):
        answer = rates_of(tables, variant, (name,))
        variants.append(
            Variant(
                variant,
                _choices(variant, found, store.instrument(variant.instrument)),
                answer.rows,
                answer.definition_sentence,
                answer.rules[0][1],
                variant == definition,
            )
        )
    return Sensitivity(
        by=by,
        outcome=name,
        variants=tuple(variants),
        cohort=cohort.sentence(store.fields, store.modalities),
        definition=definition,
        definition_sentence=variants[0].sentence,
        rules=((name, variants[0].rule),),
        snapshot=store.snapshot,
    )


def _definitions(store: Store, definition: Definition, found: Outcome) -> Iterator[Definition]:
    """Yield the chosen definition, then all others that can be asked."""
    chosen = store.instrument(definition.instrument)
    yield definition
    scales = [store.instrument(scale) for scale in store.recorded]
    if found.item:
        scales = [scale for scale in scales if scale.id in store.items_recorded]
    family = [s for s in scales if s.id == chosen.id or (s.family and s.family == chosen.family)]
    timepoints = dict.fromkeys((definition.timepoint, *(TIMEPOINTS[name] for name in BESIDE)))
    missing = [rule for rule in MISSING_RULES if not (found.sustained and rule == "locf")]
    minima = [MODERATE] if found.item else [MODERATE, NO_MINIMUM]
    for scale in family:
        # the chosen instrument under all its rules, the others under their own one
        rules = _rules(scale, found) if scale.id == chosen.id else [None]
        for timepoint, rule, minimum, left in product(timepoints, rules, minima, missing):
            if minimum == MODERATE and scale.moderate is None:
                continue
            variant = replace(
                definition,
                instrument=scale.id,
                timepoint=timepoint,
                missing=left,
                min_baseline=minimum,
                remission=None,
                minimal_important=None,
                reliable_change=None,
            )
            if scale.id != chosen.id:
                variant = replace(variant, cutoff=None)
            if rule is not None:
                variant = replace(variant, **rule)
            if _same(variant, definition, store) or not available(found, scale, variant):
                continue
            yield variant


def _same(variant: Definition, definition: Definition, store: Store) -> bool:
    """Return whether two definitions decide alike, a rule named or left to the instrument."""
    scale = store.instrument(variant.instrument)
    if variant.instrument != definition.instrument:
        return False
    named = [
        replace(d, remission=getattr(d.remission_rule(scale), "id", None))
        for d in (variant, definition)
    ]
    return named[0] == named[1]


def _rules(scale: Instrument, found: Outcome) -> list[dict[str, str] | None]:
    """Return the rules of an instrument that an outcome can be decided by; None is its own."""
    if found.id in ("remission", "sustained_remission"):
        others = [{"remission": r.id} for r in scale.remission if not r.default]
    elif found.id == "minimal_important_improvement":
        others = [{"minimal_important": r.id} for r in scale.minimal_important if not r.default]
    elif found.id.startswith("reliable_"):
        others = [{"reliable_change": f"{r.points:g}"} for r in scale.reliable if not r.default]
    else:
        others = []
    return [None, *others]


def _choices(variant: Definition, found: Outcome, scale: Instrument) -> tuple[tuple[str, str], ...]:
    rule = "own rule"
    if found.id in ("remission", "sustained_remission"):
        rule = getattr(variant.remission_rule(scale), "id", rule)
    elif variant.minimal_important and found.id == "minimal_important_improvement":
        rule = variant.minimal_important
    elif variant.reliable_change and found.id.startswith("reliable_"):
        rule = variant.reliable_change
    pairs = variant.to_query()
    return tuple((name, rule if name == "rule" else pairs[name]) for name in ASPECTS)


def bounds(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    name: str,
    by: tuple[str, ...] = (),
    *,
    reach: float | None = None,
) -> tuple[Bounds, ...]:
    """Return per group what the rate could be whatever the missing endpoints were.

    Counts all eligible and mature episodes for which a score would decide the outcome. `reach` is
    a rate from 0 to 1. Raises DefinitionError where it is not.
    """
    if reach is not None and not 0 <= reach <= 1:
        raise DefinitionError("The rate to reach is a number from 0 to 1, such as 0.5.")
    tables = Tables(store, cohort, by)
    observed = rates_of(tables, definition.with_missing("observed"), (name,))
    everybody = rates_of(tables, definition.with_missing("nonresponse"), (name,))
    return bounds_of(observed, everybody, reach)


def bounds_of(observed: Rates, everybody: Rates, reach: float | None) -> tuple[Bounds, ...]:
    """Return the bounds from the rates with and without the missing endpoints."""
    return tuple(
        _bounds(some, every, reach)
        for some, every in zip(observed.rows, everybody.rows, strict=True)
    )


def _bounds(some: Measure, every: Measure, reach: float | None) -> Bounds:
    met, decided, due = some.numerator or 0, some.denominator or 0, every.denominator or 0
    missing = due - decided
    needed = None
    if reach is not None and due:
        # the margin keeps 0.3 of 10 from becoming four by the last binary digit
        short = max(ceil(reach * due - 1e-9) - met, 0)
        needed = short if short <= missing else None
    return Bounds(
        group=some.group,
        met=met,
        decided=decided,
        due=due,
        missing=missing,
        low=met / due if due else None,
        high=(met + missing) / due if due else None,
        observed=some.estimate,
        reach=reach,
        needed=needed,
    )
