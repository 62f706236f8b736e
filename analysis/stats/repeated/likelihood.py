"""The restricted likelihood (REML) and its derivatives, from the cross-products alone.

For a pattern of n episodes let W be the inverse of its part of the covariance, E the
cross-products of residuals, H what the estimated means take away from them (their leverage), V
the variance of the coefficients, and S_k, S_kl derivatives of the covariance by parameters. Sums
over patterns give

- the gradient: tr S_k (n W - W (E + H) W) / 2,
- the expected information: (tr S_k W S_l (n W - 2 W H W) + tr V P_k V P_l) / 2,
- the observed information: (tr S_k W S_l (2 W (E + H) W - n W) + tr S_kl (n W - W (E + H) W)
  - tr V P_k V P_l) / 2 - u_k V u_l,

with P_k = -X' W S_k W X and u_k = X' W S_k W times the residuals.
Source: Patterson & Thompson 1971, doi:10.1093/biomet/58.3.545; Lindstrom & Bates 1988,
doi:10.1080/01621459.1988.10478693; R package mmrm, vignette "Details of the Model Fitting".
"""

from dataclasses import dataclass
from math import log, pi

import numpy as np
from numpy.typing import NDArray

from analysis.stats.repeated.covariance import Covariance
from analysis.stats.repeated.patterns import Patterns

Floats = NDArray[np.float64]

# Numbers in one block of work, which bounds the memory whatever the number of patterns.
BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Model:
    """Cross-products, and the basis (m * q, r) from r free coefficients to one per visit and
    predictor; `log_scale` undoes in the criterion that predictors were scaled."""

    data: Patterns
    basis: Floats
    log_scale: float


@dataclass(frozen=True, eq=False)
class Point:
    """The model at one set of parameters; `weights` are inverses with 0 for unseen visits."""

    theta: Floats
    covariance: Covariance
    criterion: float  # the negative restricted log-likelihood
    weights: Floats  # (p, m, m)
    variance: Floats  # (r, r), of the coefficients
    coefficients: Floats  # (r,)
    residual: Floats  # (p, m, m), cross-products of residuals
    leverage: Floats  # (p, m, m), what the estimated means take away from them
    score: Floats  # (p, q, m), predictors with residuals


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives by the k parameters: the criterion's, and `precision` (k, r, r), those of the
    inverse variance of the coefficients."""

    gradient: Floats
    observed: Floats
    expected: Floats
    precision: Floats


def evaluate(model: Model, covariance: Covariance, theta: Floats) -> Point | None:
    """Return the model at one covariance; None where that is not positive definite."""
    data, m = model.data, covariance.matrix.shape[0]
    both = data.seen[:, :, None] & data.seen[:, None, :]
    try:
        np.linalg.cholesky(covariance.matrix)
        # unseen visits become ones on the diagonal, which change neither determinant nor inverse
        filled = np.where(both, covariance.matrix, np.eye(m))
        factors = np.linalg.cholesky(filled)
        weights = np.where(both, np.linalg.inv(filled), 0.0)
        precision = model.basis.T @ kronecker(weights, data.zz) @ model.basis
        factor = np.linalg.cholesky(precision)
    except np.linalg.LinAlgError:
        return None
    variance = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    right = np.einsum("pvw,pqw->vq", weights, data.zy).reshape(-1)
    coefficients = variance @ (model.basis.T @ right)
    b = (model.basis @ coefficients).reshape(m, -1).T
    score = np.where(data.seen[:, None, :], data.zy - data.zz @ b, 0.0)
    residual = np.where(both, data.yy - b.T @ score - data.zy.transpose(0, 2, 1) @ b, 0.0)
    q = data.zz.shape[1]
    spread = (model.basis @ variance @ model.basis.T).reshape(m, q, m, q)
    leverage = data.zz.reshape(-1, q * q) @ spread.transpose(1, 3, 0, 2).reshape(q * q, m * m)
    leverage = np.where(both, leverage.reshape(-1, m, m), 0.0)
    log_determinants = 2 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    free = float((data.seen.sum(axis=1) * data.episodes).sum()) - coefficients.size
    criterion = 0.5 * (
        free * log(2 * pi)
        + float(data.episodes @ log_determinants)
        + 2 * float(np.log(np.diag(factor)).sum() + model.log_scale)
        + float((weights * residual).sum())
    )
    return Point(
        theta, covariance, criterion, weights, variance, coefficients, residual, leverage, score
    )


def slopes(model: Model, point: Point) -> Slopes:
    """Return the derivatives of the criterion, and its observed and expected information.

    The observed one is the second derivative; the expected one leaves out the residuals.
    """
    first, data = point.covariance.first, model.data
    k, m, q = first.shape[0], first.shape[1], data.zz.shape[1]
    observed, expected, precision = np.zeros((k, k)), np.zeros((k, k)), np.zeros((k, m, q, m, q))
    pull, direction = np.zeros((m, m)), np.zeros((k, m, q))
    columns = first.transpose(1, 0, 2).reshape(m, k * m)
    size = max(1, BLOCK // (k * m * m))
    for begin in range(0, len(data.episodes), size):
        part = slice(begin, begin + size)
        w, n = point.weights[part], data.episodes[part, None, None]
        p = len(w)
        total = w @ (point.residual[part] + point.leverage[part])
        pull += (n * w - total @ w).sum(axis=0)
        one = (w.reshape(-1, m) @ columns).reshape(p, m, k * m)  # W times each derivative
        turned = one.reshape(p, m, k, m).transpose(0, 3, 1, 2).reshape(-1, k)
        unit = n * np.eye(m)
        for sums, left in (
            (observed, 2 * total - unit),
            (expected, unit - 2 * w @ point.leverage[part]),
        ):
            sums += (left @ one).reshape(p, m, k, m).transpose(2, 0, 1, 3).reshape(k, -1) @ turned
        two = (one.reshape(p, m * k, m) @ w).reshape(p, m, k, m)
        precision -= _products(two, data.zz[part]).transpose(1, 0, 3, 2, 4)
        seen_by = two.reshape(p, m * k, m) @ point.score[part].transpose(0, 2, 1)
        direction += seen_by.sum(axis=0).reshape(m, k, q).transpose(1, 0, 2)
    flat = model.basis.T @ precision.reshape(k, m * q, m * q) @ model.basis
    shares = point.variance @ flat
    both = shares.reshape(k, -1) @ shares.transpose(0, 2, 1).reshape(k, -1).T
    along = direction.reshape(k, -1) @ model.basis
    observed += observed.T
    observed = 0.5 * (observed / 2 - both - 2 * along @ point.variance @ along.T)
    observed += 0.5 * np.einsum("klab,ab->kl", point.covariance.second, pull)
    expected = 0.5 * ((expected + expected.T) / 2 + both)
    return Slopes(0.5 * np.einsum("kab,ab->k", first, pull), observed, expected, flat)


def _products(weights: Floats, zz: Floats) -> Floats:
    """Return the sum over patterns of each weight (p, ...) times zz (p, q, q): (..., q, q)."""
    p, q = zz.shape[:2]
    sums = weights.reshape(p, -1).T @ zz.reshape(p, q * q)
    return sums.reshape(*weights.shape[1:], q, q)


def kronecker(weights: Floats, zz: Floats) -> Floats:
    """Return the sum over patterns of weights (m, m) by zz (q, q), as an (m q, m q) matrix."""
    m, q = weights.shape[1], zz.shape[1]
    return _products(weights, zz).transpose(0, 2, 1, 3).reshape(m * q, m * q)
