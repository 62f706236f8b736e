"""Time to remission: from the first treatment day to the first assessment that meets remission."""

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes import remission

LABEL = "Remission"
AFTER = None
CONFIRMED = False
CONFIRMING: tuple[str, ...] = ()
BETTER = True
meets = remission.decide


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return (
        f"{remission.describe(instrument, definition)}, at the first assessment that meets it; "
        "days count from the first treatment day"
    )
