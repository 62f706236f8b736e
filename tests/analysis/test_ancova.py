"""Change compared at the same baseline, against statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.stats.ancova import (
    adjusted_difference,
    adjusted_mean,
    adjusted_overall,
    ancova,
    intercept,
    slope,
)
from tests.analysis.known import known

PERSON = st.tuples(st.integers(0, 2), st.integers(0, 27), st.integers(-27, 27))
PEOPLE = st.lists(PERSON, min_size=6, max_size=40)


def fitted(people, counts=None):
    group, baseline, change = np.array(people).T
    counts = np.ones(len(people), dtype=np.int64) if counts is None else counts
    return ancova(group, baseline.astype(float), change.astype(float), counts)


def in_statsmodels(people):
    group, baseline, change = np.array(people, dtype=float).T
    present = np.unique(group)
    design = np.column_stack([group == at for at in present] + [baseline]).astype(float)
    return sm.OLS(change, design).fit(), present.astype(int), baseline.mean()


@given(PEOPLE)
def test_everything_is_that_of_statsmodels(people) -> None:
    model = fitted(people)
    assume(model.reason is None and model.residual_sd > 1e-6)
    theirs, present, mean = in_statsmodels(people)
    assert model.groups == tuple(present)
    unit = np.eye(len(present))
    checked = [(slope(model), [*np.zeros(len(present)), 1])]
    for at, group in enumerate(present):
        checked.append((adjusted_mean(model, group), [*unit[at], mean]))
        checked.append((intercept(model, group), [*unit[at], 0]))
        if at:
            difference = adjusted_difference(model, group, present[0])
            checked.append((difference, [*(unit[at] - unit[0]), 0]))
    for ours, contrast in checked:
        other = theirs.t_test(np.array(contrast, dtype=float))
        low, high = other.conf_int()[0]
        assert (ours.estimate, ours.se) == pytest.approx(
            (other.effect[0], float(other.sd[0, 0])), rel=1e-6, abs=1e-8
        )
        assert (ours.conf_low, ours.conf_high) == pytest.approx((low, high), rel=1e-6, abs=1e-8)
        assert ours.p_value == pytest.approx(float(other.pvalue), abs=1e-7)
        assert ours.df == theirs.df_resid
    if len(present) > 1:
        others = [[*(unit[at] - unit[0]), 0] for at in range(1, len(present))]
        overall, other = adjusted_overall(model), theirs.f_test(np.array(others, dtype=float))
        assert overall.statistic == pytest.approx(float(other.fvalue), rel=1e-6, abs=1e-8)
        assert overall.p_value == pytest.approx(float(other.pvalue), abs=1e-7)


@given(PEOPLE, st.randoms(use_true_random=False))
def test_counts_and_order_make_no_difference(people, order) -> None:
    twice = people * 2
    order.shuffle(twice)
    model, counted = fitted(twice), fitted(people, np.full(len(people), 2))
    assert (model.groups, model.df, model.reason) == (counted.groups, counted.df, counted.reason)
    if model.reason is None:
        assert model.means == pytest.approx(counted.means, abs=1e-9)
        assert model.covariance == pytest.approx(counted.covariance, abs=1e-9)


def test_two_groups_have_one_test() -> None:
    rng = np.random.default_rng(7)
    model = fitted(
        [(at, base, -base // 3 + at + rng.integers(-4, 5)) for at in (0, 4) for base in range(9)]
    )
    pair = known(adjusted_difference(model, 4, 0))
    assert adjusted_overall(model).p_value == pytest.approx(pair.p_value)
    assert adjusted_overall(model).statistic == pytest.approx(pair.statistic**2)


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ([(0, 5, 1), (1, 6, 2), (1, 7, 3)], "no more people than figures to estimate"),
        ([], "no more people than figures to estimate"),
        ([(0, 5, 1), (0, 5, 2), (1, 7, 3), (1, 7, 4)], "the baseline does not vary within groups"),
    ],
)
def test_a_model_that_cannot_be_fitted_says_why(people, reason) -> None:
    model = fitted(np.array(people, dtype=int).reshape(-1, 3))
    assert model.reason == reason
    assert slope(model).reason == reason
    assert slope(model).estimate is None
    assert adjusted_overall(model).p_value is None


def test_a_group_with_nobody_and_a_perfect_fit() -> None:
    model = fitted([(0, base, -base) for base in range(5)] + [(1, base, -base) for base in (1, 3)])
    assert adjusted_mean(model, 2).reason == "group 2 has nobody in it"
    assert adjusted_difference(model, 1, 0).estimate == pytest.approx(0, abs=1e-12)
    assert adjusted_difference(model, 1, 0).reason == "the model leaves no error"
    assert adjusted_overall(model).reason == "the model leaves no error"


def test_a_missing_score_is_a_fault_of_the_program() -> None:
    one = np.array([1])
    with pytest.raises(ValueError, match="a score is missing"):
        ancova(one, np.array([np.nan]), np.array([1.0]), one)
    with pytest.raises(ValueError, match="a count is negative"):
        ancova(one, np.array([1.0]), np.array([1.0]), -one)
    with pytest.raises(ValueError, match="not equally many"):
        ancova(one, np.array([1.0, 2.0]), np.array([1.0]), one)
