"""What a comparison comes to: one vocabulary for every difference, ratio and test."""

from dataclasses import dataclass
from math import erfc, exp, isfinite, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from analysis.stats.proportions import CONFIDENCE

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval and two-sided p-value; None where undefined or not offered.

    `statistic`, `df` and `se` are those of the method, where it has them; `se` is on the scale on
    which the interval is symmetric, the logarithm for most ratios. `reason` says why a figure is
    None although the method offers it.
    """

    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    p_value: float | None = None
    statistic: float | None = None
    df: float | None = None
    se: float | None = None
    reason: str | None = None


NOTHING = Estimate()


@dataclass(frozen=True)
class OverallTest:
    """One test of whether several groups differ at all; None where undefined.

    `df_error` is the second number of degrees of freedom of an F test.
    """

    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    df_error: float | None = None
    reason: str | None = None


def normal_p(z: float) -> float:
    """Return the two-sided p-value of a standard normal statistic."""
    return erfc(abs(z) / sqrt(2))


def t_interval(estimate: float, se: float, df: float, confidence: float) -> Estimate:
    """Return an estimate with its t interval, and the t test of whether it is 0."""
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(df, 0.5 + confidence / 2)) * se
    t = estimate / se
    p_value = 2 * float(stdtr(df, -abs(t)))
    return Estimate(estimate, estimate - half, estimate + half, p_value, t, df, se)


def wald(estimate: float, se: float, confidence: float = CONFIDENCE) -> Estimate:
    """Return a difference with the interval of the normal distribution.

    Without interval and p-value where the standard error is 0 or not finite.
    """
    if not (isfinite(se) and se > 0):
        return Estimate(estimate)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * se
    p_value = 2 * NormalDist().cdf(-abs(estimate) / se)
    return Estimate(estimate, estimate - half, estimate + half, p_value, se=se)


def log_wald(ratio: float, se: float, confidence: float = CONFIDENCE) -> Estimate:
    """Return a ratio with the interval that is symmetric on its logarithm, `se` being of that.

    Raises ValueError unless the ratio is positive.
    """
    if not ratio > 0:
        raise ValueError(f"{ratio} is not a positive ratio")
    found = wald(log(ratio), se, confidence)
    if found.conf_low is None or found.conf_high is None:
        return Estimate(ratio)
    return Estimate(ratio, exp(found.conf_low), exp(found.conf_high), found.p_value, se=se)


def chi_squared(statistic: float, df: int) -> OverallTest:
    """Return the test of a statistic that is chi-squared with `df` degrees of freedom."""
    from scipy.special import chdtrc  # here, since a rate never needs it

    return OverallTest(statistic, df, float(chdtrc(df, statistic)))
