"""The hazard ratio of two groups whose people are weighted."""

from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.stats.clusters import Labels, cluster_codes
from analysis.stats.design import Bools, Floats
from analysis.stats.estimates import NOTHING, Estimate, log_wald
from analysis.stats.partial_likelihood import Fit, RiskSums, Ties, at, climb, risk_sums, shares
from analysis.stats.proportions import CONFIDENCE
from analysis.stats.risk_sets import RiskSets


def weighted_hazard_ratio(
    in_a: Bools,
    time: Floats,
    event: Bools,
    weights: Floats,
    patient: Labels | None = None,
    ties: Ties = "efron",
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Return the hazard of a as a ratio to that of the others, everyone counting by the weight.

    One entry per person: `time` of the event or, where `event` is False, of being last seen.
    People of weight 0 take no part. The standard error is the robust one, clustered by `patient`;
    it takes the weights as known, which for weights from a propensity model is, as a rule, wider
    than need be. NOTHING where a group has no weighted event, or the ratio is infinite to the data.
    Raises ValueError for a negative or missing time or weight, and where entries differ in length.
    Source: Lin & Wei 1989, doi:10.1080/01621459.1989.10478874; Binder 1992,
    doi:10.1093/biomet/79.1.139; R `coxph(weights =, cluster =)`.
    """
    if not in_a.shape == time.shape == event.shape == weights.shape:
        raise ValueError("groups, times, events and weights differ in length")
    if patient is not None and len(patient) != in_a.size:
        raise ValueError("patients and groups differ in length")
    if not (np.isfinite(time) & (time >= 0) & np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("a time or a weight is negative or not finite")
    some = weights > 0
    group, when, had, weight = in_a[some].astype(np.int64), time[some], event[some], weights[some]
    sets, row = _weighted_sets(group, when, had, weight)
    if not (sets.happened > 0).all():
        return NOTHING
    sums = risk_sums(sets, ties)
    fit = climb(at(np.zeros(2), sets, sums), np.arange(2), sets, sums)
    if fit is None:
        return NOTHING
    pull = weight * _score_residuals(group, had, row, fit, sums, sets, ties)
    if patient is not None:
        pull = np.bincount(cluster_codes(patient)[some], weights=pull).astype(np.float64)
    se = sqrt(float(pull @ pull)) / float(fit.information[1, 1])
    return log_wald(exp(float(fit.coefficients[1])), se, confidence)


def _weighted_sets(
    group: NDArray[np.int64], time: Floats, event: Bools, weight: Floats
) -> tuple[RiskSets, NDArray[np.int64]]:
    """Return the weighted risk sets, and per person how many times with an event are not later."""
    when = np.unique(time[event])
    row = np.searchsorted(when, time, side="right")
    at_risk, events = np.zeros((when.size + 1, 2)), np.zeros((when.size + 1, 2))
    np.add.at(at_risk, (row, group), weight)
    np.add.at(events, (row[event], group[event]), weight[event])
    number = np.bincount(row[event], minlength=when.size + 1)[1:]
    at_risk = np.cumsum(at_risk[::-1], axis=0)[::-1][1:]
    people = np.bincount(group, minlength=2)
    return RiskSets(("b", "a"), when, at_risk, events[1:], number, people, events.sum(axis=0)), row


def _score_residuals(
    group: NDArray[np.int64],
    event: Bools,
    row: NDArray[np.int64],
    fit: Fit,
    sums: RiskSums,
    sets: RiskSets,
    ties: Ties,
) -> Floats:
    """Return how much each person, counted once, pulls the score of the coefficient.

    The own event, less what was to be expected at each time at risk. By Efron those who have the
    event at one time are, to each other, at risk in part only.
    """
    share, total = shares(fit.coefficients, sums)
    mean, hazard, size = share[1], sums.often / total, sets.time.size

    def per_time(values: Floats) -> Floats:
        return np.bincount(sums.when, weights=values, minlength=size).astype(np.float64)

    average = per_time(mean) / np.bincount(sums.when, minlength=size)
    expected = []
    for z in (0, 1):
        parts = hazard * (z - mean)
        before = np.concatenate(([0.0], np.cumsum(per_time(parts))))
        own = before[row]
        if ties == "efron":
            first = np.searchsorted(sums.when, np.arange(size))
            place = np.arange(sums.when.size) - first[sums.when]
            gone = per_time(parts * place / sets.number[sums.when])
            own = own - np.where(event, gone[row - 1], 0.0)
        expected.append(own * exp(float(fit.coefficients[z])))
    seen = np.where(event, group - average[row - 1], 0.0)
    residuals: Floats = seen - np.where(group == 1, expected[1], expected[0])
    return residuals
