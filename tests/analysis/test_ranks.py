"""Groups compared by rank, from counts, against scipy and the definitions."""

import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from analysis.stats.ranks import cliffs_delta, kruskal_wallis, mann_whitney
from analysis.stats.tally import Tally
from tests.analysis.known import known

SCORES = st.lists(st.integers(-9, 9), min_size=1, max_size=30)
EMPTY = Tally(np.array([]), np.array([], dtype=np.int64))


def of(scores) -> Tally:
    return Tally(*np.unique(np.array(scores, dtype=float), return_counts=True))


@given(SCORES, SCORES, st.booleans())
def test_mann_whitney_is_that_of_scipy(a, b, continuity) -> None:
    assume(len({*a, *b}) > 1)
    found = known(mann_whitney(of(a), of(b), continuity=continuity))
    theirs = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=continuity)
    assert found.statistic == theirs.statistic
    # scipy draws a W equal to its expectation away from it, R and we do not
    if 2 * found.statistic != len(a) * len(b):
        assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    else:
        assert found.p_value == 1


@given(SCORES, SCORES)
def test_the_shift_is_the_median_of_all_differences_and_turns_with_the_groups(a, b) -> None:
    assume(len({*a, *b}) > 1)
    found, turned = known((mann_whitney(of(a), of(b)), mann_whitney(of(b), of(a))))
    assert found.estimate == np.median(np.subtract.outer(a, b))
    for ours, other in (
        (found.estimate, turned.estimate),
        (found.conf_low, turned.conf_high),
        (found.conf_high, turned.conf_low),
    ):
        assert (ours is None) == (other is None)
        assert ours is None or ours == -other
    assert turned.p_value == pytest.approx(found.p_value)


@given(SCORES, SCORES)
def test_a_shift_within_the_limits_is_not_rejected_and_one_beyond_is(a, b) -> None:
    """Halves of points lie between the steps, where no two people are tied across groups."""
    found = known(mann_whitney(of(a), of(b)))
    assume(found.conf_low is not None and found.conf_high is not None)
    for shift in (found.conf_low - 0.25, found.conf_high + 0.25):
        moved = known(mann_whitney(of(np.array(a) - shift), of(b)))
        assert moved.p_value < 0.05
    for shift in (found.conf_low + 0.25, found.conf_high - 0.25):
        if found.conf_low < shift < found.conf_high:
            moved = known(mann_whitney(of(np.array(a) - shift), of(b)))
            assert moved.p_value > 0.05 - 1e-12


@given(SCORES, SCORES)
def test_cliffs_delta_counts_pairs(a, b) -> None:
    found = known(cliffs_delta(of(a), of(b)))
    expected = np.sign(np.subtract.outer(a, b)).mean()
    assert found.estimate == pytest.approx(expected, abs=1e-12)
    if abs(expected) < 1:
        assert found.conf_low < found.estimate < found.conf_high
        assert cliffs_delta(of(b), of(a)).conf_low == pytest.approx(-found.conf_high)
    else:
        assert (found.conf_low, found.reason) == (None, "the groups do not overlap")


@given(st.lists(SCORES, min_size=2, max_size=5))
def test_kruskal_wallis_is_that_of_scipy(groups) -> None:
    assume(len({score for group in groups for score in group}) > 1)
    found, theirs = kruskal_wallis([of(g) for g in groups]), stats.kruskal(*groups)
    assert (found.statistic, found.p_value) == pytest.approx(
        (theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-10
    )
    assert kruskal_wallis([*map(of, groups), EMPTY]) == found


def test_a_million_people_are_compared_at_once() -> None:
    rng = np.random.default_rng(20240229)
    scores = np.arange(-27.0, 28.0)
    a, b = (Tally(scores, rng.integers(5_000, 15_000, scores.size)) for _ in range(2))
    start = time.perf_counter()
    found = mann_whitney(a, b)
    taken = time.perf_counter() - start
    x, y = (np.repeat(tally.scores, tally.counts) for tally in (a, b))
    assert found.p_value == pytest.approx(
        stats.mannwhitneyu(x, y, method="asymptotic").pvalue, rel=1e-7
    )
    assert taken < 0.5


def test_what_is_undefined_is_none_with_a_reason() -> None:
    for method in (mann_whitney, cliffs_delta):
        assert method(EMPTY, of([1, 2])).reason == "a group has nobody in it"
    same = mann_whitney(of([3, 3]), of([3]))
    assert (same.estimate, same.p_value, same.reason) == (0, None, "all scores are the same")
    assert kruskal_wallis([of([3, 3]), of([3])]).reason == "all scores are the same"
    assert kruskal_wallis([of([3, 4]), EMPTY]).p_value is None
    few = mann_whitney(of([1, 2]), of([3]))
    assert (few.estimate, few.conf_low, few.conf_high) == (-1.5, None, None)
