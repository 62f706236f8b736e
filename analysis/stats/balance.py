"""Are two groups alike, before and after weighting?"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.stats.design import Bools, Design, Floats
from analysis.stats.propensity import Propensity, Weights

BINS = 20
# Less than this is rounding: the shares of a level that everybody has differ by as much.
NOUGHT = 1e-7


@dataclass(frozen=True)
class TermBalance:
    """One level or number of the case mix: its share or mean in a and b, before and after.

    Numbers are in standard deviations from the mean of everybody. `smd_before` and `smd_after`
    are standardised mean differences, a less b. None where undefined.
    """

    field: str
    level: str
    before_a: float | None
    before_b: float | None
    after_a: float | None
    after_b: float | None
    smd_before: float | None
    smd_after: float | None


@dataclass(frozen=True)
class Balance:
    """How alike the groups are.

    `largest_before` and `largest_after` are the largest absolute standardised mean differences;
    None where one is undefined, which no limit may let pass. `effective_a` and `effective_b` are
    how many unweighted people the weighted ones are worth. `c_statistic` is the chance that
    someone of a has a higher propensity than someone of b: 0.5 alike, 1 apart.
    """

    terms: tuple[TermBalance, ...]
    largest_before: float | None
    largest_after: float | None
    people_a: int
    people_b: int
    effective_a: float
    effective_b: float
    c_statistic: float | None


@dataclass(frozen=True)
class ScoreCounts:
    """How many people of each group have a propensity between `edges[i]` and `edges[i + 1]`.

    People without counterpart are there, at 0 or 1.
    """

    edges: tuple[float, ...]
    a: tuple[int, ...]
    b: tuple[int, ...]


def balance(in_a: Bools, design: Design, propensity: Propensity, weights: Weights) -> Balance:
    """Return the balance of every term of the case mix before and after weighting.

    A difference is divided by the root of the mean of the two unweighted variances, before and
    after alike, so that weighting cannot pass for balance by changing the spread. 0 where both
    groups are the same throughout; None where each is the same throughout but not the other's.
    Source: Austin 2009, doi:10.1002/sim.3697; Kish 1965, Survey Sampling, on the effective size.
    """
    everybody = np.ones(in_a.size)
    before_a, before_b = (_means(design, everybody, group) for group in (in_a, ~in_a))
    after_a, after_b = (_means(design, weights.values, group) for group in (in_a, ~in_a))
    spread = [
        _spread(design, i, term.is_level, in_a, before_a, before_b)
        for i, term in enumerate(design.terms)
    ]
    rows = tuple(
        TermBalance(
            term.field,
            term.level,
            _known(before_a, i),
            _known(before_b, i),
            _known(after_a, i),
            _known(after_b, i),
            _smd(before_a, before_b, i, spread[i]),
            _smd(after_a, after_b, i, spread[i]),
        )
        for i, term in enumerate(design.terms)
    )
    return Balance(
        rows,
        _largest([row.smd_before for row in rows]),
        _largest([row.smd_after for row in rows]),
        int(in_a.sum()),
        int((~in_a).sum()),
        effective_size(weights.values[in_a]),
        effective_size(weights.values[~in_a]),
        c_statistic(propensity.score, in_a),
    )


def gate_quantities(found: Balance) -> tuple[float | None, float]:
    """Return what decides whether an adjusted comparison may be shown.

    The largest absolute standardised mean difference after weighting, None (which must not pass)
    where there are no weights or it is undefined, and the smaller effective sample size, 0 where
    there are no weights.
    """
    return found.largest_after, min(found.effective_a, found.effective_b)


def effective_size(weights: Floats) -> float:
    """Return how many equally weighted people are worth as much: (sum w)^2 / sum w^2.

    0 for nobody, and where all weights are 0. Source: Kish 1965, Survey Sampling, section 11.7.
    """
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def c_statistic(score: Floats, in_a: Bools) -> float | None:
    """Return the chance that someone of a scores higher than someone of b, ties counting half.

    None where a group is empty. Source: Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747.
    """
    pairs = int(in_a.sum()) * int((~in_a).sum())
    if not pairs:
        return None
    _, place, many = np.unique(score, return_inverse=True, return_counts=True)
    of_a = np.bincount(place, weights=in_a, minlength=many.size)
    of_b = many - of_a
    below = np.cumsum(of_b) - of_b
    return float(of_a @ (below + of_b / 2)) / pairs


def score_counts(score: Floats, in_a: Bools, bins: int = BINS) -> ScoreCounts:
    """Return how propensity scores are spread in each group, in bins of equal width over 0 to 1."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    a, b = (np.histogram(score[group], edges)[0] for group in (in_a, ~in_a))
    return ScoreCounts(tuple(map(float, edges)), tuple(int(n) for n in a), tuple(int(n) for n in b))


def _means(design: Design, weights: Floats, group: Bools) -> Floats | None:
    """Return the weighted mean of each column in a group; None where nothing is weighed."""
    own = np.where(group, weights, 0.0)
    total = float(own.sum())
    means: NDArray[np.float64] = own @ design.columns
    return means / total if total > 0 else None


def _spread(
    design: Design,
    column: int,
    is_level: bool,
    in_a: Bools,
    mean_a: Floats | None,
    mean_b: Floats | None,
) -> float:
    """Return the root of the mean of the two unweighted variances; 0 where a group is empty."""
    if mean_a is None or mean_b is None:
        return 0.0
    if is_level:
        shares = float(mean_a[column]), float(mean_b[column])
        return sqrt(max(sum(share * (1 - share) for share in shares) / 2, 0.0))
    values = design.columns[:, column]
    parts = [values[group] for group in (in_a, ~in_a)]
    return sqrt(sum(float(part.var(ddof=1)) if part.size > 1 else 0.0 for part in parts) / 2)


def _smd(a: Floats | None, b: Floats | None, column: int, spread: float) -> float | None:
    if a is None or b is None:
        return None
    difference = float(a[column] - b[column])
    if spread > NOUGHT:
        return difference / spread
    return 0.0 if abs(difference) < NOUGHT else None


def _known(means: Floats | None, column: int) -> float | None:
    return None if means is None else float(means[column])


def _largest(differences: list[float | None]) -> float | None:
    known = [abs(one) for one in differences if one is not None]
    return max(known, default=None) if len(known) == len(differences) else None
