"""The partial likelihood of groups: its value, slope and maximum, from sums over risk sets.

Counts of people or sums of their weights: the likelihood is the same.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.stats.risk_sets import Floats, RiskSets

Ties = Literal["efron", "breslow"]

# As R's coxph: so near must two log-likelihoods be, in so many steps.
CLOSE = 1e-9
STEPS = 30
# A hazard that is e^20 times another is infinite to any number of people.
LARGEST = 20.0


@dataclass(frozen=True, eq=False)
class RiskSums:
    """One column per factor of the partial likelihood: who is at risk, one row per group."""

    at_risk: Floats
    often: Floats  # how many events have this factor, or the sum of their weights
    when: NDArray[np.int64]  # the row of the risk sets


@dataclass(frozen=True, eq=False)
class Fit:
    """Log-likelihood, score and information, one entry per group, at some coefficients."""

    coefficients: Floats  # of all groups, the reference's being 0
    loglik: float
    score: Floats
    information: Floats


def risk_sums(sets: RiskSets, ties: Ties) -> RiskSums:
    """Return the risk sets of the partial likelihood.

    Breslow takes the whole risk set for every event of a time. Efron takes out of it, for the
    second and each further event, an equal part of those who have it.
    """
    often, number = sets.events.sum(axis=1), sets.number
    if ties == "breslow":
        return RiskSums(sets.at_risk.T, often, np.arange(number.size))
    when = np.repeat(np.arange(number.size), number)
    place = np.arange(when.size) - np.repeat(np.cumsum(number) - number, number)
    gone = (place / number[when]) * sets.events.T[:, when]
    return RiskSums(sets.at_risk.T[:, when] - gone, (often / number)[when], when)


def at(coefficients: Floats, sets: RiskSets, sums: RiskSums) -> Fit:
    """Return log-likelihood, score and information at the coefficients."""
    share, total = shares(coefficients, sums)
    expected = share @ sums.often
    loglik = float(sets.happened @ coefficients - sums.often @ np.log(total))
    information = np.diag(expected) - (share * sums.often) @ share.T
    return Fit(coefficients, loglik, sets.happened - expected, information)


def shares(coefficients: Floats, sums: RiskSums) -> tuple[Floats, Floats]:
    """Return each group's chance to have the next event, and the sum of the hazards."""
    relative = np.exp(coefficients)
    total = relative @ sums.at_risk
    return sums.at_risk * (relative[:, None] / total), total


def climb(start: Fit, active: NDArray[np.int64], sets: RiskSets, sums: RiskSums) -> Fit | None:
    """Return the fit of greatest likelihood by Newton's steps; None where there is none.

    Groups without events get a hazard of 0, which is their estimate; they tell nothing of others.
    """
    if not active.size:
        return None
    origin = np.full(start.coefficients.size, -np.inf)
    origin[active] = 0.0
    free = active[1:]
    fit = _at_active(origin, active, sets, sums)
    for _ in range(STEPS):
        information = fit.information[np.ix_(free, free)]
        if np.linalg.matrix_rank(information, hermitian=True) < free.size:
            return None
        step = np.linalg.solve(information, fit.score[free])
        following = fit
        for _ in range(STEPS):
            moved = fit.coefficients.copy()
            moved[free] += step
            following = _at_active(moved, active, sets, sums)
            if following.loglik >= fit.loglik - CLOSE * abs(fit.loglik):
                break
            step = step / 2
        still = abs(following.loglik - fit.loglik) <= CLOSE * abs(following.loglik)
        fit = following
        if np.abs(fit.coefficients[free]).max(initial=0.0) > LARGEST:
            return None
        # one step more than R takes: the likelihood is level sooner than the coefficients are
        if still and np.abs(step).max(initial=0.0) < CLOSE:
            return fit
    return None


def _at_active(
    coefficients: Floats, active: NDArray[np.int64], sets: RiskSets, sums: RiskSums
) -> Fit:
    """Return the fit at coefficients of which those of groups without events are minus infinity."""
    known = np.where(np.isfinite(coefficients), coefficients, 0.0)
    if active.size == coefficients.size:
        return at(known, sets, sums)
    inside = np.zeros(coefficients.size)
    inside[active] = 1.0
    found = at(known, sets, RiskSums(sums.at_risk * inside[:, None], sums.often, sums.when))
    return Fit(coefficients, found.loglik, found.score, found.information)
