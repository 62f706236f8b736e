"""Cox's model: how much sooner one group has the event than another, and is that constant?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.stats.estimates import NOTHING, Estimate, OverallTest, chi_squared, log_wald
from analysis.stats.partial_likelihood import (
    Fit,
    RiskSums,
    Ties,
    at,
    climb,
    risk_sums,
    shares,
)
from analysis.stats.proportions import CONFIDENCE
from analysis.stats.risk_sets import Counts, Floats, RiskSets, risk_sets
from analysis.stats.survival import SAME


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
    wald: OverallTest
    likelihood_ratio: OverallTest
    score: OverallTest
    proportional: OverallTest


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
    sums = risk_sums(sets, ties)
    start = at(np.zeros(len(sets.groups)), sets, sums)
    active = np.flatnonzero(sets.happened > 0)
    fit = climb(start, active, sets, sums)

    none = OverallTest(None, max(active.size - 1, 0), None)
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


def _ratios(fit: Fit, free: NDArray[np.int64], confidence: float) -> list[Estimate]:
    variance = np.linalg.inv(fit.information[np.ix_(free, free)])
    found = [NOTHING] * fit.coefficients.size
    for i, column in enumerate(free):
        ratio = exp(float(fit.coefficients[column]))
        found[column] = log_wald(ratio, sqrt(float(variance[i, i])), confidence)
    return found


def _proportional(fit: Fit, free: NDArray[np.int64], sets: RiskSets, sums: RiskSums) -> OverallTest:
    """Return the score test of an interaction of every group with 1 - S(t-)."""
    deaths, at_risk = sets.events.sum(axis=1), sets.at_risk.sum(axis=1)
    survival = np.cumprod(1 - deaths / at_risk)
    scale = 1 - np.append(1.0, survival[:-1])
    scale = scale - (deaths @ scale) / deaths.sum()
    share, _ = shares(fit.coefficients, sums)
    share = share[free]
    score = scale @ sets.events[:, free] - share @ (sums.often * scale[sums.when])

    def part(power: int) -> Floats:
        weight = sums.often * scale[sums.when] ** power
        found: Floats = np.diag(share @ weight) - (share * weight) @ share.T
        return found

    between, of_time = part(1), part(2)
    left = of_time - between @ np.linalg.solve(part(0), between)
    if (np.diag(left) <= SAME * np.diag(of_time)).any():  # too few times to tell
        return OverallTest(None, free.size, None)
    return _quadratic(score, left)


def _quadratic(score: Floats, information: Floats) -> OverallTest:
    """Return the score test; directions of which nothing is known take no part."""
    some = np.flatnonzero(np.diag(information) > 0)
    inner = information[np.ix_(some, some)]
    if not some.size or np.linalg.matrix_rank(inner, hermitian=True) < some.size:
        return OverallTest(None, int(some.size), None)
    return chi_squared(float(score[some] @ np.linalg.solve(inner, score[some])), int(some.size))
