"""The E-value: how strong would an unmeasured cause have to be to explain a result away?"""

from dataclasses import dataclass
from math import sqrt

from analysis.stats.estimates import Estimate


@dataclass(frozen=True)
class EValue:
    """E-values of a risk ratio and of the limit of its interval nearer to 1; None if undefined."""

    estimate: float | None
    limit: float | None


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio.

    The smallest risk ratio that an unmeasured confounder must have with both treatment and
    outcome, beyond what was adjusted for, to explain the ratio away: RR + sqrt(RR (RR - 1)), of
    1/RR below 1. Raises ValueError unless the ratio is positive.
    Source: VanderWeele & Ding 2017, doi:10.7326/M16-2607.
    """
    if not ratio > 0:
        raise ValueError(f"{ratio} is not a positive ratio")
    away = max(ratio, 1 / ratio)
    return away + sqrt(away * (away - 1))


def e_values(ratio: Estimate) -> EValue:
    """Return the E-values of a risk ratio and its interval; 1 where the interval holds 1.

    The limit is None where there is no interval.
    Source: VanderWeele & Ding 2017, doi:10.7326/M16-2607.
    """
    if ratio.estimate is None:
        return EValue(None, None)
    if ratio.conf_low is None or ratio.conf_high is None:
        return EValue(e_value(ratio.estimate), None)
    if ratio.conf_low <= 1 <= ratio.conf_high:
        return EValue(e_value(ratio.estimate), 1.0)
    nearer = ratio.conf_low if ratio.conf_low > 1 else ratio.conf_high
    return EValue(e_value(ratio.estimate), e_value(nearer))
