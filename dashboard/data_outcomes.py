"""Calls into the engine for the Outcomes page: one outcome both ways, and the classes of change."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.errors import DefinitionError
from analysis.measures import Rates
from analysis.outcomes import OUTCOMES
from analysis.stats.reliable_change import CLASSES
from dashboard import frames_classes
from dashboard.data import Choice, both_ways, modalities, not_asked, store


def _observed(choice: Choice) -> Choice:
    """Return the choice with episodes without an endpoint left out, unless scores are carried."""
    if choice.definition.missing != "nonresponse":
        return choice
    return replace(choice, definition=choice.definition.with_missing("observed"))


def outcome_rates(
    choice: Choice, by: tuple[str, ...], outcome: str
) -> tuple[tuple[Rates, ...], Rates | str]:
    """Return the rates of an outcome both ways, and beside them the five classes of change.

    Both are released as one answer wherever they are about the same episodes: two that withhold
    different groups would give each other away. Where the classes have no rule or cannot be
    computed, a sentence says why.
    """
    found, definition = OUTCOMES[outcome], choice.definition
    why = next(filter(None, (not_asked(store(), OUTCOMES[n], definition) for n in CLASSES)), None)
    if why is not None:
        return both_ways(choice, by, (outcome,)), why
    try:
        if found.item or found.sustained:
            classes = both_ways(_observed(choice), by, CLASSES)[0]
            return both_ways(choice, by, (outcome,)), classes
        together = both_ways(_observed(choice), by, tuple(dict.fromkeys((outcome, *CLASSES))))
    except DefinitionError as error:
        return both_ways(choice, by, (outcome,)), str(error)
    asked = together[-1:] if definition.missing == "nonresponse" else together
    return tuple(_only(answer, (outcome,)) for answer in asked), _only(together[0], CLASSES)


def _only(answer: Rates, outcomes: Sequence[str]) -> Rates:
    """Return an answer with some of its outcomes."""
    return replace(
        answer,
        rows=tuple(row for row in answer.rows if row.measure in outcomes),
        rules=tuple(rule for rule in answer.rules if rule[0] in outcomes),
    )


def is_adverse(outcome: str) -> bool:
    """Return whether to meet an outcome is to be worse, so that a low rate is favourable."""
    return OUTCOMES[outcome].adverse


def class_frame(answer: Rates) -> pd.DataFrame:
    """Return the classes of change as a frame ready to draw."""
    return frames_classes.class_frame(answer, modalities())


def class_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a class frame as a table to read."""
    return frames_classes.class_table(frame)
