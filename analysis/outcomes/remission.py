"""Remission: the endpoint lies below (or at) the cut of the remission rule in force."""

import numpy as np

from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.instruments import Instrument, RemissionRule
from analysis.outcomes.verdict import Scores, Verdicts, both_known, verdicts

LABEL = "Remission"


def _rule(instrument: Instrument, definition: Definition) -> RemissionRule:
    rule = definition.remission_rule(instrument)
    if rule is None:
        raise DefinitionError(
            f"{instrument.label} has no remission rule: name one, {instrument.id}_lt or "
            f"{instrument.id}_le and the cut, or ask for another outcome."
        )
    return rule


def describe(instrument: Instrument, definition: Definition) -> str:
    """Return the rule in words, with its source or the word unverified."""
    rule = _rule(instrument, definition)
    words = {
        ("lt", True): f"below {rule.cut}",
        ("le", True): f"at or below {rule.cut}",
        ("lt", False): f"above {rule.cut}",
        ("le", False): f"at or above {rule.cut}",
    }[rule.operator, instrument.higher_is_worse]
    return f"{instrument.label} {words} at the endpoint (rule {rule.id}; {rule.source})"


def decide(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> Verdicts:
    """Decide remission: the endpoint meets the cut of the remission rule.

    `lt` means strictly better than the cut, `le` the cut itself or better; mirrored on scales on
    which higher is better. Unknown where either score is missing.
    Raises DefinitionError where the instrument has no remission rule.
    """
    rule = _rule(instrument, definition)
    sign = 1 if instrument.higher_is_worse else -1
    after, cut = sign * endpoint, sign * rule.cut
    with np.errstate(invalid="ignore"):
        met = after < cut if rule.operator == "lt" else after <= cut
    return verdicts(met, both_known(baseline, endpoint))
