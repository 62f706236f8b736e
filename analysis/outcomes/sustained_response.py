"""Sustained response: met at the endpoint and at every later assessment up to the horizon."""

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes import response

LABEL = "Sustained response"
GROUP = "Durability"
# also asked of the worst later score: what holds for it holds for every later assessment
SUSTAINED = True
decide = response.decide


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return (
        f"{response.describe(instrument, definition)}, and at every later assessment up to day "
        f"{definition.horizon}; unknown where it is met and nobody looked again"
    )
