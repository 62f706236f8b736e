"""The outcomes: one file each, a short function of baseline and endpoint.

Each module has LABEL, `describe(instrument, definition)` (the rule in words) and
`decide(baseline, endpoint, instrument, definition)`. Scores come as float arrays with NaN for a
missing score; the answer is an int8 array of YES, NO and UNKNOWN. A missing score is never a no.
"""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.definition import Definition
from analysis.errors import UnknownName
from analysis.instruments import Instrument
from analysis.outcomes import partial_response, remission, response
from analysis.outcomes.verdict import NO, UNKNOWN, YES, Scores, Verdicts

__all__ = ["NO", "OUTCOMES", "UNKNOWN", "YES", "Outcome", "outcome"]


@dataclass(frozen=True)
class Outcome:
    """One outcome: its id, its words, and how it is decided."""

    id: str
    label: str
    describe: Callable[[Instrument, Definition], str]
    decide: Callable[[Scores, Scores, Instrument, Definition], Verdicts]


OUTCOMES: dict[str, Outcome] = {
    name: Outcome(name, module.LABEL, module.describe, module.decide)
    for name, module in (
        ("response", response),
        ("partial_response", partial_response),
        ("remission", remission),
    )
}


def outcome(name: str) -> Outcome:
    """Return an outcome by its id; raises UnknownName with those that exist."""
    if name not in OUTCOMES:
        raise UnknownName("outcome", name, OUTCOMES)
    return OUTCOMES[name]
