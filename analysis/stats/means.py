"""Mean, spread and quartiles of scores that come as counts."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.stats.proportions import CONFIDENCE


@dataclass(frozen=True)
class Summary:
    """A mean with its t interval, standard deviation and median; None where undefined."""

    n: int
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    sd: float | None
    median: float | None


def sample_mean_sd(
    scores: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[float | None, float | None]:
    """Return mean and standard deviation (n - 1) of `counts[i]` people with score `scores[i]`.

    The mean is None for nobody, the standard deviation for fewer than two. No score is missing.
    The order of the scores changes nothing, not even the last digit.
    """
    order = np.lexsort((counts, scores))
    scores, counts = scores[order], counts[order]
    n = int(counts.sum())
    if n == 0:
        return None, None
    mean = float((scores * counts).sum() / n)
    if n == 1:
        return mean, None
    return mean, sqrt(float((counts * (scores - mean) ** 2).sum()) / (n - 1))


def summarise(
    scores: NDArray[np.float64], counts: NDArray[np.int64], confidence: float = CONFIDENCE
) -> Summary:
    """Return the summary of `counts[i]` people with score `scores[i]`.

    The interval is the one-sample t interval; it needs two scores or more.
    The median of an even count is the mean of the two middle scores.
    Source: R `t.test` for one sample.
    """
    n = int(counts.sum())
    mean, sd = sample_mean_sd(scores, counts)
    if mean is None:
        return Summary(0, None, None, None, None, None)
    order = np.argsort(scores, kind="stable")
    reached = np.cumsum(counts[order])
    middle = scores[order][np.searchsorted(reached, [(n - 1) // 2 + 1, n // 2 + 1])]
    median = float(middle.mean())
    if sd is None:
        return Summary(1, mean, None, None, None, median)
    from scipy.special import stdtrit  # here, since a rate never needs it

    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * sd / sqrt(n)
    return Summary(n, mean, mean - half, mean + half, sd, median)
