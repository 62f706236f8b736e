"""Suicidal thoughts reduced: the item was above zero at baseline and is lower at the endpoint."""

import numpy as np

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes import suicidality_resolved
from analysis.outcomes.verdict import Scores, Verdicts, both_known, verdicts

LABEL = "Suicidal thoughts reduced"
GROUP = "Suicidal thoughts"
# decided by the item itself, never by a total; the instrument here is the item as a scale
ITEM = True
# asked of the same episodes as whether the thoughts are gone
ELIGIBLE, eligible = suicidality_resolved.ELIGIBLE, suicidality_resolved.eligible


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    item = f"{instrument.label}{instrument.mark('suicidality')}"
    return f"{item} above 0 at baseline and lower at the endpoint"


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide from the item at baseline and endpoint; unknown where either is missing.

    Only episodes with the item above zero at baseline are asked about.
    """
    asked = both_known(baseline, endpoint) & eligible(baseline)
    with np.errstate(invalid="ignore"):
        return verdicts(endpoint < baseline, asked)
