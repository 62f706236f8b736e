"""The log-rank test: do groups wait equally long for the event?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.estimates import chi_squared
from analysis.stats.risk_sets import Counts, Floats, risk_sets


@dataclass(frozen=True)
class GroupEvents:
    """People and events of a group, and the events expected if all groups were alike."""

    group: str
    people: int
    observed: int
    expected: float


@dataclass(frozen=True)
class LogRank:
    """A log-rank test; statistic and p-value are None where fewer than two groups were at risk."""

    groups: tuple[GroupEvents, ...]
    statistic: float | None
    df: int
    p_value: float | None


def log_rank(
    group: Sequence[str] | NDArray[np.str_],
    time: Floats,
    events: Counts,
    censored: Counts,
    groups: Sequence[str],
) -> LogRank:
    """Return the log-rank test of two groups or more.

    `events[i]` people of `group[i]` had the event at `time[i]`, `censored[i]` were last seen
    without it; `groups` names the groups in the order wanted. A group of which nobody was ever at
    risk at an event takes no part. The variance at each time is the hypergeometric one; without
    any (events only when one group was left at risk) there is no test.
    Raises ValueError as `risk_sets` does.
    Source: Mantel 1966, Cancer Chemotherapy Reports 50:163-170; Peto & Peto 1972,
    doi:10.2307/2344317; R `survival::survdiff`. Ours, since statsmodels' wants one row per person.
    """
    sets = risk_sets(group, time, events, censored, groups)
    deaths, all_at_risk = sets.events.sum(axis=1), sets.at_risk.sum(axis=1)
    share = sets.at_risk / all_at_risk[:, None]
    expected = (deaths[:, None] * share).sum(axis=0)
    rows = tuple(
        GroupEvents(name, int(n), int(seen), float(awaited))
        for name, n, seen, awaited in zip(
            sets.groups, sets.people, sets.happened, expected, strict=True
        )
    )
    left = np.maximum(all_at_risk - 1, 1)
    factor = deaths * (all_at_risk - deaths) / left
    covariance = np.diag(factor @ share) - share.T @ (share * factor[:, None])
    takes_part = np.flatnonzero(expected > 0)
    df = max(takes_part.size - 1, 0)
    tested = takes_part[:df]
    inner = covariance[np.ix_(tested, tested)]
    if df == 0 or np.linalg.matrix_rank(inner, hermitian=True) < df:
        return LogRank(rows, None, df, None)
    difference = (sets.happened - expected)[tested]
    test = chi_squared(float(difference @ np.linalg.solve(inner, difference)), df)
    return LogRank(rows, test.statistic, df, test.p_value)
