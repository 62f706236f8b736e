"""Cox's model: how much sooner one group has the event than another, and is that constant?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.stats.estimates import NOTHING, ChiSquared, Estimate, chi_squared, log_wald
from analysis.stats.proportions import CONFIDENCE
from analysis.stats.risk_sets import Counts, Floats, RiskSets, risk_sets
from analysis.stats.survival import SAME

Ties = Literal["efron", "breslow"]

# As R's coxph: so near must two log-likelihoods be, in so many steps.
CLOSE = 1e-9
STEPS = 30
# A hazard that is e^20 times another is infinite to any number of people.
LARGEST = 20.0


@dataclass(frozen=True)
class GroupHazard:
    """People and events of a group, and its hazard as a ratio to that of the reference."""

    group: str
    people: int
    events: int
    ratio: Estimate


@dataclass(frozen=True)
class Cox:
    """A Cox model of groups: `groups` without the reference, in order.

    `wald`, `likelihood_ratio` and `score` ask whether any hazards differ; `proportional` asks
    whether the ratios change with time, and then one number does not describe them.
    """

    reference: str
    groups: tuple[GroupHazard, ...]
    ties: Ties
    wald: ChiSquared
    likelihood_ratio: ChiSquared
    score: ChiSquared
    proportional: ChiSquared


@dataclass(frozen=True, eq=False)
class _Sums:
    """One column per factor of the partial likelihood: who is at risk, one row per group."""

    at_risk: Floats
    often: Floats  # how many events have this factor
    when: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Fit:
    coefficients: Floats  # of all groups, the reference's being 0
    loglik: float
    score: Floats
    information: Floats


def cox(
    group: Sequence[str] | NDArray[np.str_],
    time: Floats,
    events: Counts,
    censored: Counts,
    groups: Sequence[str],
    ties: Ties = "efron",
    confidence: float = CONFIDENCE,
) -> Cox:
    """Return the hazard of each group as a ratio to the first one's, by Cox's model.

    `events[i]` people of `group[i]` had the event at `time[i]`, `censored[i]` were last seen
    without it; the first of `groups` is the reference. A ratio with a group that had no event, or
    that is infinite to the data, is None; the other ratios hold without it. Whether hazards are
    proportional is tested by the score test against 1 - S(t-), S being the Kaplan-Meier estimate
    of everybody.
    Raises ValueError as `risk_sets` does, and for other `ties`.
    Source: Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x; Efron 1977,
    doi:10.1080/01621459.1977.10480613; Grambsch & Therneau 1994, doi:10.1093/biomet/81.3.515; R
    `survival::coxph` and `cox.zph` of version 3. Ours, since statsmodels' PHReg takes one row per
    person and has no such test; with group indicators only, counts per time are enough.
    """
    if ties not in ("efron", "breslow"):
        raise ValueError(f"{ties!r} is neither 'efron' nor 'breslow'")
    sets = risk_sets(group, time, events, censored, groups)
    sums = _sums(sets, ties)
    start = _at(np.zeros(len(sets.groups)), sets, sums)
    active = np.flatnonzero(sets.happened > 0)
    fit = _climb(start, active, sets, sums)

    none = ChiSquared(None, max(active.size - 1, 0), None)
    ratios, wald, likelihood_ratio, proportional = [NOTHING] * len(sets.groups), none, none, none
    if fit is not None and active.size > 1:
        free = active[1:]
        gained = max(2 * (fit.loglik - start.loglik), 0.0)
        likelihood_ratio = chi_squared(
            gained, max(int((sets.at_risk.sum(axis=0) > 0).sum()) - 1, 1)
        )
        if active[0] == 0:
            ratios = _ratios(fit, free, confidence)
        if free.size == len(sets.groups) - 1:
            own = fit.coefficients[free]
            wald = chi_squared(float(own @ fit.information[np.ix_(free, free)] @ own), free.size)
        proportional = _proportional(fit, free, sets, sums)
    rows = tuple(
        GroupHazard(name, int(n), int(seen), ratio)
        for name, n, seen, ratio in zip(
            sets.groups[1:], sets.people[1:], sets.happened[1:], ratios[1:], strict=True
        )
    )
    score = _quadratic(start.score[1:], start.information[1:, 1:])
    return Cox(sets.groups[0], rows, ties, wald, likelihood_ratio, score, proportional)


def _sums(sets: RiskSets, ties: Ties) -> _Sums:
    """Return the risk sets of the partial likelihood.

    Breslow takes the whole risk set for every event of a time. Efron takes out of it, for the
    second and each further event, an equal part of those who have it.
    """
    deaths = sets.events.sum(axis=1)
    if ties == "breslow":
        return _Sums(sets.at_risk.T, deaths, np.arange(deaths.size))
    each = deaths.astype(np.int64)
    when = np.repeat(np.arange(deaths.size), each)
    place = np.arange(when.size) - np.repeat(np.cumsum(each) - each, each)
    gone = (place / deaths[when]) * sets.events.T[:, when]
    return _Sums(sets.at_risk.T[:, when] - gone, np.ones(when.size), when)


def _at(coefficients: Floats, sets: RiskSets, sums: _Sums) -> _Fit:
    """Return log-likelihood, score and information at the coefficients."""
    share, total = _shares(coefficients, sums)
    expected = share @ sums.often
    loglik = float(sets.happened @ coefficients - sums.often @ np.log(total))
    information = np.diag(expected) - (share * sums.often) @ share.T
    return _Fit(coefficients, loglik, sets.happened - expected, information)


def _shares(coefficients: Floats, sums: _Sums) -> tuple[Floats, Floats]:
    """Return each group's chance to have the next event, and the sum of the hazards."""
    relative = np.exp(coefficients)
    total = relative @ sums.at_risk
    return sums.at_risk * (relative[:, None] / total), total


