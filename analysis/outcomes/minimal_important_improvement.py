"""Minimal important improvement: better by the least that matters to patients, or more."""

import numpy as np

from analysis.change_rules import minimal_rule
from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.outcomes.verdict import (
    Scores,
    Verdicts,
    both_known,
    improvement,
    severity,
    verdicts,
)

LABEL = "Minimal important improvement"


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words, with its source or the word unverified."""
    rule = minimal_rule(instrument, definition.minimal_important)
    amount = f"{rule.amount:g} points" if rule.unit == "points" else f"{rule.amount:g} %"
    return f"{instrument.label} better by at least {amount} ({rule.source})"


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide minimal important improvement: better by the points or the share of the rule.

    A share is measured from the instrument's floor; at a baseline at the floor nothing is decided.
    Unknown where a score is missing. Raises DefinitionError where the instrument has no rule and
    none was named.
    """
    rule = minimal_rule(instrument, definition.minimal_important)
    known = both_known(baseline, endpoint)
    with np.errstate(invalid="ignore"):
        if rule.unit == "points":
            better = improvement(baseline, endpoint, instrument)
            return verdicts(better >= rule.amount, known)
        before, after = severity(baseline, instrument), severity(endpoint, instrument)
        # the margin keeps 32 % of 25 from being missed by the last binary digit
        reached = 100 * (before - after) >= rule.amount * before - 1e-9
        return verdicts(reached, known & (before > 0))
