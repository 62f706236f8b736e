"""Reliable change: is one person's change larger than the error of the scale?

Scores are those of paired assessments, one entry per person in both arrays; NaN is a missing
score. An index counts in standard errors and is positive where the score went up.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.stats.proportions import CONFIDENCE

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Classes = NDArray[np.int8]

CLASSES = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
RECOVERED, IMPROVED, UNCHANGED, DETERIORATED, HARMED = range(len(CLASSES))
UNKNOWN = -1


@dataclass(frozen=True)
class Norms:
    """The mean and standard deviation of a population's scores."""

    mean: float
    sd: float


def s_diff(reliability: float, sd: float) -> float:
    """Return the standard error of the difference between two scores of one person.

    sd * sqrt(2 (1 - reliability)), in points of the scale; `sd` is that of baseline scores.
    Raises ValueError unless 0 <= reliability <= 1 and sd >= 0.
    Source: Jacobson & Truax 1991, doi:10.1037/0022-006X.59.1.12.
    """
    return sqrt(2) * _error(reliability, sd)


def critical_difference(reliability: float, sd: float, confidence: float = CONFIDENCE) -> float:
    """Return the change, in points, that a person without true change seldom exceeds.

    z times `s_diff`, z = 1.96 for 95 %. Raises ValueError as `s_diff` does.
    Source: Jacobson & Truax 1991, doi:10.1037/0022-006X.59.1.12.
    """
    return NormalDist().inv_cdf(0.5 + confidence / 2) * s_diff(reliability, sd)


def cutoff(
    kind: Literal["a", "b", "c"],
    *,
    clinical: Norms | None = None,
    functional: Norms | None = None,
    higher_is_worse: bool = True,
) -> float:
    """Return the score that parts the clinical from the functional population.

    a: two standard deviations beyond the mean of the clinical population, towards health;
    b: two standard deviations beyond the mean of the functional population, towards illness;
    c: as far, in standard deviations, from one mean as from the other.
    b takes the standard deviation of the functional population, as the paper words it; R's
    clinicalsignificance takes that of the clinical one, which is the same only where both agree.
    Raises ValueError where norms that the kind needs are missing, or for c without any spread.
    Source: Jacobson & Truax 1991, doi:10.1037/0022-006X.59.1.12.
    """
    worse = 1 if higher_is_worse else -1
    if kind == "a" and clinical:
        return clinical.mean - worse * 2 * clinical.sd
    if kind == "b" and functional:
        return functional.mean + worse * 2 * functional.sd
    if kind == "c" and clinical and functional and clinical.sd + functional.sd > 0:
        weighted = clinical.sd * functional.mean + functional.sd * clinical.mean
        return weighted / (clinical.sd + functional.sd)
    raise ValueError(f"cut-off {kind!r} cannot be had from {clinical=} and {functional=}")


def sides(
    baseline: Floats, endpoint: Floats, cut: float, higher_is_worse: bool = True
) -> tuple[Bools, Bools]:
    """Return who was on the clinical side of a cut-off before, who on the functional side after.

    Both strictly, as R's clinicalsignificance has it: a score equal to the cut-off is on neither
    side, so not clinical at baseline and not functional at the endpoint. Missing is False.
    """
    if higher_is_worse:
        return baseline > cut, endpoint < cut
    return baseline < cut, endpoint > cut


def classes(
    improvement: Floats,
    critical: float | Floats,
    clinical_before: Bools | None = None,
    functional_after: Bools | None = None,
    *,
    reached_is_enough: bool = False,
) -> Classes:
    """Return the class of each person's change, an index into CLASSES; UNKNOWN where missing.

    Improved or deteriorated: `improvement`, positive for the better, or its opposite exceeds
    `critical` (one number or one per person, in the same unit). Recovered: improved and from the
    clinical to the functional side; harmed: deteriorated, not clinical before and not functional
    after. Without the two sides nobody is recovered or harmed.
    A change equal to `critical` is not enough for a computed critical difference (|RC| > 1.96 in
    the paper, `>` in R's clinicalsignificance); for published whole points say
    `reached_is_enough`. No change at all is always unchanged.
    Source: Jacobson & Truax 1991, doi:10.1037/0022-006X.59.1.12.
    """
    enough = np.greater_equal if reached_is_enough else np.greater
    improved = (improvement > 0) & enough(improvement, critical)
    deteriorated = (improvement < 0) & enough(-improvement, critical)
    found = np.full(improvement.shape, UNCHANGED, dtype=np.int8)
    found[improved] = IMPROVED
    found[deteriorated] = DETERIORATED
    if clinical_before is not None and functional_after is not None:
        found[improved & clinical_before & functional_after] = RECOVERED
        found[deteriorated & ~clinical_before & ~functional_after] = HARMED
    found[np.isnan(improvement) | np.isnan(critical)] = UNKNOWN
    return found


# ---- the index per person, by method -------------------------------------------------------------
#
# Means and standard deviations are those of the people with both scores. The index is NaN where a
# score is missing, and for everyone where it has no standard error: fewer than two people, no
# spread, or a reliability of 1. Each raises ValueError unless the reliability is between 0 and 1.


