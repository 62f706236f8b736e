"""The mixed model for repeated measures with too little data: a reason, never a crash."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.stats.repeated import DEFAULT_ORDER, METHODS
from tests.analysis.repeated_data import drawn, fitted

NAMES = ("week 1", "week 2", "week 4", "week 6")
FIGURES = ("estimate", "se", "df", "conf_low", "conf_high", "statistic", "p_value")


def test_two_visits_never_seen_together_give_way_to_fewer_parameters() -> None:
    outcome, group, baseline = drawn(episodes=200, missing=0)
    outcome[::2, 0] = np.nan
    outcome[1::2, 3] = np.nan
    found = fitted(outcome, group, baseline, visit_names=NAMES)
    assert found.tried == (
        ("unstructured", "week 1 and week 6 were never seen in one episode"),
        ("toeplitz_heterogeneous", "week 1 and week 6 were never seen in one episode"),
    )
    assert found.structure == "ar1_heterogeneous"
    assert all(one.reason is None for one in found.means)


def test_more_parameters_than_episodes_are_refused_one_by_one() -> None:
    outcome, group, baseline = drawn(episodes=8, missing=0)
    found = fitted(outcome, group, baseline)
    assert found.tried[0] == ("unstructured", "10 parameters are more than 8 episodes can tell")
    assert found.structure in DEFAULT_ORDER[1:]
    found = fitted(outcome[:1], group[:1], baseline[:1])
    assert (found.structure, found.converged, found.covariance) == (None, False, ())
    assert [name for name, _ in found.tried] == list(DEFAULT_ORDER)
    assert found.tried[-1][1] == "2 parameters are more than 1 episodes can tell"
    assert {one.reason for one in found.means if one.n} == {
        "no covariance structure could be fitted"
    }


def test_a_group_without_scores_at_a_visit_has_no_mean_there() -> None:
    outcome, group, baseline = drawn(episodes=90, groups=3)
    outcome[group == 1, 3] = np.nan
    found = fitted(outcome, group, baseline)
    (one,) = [each for each in found.means if each.estimate is None]
    assert (one.group, one.visit, one.n, one.se) == (1, 3, 0, None)
    assert one.reason == "the group has no score at this visit"
    without = [each for each in found.differences if each.estimate is None]
    assert [(each.group, each.reference, each.visit) for each in without] == [(1, 0, 3), (2, 1, 3)]
    assert {each.reason for each in without} == {"one of the groups has no score at this visit"}


def test_a_visit_and_a_group_that_nobody_had_have_nothing() -> None:
    outcome, group, baseline = drawn(episodes=90)
    gap = np.insert(outcome, 2, np.nan, axis=1)
    found = fitted(gap, group, baseline, groups=3)
    plain = fitted(outcome, group, baseline)
    assert {(one.group, one.visit) for one in found.means if one.estimate is None} == {
        *((group, 2) for group in range(3)),
        *((2, visit) for visit in range(5)),
    }
    assert found.covariance[2] == (None,) * 5
    assert found.covariance[0][3] == pytest.approx(plain.covariance[0][2])
    assert found.means[3].estimate == pytest.approx(plain.means[2].estimate)


def test_episodes_without_score_or_baseline_are_counted_and_left_out() -> None:
    outcome, group, baseline = drawn(missing=0)
    outcome[:3] = np.nan
    baseline[[0, 5, 6]] = np.nan
    found = fitted(outcome, group, baseline)
    assert (found.episodes, found.without_score, found.without_baseline) == (55, 3, 2)
    assert sum(one.n for one in found.means) == found.observations == 55 * 4
    rest = fitted(outcome[7:], group[7:], baseline[7:])
    kept = [3, 4, *range(7, 60)]
    same = fitted(outcome[kept], group[kept], baseline[kept])
    assert same.means == found.means != rest.means


def test_a_baseline_that_only_tells_the_groups_apart_gives_no_mean() -> None:
    outcome, group, _ = drawn(missing=0)
    found = fitted(outcome, group, np.where(group == 1, 20.0, 10.0))
    assert {one.reason for one in found.differences} == {
        "baseline or covariates cannot be told apart from the groups at this visit"
    }
    constant = fitted(outcome, group, np.full(60, 20.0))
    assert constant.means[0].estimate == pytest.approx(outcome[group == 0, 0].mean())
    assert constant.means[0].df == pytest.approx(58)


def test_scores_that_do_not_vary_are_a_reason() -> None:
    outcome, group, baseline = drawn(missing=0)
    outcome[:, 1] = -3.0
    found = fitted(outcome, group, baseline, structures=("unstructured",))
    assert found.tried == (("unstructured", "scores do not vary around their means at visit 2"),)
    outcome[:, 1] = outcome[:, 0]
    found = fitted(outcome, group, baseline, structures=("unstructured",))
    assert found.structure is None
    assert len(found.tried) == 1


@pytest.mark.parametrize("shape", [(0, 4), (5, 0), (0, 0)])
def test_nobody_gives_no_figures(shape) -> None:
    found = fitted(np.zeros(shape), np.zeros(shape[0], int), np.zeros(shape[0]))
    assert (found.structure, found.episodes, found.baseline) == (None, 0, None)
    assert found.without_score == shape[0]
    assert (found.means, found.differences) == ((), ())


@settings(max_examples=60, deadline=None)
@given(
    outcome=arrays(
        np.float64,
        st.tuples(st.integers(1, 14), st.integers(1, 4)),
        elements=st.one_of(st.integers(-6, 6).map(float), st.just(math.nan)),
    ),
    seed=st.integers(0, 10**6),
    method=st.sampled_from(sorted(METHODS)),
)
def test_small_and_patchy_data_have_figures_or_reasons(outcome, seed, method) -> None:
    rng = np.random.default_rng(seed)
    group, baseline = rng.integers(0, 3, len(outcome)), rng.integers(0, 9, len(outcome)) * 1.0
    cluster = np.arange(len(outcome)) // 2 if method == "empirical" else None
    found = fitted(outcome, group, baseline, method=method, cluster=cluster)
    assert (found.structure is None) == (found.log_likelihood is None) == (not found.converged)
    for one in (*found.means, *found.differences):
        figures = [getattr(one, name) for name in FIGURES]
        if one.reason is None:
            assert all(math.isfinite(figure) for figure in figures)
            assert one.conf_low <= one.estimate <= one.conf_high
            assert 0 <= one.p_value <= 1
        else:
            assert figures == [None] * len(FIGURES)
