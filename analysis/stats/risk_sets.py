"""Who was at risk and who had the event, per time and group: what comparisons of times need."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RiskSets:
    """One row per distinct time with an event, one column per group, in order of both.

    `events` had the event at `time`, `at_risk` had neither had it nor left before; `number` had
    the event in all groups. `people` and `happened` are the totals per group, of those included
    who left before any event. All but `number` and `people` are sums of weights where people are
    weighted.
    """

    groups: tuple[str, ...]
    time: Floats
    at_risk: Floats
    events: Floats
    number: Counts
    people: Counts
    happened: Floats


def risk_sets(
    group: Sequence[str] | NDArray[np.str_],
    time: Floats,
    events: Counts,
    censored: Counts,
    groups: Sequence[str],
) -> RiskSets:
    """Return who was at risk at each time with an event, per group.

    `events[i]` people of `group[i]` had the event at `time[i]`, `censored[i]` were last seen
    without it; rows in any order, several rows of one group and time are added up. Whoever is
    censored at the time of an event is at risk for it.
    Raises ValueError for fewer than two groups, a group that is not in `groups` or twice there,
    a negative count, and a time that is negative or not finite.
    """
    names = tuple(groups)
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError("two groups or more are compared, each named once")
    place = {name: i for i, name in enumerate(names)}
    labels = [str(one) for one in group]
    if not place.keys() >= set(labels):
        raise ValueError("a row is of a group that is not compared")
    column = np.fromiter((place[one] for one in labels), dtype=np.int64, count=len(labels))
    if not column.shape == time.shape == events.shape == censored.shape:
        raise ValueError("groups, times and counts differ in length")
    if (events < 0).any() or (censored < 0).any():
        raise ValueError("a count is negative")
    if not (np.isfinite(time) & (time >= 0)).all():
        raise ValueError("a time is negative or not finite")

    distinct, row = np.unique(time, return_inverse=True)
    happened = np.zeros((distinct.size, len(names)), dtype=np.int64)
    leaving = np.zeros_like(happened)
    np.add.at(happened, (row, column), events)
    np.add.at(leaving, (row, column), events + censored)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    some = happened.sum(axis=1) > 0
    return RiskSets(
        names,
        distinct[some].astype(np.float64),
        at_risk[some].astype(np.float64),
        happened[some].astype(np.float64),
        happened[some].sum(axis=1),
        leaving.sum(axis=0),
        happened.sum(axis=0).astype(np.float64),
    )
