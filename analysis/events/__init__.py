"""Events that are waited for: one file each, a short function of baseline and a later score.

Each module has LABEL, WAITED (what is waited for, in words), `describe(instrument, definition)` and
`meets(baseline, score, instrument, definition)`: whether an assessment shows the event. AFTER names
the event that starts the clock, None where it starts with the treatment. CONFIRMED events must
show on two consecutive assessments, or on one that is followed by one of CONFIRMING.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from analysis.definition import Definition
from analysis.errors import UnknownName
from analysis.events import relapse, remission, response
from analysis.instruments import Instrument
from analysis.outcomes.verdict import YES, Scores, Verdicts

__all__ = ["COMPETING", "EVENTS", "Event", "event", "limits"]

# What ends the waiting without the event, in the order in which they count on one day.
COMPETING = {
    "death": "Death",
    "switch": "Switch",
    "retreatment": "Re-treatment",
    "drop_out": "Drop-out",
}


@dataclass(frozen=True)
class Event:
    """One event that is waited for: its id, its words, and which assessment shows it."""

    id: str
    label: str
    describe: Callable[[Instrument, Definition], str]
    meets: Callable[[Scores, Scores, Instrument, Definition], Verdicts]
    after: str | None
    confirmed: bool
    confirming: tuple[str, ...]
    better: bool


def _event(module: ModuleType) -> Event:
    return Event(
        module.__name__.rsplit(".", 1)[-1],
        module.LABEL,
        module.describe,
        module.meets,
        after=module.AFTER,
        confirmed=module.CONFIRMED,
        confirming=module.CONFIRMING,
        better=module.BETTER,
    )


EVENTS: dict[str, Event] = {
    found.id: found for found in map(_event, (response, remission, relapse))
}


def event(name: str) -> Event:
    """Return an event by its id; raises UnknownName with those that exist."""
    if name not in EVENTS:
        raise UnknownName("event", name, EVENTS)
    return EVENTS[name]


def limits(
    found: Event, baselines: NDArray[np.int64], instrument: Instrument, definition: Definition
) -> NDArray[np.int64]:
    """Return for each baseline the last score that still shows the event, in steps of the scale.

    For an event that is an improvement this is the worst such score, for a relapse the mildest;
    the outcome's own rule is asked, halving the range until the score is found. One step outside
    the range where no score shows it.
    """
    units = instrument.units_per_point
    lowest, highest = round(instrument.low * units), round(instrument.high * units)
    # which end of the scale surely shows the event, if any score does
    upwards = instrument.higher_is_worse != found.better
    sure, never = (highest, lowest - 1) if upwards else (lowest, highest + 1)
    shows = np.full(baselines.shape, sure + (1 if upwards else -1), dtype=np.int64)
    hides = np.full(baselines.shape, never, dtype=np.int64)
    before = baselines / units
    while True:
        gap = np.abs(shows - hides) > 1
        if not gap.any():
            return shows
        middle = np.where(gap, (shows + hides) // 2, shows)
        met = found.meets(before, middle / units, instrument, definition) == YES
        shows = np.where(gap & met, middle, shows)
        hides = np.where(gap & ~met, middle, hides)
