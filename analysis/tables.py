"""The two small tables of counts that the store answers with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Group = tuple[str, ...]


@dataclass(frozen=True)
class ChangeTable:
    """Joint counts of group, baseline, endpoint and maturity; scores are NaN where missing.

    `groups` lists the groups, `group` holds for each row the position of its group there. All
    arrays have one entry per row.
    """

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    baseline: NDArray[np.float64]
    endpoint: NDArray[np.float64]
    mature: NDArray[np.bool_]
    episodes: NDArray[np.int64]


@dataclass(frozen=True)
class TrajectoryTable:
    """Counts of group, interval and score; interval 0 is the baseline."""

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    interval: NDArray[np.int64]
    score: NDArray[np.float64]
    episodes: NDArray[np.int64]