def jacobson_truax(baseline: Floats, endpoint: Floats, reliability: float) -> Floats:
    """Return the reliable change index: the change in standard errors of a difference.

    Source: Jacobson & Truax 1991, doi:10.1037/0022-006X.59.1.12.
    """
    before, _, _ = _moments(baseline, endpoint)
    return _in_errors(endpoint - baseline, s_diff(reliability, before.sd))


def gulliksen_lord_novick(baseline: Floats, endpoint: Floats, reliability: float) -> Floats:
    """Return how far the endpoint lies from what regression to the baseline mean predicts.

    In standard errors of prediction, sd * sqrt(1 - reliability^2).
    Source: Hsu 1995, doi:10.1037/0022-006X.63.1.141.
    """
    before, _, _ = _moments(baseline, endpoint)
    error = _error(reliability, before.sd) * sqrt(1 + reliability)
    return _in_errors(endpoint - _true(baseline, before, reliability), error)


def hsu_linn_lord(baseline: Floats, endpoint: Floats, reliability: float) -> Floats:
    """Return how far the endpoint lies from what regression to the endpoint mean predicts.

    As Gulliksen, Lord and Novick, less the mean change of the whole group: who improves as much
    as the others has not changed.
    Source: Hsu 1989, Behavioral Assessment 11:459-467; read in R's clinicalsignificance 3.0.0.
    """
    before, after, _ = _moments(baseline, endpoint)
    change = endpoint - _true(baseline, before, reliability) - (after.mean - before.mean)
    return _in_errors(change, _error(reliability, before.sd) * sqrt(1 + reliability))


def edwards_nunnally(baseline: Floats, endpoint: Floats, reliability: float) -> Floats:
    """Return how far the endpoint lies from the estimated true baseline score.

    In standard errors of measurement, sd * sqrt(1 - reliability).
    Source: Speer 1992, doi:10.1037/0022-006X.60.3.402.
    """
    before, _, _ = _moments(baseline, endpoint)
    change = endpoint - _true(baseline, before, reliability)
    return _in_errors(change, _error(reliability, before.sd))


def nunnally_kotsch(
    baseline: Floats,
    endpoint: Floats,
    reliability: float,
    endpoint_reliability: float | None = None,
) -> Floats:
    """Return how far the endpoint lies from the estimated true baseline score, both with error.

    The endpoint's reliability is that of the baseline unless given; the standard deviation is
    that of the baseline for both, as in R's clinicalsignificance.
    Source: Nunnally & Kotsch 1983, doi:10.1111/j.2044-8260.1983.tb00582.x.
    """
    before, _, _ = _moments(baseline, endpoint)
    later = reliability if endpoint_reliability is None else endpoint_reliability
    error = sqrt(
        (reliability * _error(reliability, before.sd)) ** 2 + _error(later, before.sd) ** 2
    )
    return _in_errors(endpoint - _true(baseline, before, reliability), error)


def hageman_arrindell(baseline: Floats, endpoint: Floats, reliability: float) -> Floats:
    """Return the index of reliable change that weighs a person's change with the group's.

    The weight is the reliability of the change itself; NaN for everyone where it is not above 0,
    when changes vary no more than error does. Its critical value is one-sided: 1.645 for 95 %.
    Source: Hageman & Arrindell 1999, doi:10.1016/S0005-7967(99)00032-7.
    """
    before, after, covariance = _moments(baseline, endpoint)
    error = s_diff(reliability, before.sd)
    spread = before.sd**2 + after.sd**2 - 2 * covariance
    weight = 1 - error**2 / spread if spread > 0 else 0.0
    if not weight > 0:
        return np.full(baseline.shape, np.nan)
    change = (endpoint - baseline) * weight + (after.mean - before.mean) * (1 - weight)
    return _in_errors(change, sqrt(weight) * error)


def _error(reliability: float, sd: float) -> float:
    """Return the standard error of measurement, sd * sqrt(1 - reliability)."""
    if not 0 <= reliability <= 1:
        raise ValueError(f"reliability {reliability} is not between 0 and 1")
    if sd < 0:
        raise ValueError(f"standard deviation {sd} is negative")
    return sd * sqrt(1 - reliability)


def _true(scores: Floats, norms: Norms, reliability: float) -> Floats:
    """Return the estimated true scores: drawn towards the mean as far as they are unreliable."""
    return norms.mean + reliability * (scores - norms.mean)


def _moments(baseline: Floats, endpoint: Floats) -> tuple[Norms, Norms, float]:
    """Return mean and sd of each score and their covariance, over people with both; else NaN."""
    both = ~(np.isnan(baseline) | np.isnan(endpoint))
    before, after = baseline[both], endpoint[both]
    if before.size < 2:
        return Norms(np.nan, np.nan), Norms(np.nan, np.nan), np.nan
    covariance = np.cov(before, after)
    return (
        Norms(float(before.mean()), sqrt(covariance[0, 0])),
        Norms(float(after.mean()), sqrt(covariance[1, 1])),
        float(covariance[0, 1]),
    )


def _in_errors(points: Floats, error: float) -> Floats:
    """Return points in standard errors; NaN where there is no error to count in."""
    return points / error if error > 0 else np.full(points.shape, np.nan)
