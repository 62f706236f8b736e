"""Time to response: from the first treatment day to the first assessment that meets response."""

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes import response

LABEL = "Response"
AFTER = None
CONFIRMED = False
CONFIRMING: tuple[str, ...] = ()
BETTER = True
meets = response.decide


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return (
        f"{response.describe(instrument, definition)}, at the first assessment that meets it; days "
        "count from the first treatment day"
    )
