"""The mixed model for repeated measures: truths found again, what does not matter, bad input."""

import math

import numpy as np
import pytest

from analysis.stats.repeated import METHODS, STRUCTURES
from analysis.stats.repeated.covariance import covariance_of, parameters
from tests.analysis.repeated_data import drawn, fitted


def test_a_known_truth_is_recovered_where_drop_out_follows_what_was_seen() -> None:
    """Those who do badly leave, so that the means of who is left are wrong and these are not."""
    rng = np.random.default_rng(5)
    episodes, means = 20_000, np.array([[-2.0, -4, -5, -6], [-3, -6, -9, -10], [-2, -3, -4, -4]])
    group, baseline = rng.integers(0, 3, episodes), rng.normal(25, 5, episodes)
    truth = np.array([[25.0, 15, 12, 10], [15, 36, 25, 20], [12, 25, 49, 35], [10, 20, 35, 64]])
    outcome = means[group] - 0.5 * (baseline - 25)[:, None]
    outcome += rng.normal(size=(episodes, 4)) @ np.linalg.cholesky(truth).T
    gone = np.zeros(episodes, dtype=bool)
    for visit in (1, 2, 3):
        gone |= rng.random(episodes) < 1 / (1 + np.exp(1 - 0.3 * (outcome[:, visit - 1] + 4)))
        outcome[gone, visit] = np.nan
    found = fitted(outcome, group, baseline)
    assert (found.structure, found.parameters, len(found.differences)) == ("unstructured", 10, 12)
    assert np.array(found.covariance) == pytest.approx(truth, rel=0.1)
    for one in found.means:
        # the slope of baseline times how far the mean over scores lies from 25
        expected = means[one.group, one.visit] - 0.5 * (found.baseline - 25)
        assert abs(one.estimate - expected) < 4 * one.se
    for one in found.differences:
        expected = means[one.group, one.visit] - means[one.reference, one.visit]
        assert abs(one.estimate - expected) < 4 * one.se
    left = outcome[group == 0, 3]
    assert np.nanmean(left) < means[0, 3] - 10 * np.nanstd(left) / math.sqrt(left.size)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_each_structure_finds_its_own_truth(structure) -> None:
    rng = np.random.default_rng(6)
    visits = np.arange(4)
    theta = rng.normal(scale=0.2, size=parameters(structure, visits)) + 0.7
    if structure.startswith("toeplitz"):
        theta[-3:] = 0.8, 0.5, 0.3
    truth = covariance_of(structure, visits)(theta).matrix
    outcome = rng.normal(size=(4000, 4)) @ np.linalg.cholesky(truth).T
    outcome[rng.random(outcome.shape) < 0.3] = np.nan
    group, baseline = rng.integers(0, 2, 4000), rng.normal(size=4000)
    found = fitted(outcome, group, baseline, structures=(structure,))
    assert (found.structure, found.converged, found.parameters) == (structure, True, theta.size)
    assert np.array(found.covariance) == pytest.approx(truth, rel=0.15, abs=0.15)


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"empirical"}))
def test_the_order_of_rows_and_the_names_of_groups_do_not_matter(method) -> None:
    outcome, group, baseline = drawn(groups=3)
    found = fitted(outcome, group, baseline, method=method)
    order = np.random.default_rng(3).permutation(len(group))
    turned = fitted(outcome[order], 2 - group[order], baseline[order], method=method)
    theirs = {(2 - one.reference, 2 - one.group, one.visit): one for one in turned.differences}
    assert found.log_likelihood == pytest.approx(turned.log_likelihood)
    assert len(theirs) == 3 * 4
    for one in found.differences:
        other = theirs[one.group, one.reference, one.visit]
        assert one.estimate == pytest.approx(-other.estimate, abs=1e-6)
        assert (one.se, one.df) == pytest.approx((other.se, other.df), rel=1e-5)
        assert (one.conf_low, one.conf_high) == pytest.approx(
            (-other.conf_high, -other.conf_low), abs=1e-5
        )
        assert one.p_value == pytest.approx(other.p_value, abs=1e-6)


def test_a_shift_and_a_unit_of_the_scores_change_nothing_else() -> None:
    outcome, group, baseline = drawn()
    found = fitted(outcome, group, baseline, method="kenward_roger")
    other = fitted(1000 - 0.01 * outcome, group, 50 * baseline, method="kenward_roger")
    for ours, theirs in zip(found.means, other.means, strict=True):
        assert theirs.estimate == pytest.approx(1000 - 0.01 * ours.estimate)
        assert theirs.se == pytest.approx(0.01 * ours.se)
        assert theirs.df == pytest.approx(ours.df)


def test_a_covariate_has_one_slope_for_all_visits() -> None:
    """With complete data and one visit it is the analysis of covariance with both."""
    outcome, group, baseline = drawn(visits=1, missing=0)
    age = np.random.default_rng(8).normal(45, 10, 60)
    found = fitted(outcome, group, baseline, covariates=age[:, None])
    x = np.column_stack([group == 0, group == 1, baseline - baseline.mean(), age - age.mean()])
    beta = np.linalg.lstsq(x.astype(float), outcome[:, 0], rcond=None)[0]
    assert [one.estimate for one in found.means] == pytest.approx(beta[:2])
    assert [one.df for one in found.means] == pytest.approx([56, 56])


class Enough(Exception):
    pass


def test_progress_is_told_and_may_end_the_fit() -> None:
    said = []
    outcome, group, baseline = drawn(episodes=9, missing=0)
    found = fitted(
        outcome, group, baseline, progress=lambda stage, share: said.append((stage, share))
    )
    assert said[0] == (found.tried[-1][0] if len(found.tried) > 1 else found.structure, 0.0)
    assert len([stage for stage, _ in said if stage == found.structure]) == found.steps + 1
    assert all(0 <= share < 1 for _, share in said)

    def stop(stage, share):
        raise Enough

    with pytest.raises(Enough):
        fitted(*drawn(), progress=stop)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"outcome": np.zeros(3)}, "one row per episode"),
        ({"baseline": np.zeros(2)}, "differ in length"),
        ({"covariates": np.zeros((2, 1))}, "differ in length"),
        ({"cluster": np.zeros(2, dtype=int), "method": "empirical"}, "differ in length"),
        ({"baseline": np.array([1.0, np.inf, 2.0])}, "infinite"),
        ({"group": np.array([0, -1, 1])}, "not between 0 and 1"),
        ({"groups": 1}, "not between 0 and 0"),
        ({"confidence": 1.0}, "not between 0 and 1"),
        ({"visit_names": ("week 1",)}, "1 names for 2 visits"),
        ({"method": "bayes"}, "bayes is none of satterthwaite"),
        ({"structures": ("spatial",)}, "spatial is none of unstructured"),
        ({"method": "empirical"}, "needs the patient"),
        ({"cluster": np.zeros(3, dtype=int)}, "needs the patient"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, problem) -> None:
    given = {
        "outcome": np.zeros((3, 2)),
        "group": np.array([0, 1, 1]),
        "baseline": np.zeros(3),
        **change,
    }
    with pytest.raises(ValueError, match=problem):
        fitted(given.pop("outcome"), given.pop("group"), given.pop("baseline"), **given)
