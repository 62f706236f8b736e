"""From arrays to the model: who counts, the predictors, which coefficients the data can tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.repeated.covariance import Covariance, parameters, start
from analysis.stats.repeated.fit import NotFitted
from analysis.stats.repeated.likelihood import Model, evaluate
from analysis.stats.repeated.patterns import Patterns, patterns, together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# An eigenvalue of the scaled cross-products below this share of the largest is none.
NO_INFORMATION = 1e-10


@dataclass(frozen=True, eq=False)
class Design:
    """The model and how a mean of one group at one visit is made of its coefficients.

    `rows` are the episodes in it, `visits` the visits that anyone had; `told` (c, r) makes the
    free coefficients of all of them, so that a mean outside its span cannot be estimated. The
    outcome lies around 0 at each visit: `centre` is what was taken away, which keeps digits.
    """

    model: Model
    rows: Bools
    visits: Ints
    outcome: Floats
    centre: Floats
    predictors: Floats
    told: Floats
    groups: int
    baseline: float


def design_of(
    outcome: Floats, group: Ints, baseline: Floats, covariates: Floats, groups: int
) -> Design | None:
    """Return the model of the episodes with a baseline and a score; None where there are none."""
    seen = ~np.isnan(outcome)
    rows = seen.any(axis=1) & ~np.isnan(baseline) & ~np.isnan(covariates).any(axis=1)
    if not rows.any():
        return None
    visits = np.flatnonzero(seen[rows].any(axis=0))
    kept = outcome[rows][:, visits]
    middle = np.nanmean(kept, axis=0)
    kept = kept - middle
    numbers = np.column_stack([baseline, covariates])[rows]
    # centred on the mean over scores, where least-squares means are taken
    weights = seen[rows].sum(axis=1)
    centre = weights @ numbers / weights.sum()
    spread = np.sqrt(weights @ (numbers - centre) ** 2 / weights.sum())
    constant = spread <= 1e-9 * np.maximum(np.abs(centre), 1e-300)
    spread = np.where(constant, 1.0, spread)
    scaled = np.where(constant, 0.0, (numbers - centre) / spread)
    member = (group[rows][:, None] == np.arange(groups)).astype(np.float64)
    predictors = np.column_stack([member, scaled])
    data = patterns(kept, predictors)
    by_visit, everywhere = groups + 1, covariates.shape[1]
    all_of_them = _coefficients(visits.size, by_visit, everywhere)
    told = _told(data, all_of_them)
    basis = all_of_them @ told
    log_scale = visits.size * float(np.log(spread[0])) + float(np.log(spread[1:]).sum())
    model = Model(data, basis, log_scale)
    return Design(model, rows, visits, kept, middle, predictors, told, groups, float(centre[0]))


def contrast(design: Design, weights: dict[tuple[int, int], float]) -> tuple[Floats, float] | None:
    """Return what makes a sum of means, weighted by (group, visit), of the free coefficients.

    With it, what the sum has more since the outcome was centred; None where the data cannot tell.
    """
    wanted, more = np.zeros(design.told.shape[0]), 0.0
    for (group, visit), weight in weights.items():
        place = np.flatnonzero(design.visits == visit)
        if not place.size:
            return None
        wanted[place[0] * (design.groups + 1) + group] += weight
        more += weight * float(design.centre[place[0]])
    free = wanted @ design.told
    known = np.allclose(design.told @ free, wanted, rtol=0, atol=1e-7)
    return (free, more) if known else None


def first_parameters(design: Design, structure: str, names: tuple[str, ...]) -> Floats:
    """Return parameters to start from; raise NotFitted where the data are too few."""
    model, visits = design.model, design.visits
    _enough(design, structure, names)
    m = visits.size
    plain = Covariance(np.eye(m), np.zeros((0, m, m)), np.zeros((0, 0, m, m)))
    point = evaluate(model, plain, np.zeros(0))
    if point is None:
        raise NotFitted("the predictors cannot be told apart")
    squares, pairs = point.residual.sum(axis=0), together(model.data)
    on, n = np.diag(squares), np.diag(pairs)
    # what rounding leaves of scores that do not vary at all
    none = 1e-12 * np.diag(model.data.yy.sum(axis=0)) + 1e-24 * n * design.centre**2
    if not pooled(structure):
        for flat in np.flatnonzero(on <= none):
            raise NotFitted(f"scores do not vary around their means at {names[visits[flat]]}")
    if on.sum() <= none.sum():
        raise NotFitted("scores do not vary around their means")
    sd = np.full(m, np.sqrt(on.sum() / n.sum())) if pooled(structure) else np.sqrt(on / n)
    above = np.triu(pairs > 0, 1)
    correlation = 0.0
    if above.any():
        mean = (squares / np.where(pairs > 0, pairs, 1) / np.outer(sd, sd))[above]
        correlation = float((mean * pairs[above]).sum() / pairs[above].sum())
    return start(structure, visits, sd, min(max(correlation, 0.05), 0.9))


def pooled(structure: str) -> bool:
    """Return whether a structure has one standard deviation for all visits."""
    return structure != "unstructured" and not structure.endswith("_heterogeneous")


def _enough(design: Design, structure: str, names: tuple[str, ...]) -> None:
    """Raise NotFitted where there are too few scores for the parameters of a structure."""
    model, visits, m = design.model, design.visits, design.visits.size
    pairs = together(model.data)
    episodes, needed = int(model.data.episodes.sum()), parameters(structure, visits)
    if episodes < needed:
        raise NotFitted(f"{needed} parameters are more than {episodes} episodes can tell")
    seen, free = np.diag(pairs), model.basis.shape[1]
    if seen.sum() <= free:
        raise NotFitted(f"{int(seen.sum())} scores are too few for {free} means and slopes")
    if not pooled(structure):
        q = model.data.zz.shape[1]
        for place in range(m):
            at = model.basis[place * q : place * q + design.groups + 1]
            means = int(np.linalg.matrix_rank(at))
            if seen[place] <= means:
                raise NotFitted(
                    f"{int(seen[place])} scores at {names[visits[place]]} are too few for "
                    f"{means} means and slopes"
                )
    lag = np.abs(visits[:, None] - visits[None, :])
    for a, b in zip(*np.triu_indices(m, 1), strict=True):
        alike = lag == lag[a, b] if structure.startswith("toeplitz") else lag > 0
        if (pairs[a, b] if structure == "unstructured" else pairs[alike].max()) < 1:
            raise NotFitted(
                f"{names[visits[a]]} and {names[visits[b]]} were never seen in one episode"
            )


def _coefficients(m: int, by_visit: int, everywhere: int) -> Floats:
    """Return what makes one coefficient per visit and predictor of those that differ: the first
    `by_visit` predictors have one per visit, the others one for all visits."""
    q = by_visit + everywhere
    made = np.zeros((m, q, m * by_visit + everywhere))
    for visit in range(m):
        made[visit, :by_visit, visit * by_visit : (visit + 1) * by_visit] = np.eye(by_visit)
        made[visit, by_visit:, m * by_visit :] = np.eye(everywhere)
    return made.reshape(m * q, -1)


def _told(data: Patterns, all_of_them: Floats) -> Floats:
    """Return a basis (c, r) of the coefficients that the data can tell; all: the identity."""
    seen = data.seen.astype(np.float64)
    m, q = seen.shape[1], data.zz.shape[1]
    blocks = np.einsum("pv,pab->vab", seen, data.zz)
    squares = np.zeros((m, q, m, q))
    squares[np.arange(m), :, np.arange(m)] = blocks
    crossed = all_of_them.T @ squares.reshape(m * q, m * q) @ all_of_them
    on = np.sqrt(np.diag(crossed))
    size = np.where(on > 0, on, 1.0)
    values, vectors = np.linalg.eigh(crossed / np.outer(size, size))
    known = values > NO_INFORMATION * values[-1]
    if known.all():
        return np.eye(len(on))
    # back to the coefficients' own scale, and to lengths and angles of a basis
    return np.asarray(np.linalg.qr(vectors[:, known] * size[:, None])[0])
