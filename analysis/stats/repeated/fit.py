"""Restricted maximum likelihood (REML) for one covariance structure, by Newton's method."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.repeated.covariance import Covariance
from analysis.stats.repeated.likelihood import Model, Point, Slopes, evaluate, slopes

Floats = NDArray[np.float64]

MOST_STEPS = 60
# How far the criterion may still lie above its least value: far below what any figure shows.
CLOSE_ENOUGH = 1e-10
# The least eigenvalue of the information, scaled to ones on its diagonal.
LEAST_INFORMATION = 1e-7
# A variance below this share of its first guess, or a correlation matrix with an eigenvalue below
# it, belongs to a likelihood that has no maximum.
EDGE = 1e-5


class NotFitted(Exception):
    """A structure cannot be fitted to these data; the text says why, in plain words."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Where the criterion is least, and how many steps it took to get there."""

    point: Point
    slopes: Slopes
    steps: int


def minimise(
    model: Model,
    shape: Callable[[Floats], Covariance],
    theta: Floats,
    progress: Callable[[float], None],
) -> Fit:
    """Return the REML fit that starts at `theta`; raise NotFitted where there is none.

    It has converged when the next Newton step would lower the criterion by less than
    `CLOSE_ENOUGH` and the observed information is positive definite. `progress` is called before
    each step with the share of the allowed steps; what it raises ends the fit.
    """
    point = evaluate(model, shape(theta), theta)
    if point is None:
        raise NotFitted("no start with a positive definite covariance was found")
    least_variance = EDGE * np.diag(point.covariance.matrix)
    for step in range(MOST_STEPS):
        progress(step / MOST_STEPS)
        found = slopes(model, point)
        definite = _least(found.observed) > LEAST_INFORMATION
        information = found.observed if definite else _lifted(found.expected)
        move = np.asarray(-np.linalg.solve(information, found.gradient), dtype=np.float64)
        gain = float(-found.gradient @ move)
        if gain / 2 < CLOSE_ENOUGH:
            if not definite:
                raise NotFitted("the information about the covariance is not positive definite")
            return Fit(point, found, step)
        further = _downhill(model, shape, point, move, gain)
        if further is None:
            raise NotFitted("the likelihood could not be raised further before it converged")
        if _at_the_edge(further.covariance.matrix, least_variance):
            raise NotFitted("the covariance runs to the edge, where visits determine each other")
        point = further
    raise NotFitted(f"it did not converge in {MOST_STEPS} steps")


def _downhill(
    model: Model,
    shape: Callable[[Floats], Covariance],
    point: Point,
    move: Floats,
    gain: float,
) -> Point | None:
    """Return the first point along a move, halved as often as needed, that is lower enough."""
    # parameters are logs and ratios of about 1: a longer way than this leads nowhere
    share = min(1.0, 1 / float((np.abs(move) / (3 + np.abs(point.theta))).max()))
    slack = 1e-12 * abs(point.criterion)
    for _ in range(40):
        theta = point.theta + share * move
        further = evaluate(model, shape(theta), theta)
        if further is not None and (
            further.criterion <= point.criterion - 1e-4 * share * gain + slack
        ):
            return further
        share /= 2
    return None


def _at_the_edge(covariance: Floats, least_variance: Floats) -> bool:
    """Return whether a covariance is, but for rounding, singular."""
    return bool((np.diag(covariance) < least_variance).any()) or _least(covariance) < EDGE


def _least(matrix: Floats) -> float:
    """Return the least eigenvalue of a matrix scaled to ones on its diagonal."""
    on = np.diag(matrix)
    if not (on > 0).all():
        return -1.0
    return float(np.linalg.eigvalsh(matrix / np.sqrt(np.outer(on, on)))[0])


def _lifted(information: Floats) -> Floats:
    """Return an information whose directions all have at least a little of it."""
    values, vectors = np.linalg.eigh(information)
    floor = max(float(values[-1]), 1.0) * 1e-6
    return np.asarray((vectors * np.maximum(values, floor)) @ vectors.T)
