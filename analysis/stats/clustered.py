"""Rates of people who count more than once: how many independent people they are worth.

Episodes of one patient resemble each other. The design effect says how much larger the variance of
a rate is for that; a rate over `effective` counts has the right width in every method for two
rates. Source: Rao & Scott 1992, doi:10.2307/2532311.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats.two_rates import Pearson, Rate, pearson


def clustered_design_effect(
    numerator_by_patient: ArrayLike,
    denominator_by_patient: ArrayLike,
    patients: ArrayLike | None = None,
) -> float | None:
    """Return how many times larger the variance of a rate is because patients count repeatedly.

    One entry per patient: episodes that met it, and all episodes; or one per kind of patient, with
    how many `patients` there are of it. None where there is no episode at all.
    It is the patient-clustered variance over the binomial one, each in its unbiased form (factors
    m / (m - 1) for m patients, N / (N - 1) for N episodes), hence exactly 1 where nobody repeats.
    Where everybody or nobody met it, or there is one patient, the outcomes cannot tell how alike
    the episodes of a patient are: then the largest possible, that of identical episodes
    (sum n^2 / sum n). It may lie below 1. Raises ValueError unless 0 <= met <= all for everybody.
    """
    met = np.asarray(numerator_by_patient, dtype=np.float64)
    episodes = np.asarray(denominator_by_patient, dtype=np.float64)
    people = np.ones_like(met) if patients is None else np.asarray(patients, dtype=np.float64)
    if not met.shape == episodes.shape == people.shape or met.ndim != 1:
        raise ValueError("numerators, denominators and patients are not equally many")
    if not np.all((met >= 0) & (met <= episodes) & (people >= 0)):
        raise ValueError("a numerator is not between 0 and its denominator")
    people = np.where(episodes > 0, people, 0.0)
    total, count = float((people * episodes).sum()), float(people.sum())
    if total == 0:
        return None
    if total == count:
        return 1.0
    rate = float((people * met).sum()) / total
    if count == 1 or rate in (0.0, 1.0):
        return float((people * episodes**2).sum()) / total
    squares = float((people * (met - rate * episodes) ** 2).sum())
    clustered = squares / total**2 * count / (count - 1)
    return clustered / (rate * (1 - rate) / (total - 1))


def effective(rate: Rate, design_effect: float) -> Rate:
    """Return the same rate over as many independent people as its episodes are worth.

    Both counts over the design effect, no longer whole. Raises ValueError unless it is above 0.
    """
    if not design_effect > 0:
        raise ValueError(f"a design effect of {design_effect} is not above 0")
    denominator = rate.denominator / design_effect
    # the same rate exactly at both ends, where a rounded quotient might lie beyond the denominator
    return Rate(min(rate.numerator / design_effect, denominator), denominator)


def rao_scott(rates: Sequence[Rate], design_effects: Sequence[float]) -> Pearson:
    """Return the chi-squared test of whether rates of clustered people differ, two or more groups.

    Pearson's test on the effective counts of each group. Raises ValueError where rates and design
    effects are not equally many.
    Source: Rao & Scott 1992, doi:10.2307/2532311, section 3.
    """
    return pearson([effective(*pair) for pair in zip(rates, design_effects, strict=True)])
