"""The public function: from arrays to means and differences per visit."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.stats.proportions import CONFIDENCE
from analysis.stats.repeated.covariance import DEFAULT_ORDER, STRUCTURES, covariance_of
from analysis.stats.repeated.design import Design, contrast, design_of, first_parameters
from analysis.stats.repeated.fit import Fit, NotFitted, minimise
from analysis.stats.repeated.inference import (
    METHODS,
    Tested,
    empirical,
    kenward_roger,
    satterthwaite,
    tested,
)
from analysis.stats.repeated.results import RepeatedMeasures, VisitDifference, VisitMean

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Progress = Callable[[str, float], None]
# From the weights of means by (group, visit) to the test of their sum, or to why there is none.
Answer = Callable[[dict[tuple[int, int], float]], Tested | str]

NO_SCORE = "the group has no score at this visit"
NO_SCORE_OF_ONE = "one of the groups has no score at this visit"
NOT_TOLD = "baseline or covariates cannot be told apart from the groups at this visit"
TOO_FEW = "too few patients for a standard error"
NOT_FITTED = "no covariance structure could be fitted"


def repeated_measures(
    outcome: Floats,
    group: Ints,
    baseline: Floats,
    *,
    covariates: Floats | None = None,
    cluster: Ints | None = None,
    groups: int | None = None,
    method: str = "satterthwaite",
    structures: Sequence[str] = DEFAULT_ORDER,
    confidence: float = CONFIDENCE,
    visit_names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> RepeatedMeasures:
    """Return the mean change of each group at each visit and their differences (MMRM).

    `outcome` is episodes x visits (the change, or the score), NaN where missing: episodes that
    drop out count with the visits they had, which is right when what is missing depends on what
    was seen. `group` counts from 0, `baseline` is in any unit, `covariates` episodes x any number.
    Fixed effects: group, visit, group by visit, baseline, baseline by visit, and one slope per
    covariate. Visits of one episode vary together by the first of `structures` that can be
    fitted; `tried` says why others were not. Means are taken at the mean baseline and covariates
    over all scores. Episodes without any score, or without baseline or a covariate, are left out
    and counted. `method` is one of `METHODS`; "empirical" needs `cluster`, the patient of each
    episode. `progress` is called with structure and share of the allowed steps before each step;
    what it raises ends the fit. Raises ValueError for arrays that do not fit together, an
    infinite number or an unknown name.
    Source: Mallinckrodt et al. 2008, doi:10.1177/009286150804200402; the R package mmrm.
    """
    names = tuple(visit_names or (f"visit {i + 1}" for i in range(outcome.shape[-1])))
    others = np.zeros((len(outcome), 0)) if covariates is None else covariates
    _check(outcome, group, baseline, others, cluster, names, confidence)
    _check_names(method, structures, cluster)
    count = groups if groups is not None else int(group.max(initial=-1)) + 1
    if group.size and not 0 <= int(group.min()) <= int(group.max()) < count:
        raise ValueError(f"a group is not between 0 and {count - 1}")
    design = design_of(outcome, group, baseline, others, count)
    structure, fit, tried = _first_fit(design, structures, names, progress)
    rows = np.zeros(len(outcome), dtype=np.bool_) if design is None else design.rows
    seen = _seen(outcome[rows], group[rows], count)
    patient = None if cluster is None else cluster[rows]
    answer = _answer(design, fit, method, patient, confidence)
    without_score = int(np.isnan(outcome).all(axis=1).sum())
    return RepeatedMeasures(
        means=_means(seen, answer),
        differences=_differences(seen, answer),
        method=method,
        structure=structure,
        tried=tried,
        episodes=int(rows.sum()),
        observations=int(seen.sum()),
        without_score=without_score,
        without_baseline=len(outcome) - without_score - int(rows.sum()),
        baseline=None if design is None else design.baseline,
        confidence=confidence,
        converged=fit is not None,
        steps=0 if fit is None else fit.steps,
        parameters=0 if fit is None else fit.point.theta.size,
        log_likelihood=None if fit is None else -fit.point.criterion,
        covariance=_matrix(design, fit, len(names)),
    )


def _seen(outcome: Floats, group: Ints, groups: int) -> Ints:
    """Return how many episodes of each group were seen at each visit."""
    scored = ~np.isnan(outcome)
    made = [scored[group == i].sum(axis=0) for i in range(groups)]
    return np.array(made, dtype=np.int64).reshape(groups, outcome.shape[1])


def _first_fit(
    design: Design | None,
    structures: Sequence[str],
    names: tuple[str, ...],
    progress: Progress | None,
) -> tuple[str | None, Fit | None, tuple[tuple[str, str], ...]]:
    """Return the first structure that can be fitted, its fit, and why those before it cannot."""
    tried: list[tuple[str, str]] = []
    if design is None:
        return None, None, ()
    for structure in structures:
        report = (lambda share: None) if progress is None else partial(progress, structure)
        try:
            first = first_parameters(design, structure, names)
            shape = covariance_of(structure, design.visits)
            return structure, minimise(design.model, shape, first, report), tuple(tried)
        except NotFitted as reason:
            tried.append((structure, str(reason)))
    return None, None, tuple(tried)


def _answer(
    design: Design | None, fit: Fit | None, method: str, patient: Ints | None, confidence: float
) -> Answer:
    """Return the function that answers for a sum of means, by the chosen method."""
    if design is None or fit is None:
        return lambda weights: NOT_FITTED
    variance, degrees = fit.point.variance, satterthwaite(fit)
    if method.startswith("kenward_roger"):
        variance = kenward_roger(design.model, fit, method == "kenward_roger_linear")
    if patient is not None:
        variance, patients = empirical(
            design.model, fit, design.outcome, design.predictors, patient
        )
        degrees = partial(_less_one, patients)

    def answer(weights: dict[tuple[int, int], float]) -> Tested | str:
        found = contrast(design, weights)
        if found is None:
            return NOT_TOLD
        free, more = found
        spread, df = float(free @ variance @ free), degrees(free)
        if spread <= 0 or df <= 0:
            return TOO_FEW
        estimate = float(free @ fit.point.coefficients) + more
        return tested(estimate, spread, df, confidence)

    return answer


def _less_one(patients: int, contrast: Floats) -> float:
    """Return the degrees of freedom that every contrast has with the empirical variance."""
    return patients - 1.0


def _means(seen: Ints, answer: Answer) -> tuple[VisitMean, ...]:
    """Return the mean of each group at each visit."""
    made = []
    for group, visit in np.ndindex(*seen.shape):
        n = int(seen[group, visit])
        found = answer({(group, visit): 1.0}) if n else NO_SCORE
        made.append(VisitMean(group, visit, n, **_figures(found)))
    return tuple(made)


def _differences(seen: Ints, answer: Answer) -> tuple[VisitDifference, ...]:
    """Return the difference of each pair of groups at each visit, the later less the earlier."""
    made = []
    for reference, group in combinations(range(seen.shape[0]), 2):
        for visit in range(seen.shape[1]):
            found: Tested | str = NO_SCORE_OF_ONE
            if seen[reference, visit] and seen[group, visit]:
                found = answer({(group, visit): 1.0, (reference, visit): -1.0})
            made.append(VisitDifference(group, reference, visit, **_figures(found)))
    return tuple(made)


def _figures(found: Tested | str) -> dict[str, Any]:
    """Return what a result says of a test: its figures, or the reason why there are none."""
    return {"reason": found} if isinstance(found, str) else asdict(found)


def _matrix(
    design: Design | None, fit: Fit | None, visits: int
) -> tuple[tuple[float | None, ...], ...]:
    """Return the covariance over all visits of the data; None for those that nobody had."""
    if design is None or fit is None:
        return ()
    place = {visit: i for i, visit in enumerate(design.visits.tolist())}
    matrix = fit.point.covariance.matrix.tolist()
    return tuple(
        tuple(
            matrix[place[a]][place[b]] if a in place and b in place else None for b in range(visits)
        )
        for a in range(visits)
    )


def _check(
    outcome: Floats,
    group: Ints,
    baseline: Floats,
    covariates: Floats,
    cluster: Ints | None,
    names: tuple[str, ...],
    confidence: float,
) -> None:
    """Raise ValueError for arrays that do not fit together."""
    if outcome.ndim != 2 or covariates.ndim != 2:
        raise ValueError("outcome and covariates have one row per episode")
    if len(names) != outcome.shape[1]:
        raise ValueError(f"{len(names)} names for {outcome.shape[1]} visits")
    columns = (group, baseline) if cluster is None else (group, baseline, cluster)
    if any(column.shape != (len(outcome),) for column in columns):
        raise ValueError("outcome, group, baseline and cluster differ in length")
    if len(covariates) != len(outcome):
        raise ValueError("outcome and covariates differ in length")
    if any(np.isinf(numbers).any() for numbers in (outcome, baseline, covariates)):
        raise ValueError("a number is infinite")
    if not 0 < confidence < 1:
        raise ValueError(f"{confidence} is not between 0 and 1")


def _check_names(method: str, structures: Sequence[str], cluster: Ints | None) -> None:
    """Raise ValueError for a method or structure that does not exist."""
    if method not in METHODS:
        raise ValueError(f"{method} is none of {', '.join(METHODS)}")
    for structure in structures:
        if structure not in STRUCTURES:
            raise ValueError(f"{structure} is none of {', '.join(STRUCTURES)}")
    if (cluster is None) == (method == "empirical"):
        raise ValueError("the empirical method, and no other, needs the patient of each episode")
