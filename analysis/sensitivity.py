"""One outcome under many definitions at once, and what the missing endpoints could do to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

from analysis.cohort import Cohort
from analysis.deciding import Tables
from analysis.definition import MISSING_RULES, MODERATE, NO_MINIMUM, OWN_RULES, Definition
from analysis.errors import DefinitionError, UnknownName
from analysis.instruments import Instrument
from analysis.measures import Measure, Rates, rates_of
from analysis.outcomes import Outcome, outcome
from analysis.policy import LOCAL, check_policy
from analysis.stats.reliable_change import CLASSES
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

    Instruments of the same family that have scores and the outcome, timepoints, the chosen
    instrument's rules, missing rules, and eligibility by severity or not; each once, and only
    those that can be asked of this store. No definition is better than another: what holds under
    most of them does not hang on a choice. Raises UnknownName or DefinitionError.
    """
    return sensitivity_of(Tables(store, cohort, by), definition, name)


def sensitivity_of(tables: Tables, definition: Definition, name: str) -> Sensitivity:
    """Return what `sensitivity` returns, from tables that may serve several definitions."""
    found, store = outcome(name), tables.store
    answers = {definition: rates_of(tables, definition, (name,))}
    told = {_told(answers[definition])}
    for variant in _definitions(store, definition, found):
        try:
            answer = rates_of(tables, variant, (name,))
        except (DefinitionError, UnknownName):
            continue  # not every scale has the outcome, not every timepoint the scores for a rule
        nobody = variant.instrument != definition.instrument and not any(
            step.with_baseline for step in answer.flow
        )
        if not nobody and _told(answer) not in told:
            told.add(_told(answer))
            answers[variant] = answer
    variants = [
        Variant(
            variant,
            _choices(variant, found, store.instrument(variant.instrument)),
            answer.rows,
            answer.definition_sentence,
            answer.rules[0][1],
            variant == definition,
        )
        for variant, answer in answers.items()
    ]
    return Sensitivity(
        by=tables.by,
        outcome=name,
        variants=tuple(variants),
        cohort=tables.sentence,
        definition=definition,
        definition_sentence=variants[0].sentence,
        rules=((name, variants[0].rule),),
        snapshot=store.snapshot,
    )


def _told(answer: Rates) -> tuple[str, str]:
    """Return all that a rate hangs on: two definitions that read alike decide alike."""
    return answer.definition_sentence, answer.rules[0][1]


def _definitions(store: Store, definition: Definition, found: Outcome) -> Iterator[Definition]:
    """Yield definitions beside the chosen one; some may read alike, some cannot be asked."""
    chosen = store.instruments[definition.instrument]
    scales = [store.instruments[name] for name in store.recorded]
    timepoints = (definition.timepoint, *(TIMEPOINTS[name] for name in BESIDE))
    for scale in scales:
        own = scale.id == chosen.id
        if not own and (not scale.family or scale.family != chosen.family):
            continue
        minima: list[str | float] = [MODERATE, NO_MINIMUM]
        # the chosen scale under all its rules, the others each under its own one
        rules: list[dict[str, str | None]] = [{}]
        if own:
            minima.insert(0, definition.min_baseline)
            chosen_rules = {option: getattr(definition, option) for option in OWN_RULES}
            rules = [chosen_rules, *_rules(scale, found)]
        for timepoint, rule, minimum, missing in product(timepoints, rules, minima, MISSING_RULES):
            yield replace(
                definition,
                instrument=scale.id,
                timepoint=timepoint,
                missing=missing,
                min_baseline=minimum,
                remission=rule.get("remission"),
                minimal_important=rule.get("minimal_important"),
                reliable_change=rule.get("reliable_change"),
                cutoff=rule.get("cutoff"),
            )


def _rules(scale: Instrument, found: Outcome) -> list[dict[str, str | None]]:
    """Return the rules of an instrument that an outcome can be decided by; first its default."""
    others: dict[str, list[str]] = {
        "remission": [rule.id for rule in scale.remission],
        "minimal_important": [rule.id for rule in scale.minimal_important],
        "reliable_change": [f"{rule.points:g}" for rule in scale.reliable],
        "cutoff": [],
    }
    named: list[dict[str, str | None]] = [
        {option: rule} for option in _options(found) for rule in others[option]
    ]
    return [{}, *named]


def _options(found: Outcome) -> tuple[str, ...]:
    """Return the options that name the rule of an outcome."""
    if found.id in ("remission", "sustained_remission"):
        return ("remission",)
    if found.id == "minimal_important_improvement":
        return ("minimal_important",)
    if found.id.startswith("reliable_"):
        return ("reliable_change",)
    return ("reliable_change", "cutoff") if found.id in CLASSES else ()


def _choices(variant: Definition, found: Outcome, scale: Instrument) -> tuple[tuple[str, str], ...]:
    named = (getattr(variant, option) for option in _options(found))
    rule = " ".join(text for text in named if text) or "own rule"
    if "remission" in _options(found):
        rule = getattr(variant.remission_rule(scale), "id", rule)
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
    return bounds_of(Tables(store, cohort, by), definition, name, reach)


def bounds_of(
    tables: Tables, definition: Definition, name: str, reach: float | None
) -> tuple[Bounds, ...]:
    """Return what `bounds` returns, from tables that may serve several definitions."""
    if reach is not None and not 0 <= reach <= 1:
        raise DefinitionError("The rate to reach is a number from 0 to 1, such as 0.5.")
    observed = rates_of(tables, definition.with_missing("observed"), (name,))
    everybody = rates_of(tables, definition.with_missing("nonresponse"), (name,))
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
