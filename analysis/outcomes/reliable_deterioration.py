"""Reliable deterioration: worse by more than the error of measurement."""

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.reliable import reliable, reliable_words
from analysis.outcomes.verdict import Scores, Verdicts, both_known, verdicts

LABEL = "Reliable deterioration"
# a low rate is the favourable one
ADVERSE = True


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return f"{instrument.label} worse by {reliable_words(instrument, definition)}"


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide reliable deterioration: worse by the instrument's reliable change or more.

    Unknown where a score is missing. Raises DefinitionError where the instrument has no
    reliable-change points and none were named.
    """
    met = reliable(baseline, endpoint, instrument, definition, -1)
    return verdicts(met, both_known(baseline, endpoint))
