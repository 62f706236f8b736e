"""Change compared between groups as if all had begun at the same score (analysis of covariance)."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from analysis.stats.estimates import Counts, Estimate, Floats, OverallTest, t_interval
from analysis.stats.proportions import CONFIDENCE


@dataclass(frozen=True, eq=False)
class Ancova:
    """A linear model of the change on group and baseline, one slope for all groups.

    `covariance` is that of the groups' means at `mean_baseline`, followed by the slope; groups are
    numbered as they were given. What cannot be estimated is None in every figure, with the reason.
    """

    n: int
    groups: tuple[int, ...]  # those with anybody in them
    means: Floats
    slope: float
    mean_baseline: float
    covariance: Floats
    df: int
    residual_sd: float
    confidence: float
    reason: str | None = None


def ancova(
    group: Counts,
    baseline: Floats,
    change: Floats,
    counts: Counts,
    confidence: float = CONFIDENCE,
) -> Ancova:
    """Fit change on group and baseline, from `counts[i]` people with the i-th values.

    No value is missing. Groups without people are left out. Two models are refused with a reason:
    no more people than figures to estimate, and a baseline that does not vary within groups.
    Raises ValueError for a missing value, a negative count, or arrays of different lengths.
    Source: R `lm(change ~ group + baseline)`; EMA 2015, EMA/CHMP/295050/2013.
    """
    if not group.shape == baseline.shape == change.shape == counts.shape:
        raise ValueError("groups, baselines, changes and counts are not equally many")
    if not (np.all(np.isfinite(baseline)) and np.all(np.isfinite(change))):
        raise ValueError("a score is missing")
    if np.any(counts < 0):
        raise ValueError("a count is negative")
    there = np.lexsort((counts, change, baseline, group))  # no digit depends on their order
    there = there[counts[there] > 0]
    present, place = np.unique(group[there], return_inverse=True)
    x, y, weight = baseline[there], change[there], counts[there].astype(np.float64)
    n, k = int(counts.sum()), present.size
    size = np.bincount(place, weights=weight)
    x_mean = np.bincount(place, weights=weight * x) / size
    y_mean = np.bincount(place, weights=weight * y) / size
    # about the means of each group, so that large scores and many people lose no digits
    within_x, within_y = x - x_mean[place], y - y_mean[place]
    squares = float((weight * within_x**2).sum())
    grand = float((weight * x).sum()) / n if n else 0.0
    df = n - k - 1
    reason = None
    if df < 1:
        reason = "no more people than figures to estimate"
    elif squares <= 1e-20 * float((weight * x**2).sum()):
        reason = "the baseline does not vary within groups"
    if reason is not None:
        empty = np.full(k, np.nan)
        groups = tuple(map(int, present))
        shape = np.full((k + 1, k + 1), np.nan)
        return Ancova(n, groups, empty, np.nan, grand, shape, df, np.nan, confidence, reason)
    slope = float((weight * within_x * within_y).sum()) / squares
    residual = float((weight * (within_y - slope * within_x) ** 2).sum()) / df
    away = np.append(grand - x_mean, 1.0)
    covariance = residual * (np.diag(np.append(1 / size, 0.0)) + np.outer(away, away) / squares)
    return Ancova(
        n=n,
        groups=tuple(map(int, present)),
        means=y_mean + slope * away[:-1],
        slope=slope,
        mean_baseline=grand,
        covariance=covariance,
        df=df,
        residual_sd=sqrt(residual),
        confidence=confidence,
    )


def adjusted_mean(model: Ancova, group: int) -> Estimate:
    """Return a group's mean change at the mean baseline of everybody (least-squares mean).

    The p-value tests whether it is 0. Source: R `emmeans`.
    """
    return _combination(model, {group: 1.0})


def adjusted_difference(model: Ancova, a: int, b: int) -> Estimate:
    """Return the mean change of group a minus that of b for people of the same baseline.

    Not adjusted for how many pairs are looked at. Source: R `emmeans`, `contrast`.
    """
    return _combination(model, {a: 1.0, b: -1.0} if a != b else {})


def slope(model: Ancova) -> Estimate:
    """Return by how much the change differs per point of baseline."""
    return _combination(model, {}, slope_times=1.0)


def intercept(model: Ancova, group: int) -> Estimate:
    """Return a group's mean change at a baseline of 0; R's `lm` prints that of the first group."""
    return _combination(model, {group: 1.0}, slope_times=-model.mean_baseline)


def adjusted_overall(model: Ancova) -> OverallTest:
    """Return the F test of whether groups differ at all at the same baseline.

    Source: R `anova` of the models with and without the group.
    """
    df = len(model.groups) - 1
    if model.reason is not None or df < 1:
        return OverallTest(reason=model.reason or "fewer than two groups have anybody in them")
    if model.residual_sd == 0:
        return OverallTest(reason="the model leaves no error")
    others = np.hstack([-np.ones((df, 1)), np.eye(df), np.zeros((df, 1))])
    apart = others[:, :-1] @ model.means
    spread = others @ model.covariance @ others.T
    f = float(apart @ np.linalg.solve(spread, apart)) / df
    from scipy.special import fdtrc

    return OverallTest(f, df, float(fdtrc(df, model.df, f)), model.df)


def _combination(model: Ancova, weights: dict[int, float], slope_times: float = 0.0) -> Estimate:
    """Return a weighted sum of means at the mean baseline, and so many times the slope."""
    for group in weights:
        if group not in model.groups:
            return Estimate(reason=f"group {group} has nobody in it")
    if model.reason is not None:
        return Estimate(reason=model.reason)
    vector = np.array([weights.get(group, 0.0) for group in model.groups] + [slope_times])
    estimate = float(vector @ np.append(model.means, model.slope))
    se = sqrt(max(float(vector @ model.covariance @ vector), 0.0))
    if se == 0:
        return Estimate(estimate, reason="the model leaves no error")
    return t_interval(estimate, se, model.df, model.confidence)
