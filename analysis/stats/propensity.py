"""The propensity to be treated with a rather than b, given the case mix, and weights from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.stats.design import Bools, Design, Floats, Term

Kind = Literal["overlap", "inverse"]
Problem = Literal["one_group", "separated"]
Progress = Callable[[str, float], None]

# A column of which those before it leave less than this share of its mean square is known already.
ALIKE = 1e-9
# Newton's steps: a maximum is found in about ten; who needs more is walking to infinity, where
# each step is about as long as the one before and none is this short. So few that the steps are
# still more than rounding: each brings the nearest score closer to 0 or 1 by a factor of e.
STEPS = 25
CLOSE = 1e-8
# Rounding of a log-likelihood, as a share of it.
SLACK = 1e-12
# The largest mean score at which a fit counts as one: balance is exact only at the maximum.
LEVEL = 1e-8


@dataclass(frozen=True)
class OneSided:
    """A level that people of one group only have, and how many."""

    field: str
    level: str
    group: Literal["a", "b"]
    people: int


@dataclass(frozen=True, eq=False)
class Propensity:
    """The chance of each person to be in a (`score`), by a logistic model.

    `inside` are the people the model was fitted to. The others have a level that only one group
    has (`one_sided`): nobody in the other group is like them, their score is 1 in a and 0 in b.
    `matrix` holds the columns of the model, the constant first, of those inside; `terms` names
    the others of its columns. `dropped` are terms that others already determine. `problem` says
    why there is no fit: `one_group` where nobody or only one group is left inside, `separated`
    where the case mix tells the groups apart; None where there is one.
    """

    score: Floats
    inside: Bools
    one_sided: tuple[OneSided, ...]
    matrix: Floats
    terms: tuple[Term, ...]
    dropped: tuple[Term, ...]
    coefficients: Floats
    problem: Problem | None


@dataclass(frozen=True, eq=False)
class Weights:
    """A weight per person; `slope` is how it changes with the linear predictor of the model.

    All 0 where the propensity model has no fit: then nobody can be compared.
    """

    kind: Kind
    values: Floats
    slope: Floats
    largest: float


def fit_propensity(in_a: Bools, design: Design, progress: Progress | None = None) -> Propensity:
    """Return the propensity score of each person by logistic regression on the case mix.

    `in_a[i]` is whether person i is in group a. Main effects only; unpenalised, since only the
    maximum of the likelihood balances exactly. People of a level that one group does not have
    are set aside first: the likelihood would send their score to 1 or 0, where overlap weights
    are 0. Where the maximum lies at infinity all the same, the groups are separated, which is
    reported and no error.
    Raises ValueError where group and design differ in length.
    Source: Rosenbaum & Rubin 1983, doi:10.1093/biomet/70.1.41; R `glm`; Albert & Anderson 1984,
    doi:10.1093/biomet/71.1.1, on separation.
    """
    if in_a.shape != (design.columns.shape[0],):
        raise ValueError("group and case mix differ in length")
    tell = progress or (lambda step, share: None)
    tell("Looking for people without counterpart", 0.0)
    inside, one_sided = _inside(in_a, design)
    treated = in_a[inside].astype(np.float64)
    candidates = np.flatnonzero(design.modelled)
    columns = design.columns[np.ix_(inside, candidates)]
    kept = _independent(columns)
    matrix = np.column_stack([np.ones(treated.size), columns[:, kept]])
    terms = tuple(design.terms[i] for i in candidates[kept])
    dropped = tuple(design.terms[i] for i in candidates if design.terms[i] not in terms)

    score = in_a.astype(np.float64)
    coefficients = np.zeros(matrix.shape[1])
    problem: Problem | None = "one_group"
    if 0 < treated.sum() < treated.size:
        tell("Fitting the propensity model", 0.2)
        coefficients, score[inside], fitted = _logistic(treated, matrix)
        problem = None if fitted else "separated"
    tell("Fitted the propensity model", 1.0)
    return Propensity(score, inside, one_sided, matrix, terms, dropped, coefficients, problem)


def weigh(
    propensity: Propensity, in_a: Bools, kind: Kind = "overlap", *, stabilised: bool = True
) -> Weights:
    """Return the weight of each person.

    `overlap`: 1 - e in a, e in b: the people who might have had either treatment; needs no
    trimming, and balances every term of the model exactly. `inverse`: 1/e in a, 1/(1 - e) in b:
    everybody inside; stabilised by the share of the group. Nothing is trimmed; see `largest`.
    People who are not inside have weight 0.
    Source: Li, Morgan & Zaslavsky 2018, doi:10.1080/01621459.2016.1260466; Robins, Hernan &
    Brumback 2000, doi:10.1097/00001648-200009000-00011, on stabilised weights.
    """
    values, slope = np.zeros(in_a.size), np.zeros(in_a.size)
    if propensity.problem is None:
        inside = propensity.inside
        e, a = propensity.score[inside], in_a[inside]
        if kind == "overlap":
            values[inside] = np.where(a, 1 - e, e)
            slope[inside] = np.where(a, -1, 1) * e * (1 - e)
        elif kind == "inverse":
            share = float(a.mean()) if stabilised else 1.0
            other = 1 - share if stabilised else 1.0
            values[inside] = np.where(a, share / e, other / (1 - e))
            slope[inside] = np.where(a, -share * (1 - e) / e, other * e / (1 - e))
        else:
            raise ValueError(f"{kind!r} is neither 'overlap' nor 'inverse'")
    return Weights(kind, values, slope, float(values.max(initial=0.0)))


def _inside(in_a: Bools, design: Design) -> tuple[Bools, tuple[OneSided, ...]]:
    """Return who has a counterpart level by level, and the levels of one group only.

    Setting people aside can leave another level to one group, so until there is none.
    """
    levels = [i for i, term in enumerate(design.terms) if term.is_level]
    has = design.columns[:, levels] > 0
    inside = np.ones(in_a.size, dtype=np.bool_)
    found: list[OneSided] = []
    while True:
        a, b = has[inside & in_a].sum(axis=0), has[inside & ~in_a].sum(axis=0)
        alone = np.flatnonzero((a > 0) != (b > 0))
        if not alone.size:
            return inside, tuple(found)
        for place in alone:
            term = design.terms[levels[place]]
            people = int(a[place] + b[place])
            found.append(OneSided(term.field, term.level, "a" if a[place] else "b", people))
        inside &= ~has[:, alone].any(axis=1)


def _independent(columns: Floats) -> NDArray[np.int64]:
    """Return the columns that those before them, and a constant, do not determine."""
    if not columns.size:
        return np.zeros(0, dtype=np.int64)
    means = columns.mean(axis=0)
    covariance = columns.T @ columns / columns.shape[0] - np.outer(means, means)
    size = np.diag(covariance) + means**2
    kept = []
    for i in range(size.size):
        if covariance[i, i] > ALIKE * size[i]:
            kept.append(i)
            row = covariance[i].copy()
            covariance -= np.outer(row, row) / row[i]
    return np.array(kept, dtype=np.int64)


def _logistic(treated: Floats, matrix: Floats) -> tuple[Floats, Floats, bool]:
    """Return coefficients, fitted chances, and whether the likelihood has its maximum there.

    Newton's steps, halved while they overshoot. Ours, since statsmodels does not halve them: it
    missed the maximum of some small steep samples, and takes seconds to import.
    """
    sign = np.where(treated > 0, 1.0, -1.0)

    def loglik(linear: Floats) -> float:
        return -float(np.logaddexp(0.0, -sign * linear).sum())

    coefficients, linear = np.zeros(matrix.shape[1]), np.zeros(treated.size)
    value, chance, close = loglik(linear), np.full(treated.size, 0.5), False
    surprise = treated - chance
    for _ in range(STEPS):
        information = matrix.T @ (matrix * (chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(information, matrix.T @ surprise)
        except np.linalg.LinAlgError:  # all chances are 0 or 1, and nothing is left to learn
            break
        close = float(np.abs(step).max()) < CLOSE  # before it is halved
        change = matrix @ step
        while loglik(linear + change) < value - SLACK * abs(value):
            step, change = step / 2, change / 2
        coefficients, linear = coefficients + step, linear + change
        value, chance = loglik(linear), np.exp(-np.logaddexp(0.0, -linear))
        surprise = sign * np.exp(-np.logaddexp(0.0, sign * linear))  # treated - chance, exactly
        if close or value > -SLACK:  # or everybody is told apart
            break
    slope = float(np.abs(matrix.T @ surprise).max()) / treated.size
    return coefficients, chance, close and slope < LEVEL
