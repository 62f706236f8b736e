"""Any improvement: the endpoint is better than the baseline, by however little."""

import numpy as np

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.verdict import Scores, Verdicts, both_known, improvement, verdicts

LABEL = "Any improvement"


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return f"{instrument.label} better at the endpoint than at baseline, by however little"


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide any improvement: the endpoint is better than the baseline; an equal score is not.

    Unknown where a score is missing.
    """
    with np.errstate(invalid="ignore"):
        better = improvement(baseline, endpoint, instrument) > 0
    return verdicts(better, both_known(baseline, endpoint))