def _climb(start: _Fit, active: NDArray[np.int64], sets: RiskSets, sums: _Sums) -> _Fit | None:
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
            if following.loglik >= fit.loglik - CLOSE:
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
    coefficients: Floats, active: NDArray[np.int64], sets: RiskSets, sums: _Sums
) -> _Fit:
    """Return the fit at coefficients of which those of groups without events are minus infinity."""
    known = np.where(np.isfinite(coefficients), coefficients, 0.0)
    if active.size == coefficients.size:
        return _at(known, sets, sums)
    inside = np.zeros(coefficients.size)
    inside[active] = 1.0
    found = _at(known, sets, _Sums(sums.at_risk * inside[:, None], sums.often, sums.when))
    return _Fit(coefficients, found.loglik, found.score, found.information)


def _ratios(fit: _Fit, free: NDArray[np.int64], confidence: float) -> list[Estimate]:
    variance = np.linalg.inv(fit.information[np.ix_(free, free)])
    found = [NOTHING] * fit.coefficients.size
    for i, column in enumerate(free):
        ratio = exp(float(fit.coefficients[column]))
        found[column] = log_wald(ratio, sqrt(float(variance[i, i])), confidence)
    return found


def _proportional(fit: _Fit, free: NDArray[np.int64], sets: RiskSets, sums: _Sums) -> ChiSquared:
    """Return the score test of an interaction of every group with 1 - S(t-)."""
    deaths, at_risk = sets.events.sum(axis=1), sets.at_risk.sum(axis=1)
    survival = np.cumprod(1 - deaths / at_risk)
    scale = 1 - np.append(1.0, survival[:-1])
    scale = scale - (deaths @ scale) / deaths.sum()
    share, _ = _shares(fit.coefficients, sums)
    share = share[free]
    score = scale @ sets.events[:, free] - share @ (sums.often * scale[sums.when])

    def part(power: int) -> Floats:
        weight = sums.often * scale[sums.when] ** power
        found: Floats = np.diag(share @ weight) - (share * weight) @ share.T
        return found

    between, of_time = part(1), part(2)
    left = of_time - between @ np.linalg.solve(part(0), between)
    if (np.diag(left) <= SAME * np.diag(of_time)).any():  # too few times to tell
        return ChiSquared(None, free.size, None)
    return _quadratic(score, left)


def _quadratic(score: Floats, information: Floats) -> ChiSquared:
    """Return the score test; directions of which nothing is known take no part."""
    some = np.flatnonzero(np.diag(information) > 0)
    inner = information[np.ix_(some, some)]
    if not some.size or np.linalg.matrix_rank(inner, hermitian=True) < some.size:
        return ChiSquared(None, int(some.size), None)
    return chi_squared(float(score[some] @ np.linalg.solve(inner, score[some])), int(some.size))
