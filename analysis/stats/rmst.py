"""Restricted mean times of two groups compared: how much time without the event is gained?"""

from dataclasses import dataclass
from math import hypot

from analysis.stats.estimates import NOTHING, Estimate, log_wald, wald
from analysis.stats.survival import SAME, Curve, restricted_mean


@dataclass(frozen=True)
class RmstDifference:
    """Mean times without the event up to `until`, of a against b.

    `difference` in units of time; `ratio` of the mean times; `loss_ratio` of the times lost, which
    is `until` less the mean time.
    """

    until: float
    difference: Estimate
    ratio: Estimate
    loss_ratio: Estimate


def rmst_difference(a: Curve, b: Curve, until: float) -> RmstDifference:
    """Return how the mean time without the event up to `until` differs between two groups.

    a less b, and a by b with intervals on the logarithm, at the confidence of curve a. All None
    where one curve ends before `until`; a ratio is None where one of its parts is 0.
    Raises ValueError unless `until` is positive.
    Source: Uno et al. 2014, doi:10.1200/JCO.2014.55.2208; R `survRM2::rmst2`.
    """
    mean_a, _, _, se_a = restricted_mean(a, until)
    mean_b, _, _, se_b = restricted_mean(b, until)
    if mean_a is None or mean_b is None or se_a is None or se_b is None:
        return RmstDifference(until, NOTHING, NOTHING, NOTHING)
    return RmstDifference(
        until,
        wald(mean_a - mean_b, hypot(se_a, se_b), a.confidence),
        _ratio(mean_a, mean_b, se_a, se_b, a.confidence),
        _ratio(until - mean_a, until - mean_b, se_a, se_b, a.confidence),
    )


def _ratio(a: float, b: float, se_a: float, se_b: float, confidence: float) -> Estimate:
    if min(a, b) <= SAME * max(a, b, 1.0):  # the sum of areas may miss 0 by rounding
        return NOTHING
    return log_wald(a / b, hypot(se_a / a, se_b / b), confidence)
