"""Scores of two or several groups compared by rank: Mann-Whitney, Cliff's delta, Kruskal-Wallis.

A difference is a minus b. People come as counts per score, so that a million are as quick as ten.
"""

from collections.abc import Sequence
from math import atanh, sqrt, tanh
from statistics import NormalDist

import numpy as np

from analysis.stats.estimates import Estimate, Floats, OverallTest, normal_p
from analysis.stats.proportions import CONFIDENCE
from analysis.stats.tally import Tally

NOBODY = "a group has nobody in it"
TIED = "all scores are the same"


def mann_whitney(
    a: Tally, b: Tally, *, continuity: bool = True, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the Mann-Whitney (Wilcoxon rank sum) test and how far a is shifted from b.

    `statistic` is W: how often somebody of a is above somebody of b, a tie counting half. The
    p-value is that of the normal approximation with ties, by default with continuity correction.
    The estimate is the Hodges-Lehmann shift (the median difference of all pairs), the interval
    belongs to the test; an end is None where so few people cannot have one. Both are exact; R finds
    them to 1e-4, and where the median lies between two differences, one of the numbers between.
    Source: R `wilcox.test(exact = FALSE, conf.int = TRUE)`; Hodges & Lehmann 1963,
    doi:10.1214/aoms/1177704172.
    """
    n_a, n_b = float(a.counts.sum()), float(b.counts.sum())
    if n_a == 0 or n_b == 0:
        return Estimate(reason=NOBODY)
    wins = _wins(a, b)
    sd = _rank_sum_sd(np.concatenate([a.scores, b.scores]), [a, b])
    if sd == 0:
        return Estimate(0.0, statistic=wins, reason=TIED)
    z = _corrected(np.array([wins - n_a * n_b / 2]), continuity)[0] / sd
    low, shift, high = _shifts(a, b, continuity, confidence)
    return Estimate(shift, low, high, min(1.0, normal_p(float(z))), wins)


def cliffs_delta(a: Tally, b: Tally, confidence: float = CONFIDENCE) -> Estimate:
    """Return how much likelier somebody of a is above somebody of b than below, -1 to 1.

    The interval is that of Fisher's transformation; None at -1 and 1.
    Source: Cliff 1993, doi:10.1037/0033-2909.114.3.494; R `effectsize::cliffs_delta`.
    """
    n_a, n_b = float(a.counts.sum()), float(b.counts.sum())
    if n_a == 0 or n_b == 0:
        return Estimate(reason=NOBODY)
    delta = 2 * _wins(a, b) / (n_a * n_b) - 1
    if abs(delta) >= 1:
        return Estimate(delta, reason="the groups do not overlap")
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * sqrt((n_a + n_b + 1) / (3 * n_a * n_b))
    return Estimate(delta, tanh(atanh(delta) - half), tanh(atanh(delta) + half))


def kruskal_wallis(groups: Sequence[Tally]) -> OverallTest:
    """Return the rank test of whether the scores of two or more groups differ, ties corrected.

    Groups with nobody in them do not count.
    Source: Kruskal & Wallis 1952, doi:10.1080/01621459.1952.10483441; R `kruskal.test`.
    """
    present = [group for group in groups if group.counts.sum() > 0]
    if len(present) < 2:
        return OverallTest(reason="fewer than two groups have anybody in them")
    levels = np.unique(np.concatenate([group.scores for group in present]))
    tables = [_table(group, levels) for group in present]
    together = np.sum(tables, axis=0)
    n = float(together.sum())
    untied = 1 - float((together**3 - together).sum()) / (n**3 - n) if n > 1 else 0.0
    if untied <= 0:
        return OverallTest(reason=TIED)
    middle = np.cumsum(together) - (together - 1) / 2
    sums = sum(float((table * middle).sum()) ** 2 / float(table.sum()) for table in tables)
    statistic = (12 * sums / (n * (n + 1)) - 3 * (n + 1)) / untied
    from scipy.special import chdtrc

    df = len(present) - 1
    return OverallTest(statistic, df, float(chdtrc(df, max(statistic, 0.0))))


def _table(tally: Tally, levels: Floats) -> Floats:
    """Return how many people have each of the levels, which include all of their scores."""
    places = np.searchsorted(levels, tally.scores)
    return np.bincount(
        places, weights=tally.counts.astype(np.float64), minlength=levels.size
    ).astype(np.float64)


def _wins(a: Tally, b: Tally) -> float:
    """Return how many pairs have a above b, a tie counting half."""
    levels = np.unique(np.concatenate([a.scores, b.scores]))
    of_a, of_b = _table(a, levels), _table(b, levels)
    return float((of_a * (np.cumsum(of_b) - of_b / 2)).sum())


def _rank_sum_sd(levels: Floats, groups: Sequence[Tally]) -> float:
    """Return the standard deviation of W if both groups were alike, given who is tied."""
    levels = np.unique(levels)
    tables = [_table(group, levels) for group in groups]
    return _sd(float(tables[0].sum()), float(tables[1].sum()), tables[0] + tables[1])


def _sd(n_a: float, n_b: float, tied: Floats) -> float:
    n = n_a + n_b
    ties = float((tied**3 - tied).sum()) / (n * (n - 1))
    # all tied leaves 0, which rounding may miss
    return sqrt(n_a * n_b / 12 * (n + 1 - ties)) if np.count_nonzero(tied) > 1 else 0.0


def _corrected(excess: Floats, continuity: bool) -> Floats:
    """Return W less its expectation, drawn half a pair towards 0."""
    return excess - np.sign(excess) * 0.5 if continuity else excess


def _shifts(
    a: Tally, b: Tally, continuity: bool, confidence: float
) -> tuple[float | None, float | None, float | None]:
    """Return the lower limit, the estimate and the upper limit of how far a is shifted from b.

    Taking d from everybody in a, the statistic falls in steps as d grows, one at each difference
    between somebody of a and somebody of b; the figures are where it passes the normal quantiles
    and 0. Between steps nobody of a is tied with anybody of b.
    """
    differences = np.subtract.outer(a.scores, b.scores).ravel()
    pairs = np.multiply.outer(a.counts.astype(np.float64), b.counts).ravel()
    steps, places = np.unique(differences[pairs > 0], return_inverse=True)
    weights = np.bincount(places, weights=pairs[pairs > 0])
    total = float(weights.sum())
    # before the first step all pairs are won, after each step those of that difference are not
    excess = np.concatenate([[total], total - np.cumsum(weights)]) - total / 2
    own = [np.unique(tally.scores, return_inverse=True) for tally in (a, b)]
    tied = np.concatenate(
        [np.bincount(at, weights=tally.counts) for (_, at), tally in zip(own, (a, b), strict=True)]
    )
    sd = _sd(float(a.counts.sum()), float(b.counts.sum()), tied)
    if sd == 0:
        return None, None, None
    limit = NormalDist().inv_cdf(0.5 + confidence / 2)
    corrected = _corrected(excess, continuity) / sd
    return (
        _passed(corrected, limit, steps),
        _passed(excess / sd, 0.0, steps),
        _passed(corrected, -limit, steps),
    )


def _passed(falling: Floats, level: float, steps: Floats) -> float | None:
    """Return at which step a falling statistic passes a level; None if it never is beyond it.

    `falling[i]` holds between step i - 1 and step i. Where it equals the level for a while, the
    middle of that while.
    """
    first_below = int(np.argmax(falling < level)) if falling[-1] < level else falling.size
    first_reached = int(np.argmax(falling <= level)) if falling[-1] <= level else falling.size
    if first_reached == 0 or first_below == falling.size:
        return None
    return float(steps[first_reached - 1] + steps[first_below - 1]) / 2
