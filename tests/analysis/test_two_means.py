"""Means of two and several groups, against scipy and statsmodels."""

from math import gamma, pi, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from analysis.stats.tally import Moments, Tally, moments
from analysis.stats.two_means import (
    cohens_d,
    hedges_g,
    one_way,
    small_sample_factor,
    student_t,
    welch_one_way,
    welch_t,
)
from tests.analysis.known import known

SCORES = st.lists(st.integers(-27, 27), min_size=2, max_size=40)


def of(scores) -> Moments:
    values, counts = np.unique(np.array(scores, dtype=float), return_counts=True)
    return moments(Tally(values, counts))


@given(SCORES, SCORES)
def test_t_tests_of_counts_are_those_of_scipy_and_turn_with_the_groups(a, b) -> None:
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    for method, equal in ((welch_t, False), (student_t, True)):
        found, turned = known((method(of(a), of(b)), method(of(b), of(a))))
        theirs = stats.ttest_ind(a, b, equal_var=equal)
        low, high = theirs.confidence_interval(0.95)
        assert (found.statistic, found.df, found.p_value) == pytest.approx(
            (theirs.statistic, theirs.df, theirs.pvalue), rel=1e-9, abs=1e-12
        )
        assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=1e-8)
        assert (turned.estimate, turned.conf_low) == pytest.approx(
            (-found.estimate, -found.conf_high)
        )
        assert turned.p_value == pytest.approx(found.p_value)


@given(SCORES, SCORES, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_limits_of_d_put_the_observed_t_at_either_tail(a, b, confidence) -> None:
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    found = known(cohens_d(of(a), of(b), confidence))
    t = known(student_t(of(a), of(b)))
    scale = np.sqrt(1 / len(a) + 1 / len(b))
    for limit, tail in ((found.conf_low, 1), (found.conf_high, 0)):
        reached = stats.nct.cdf(t.statistic, t.df, limit / scale)
        assert abs(reached - tail) == pytest.approx((1 - confidence) / 2, abs=1e-8)
    assert found.estimate == pytest.approx(t.statistic * scale)
    turned = cohens_d(of(b), of(a), confidence)
    assert (turned.conf_low, turned.conf_high) == pytest.approx(
        (-found.conf_high, -found.conf_low), abs=1e-8
    )


def test_hedges_g_is_d_less_a_little() -> None:
    a, b = Moments(10, 14.0, 5.0), Moments(12, 10.0, 4.0)
    d, g = known((cohens_d(a, b), hedges_g(a, b)))
    assert g.estimate / d.estimate == pytest.approx(small_sample_factor(20))
    assert small_sample_factor(20) == pytest.approx(1 - 3 / (4 * 20 - 1), abs=1e-4)
    assert small_sample_factor(2) == pytest.approx(pi**-0.5)
    assert small_sample_factor(10) == pytest.approx(gamma(5) / (sqrt(5) * gamma(4.5)))
    assert small_sample_factor(1) == 0


@pytest.mark.parametrize("distance", [0.0, 0.01, 1.0, 6.0])
def test_a_million_people_have_limits_as_the_large_sample_has(distance) -> None:
    n = 500_000
    found = cohens_d(Moments(n, distance, 1.0), Moments(n, 0.0, 1.0))
    half = 1.959963984540054 * np.sqrt(2 / n + distance**2 / (4 * n))
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (distance - half, distance + half), abs=1e-6
    )


@given(st.lists(SCORES, min_size=2, max_size=5))
def test_the_f_tests_are_those_of_scipy_and_statsmodels(groups) -> None:
    assume(all(len(set(group)) > 1 for group in groups))
    classical, welch = (method([of(g) for g in groups]) for method in (one_way, welch_one_way))
    theirs = stats.f_oneway(*groups)
    assert (classical.statistic, classical.p_value) == pytest.approx(
        (theirs.statistic, theirs.pvalue), rel=1e-8, abs=1e-10
    )
    theirs = anova_oneway(groups, use_var="unequal", welch_correction=True)
    assert (welch.statistic, welch.p_value) == pytest.approx(
        (theirs.statistic, theirs.pvalue), rel=1e-8, abs=1e-10
    )
    assert (welch.df, welch.df_error) == pytest.approx(tuple(theirs.df), rel=1e-8)
    assert one_way([*map(of, groups), Moments(0, None, None)]) == classical


@given(SCORES, SCORES)
def test_two_groups_have_the_f_test_of_their_t_test(a, b) -> None:
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    for overall, pair in ((one_way, student_t), (welch_one_way, welch_t)):
        assert overall([of(a), of(b)]).p_value == pytest.approx(pair(of(a), of(b)).p_value)


NOBODY, ALONE, SAME = Moments(0, None, None), Moments(1, 4.0, None), Moments(5, 4.0, 0.0)


def test_what_is_undefined_is_none_with_a_reason() -> None:
    for method in (welch_t, student_t, cohens_d, hedges_g):
        for group in (NOBODY, ALONE):
            assert method(group, Moments(9, 1.0, 2.0)).p_value is None
            assert method(group, SAME).reason == "a group has fewer than two people"
        same = method(SAME, SAME)
        assert (same.conf_low, same.p_value, same.reason) == (None, None, "the scores do not vary")
    assert welch_t(SAME, Moments(5, 3.0, 0.0)).estimate == 1
    assert one_way([SAME, SAME]).p_value is None
    assert one_way([ALONE, ALONE]).p_value is None
    assert welch_one_way([ALONE, SAME]).reason == "a group has fewer than two people"
    assert welch_one_way([SAME, NOBODY]).reason == "fewer than two groups"


@pytest.mark.parametrize(
    ("scores", "counts", "fault"),
    [
        ([1.0], [1, 2], "not equally many"),
        ([np.nan], [1], "a score is missing"),
        ([1.0], [-1], "a count is negative"),
    ],
)
def test_an_impossible_tally_is_a_fault_of_the_program(scores, counts, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        Tally(np.array(scores), np.array(counts))
