"""Partial response: better by a quarter or more, but not by half."""

import numpy as np

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.verdict import Scores, Verdicts, both_known, floor_words, severity, verdicts

LABEL = "Partial response"


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words; raises DefinitionError where percent change is not defined."""
    return (
        f"{instrument.label} reduced by at least 25 % but less than 50 % from baseline"
        f"{floor_words(instrument)}"
    )


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide partial response: a reduction of at least 25 % and less than 50 % from baseline.

    Percent change is measured from the instrument's floor. Unknown where a score is missing and
    where the baseline is at the floor.
    """
    before, after = severity(baseline, instrument), severity(endpoint, instrument)
    known = both_known(baseline, endpoint) & (before > 0)
    with np.errstate(invalid="ignore"):
        return verdicts((4 * after <= 3 * before) & (2 * after > before), known)
