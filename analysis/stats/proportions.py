"""Intervals for one proportion."""

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson(
    numerator: float, denominator: float, confidence: float = CONFIDENCE
) -> tuple[float | None, float | None, float | None]:
    """Return a rate and its Wilson score interval: (estimate, conf_low, conf_high).

    All three are None where the denominator is 0; counts need not be whole (see `clustered`).
    Written out here because the libraries that have it take most of a second to import, longer
    than a whole answer of the command line; it is checked against them and against R.
    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    if not 0 <= numerator <= denominator:
        raise ValueError(f"numerator {numerator} is not between 0 and {denominator}")
    if denominator == 0:
        return None, None, None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rate = numerator / denominator
    shrunk = denominator + z * z
    centre = (numerator + z * z / 2) / shrunk
    half = z * sqrt(denominator * rate * (1 - rate) + z * z / 4) / shrunk
    low = 0.0 if numerator == 0 else centre - half
    high = 1.0 if numerator == denominator else centre + half
    return rate, low, high
