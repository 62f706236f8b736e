"""The methods in force, read off the code itself: outcomes, events, timepoints and statistics.

Nothing is written a second time here: a rule comes from the outcome that decides by it, a source
from the docstring of the function that computes.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from analysis.definition import MISSING_RULES, Definition
from analysis.errors import DefinitionError
from analysis.events import EVENTS
from analysis.instruments import Instrument, suicidality_item
from analysis.outcomes import OUTCOMES, why_not
from analysis.stats.means import summarise
from analysis.stats.proportions import wilson
from analysis.stats.reliable_change import classes, critical_difference, cutoff
from analysis.stats.suppression import protected
from analysis.stats.survival import cumulative_incidence, kaplan_meier, quantile, restricted_mean
from analysis.timepoints import TIMEPOINTS


@dataclass(frozen=True)
class Method:
    """One method: what it is called, where it is listed, and the rule in words.

    `defined` is False where an instrument has no such rule; the text then says why.
    """

    id: str
    label: str
    text: str
    group: str = ""
    source: str = ""
    defined: bool = True


# What is computed, how, and by which function; its docstring holds the source.
STATISTICS: tuple[tuple[str, str, Callable[..., object]], ...] = (
    ("Interval of a rate", "Wilson score interval, 95 %", wilson),
    ("Interval of a mean score", "one-sample t interval, 95 %", summarise),
    (
        "Share without the event over time",
        "Kaplan-Meier estimate with log-log interval, 95 %",
        kaplan_meier,
    ),
    (
        "Share with the event over time, where other events compete",
        "Aalen-Johansen estimate of the cumulative incidence, 95 %",
        cumulative_incidence,
    ),
    ("Median time to an event", "first time at which the share reaches half", quantile),
    ("Mean time free of an event", "restricted mean, area under the curve", restricted_mean),
    (
        "Reliable change from a reliability and an SD",
        "1.96 standard errors of the difference",
        critical_difference,
    ),
    ("Cut-off from two populations", "cut-offs a, b and c of Jacobson and Truax", cutoff),
    ("Classes of change", "reliable change crossed with the cut-off", classes),
    ("Withheld numbers", "complementary suppression along all groupings", protected),
)


def source_in(function: Callable[..., object]) -> str:
    """Return the source that the docstring of a function names, or of its module; else nothing."""
    module = inspect.getmodule(function)
    for text in (inspect.getdoc(function), module and inspect.getdoc(module)):
        found = re.search(r"\bSource: (.*?)(?:\n\n|$)", text or "", flags=re.DOTALL)
        if found:
            return " ".join(found[1].split()).rstrip(".")
    return ""


def statistics() -> list[Method]:
    """Return what is computed and how, each with the source that its function names."""
    return [Method(f.__name__, used, how, source=source_in(f)) for used, how, f in STATISTICS]


def for_instrument(definition: Definition, instrument: Instrument) -> Definition:
    """Return the definition as it would ask about another instrument, by that one's own rules."""
    if definition.instrument == instrument.id:
        return definition
    return replace(
        Definition(instrument=instrument.id),
        timepoint=definition.timepoint,
        baseline=definition.baseline,
        missing=definition.missing,
        horizon=definition.horizon,
    )


def outcome_methods(instrument: Instrument, definition: Definition) -> list[Method]:
    """Return every outcome with its rule on an instrument, or why it has none there."""
    found = []
    for one in OUTCOMES.values():
        why = why_not(one, instrument, definition)
        if why is None:
            scale = suicidality_item(instrument) if one.item else instrument
            asked = f" Asked of episodes with {one.eligible_words}." if one.eligible_words else ""
            text = f"{one.describe(scale, definition)}.{asked}"
            found.append(Method(one.id, one.label, text, one.group))
        else:
            found.append(Method(one.id, one.label, why, one.group, defined=False))
    return found


def event_methods(instrument: Instrument, definition: Definition) -> list[Method]:
    """Return every event that is waited for with its rule, or why it has none there."""
    found = []
    for one in EVENTS.values():
        try:
            if one.after is not None:
                EVENTS[one.after].describe(instrument, definition)
            rule = one.describe(instrument, definition)
            found.append(Method(one.id, one.label, f"{rule}."))
        except DefinitionError as error:
            found.append(Method(one.id, one.label, str(error), defined=False))
    return found


def timepoint_methods() -> list[Method]:
    """Return every named timepoint with the score that it picks."""
    return [Method(name, name, one.sentence) for name, one in TIMEPOINTS.items()]


def missing_methods() -> list[Method]:
    """Return every rule for missing endpoints."""
    return [Method(name, name, text) for name, text in MISSING_RULES.items()]
