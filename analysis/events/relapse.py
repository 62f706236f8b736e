"""Relapse: after response, ill again on two assessments in a row, or on one before a relapse event.

An assessment shows it when the reduction from baseline is less than half and the score is in the
moderate band or beyond.
"""

import numpy as np

from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.instruments import Instrument
from analysis.outcomes import response
from analysis.outcomes.verdict import NO, UNKNOWN, Scores, Verdicts, both_known, verdicts

LABEL = "Relapse"
AFTER = "response"
CONFIRMED = True
CONFIRMING = ("hospitalisation", "retreatment", "switch")
BETTER = False


def _edge(instrument: Instrument) -> float:
    if instrument.moderate is None:
        raise DefinitionError(
            f"{instrument.label} has no moderate band and no caseness cut-off, so a relapse cannot "
            "be told."
        )
    return instrument.moderate


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    side = "or above" if instrument.higher_is_worse else "or below"
    return (
        f"{instrument.label} reduced by less than 50 % from baseline and {_edge(instrument):g} "
        f"{side}{instrument.moderate_mark}, on two consecutive assessments, or on one that is "
        "followed by hospitalisation, re-treatment or a switch; days count from the first "
        "assessment that meets response"
    )


def meets(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide whether one assessment shows a relapse; a second one or an event must confirm it.

    Unknown where a score is missing or response is not defined.
    """
    edge = _edge(instrument)
    responded = response.decide(baseline, endpoint, instrument, definition)
    with np.errstate(invalid="ignore"):
        ill = endpoint >= edge if instrument.higher_is_worse else endpoint <= edge
    known = both_known(baseline, endpoint) & (responded != UNKNOWN)
    return verdicts(ill & (responded == NO), known)
