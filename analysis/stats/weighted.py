"""Two groups compared after weighting by the propensity score, with honest intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from analysis.stats.balance import Balance, ScoreCounts, balance, score_counts
from analysis.stats.clusters import Labels, cluster_codes
from analysis.stats.design import Bools, Categorical, Design, Floats, Numeric, design
from analysis.stats.e_value import EValue, e_values
from analysis.stats.estimates import NOTHING, Estimate, log_wald, wald
from analysis.stats.propensity import Kind, Progress, Propensity, Weights, fit_propensity, weigh
from analysis.stats.proportions import CONFIDENCE

METHODS = {
    "overlap": "overlap weights",
    "inverse": "inverse probability weights",
}


@dataclass(frozen=True)
class WeightedEffect:
    """The weighted outcome of two groups: rates where it is yes or no, else means.

    `difference` is a less b; `ratio` and its E-values belong to rates only. `people_a` and
    `people_b` are those with a counterpart, who are compared, and `clusters` how many independent
    ones they are together. `method` names weights and interval.
    """

    a: Estimate
    b: Estimate
    difference: Estimate
    ratio: Estimate
    e_value: EValue
    people_a: int
    people_b: int
    clusters: int
    method: str


@dataclass(frozen=True, eq=False)
class Weighing:
    """Everything about the weights of a comparison; the outcome plays no part in it."""

    in_a: Bools
    design: Design
    propensity: Propensity
    weights: Weights
    balance: Balance
    scores: ScoreCounts


def weighing(
    in_a: Bools,
    fields: Sequence[Categorical | Numeric],
    kind: Kind = "overlap",
    progress: Progress | None = None,
) -> Weighing:
    """Return weights that make group a and the others alike in their case mix, and whether they do.

    One entry per person. The outcome of people is not looked at, so the same weights serve every
    outcome that all of them have. `progress` is told each step and the share done, 0 to 1.
    Raises ValueError as `design` and `fit_propensity` do.
    """
    tell = progress or (lambda step, share: None)
    tell("Reading the case mix", 0.0)
    mix = design(fields)
    model = fit_propensity(in_a, mix, lambda step, share: tell(step, 0.2 + 0.6 * share))
    weights = weigh(model, in_a, kind)
    tell("Comparing the groups before and after", 0.8)
    found = balance(in_a, mix, model, weights)
    spread = score_counts(model.score, in_a)
    tell("Done", 1.0)
    return Weighing(in_a, mix, model, weights, found, spread)


def weighted_effect(
    outcome: Floats,
    weighed: Weighing,
    patient: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> WeightedEffect:
    """Return weighted rates (outcomes all 0 or 1) or means, their difference and the rates' ratio.

    The standard error is that of M-estimation: the logistic model and the two means are solved
    together, so that it counts the scores as estimated; it is clustered by `patient` (without
    a code each entry is a person of its own), times G / (G - 1) for G clusters. Intervals are
    normal: of rates on the logit scale, of the ratio on its logarithm. All None where the
    propensity model has no fit; without interval where everybody compared in a group had the
    same outcome.
    Raises ValueError for an outcome that is missing, or where outcomes, patients and groups
    differ in length.
    Source: Lunceford & Davidian 2004, doi:10.1002/sim.1903; Li, Thomas & Li 2019,
    doi:10.1093/aje/kwy201.
    """
    clusters = _clusters(outcome, weighed, patient)
    weights, inside = weighed.weights, weighed.propensity.inside
    method = (
        f"{METHODS[weights.kind]} from a logistic propensity model, M-estimation interval"
        f"{' clustered by patient' if patient is not None else ''}"
    )
    binary = bool(np.isin(outcome, (0.0, 1.0)).all())
    if weighed.propensity.problem is not None:
        none = EValue(None, None)
        return WeightedEffect(NOTHING, NOTHING, NOTHING, NOTHING, none, 0, 0, 0, method)

    own, of_cluster = np.unique(clusters[inside], return_inverse=True)
    model = weighed.propensity
    uncertain = model.score[inside] * (1 - model.score[inside])
    information = model.matrix.T @ (model.matrix * uncertain[:, None])
    mean_a, pull_a, varies_a = _group(outcome, weighed, weighed.in_a, information)
    mean_b, pull_b, varies_b = _group(outcome, weighed, ~weighed.in_a, information)

    def error(pull: Floats) -> float:
        """Return the standard error from how much each person pulls the estimate."""
        if own.size < 2:
            return 0.0
        sums = np.bincount(of_cluster, weights=pull, minlength=own.size)
        return sqrt(float(sums @ sums) * own.size / (own.size - 1))

    se_a, se_b = error(pull_a) if varies_a else 0.0, error(pull_b) if varies_b else 0.0
    both = varies_a and varies_b
    difference = wald(mean_a - mean_b, error(pull_a - pull_b) if both else 0.0, confidence)
    ratio = NOTHING
    if binary and mean_a > 0 and mean_b > 0:
        pull = pull_a / mean_a - pull_b / mean_b
        ratio = log_wald(mean_a / mean_b, error(pull) if both else 0.0, confidence)
    return WeightedEffect(
        _rate(mean_a, se_a, confidence) if binary else _mean(mean_a, se_a, confidence),
        _rate(mean_b, se_b, confidence) if binary else _mean(mean_b, se_b, confidence),
        difference,
        ratio,
        e_values(ratio),
        int((inside & weighed.in_a).sum()),
        int((inside & ~weighed.in_a).sum()),
        int(own.size),
        method,
    )


def _clusters(outcome: Floats, weighed: Weighing, patient: Labels | None) -> NDArray[np.int64]:
    """Return the cluster of each entry as a number."""
    size = weighed.in_a.size
    if outcome.shape != (size,) or (patient is not None and len(patient) != size):
        raise ValueError("outcomes, patients and groups differ in length")
    if not np.isfinite(outcome).all():
        raise ValueError("an outcome is missing")
    if patient is None:
        return np.arange(size)
    return cluster_codes(patient)


def _group(
    outcome: Floats, weighed: Weighing, group: Bools, information: Floats
) -> tuple[float, Floats, bool]:
    """Return the weighted mean of a group, how much each person inside pulls it, and if it varies.

    Someone pulls it through the own outcome, and through the coefficients of the model, which
    make the weights of everybody.
    """
    model, inside = weighed.propensity, weighed.propensity.inside
    mine, y = group[inside], outcome[inside]
    weights = np.where(mine, weighed.weights.values[inside], 0.0)
    slope = np.where(mine, weighed.weights.slope[inside], 0.0)
    total = float(weights.sum())
    mean = float(weights @ y) / total
    residual = y - mean
    through = np.linalg.solve(information, model.matrix.T @ (slope * residual))
    surprise = weighed.in_a[inside] - model.score[inside]
    pull = (weights * residual + surprise * (model.matrix @ through)) / total
    return mean, pull, bool(np.ptp(y[weights > 0]) > 0)


def _mean(mean: float, se: float, confidence: float) -> Estimate:
    """Return a mean with a normal interval; no test, since there is nothing to test it against."""
    found = wald(mean, se, confidence)
    return Estimate(mean, found.conf_low, found.conf_high, None, se=found.se)


def _rate(rate: float, se: float, confidence: float) -> Estimate:
    """Return a rate with an interval that is normal on the logit scale; `se` is of the rate."""
    if not (0 < rate < 1 and se > 0):
        return Estimate(rate)
    middle = log(rate / (1 - rate))
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * se / (rate * (1 - rate))
    low, high = (1 / (1 + exp(-(middle + side))) for side in (-half, half))
    return Estimate(rate, low, high, None, se=se)
