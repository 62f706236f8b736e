"""Two values of the same people, before and after or under two conditions: after minus before."""

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np

from analysis.stats.estimates import Counts, Estimate, Floats, normal_p, t_interval
from analysis.stats.proportions import CONFIDENCE
from analysis.stats.tally import Tally, moments
from analysis.stats.two_means import CONSTANT, small_sample_factor

TOO_FEW = "fewer than two people"


@dataclass(frozen=True)
class McNemar:
    """The test of paired yes and no; None where nobody changed from one to the other.

    `estimate` is the share of yes after minus before. `p_value` is that of the chi-squared test
    with continuity correction, `exact_p_value` that of the binomial test, right for few people.
    """

    estimate: float | None
    statistic: float | None
    df: int
    p_value: float | None
    exact_p_value: float | None


def paired_t(change: Tally, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean change of people with its t interval, and the paired t test.

    Source: R `t.test(paired = TRUE)`.
    """
    of = moments(change)
    if of.mean is None or of.sd is None:
        return Estimate(reason=TOO_FEW)
    if of.sd == 0:
        return Estimate(of.mean, reason=CONSTANT)
    return t_interval(of.mean, of.sd / sqrt(of.n), of.n - 1, confidence)


def wilcoxon_signed_rank(change: Tally, *, continuity: bool = True) -> Estimate:
    """Return the signed rank test of whether people changed in one direction.

    Who did not change is left out. `statistic` is V, the sum of the ranks of those who went up.
    The p-value is that of the normal approximation with ties, by default continuity corrected.
    Source: Wilcoxon 1945, doi:10.2307/3001968; R `wilcox.test(paired = TRUE, exact = FALSE)`.
    """
    moved = (change.scores != 0) & (change.counts > 0)
    if not moved.any():
        return Estimate(reason="nobody changed")
    scores, counts = change.scores[moved], change.counts[moved].astype(np.float64)
    sizes, place = np.unique(np.abs(scores), return_inverse=True)
    tied = np.bincount(place, weights=counts, minlength=sizes.size)
    middle = np.cumsum(tied) - (tied - 1) / 2
    risen = float((counts * middle[place])[scores > 0].sum())
    n = float(counts.sum())
    excess = risen - n * (n + 1) / 4
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((tied**3 - tied).sum()) / 48
    corrected = excess - float(np.sign(excess)) * 0.5 if continuity else excess
    return Estimate(p_value=min(1.0, normal_p(corrected / sqrt(variance))), statistic=risen)


def mcnemar(only_after: int, only_before: int, neither_or_both: int) -> McNemar:
    """Return whether more people met it after than before, from those who met it once.

    Source: McNemar 1947, doi:10.1007/BF02295996; R `mcnemar.test`, `binom.test`.
    Raises ValueError for a negative count.
    """
    if min(only_after, only_before, neither_or_both) < 0:
        raise ValueError("a count is negative")
    moved = only_after + only_before
    people = moved + neither_or_both
    estimate = (only_after - only_before) / people if people else None
    if moved == 0:
        return McNemar(estimate, None, 1, None, None)
    apart = max(abs(only_after - only_before) - 1, 0)
    statistic = apart**2 / moved
    from scipy.special import bdtr

    fewer = float(bdtr(min(only_after, only_before), moved, 0.5))
    return McNemar(estimate, statistic, 1, erfc(sqrt(statistic / 2)), min(1.0, 2 * fewer))


def smcc(change: Tally, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean change in standard deviations of the change, corrected for small groups.

    Source: Gibbons, Hedeker & Davis 1993, doi:10.3102/10769986018003271; R
    `metafor::escalc("SMCC")`, with its large-sample variance.
    """
    of = moments(change)
    if of.mean is None or of.sd is None:
        return Estimate(reason=TOO_FEW)
    if of.sd == 0:
        return Estimate(reason=CONSTANT)
    estimate = small_sample_factor(of.n - 1) * of.mean / of.sd
    return _standardised(estimate, 1 / of.n + estimate**2 / (2 * of.n), confidence)


def smcr(before: Floats, after: Floats, counts: Counts, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean change in standard deviations at baseline, corrected for small groups.

    `counts[i]` people have the i-th pair of scores.
    Source: Becker 1988, doi:10.1111/j.2044-8317.1988.tb00901.x; R `metafor::escalc("SMCR")`.
    """
    change, start, end = (
        moments(Tally(scores, counts)) for scores in (after - before, before, after)
    )
    if change.mean is None or change.sd is None or start.sd is None or end.sd is None:
        return Estimate(reason=TOO_FEW)
    if start.sd == 0 or end.sd == 0:
        return Estimate(reason=CONSTANT)
    correlation = (start.sd**2 + end.sd**2 - change.sd**2) / (2 * start.sd * end.sd)
    n = change.n
    estimate = small_sample_factor(n - 1) * change.mean / start.sd
    variance = 2 * (1 - correlation) / n + estimate**2 / (2 * n)
    return _standardised(estimate, variance, confidence)


def _standardised(estimate: float, variance: float, confidence: float) -> Estimate:
    """Return an estimate with its normal interval and test."""
    se = sqrt(variance)
    if se == 0:
        return Estimate(estimate, reason="too few people for an interval")
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * se
    z = estimate / se
    return Estimate(estimate, estimate - half, estimate + half, normal_p(z), z, se=se)
