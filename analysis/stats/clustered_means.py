"""Means of groups whose people count more than once: a linear model clustered by patient."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.stats.estimates import Counts, Estimate, Floats, t_interval
from analysis.stats.proportions import CONFIDENCE

TOO_FEW = "fewer than two patients, or no spread"


@dataclass(frozen=True, eq=False)
class ClusteredMeans:
    """The mean of each group (at the mean baseline, if that is in the model) and its covariance.

    `groups` lists those with anybody in them; `df` is the number of patients less one.
    """

    groups: tuple[int, ...]
    means: Floats
    covariance: Floats
    df: int
    confidence: float


def clustered_means(
    group: NDArray[np.int64],
    value: Floats,
    patient: NDArray[np.int64],
    counts: Counts,
    *,
    baseline: Floats | None = None,
    confidence: float = CONFIDENCE,
) -> ClusteredMeans:
    """Return the means of groups with a variance that allows for patients who count repeatedly.

    Least squares of `value` on the groups and, if given, one slope for `baseline`; the covariance
    is the sandwich clustered by patient, with the factor m / (m - 1) * (N - 1) / (N - k) for m
    patients, N episodes and k coefficients, and t intervals on m - 1 degrees of freedom. The same
    patient may be in several groups. `counts[i]` episodes of `patient[i]` share a row; no value is
    missing. Raises ValueError for arrays of different lengths.
    Source: Liang & Zeger 1986, doi:10.1093/biomet/73.1.13; Cameron & Miller 2015,
    doi:10.3368/jhr.50.2.317.
    """
    if not group.shape == value.shape == patient.shape == counts.shape:
        raise ValueError("groups, values, patients and counts are not equally many")
    present, place = np.unique(group, return_inverse=True)
    columns = [(place == at).astype(np.float64) for at in range(present.size)]
    weight = counts.astype(np.float64)
    episodes = weight.sum()
    if baseline is not None and episodes:
        columns.append(baseline - (baseline * weight).sum() / episodes)
    design = np.column_stack(columns) if columns else np.zeros((0, 0))
    _, person = np.unique(patient, return_inverse=True)
    people, k = int(person.max(initial=-1)) + 1, design.shape[1]
    normal = design.T @ (design * weight[:, None])
    unclear = not k or np.linalg.matrix_rank(normal, hermitian=True) < k
    if unclear or people < 2 or episodes <= k:
        means = np.full(present.size, np.nan)
        spread = np.full((present.size, present.size), np.nan)
        return ClusteredMeans(tuple(present.tolist()), means, spread, people - 1, confidence)
    inverse = np.linalg.inv(normal)
    coefficients = inverse @ (design.T @ (weight * value))
    pulls = design * (weight * (value - design @ coefficients))[:, None]
    sums = np.column_stack([np.bincount(person, weights=pull) for pull in pulls.T])
    factor = people / (people - 1) * (episodes - 1) / (episodes - k)
    covariance = factor * inverse @ (sums.T @ sums) @ inverse
    own = slice(0, present.size)
    return ClusteredMeans(
        tuple(present.tolist()), coefficients[own], covariance[own, own], people - 1, confidence
    )


def mean(model: ClusteredMeans, group: int) -> Estimate:
    """Return the mean of one group with its interval."""
    return _combination(model, {group: 1.0})


def mean_difference(model: ClusteredMeans, a: int, b: int) -> Estimate:
    """Return the mean of group a minus that of group b with interval and test."""
    return _combination(model, {a: 1.0, b: -1.0})


def _combination(model: ClusteredMeans, weights: dict[int, float]) -> Estimate:
    if any(group not in model.groups for group in weights):
        return Estimate(reason="a group has nobody in it")
    vector = np.zeros(len(model.groups))
    for group, weight in weights.items():
        vector[model.groups.index(group)] = weight
    variance = float(vector @ model.covariance @ vector)
    if not variance > 0:
        return Estimate(reason=TOO_FEW)
    return t_interval(float(vector @ model.means), sqrt(variance), model.df, model.confidence)
