"""Symptom-free: the endpoint is the best score that the scale has."""

import numpy as np

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.verdict import Scores, Verdicts, both_known, verdicts

LABEL = "Symptom-free"


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    best = instrument.low if instrument.higher_is_worse else instrument.high
    return f"{instrument.label} exactly {best:g} at the endpoint, the best score of the scale"


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide symptom-free: the endpoint is the best score that the instrument has.

    Seldom the same as remission. Unknown where a score is missing.
    """
    best = instrument.low if instrument.higher_is_worse else instrument.high
    with np.errstate(invalid="ignore"):
        return verdicts(endpoint == best, both_known(baseline, endpoint))
