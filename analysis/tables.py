"""The two small tables of counts that the store answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Group = tuple[str, ...]


@dataclass(frozen=True)
class ChangeTable:
    """Joint counts of group, baseline, endpoint and maturity; scores are NaN where missing.

    `groups` lists the groups, `group` holds for each row the position of its group there. All
    arrays have one entry per row. `later` is the worst score after the endpoint up to the horizon,
    NaN where nobody looked again; None where it was not asked for. `beside` holds further columns
    that tell episodes apart: "patient" as a number, fields as the place of the level in the store.
    """

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    baseline: NDArray[np.float64]
    endpoint: NDArray[np.float64]
    mature: NDArray[np.bool_]
    episodes: NDArray[np.int64]
    later: NDArray[np.float64] | None = None
    beside: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True)
class TrajectoryTable:
    """Counts of group, interval and score; interval 0 is the baseline."""

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    interval: NDArray[np.int64]
    score: NDArray[np.float64]
    episodes: NDArray[np.int64]


@dataclass(frozen=True)
class EventTable:
    """Counts of group, day and status; days count from the clock's start, -1 where it never starts.

    `status` is "met" (the event was seen), "censored" (last seen without it), the name of a
    competing event, or why an episode is not followed at all: "no_baseline", "not_eligible" (or the
    event is undefined from its baseline), "not_followed" (nobody looked again), "not_started"
    (never met what the clock starts with) or "not_seen_again" (nobody looked after that).
    """

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    day: NDArray[np.int64]
    status: NDArray[np.str_]
    episodes: NDArray[np.int64]


# The phases that may follow induction.
LATER_PHASES = ("continuation", "maintenance", "retreatment")


@dataclass(frozen=True)
class CourseTable:
    """Counts of group, planned and received sessions (NaN where unknown) and later phases."""

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    planned: NDArray[np.float64]
    received: NDArray[np.float64]
    phases: Mapping[str, NDArray[np.bool_]]
    episodes: NDArray[np.int64]
