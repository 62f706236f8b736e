"""How the scores of one episode vary together across visits, and how that depends on parameters.

The parameters are those of the R package mmrm (vignette "Covariance Structures"): logarithms of
standard deviations, correlations as t / sqrt(1 + t^2), and for the unstructured matrix D L L' D
with D the exponentials of the first parameters and L a lower triangle with ones on its diagonal.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# In words, from the one that assumes least; the first five are tried in this order.
STRUCTURES = {
    "unstructured": "unstructured",
    "toeplitz_heterogeneous": "heterogeneous Toeplitz",
    "ar1_heterogeneous": "heterogeneous first-order autoregressive",
    "compound_symmetry_heterogeneous": "heterogeneous compound symmetry",
    "compound_symmetry": "compound symmetry",
    "toeplitz": "Toeplitz",
    "ar1": "first-order autoregressive",
}
DEFAULT_ORDER = tuple(STRUCTURES)[:5]


@dataclass(frozen=True, eq=False)
class Layout:
    """Which parameter makes which entry, for structures of standard deviations and correlations.

    The correlation of a pair is the named one to the power `power`; both mean nothing on the
    diagonal. `visits` are the places of the visits in the schedule: a visit that nobody had still
    counts as a step between its neighbours.
    """

    size: int
    sd: Ints  # (m,)
    correlation: Ints  # (m, m)
    power: Ints  # (m, m)


@dataclass(frozen=True, eq=False)
class Covariance:
    """The matrix across m visits, with its first and second derivatives by k parameters."""

    matrix: Floats  # (m, m)
    first: Floats  # (k, m, m)
    second: Floats  # (k, k, m, m)


def layout(structure: str, visits: Ints) -> Layout:
    """Return how a structure other than the unstructured one is put together."""
    m = visits.size
    lag = np.abs(visits[:, None] - visits[None, :])
    same_sd = not structure.endswith("_heterogeneous")
    sd = np.zeros(m, dtype=np.int64) if same_sd else np.arange(m)
    first = 1 if same_sd else m
    kind = structure.removesuffix("_heterogeneous")
    if kind == "toeplitz":
        lags = np.unique(lag[lag > 0])
        which = np.searchsorted(lags, np.maximum(lag, 1))
        return Layout(first + lags.size, sd, first + which, np.ones_like(lag))
    power = np.maximum(lag, 1) if kind == "ar1" else np.ones_like(lag)
    return Layout(first + (m > 1), sd, np.full_like(lag, first), power)


def parameters(structure: str, visits: Ints) -> int:
    """Return how many parameters a structure has for these visits."""
    if structure == "unstructured":
        return visits.size * (visits.size + 1) // 2
    return layout(structure, visits).size


def covariance_of(structure: str, visits: Ints) -> Callable[[Floats], Covariance]:
    """Return the function from the parameters to the covariance matrix and its derivatives."""
    if structure == "unstructured":
        return lambda theta: _unstructured(theta, visits.size)
    made_of = layout(structure, visits)
    return lambda theta: _from_correlations(theta, made_of)


def start(structure: str, visits: Ints, sd: Floats, correlation: float) -> Floats:
    """Return first parameters: these standard deviations, one correlation that fades with lags."""
    m = visits.size
    lag = np.abs(visits[:, None] - visits[None, :])
    if structure == "unstructured":
        lower = np.linalg.cholesky(sd[:, None] * sd * correlation**lag)
        on = np.diag(lower)
        return np.concatenate([np.log(on), (lower / on[:, None])[np.tril_indices(m, -1)]])
    made_of = layout(structure, visits)
    theta = np.zeros(made_of.size)
    for i in np.unique(made_of.sd):
        theta[i] = np.log(sd[made_of.sd == i]).mean()
    off = lag > 0
    # the same for every pair under compound symmetry, fading along the lags under Toeplitz
    faded = correlation ** lag[off] if structure.startswith("toeplitz") else correlation
    theta[made_of.correlation[off]] = faded / np.sqrt(1 - faded**2)
    return theta


def _unstructured(theta: Floats, m: int) -> Covariance:
    """Return the unstructured covariance: theta holds log D, then L below its diagonal by rows."""
    rows, columns = np.tril_indices(m, -1)
    d = np.exp(theta[:m])
    lower = np.diag(d)
    lower[rows, columns] = d[rows] * theta[m:]
    k = theta.size
    row = np.concatenate([np.arange(m), rows])
    first = np.zeros((k, m, m))
    first[np.arange(m), np.arange(m)] = lower
    first[np.arange(m, k), rows, columns] = d[rows]
    # a second derivative stays within one row: by log d it repeats the other's first one
    second = np.zeros((k, k, m, m))
    for i in range(m):
        of_row = np.flatnonzero(row == i)
        second[i, of_row] = first[of_row]
        second[of_row, i] = first[of_row]
    half = first @ lower.T
    cross = np.einsum("kab,lcb->klac", first, first)
    bent = second @ lower.T
    return Covariance(
        lower @ lower.T,
        half + half.transpose(0, 2, 1),
        cross + cross.transpose(0, 1, 3, 2) + bent + bent.transpose(0, 1, 3, 2),
    )


def _from_correlations(theta: Floats, made_of: Layout) -> Covariance:
    """Return the covariance of standard deviations and correlations, each with its parameter."""
    m, k = made_of.sd.size, made_of.size
    off = ~np.eye(m, dtype=np.bool_)
    sd = np.exp(theta[made_of.sd])
    scale = sd[:, None] * sd
    t = theta[np.minimum(made_of.correlation, k - 1)]
    rho, slope = t / np.sqrt(1 + t**2), (1 + t**2) ** -1.5
    bend, n = -3 * t * (1 + t**2) ** -2.5, made_of.power
    matrix = scale * np.where(off, rho**n, 1.0)
    by_t = np.where(off, scale * n * rho ** (n - 1) * slope, 0.0)
    by_t_twice = n * (n - 1) * rho ** np.maximum(n - 2, 0) * slope**2 + n * rho ** (n - 1) * bend
    # how often each parameter's standard deviation stands in an entry: 0, 1 or 2 times
    times = np.zeros((k, m, m))
    one = made_of.sd[None, :] == np.arange(k)[:, None]
    times += one[:, :, None].astype(np.float64) + one[:, None, :]
    first = times * matrix
    second = times[:, None] * times[None] * matrix
    for j in range(int(made_of.sd.max()) + 1, k):
        mine = made_of.correlation == j
        first[j] = by_t * mine
        second[j, :] = second[:, j] = times * first[j]
        second[j, j] = np.where(off & mine, scale * by_t_twice, 0.0)
    return Covariance(matrix, first, second)
