"""What a comparison comes to: one vocabulary for every difference, ratio and test."""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """An estimate with its interval and two-sided p-value; None where undefined or not offered.

    `statistic`, `df` and `se` are those of the method, where it has them. `reason` says why a
    figure is None although the method offers it.
    """

    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    p_value: float | None = None
    statistic: float | None = None
    df: float | None = None
    se: float | None = None
    reason: str | None = None


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


def t_interval(estimate: float, se: float, df: float, confidence: float) -> Comparison:
    """Return an estimate with its t interval, and the t test of whether it is 0."""
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(df, 0.5 + confidence / 2)) * se
    t = estimate / se
    p_value = 2 * float(stdtr(df, -abs(t)))
    return Comparison(estimate, estimate - half, estimate + half, p_value, t, df, se)
