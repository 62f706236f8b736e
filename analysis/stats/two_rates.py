"""Two or several rates: difference, ratio and odds ratio with intervals, and tests.

A difference is a minus b, a ratio a over b, where a is the group looked at and b the one it is
compared with. Nobody in a group (denominator 0) leaves every figure None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

from analysis.stats.estimates import Estimate, OverallTest
from analysis.stats.proportions import CONFIDENCE, wilson

NOBODY = "a group has nobody in it"


@dataclass(frozen=True)
class Rate:
    """How many of how many: `numerator` of `denominator` people; not whole if of effective size.

    Raises ValueError unless 0 <= numerator <= denominator.
    """

    numerator: float
    denominator: float

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise ValueError(f"numerator {self.numerator} is not between 0 and {self.denominator}")

    @property
    def value(self) -> float | None:
        """The rate, 0 to 1; None for nobody."""
        return self.numerator / self.denominator if self.denominator else None


def risk_difference(a: Rate, b: Rate, confidence: float = CONFIDENCE) -> Estimate:
    """Return the rate of a minus the rate of b, with Newcombe's hybrid score interval.

    Method 10, without continuity correction. It has no p-value: see `fisher` and `pearson`.
    Source: Newcombe 1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    rate_a, low_a, high_a = wilson(a.numerator, a.denominator, confidence)
    rate_b, low_b, high_b = wilson(b.numerator, b.denominator, confidence)
    if rate_a is None or low_a is None or high_a is None:
        return Estimate(reason=NOBODY)
    if rate_b is None or low_b is None or high_b is None:
        return Estimate(reason=NOBODY)
    difference = rate_a - rate_b
    return Estimate(
        difference,
        difference - sqrt((rate_a - low_a) ** 2 + (high_b - rate_b) ** 2),
        difference + sqrt((high_a - rate_a) ** 2 + (rate_b - low_b) ** 2),
    )


def risk_ratio(a: Rate, b: Rate, confidence: float = CONFIDENCE) -> Estimate:
    """Return the rate of a over the rate of b, with the log interval.

    A numerator of 0 gets the interval of 0.5, everybody in both groups that of half a person
    less, as in R's DescTools 0.99.59; what would be infinite there is None here, with the reason.
    No p-value: see `fisher` and `pearson`.
    Source: Katz et al. 1978, doi:10.2307/2530610.
    """
    if not a.denominator or not b.denominator:
        return Estimate(reason=NOBODY)
    if a.numerator == 0 and b.numerator == 0:
        return Estimate(reason="nobody in either group met it")
    met_a, met_b = a.numerator or 0.5, b.numerator or 0.5
    if a.numerator == a.denominator and b.numerator == b.denominator:
        met_a, met_b = met_a - 0.5, met_b - 0.5
    # two groups of one whole effective person or less may leave nothing to take half a person from
    variance = 0.0
    if met_a > 0 and met_b > 0:
        variance = 1 / met_a - 1 / a.denominator + 1 / met_b - 1 / b.denominator
    if variance <= 0:
        return Estimate(reason="too few people for an interval")
    ratio = (met_a / a.denominator) / (met_b / b.denominator)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * sqrt(variance)
    low, high = ratio * exp(-half), ratio * exp(half)
    se = sqrt(variance)
    if b.numerator == 0:
        return Estimate(None, low, None, se=se, reason="nobody in the group compared with met it")
    if a.numerator == 0:
        return Estimate(0.0, 0.0, high, se=se)
    estimate = (a.numerator / a.denominator) / (b.numerator / b.denominator)
    return Estimate(estimate, low, high, statistic=log(estimate) / se, se=se)


@dataclass(frozen=True)
class Pearson(OverallTest):
    """Pearson's test, with the smallest count expected in a cell if the groups were alike.

    Below 5 the p-value is not to be relied on; Fisher's exact test is (two groups).
    Source of the 5: Cochran 1954, doi:10.2307/3001616.
    """

    smallest_expected: float | None = None


def pearson(rates: Sequence[Rate]) -> Pearson:
    """Return the chi-squared test, without correction, of whether two or more rates differ.

    With several groups it is the overall test. Groups with nobody in them do not count; None where
    fewer than two are left, or where everybody or nobody met it.
    Source: R `chisq.test(correct = FALSE)`.
    """
    groups = [rate for rate in rates if rate.denominator]
    if len(groups) < 2:
        return Pearson(reason="fewer than two groups have anybody in them")
    met = sum(rate.numerator for rate in groups)
    people = sum(rate.denominator for rate in groups)
    if met in (0, people):
        word = "everybody" if met else "nobody"
        return Pearson(reason=f"{word} met it in every group")
    pooled = met / people
    statistic = sum(
        (rate.numerator - rate.denominator * pooled) ** 2
        / (rate.denominator * pooled * (1 - pooled))
        for rate in groups
    )
    from scipy.special import chdtrc

    df = len(groups) - 1
    smallest = min(rate.denominator for rate in groups) * min(pooled, 1 - pooled)
    return Pearson(statistic, df, float(chdtrc(df, statistic)), smallest_expected=smallest)
