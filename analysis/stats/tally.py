"""Scores that come as counts, as one group of people, and what methods need of them."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from analysis.stats.estimates import Counts, Floats
from analysis.stats.means import sample_mean_sd


@dataclass(frozen=True)
class Moments:
    """How many people, their mean and standard deviation (n - 1), as a paper prints them.

    The mean is None for nobody, the standard deviation for fewer than two.
    """

    n: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True, eq=False)
class Tally:
    """`counts[i]` people with score `scores[i]`; a score may occur twice, none is missing.

    Raises ValueError for a missing score, a negative count, or arrays of different lengths.
    """

    scores: Floats
    counts: Counts

    def __post_init__(self) -> None:
        if self.scores.shape != self.counts.shape or self.scores.ndim != 1:
            raise ValueError("scores and counts are not equally many")
        if not np.all(np.isfinite(self.scores)):
            raise ValueError("a score is missing")
        if np.any(self.counts < 0):
            raise ValueError("a count is negative")


def moments(tally: Tally) -> Moments:
    """Return how many people, their mean and standard deviation."""
    mean, sd = sample_mean_sd(tally.scores, tally.counts)
    return Moments(int(tally.counts.sum()), mean, sd)


def pooled_sd(a: Moments, b: Moments) -> float | None:
    """Return the standard deviation within two groups; None with fewer than two in either."""
    if a.sd is None or b.sd is None:
        return None
    squares = (a.n - 1) * a.sd**2 + (b.n - 1) * b.sd**2
    return sqrt(squares / (a.n + b.n - 2))
