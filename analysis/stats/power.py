"""How small a difference so many people can show: two rates, two means.

Two-sided tests at level `alpha`; only the rejection on the right side counts, as in R's
`power.prop.test` and `power.t.test` by default.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

POWER = 0.8
ALPHA = 0.05


@dataclass(frozen=True)
class Detectable:
    """The smallest differences found with the wanted power, group minus comparator.

    `higher` is above 0, `lower` below. None where even a rate of 1 (or 0) would not be found.
    """

    higher: float | None
    lower: float | None


def power_of_two_rates(
    rate_a: float, n_a: int, rate_b: float, n_b: int, alpha: float = ALPHA
) -> float:
    """Return how probably two groups of n_a and n_b people show that their rates differ.

    P = Phi((|difference| - z se0) / se1), se0 with the pooled rate, se1 with both rates: the
    normal approximation of Pearson's test. With equal groups it is R's `power.prop.test`.
    Raises ValueError for a rate that is not between 0 and 1, an empty group, or alpha not between.
    Source: Fleiss, Levin & Paik 2003, doi:10.1002/0471445428, chapter 4.
    """
    _check(n_a, n_b, alpha)
    if not (0 <= rate_a <= 1 and 0 <= rate_b <= 1):
        raise ValueError(f"the rates {rate_a} and {rate_b} are not both between 0 and 1")
    pooled = (n_a * rate_a + n_b * rate_b) / (n_a + n_b)
    alike = sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    apart = sqrt(rate_a * (1 - rate_a) / n_a + rate_b * (1 - rate_b) / n_b)
    excess = abs(rate_a - rate_b) - NormalDist().inv_cdf(1 - alpha / 2) * alike
    if apart == 0:
        return 1.0 if excess > 0 else 0.0
    return NormalDist().cdf(excess / apart)


def detectable_rate_difference(
    n_a: int, n_b: int, rate_b: float, power: float = POWER, alpha: float = ALPHA
) -> Detectable:
    """Return the smallest differences in rate that n_a and n_b people show with this power.

    `rate_b` is the comparator's rate. Raises ValueError as `power_of_two_rates`, and unless the
    power lies between alpha / 2 and 1.
    """
    _check(n_a, n_b, alpha, power)

    def found(end: float) -> float | None:
        from scipy.optimize import brentq

        def lacking(rate_a: float) -> float:
            return power_of_two_rates(rate_a, n_a, rate_b, n_b, alpha) - power

        # a comparator of 0 or 1 has no error of its own: no difference is found with no power
        if end == rate_b or lacking(end) < 0 or lacking(rate_b) >= 0:
            return None
        return float(brentq(lacking, rate_b, end, xtol=1e-13)) - rate_b

    return Detectable(found(1.0), found(0.0))


def power_of_two_means(
    difference: float, n_a: int, sd_a: float, n_b: int, sd_b: float, alpha: float = ALPHA
) -> float:
    """Return how probably two groups show that their means differ, by Welch's t test.

    P(T > t), T noncentral with the difference in standard errors and Welch's degrees of freedom;
    with equal groups and spreads it is R's `power.t.test`. Raises ValueError for fewer than two
    people in a group or a spread that is not above 0.
    Source: Cohen 1988, ISBN 978-0-8058-0283-2, chapter 2.
    """
    _check(n_a, n_b, alpha)
    se, df = _welch(n_a, sd_a, n_b, sd_b)
    return _t_power(abs(difference) / se, df, alpha)


def detectable_mean_difference(
    n_a: int,
    sd_a: float,
    n_b: int,
    sd_b: float,
    power: float = POWER,
    alpha: float = ALPHA,
) -> float:
    """Return the smallest difference of means, above 0, that the groups show with this power.

    In the unit of the standard deviations. Raises ValueError as `power_of_two_means`.
    """
    from scipy.optimize import brentq

    _check(n_a, n_b, alpha, power)
    se, df = _welch(n_a, sd_a, n_b, sd_b)
    high = 1.0
    while _t_power(high, df, alpha) < power:
        high *= 2
    found = brentq(lambda centre: _t_power(centre, df, alpha) - power, 0.0, high, xtol=1e-12)
    return float(found) * se


def _t_power(noncentrality: float, df: float, alpha: float) -> float:
    from scipy.special import nctdtr, stdtrit

    return 1 - float(nctdtr(df, noncentrality, float(stdtrit(df, 1 - alpha / 2))))


def _welch(n_a: int, sd_a: float, n_b: int, sd_b: float) -> tuple[float, float]:
    """Return the standard error of a difference of means, and its degrees of freedom."""
    if n_a < 2 or n_b < 2 or not (sd_a > 0 and sd_b > 0):
        raise ValueError("a group needs two people or more and a spread above 0")
    of_a, of_b = sd_a**2 / n_a, sd_b**2 / n_b
    df = (of_a + of_b) ** 2 / (of_a**2 / (n_a - 1) + of_b**2 / (n_b - 1))
    return sqrt(of_a + of_b), df


def _check(n_a: int, n_b: int, alpha: float, power: float | None = None) -> None:
    if n_a < 1 or n_b < 1:
        raise ValueError("a group has nobody in it")
    if not 0 < alpha < 1:
        raise ValueError(f"a level of {alpha} is not between 0 and 1")
    if power is not None and not alpha / 2 < power < 1:
        raise ValueError(f"a power of {power} is not between {alpha / 2:g} and 1")
