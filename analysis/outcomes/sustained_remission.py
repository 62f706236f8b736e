"""Sustained remission: met at the endpoint and at every later assessment up to the horizon."""

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes import remission

LABEL = "Sustained remission"
GROUP = "Durability"
# also asked of the worst later score: what holds for it holds for every later assessment
SUSTAINED = True
decide = remission.decide


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return (
        f"{remission.describe(instrument, definition)}, and at every later assessment up to day "
        f"{definition.horizon}; unknown where it is met and nobody looked again"
    )
