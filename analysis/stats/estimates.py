"""One estimate with its interval and p-value, as the methods of comparison give it."""

from dataclasses import dataclass
from math import exp, isfinite, log
from statistics import NormalDist

from analysis.stats.proportions import CONFIDENCE


@dataclass(frozen=True)
class Estimate:
    """A number with interval and p-value; None where undefined.

    `se` is on the scale on which the interval is symmetric: of the logarithm for a ratio. The
    p-value is two-sided, against no difference: 0, or 1 for a ratio.
    """

    estimate: float | None
    conf_low: float | None = None
    conf_high: float | None = None
    p_value: float | None = None
    se: float | None = None


NOTHING = Estimate(None)


@dataclass(frozen=True)
class ChiSquared:
    """A chi-squared test; statistic and p-value are None where it is undefined."""

    statistic: float | None
    df: int
    p_value: float | None


def wald(estimate: float, se: float, confidence: float = CONFIDENCE) -> Estimate:
    """Return a difference with the interval of the normal distribution.

    Without interval and p-value where the standard error is 0 or not finite.
    """
    if not (isfinite(se) and se > 0):
        return Estimate(estimate)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * se
    p_value = 2 * NormalDist().cdf(-abs(estimate) / se)
    return Estimate(estimate, estimate - half, estimate + half, p_value, se)


def log_wald(ratio: float, se: float, confidence: float = CONFIDENCE) -> Estimate:
    """Return a ratio with the interval that is symmetric on its logarithm, `se` being of that.

    Raises ValueError unless the ratio is positive.
    """
    if not ratio > 0:
        raise ValueError(f"{ratio} is not a positive ratio")
    found = wald(log(ratio), se, confidence)
    if found.conf_low is None or found.conf_high is None:
        return Estimate(ratio)
    return Estimate(ratio, exp(found.conf_low), exp(found.conf_high), found.p_value, se)


def chi_squared(statistic: float, df: int) -> ChiSquared:
    """Return the test of a statistic that is chi-squared with `df` degrees of freedom."""
    from scipy.special import chdtrc  # here, since a rate never needs it

    return ChiSquared(statistic, df, float(chdtrc(df, statistic)))
