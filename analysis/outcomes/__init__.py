"""The outcomes: one file each, a short function of baseline and endpoint.

Each module has LABEL, `describe(instrument, definition)` (the rule in words) and
`decide(baseline, endpoint, instrument, definition)`. Scores come as float arrays with NaN for a
missing score; the answer is an int8 array of YES, NO and UNKNOWN. A missing score is never a no.

A module may also have GROUP (the heading it is listed under), SUSTAINED (it must hold for the worst
later score, too), ADVERSE (to meet it is to be worse), and ITEM with ELIGIBLE and `eligible` (it is
decided on the item on suicidal thoughts, which says itself whom it is about).
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from analysis.definition import Definition
from analysis.errors import DefinitionError, UnknownName
from analysis.instruments import Instrument, suicidality_item
from analysis.outcomes import (
    any_improvement,
    deteriorated,
    harmed,
    improved,
    minimal_important_improvement,
    partial_response,
    recovered,
    reliable_deterioration,
    reliable_improvement,
    remission,
    response,
    suicidality_emergent,
    suicidality_reduced,
    suicidality_resolved,
    sustained_remission,
    sustained_response,
    symptom_free,
    unchanged,
)
from analysis.outcomes.verdict import NO, UNKNOWN, YES, Scores, Verdicts

__all__ = [
    "NO",
    "OUTCOMES",
    "UNKNOWN",
    "YES",
    "Asked",
    "Outcome",
    "available",
    "outcome",
    "why_not",
]

SCORE_OUTCOMES = "At the timepoint"
Asked = Callable[[Scores], NDArray[np.bool_]]


@dataclass(frozen=True)
class Outcome:
    """One outcome: its id, its words, and how it is decided.

    `item` outcomes are decided on the item on suicidal thoughts; `eligible` then says whom the
    rate is about, in place of the definition's minimum baseline. `sustained` outcomes must hold
    for the worst later score, too. Of `adverse` ones a low rate is the favourable one.
    """

    id: str
    label: str
    describe: Callable[[Instrument, Definition], str]
    decide: Callable[[Scores, Scores, Instrument, Definition], Verdicts]
    group: str = SCORE_OUTCOMES
    sustained: bool = False
    item: bool = False
    adverse: bool = False
    eligible: Asked | None = None
    eligible_words: str | None = None


def _outcome(module: ModuleType) -> Outcome:
    return Outcome(
        module.__name__.rsplit(".", 1)[-1],
        module.LABEL,
        module.describe,
        module.decide,
        group=getattr(module, "GROUP", SCORE_OUTCOMES),
        sustained=getattr(module, "SUSTAINED", False),
        item=getattr(module, "ITEM", False),
        adverse=getattr(module, "ADVERSE", False),
        eligible=getattr(module, "eligible", None),
        eligible_words=getattr(module, "ELIGIBLE", None),
    )


# In the order in which they are offered.
OUTCOMES: dict[str, Outcome] = {
    found.id: found
    for found in map(
        _outcome,
        (
            response,
            partial_response,
            remission,
            symptom_free,
            any_improvement,
            minimal_important_improvement,
            reliable_improvement,
            reliable_deterioration,
            recovered,
            improved,
            unchanged,
            deteriorated,
            harmed,
            sustained_response,
            sustained_remission,
            suicidality_resolved,
            suicidality_reduced,
            suicidality_emergent,
        ),
    )
}


def outcome(name: str) -> Outcome:
    """Return an outcome by its id; raises UnknownName with those that exist."""
    if name not in OUTCOMES:
        raise UnknownName("outcome", name, OUTCOMES)
    return OUTCOMES[name]


def why_not(found: Outcome, instrument: Instrument, definition: Definition) -> str | None:
    """Return why an outcome has no rule on an instrument under a definition; None where it has."""
    if not instrument.scored:
        return f"{instrument.label} has no total score."
    try:
        found.describe(suicidality_item(instrument) if found.item else instrument, definition)
    except DefinitionError as error:
        return str(error)
    return None


def available(found: Outcome, instrument: Instrument, definition: Definition) -> bool:
    """Return whether an outcome has a rule on an instrument under a definition."""
    return why_not(found, instrument, definition) is None
