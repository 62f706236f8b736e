"""Response: symptoms at the endpoint are at most half of those at baseline."""

import numpy as np

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.verdict import Scores, Verdicts, both_known, floor_words, severity, verdicts

LABEL = "Response"


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words; raises DefinitionError where percent change is not defined."""
    return f"{instrument.label} reduced by at least 50 % from baseline{floor_words(instrument)}"


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide response: a reduction of at least 50 % from baseline; exactly half counts.

    Percent change is measured from the instrument's floor. Unknown where a score is missing and
    where the baseline is at the floor, since nothing can be halved there.
    """
    before, after = severity(baseline, instrument), severity(endpoint, instrument)
    known = both_known(baseline, endpoint) & (before > 0)
    with np.errstate(invalid="ignore"):
        return verdicts(2 * after <= before, known)
