"""Improved: reliably better, without crossing to the side of people who are well."""

from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.reliable import class_words, in_class
from analysis.outcomes.verdict import Scores, Verdicts

LABEL = "Improved"
GROUP = "Clinically significant change"


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words."""
    return class_words("improved", instrument, definition)


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide the class "improved" of clinically significant change; each episode is in one."""
    return in_class("improved", baseline, endpoint, instrument, definition)
