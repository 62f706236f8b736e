"""Deteriorated: reliably worse, without leaving the side of people who are well."""

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.reliable import class_words, in_class
from analysis.outcomes.verdict import Scores, Verdicts

LABEL = "Deteriorated"
GROUP = "Clinically significant change"
# a low rate is the favourable one
ADVERSE = True


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return class_words("deteriorated", instrument, definition)


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide the class "deteriorated" of clinically significant change; each episode is in one."""
    return in_class("deteriorated", baseline, endpoint, instrument, definition)
