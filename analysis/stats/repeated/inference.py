"""Standard errors and degrees of freedom of what is made of the coefficients.

Sources: Fai & Cornelius 1996, doi:10.1080/00949659608811740 (Satterthwaite's degrees of freedom);
Kenward & Roger 1997, doi:10.2307/2533558 (the adjusted variance; for a single contrast their
degrees of freedom are Satterthwaite's and their scale is 1); Liang & Zeger 1986,
doi:10.1093/biomet/73.1.13 (empirical). R package mmrm, its vignettes of the same names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.stats.repeated.fit import Fit
from analysis.stats.repeated.likelihood import Model, kronecker

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What each method is called in words.
METHODS = {
    "satterthwaite": "Satterthwaite degrees of freedom",
    "kenward_roger": "Kenward-Roger variance and degrees of freedom",
    "kenward_roger_linear": "Kenward-Roger variance without second derivatives of the covariance, "
    "and degrees of freedom",
    "empirical": "empirical (sandwich) variance clustered by patient, degrees of freedom: patients "
    "less 1",
}


@dataclass(frozen=True)
class Tested:
    """One linear combination of the coefficients with its t test against 0."""

    estimate: float
    se: float
    df: float
    conf_low: float
    conf_high: float
    statistic: float
    p_value: float


def satterthwaite(fit: Fit) -> Callable[[Floats], float]:
    """Return the function from a contrast (r,) to its degrees of freedom.

    Twice the squared variance over the variance of that variance, by the delta method with the
    inverse of the observed information.
    """
    variance, of_parameters = fit.point.variance, np.linalg.inv(fit.slopes.observed)

    def degrees(contrast: Floats) -> float:
        spread = variance @ contrast
        slope = (fit.slopes.precision @ spread) @ spread
        return float(2 * (contrast @ spread) ** 2 / (slope @ of_parameters @ slope))

    return degrees


def kenward_roger(model: Model, fit: Fit, linear: bool) -> Floats:
    """Return the variance of the coefficients, enlarged for the estimated covariance.

    `linear` leaves out the second derivatives of the covariance by its parameters. They are 0 for
    an unstructured matrix whose parameters are its own entries, as in SAS, so that this is what
    SAS gives there; with them it is what mmrm gives, whose parameters are others. Where nothing is
    missing the linear one adds nothing, which is exact, and the other takes a little away.
    """
    variance, weights = fit.point.variance, fit.point.weights
    of_parameters = np.linalg.inv(fit.slopes.observed)
    # with a square root of their variance, sums over pairs of parameters run over one
    root = np.linalg.cholesky(of_parameters).T
    first = np.einsum("rk,kab->rab", root, fit.point.covariance.first)
    inner = np.zeros_like(weights)
    for direction in first:
        inner += weights @ direction @ weights @ direction @ weights
    if not linear:
        bent = np.einsum("kl,klab->ab", of_parameters, fit.point.covariance.second)
        inner -= 0.25 * (weights @ bent @ weights)
    middle = model.basis.T @ kronecker(inner, model.data.zz) @ model.basis
    for slope in np.einsum("rk,kab->rab", root, fit.slopes.precision):
        middle -= slope @ variance @ slope
    return np.asarray(variance + 2 * variance @ middle @ variance)


def empirical(
    model: Model, fit: Fit, outcome: Floats, predictors: Floats, cluster: Ints
) -> tuple[Floats, int]:
    """Return the variance of the coefficients from the scatter of patients, and their number.

    `cluster` is the patient of each episode. Scaled by patients / (patients - 1).
    """
    point = fit.point
    m, q = outcome.shape[1], predictors.shape[1]
    b = (model.basis @ point.coefficients).reshape(m, q).T
    residual = outcome - predictors @ b
    residual[np.isnan(residual)] = 0.0
    weighed = np.einsum("nv,nvw->nw", residual, point.weights[model.data.of_episode])
    clusters, patient = np.unique(cluster, return_inverse=True)
    scores = np.zeros((clusters.size, m * q))
    np.add.at(scores, patient, (weighed[:, :, None] * predictors[:, None, :]).reshape(-1, m * q))
    scores = scores @ model.basis
    count = clusters.size
    scale = count / (count - 1) if count > 1 else 1.0
    return np.asarray(point.variance @ (scores.T @ scores * scale) @ point.variance), count


def tested(estimate: float, variance: float, df: float, confidence: float) -> Tested:
    """Return an estimate with its t interval and two-sided t test against 0."""
    from scipy.special import stdtr, stdtrit  # here, since a rate never needs it

    se = sqrt(variance)
    half, statistic = float(stdtrit(df, 0.5 + confidence / 2)) * se, estimate / se
    p_value = 2 * float(stdtr(df, -abs(statistic)))
    return Tested(estimate, se, df, estimate - half, estimate + half, statistic, p_value)
