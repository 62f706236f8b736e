"""What the model needs to know of the data: cross-products, one set per pattern of seen visits.

Episodes seen at the same visits share one weight matrix. Their sums of squares and products say
everything about them, so that a fit costs the same for a hundred episodes and for a million.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Patterns:
    """Sums over the episodes of each pattern; p patterns, m visits, q predictors.

    Entries of visits that a pattern lacks are 0. `of_episode` gives each episode's pattern.
    """

    seen: Bools  # (p, m)
    episodes: Floats  # (p,)
    zz: Floats  # (p, q, q), predictors with predictors
    zy: Floats  # (p, q, m), predictors with outcomes
    yy: Floats  # (p, m, m), outcomes with outcomes
    of_episode: Ints  # (episodes,)


def patterns(outcome: Floats, predictors: Floats) -> Patterns:
    """Return the cross-products of episodes x visits (NaN where missing) and their predictors."""
    seen, of_episode = np.unique(~np.isnan(outcome), axis=0, return_inverse=True)
    of_episode = of_episode.reshape(-1).astype(np.int64)
    filled = np.where(np.isnan(outcome), 0.0, outcome)
    order = np.argsort(of_episode, kind="stable")
    episodes = np.bincount(of_episode, minlength=len(seen))
    ends = np.cumsum(episodes)
    p, m, q = len(seen), outcome.shape[1], predictors.shape[1]
    zz, zy, yy = np.zeros((p, q, q)), np.zeros((p, q, m)), np.zeros((p, m, m))
    for i, (end, size) in enumerate(zip(ends.tolist(), episodes.tolist(), strict=True)):
        rows = order[end - size : end]
        z, y = predictors[rows], filled[rows]
        zz[i], zy[i], yy[i] = z.T @ z, z.T @ y, y.T @ y
    return Patterns(seen, episodes.astype(np.float64), zz, zy, yy, of_episode)


def together(data: Patterns) -> Floats:
    """Return how many episodes were seen at both visits of each pair; the diagonal is each one."""
    seen = data.seen.astype(np.float64)
    return np.asarray(seen.T @ (seen * data.episodes[:, None]))
