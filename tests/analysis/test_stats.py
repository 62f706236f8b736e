"""Numbers without medicine, against statsmodels and scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.stats.means import summarise
from analysis.stats.proportions import wilson

SIZES = (1, 2, 3, 7, 10, 11, 50, 161, 1000, 12_345, 10**6, 10**9)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_wilson_is_that_of_statsmodels_and_scipy(n, confidence) -> None:
    for x in sorted({0, 1, n // 7, n // 2, (2 * n) // 3, n - 1, n}):
        rate, low, high = wilson(x, n, confidence)
        other_low, other_high = proportion_confint(x, n, alpha=1 - confidence, method="wilson")
        third = stats.binomtest(x, n).proportion_ci(confidence, method="wilson")
        assert rate == x / n
        assert (low, high) == pytest.approx((other_low, other_high), abs=1e-12, rel=1e-12)
        assert (low, high) == pytest.approx((third.low, third.high), abs=1e-12, rel=1e-12)


def test_the_ends_are_exact() -> None:
    for n in SIZES:
        assert wilson(0, n)[:2] == (0.0, 0.0)
        assert wilson(n, n)[::2] == (1.0, 1.0)


def test_nobody_has_no_rate() -> None:
    assert wilson(0, 0) == (None, None, None)


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 5), (6, 5), (1, 0)])
def test_an_impossible_count_is_a_fault_of_the_program(numerator, denominator) -> None:
    with pytest.raises(ValueError, match="is not between 0 and"):
        wilson(numerator, denominator)


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_rate_lies_in_its_interval_and_the_interval_mirrors(counts) -> None:
    x, n = counts
    rate, low, high = np.array(wilson(x, n), dtype=float)
    assert 0 <= low <= rate <= high <= 1
    _, other_low, other_high = np.array(wilson(n - x, n), dtype=float)
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-12)


TALLIES = st.dictionaries(st.integers(0, 63), st.integers(1, 40), min_size=1, max_size=30)


@given(TALLIES, st.randoms(use_true_random=False))
def test_a_summary_of_counts_is_that_of_the_written_out_scores(tally, order) -> None:
    items = list(tally.items())
    order.shuffle(items)
    scores = np.array([score for score, _ in items], dtype=float)
    counts = np.array([count for _, count in items])
    found, people = summarise(scores, counts), np.repeat(scores, counts)
    assert found.n == len(people)
    assert found.estimate == pytest.approx(people.mean(), abs=1e-12)
    assert found.median == np.median(people)
    if len(people) == 1:
        assert (found.sd, found.conf_low, found.conf_high) == (None, None, None)
        return
    assert found.sd == pytest.approx(people.std(ddof=1), abs=1e-12)
    if len(tally) > 1:
        interval = stats.ttest_1samp(people, 0).confidence_interval(0.95)
        assert (found.conf_low, found.conf_high) == pytest.approx(tuple(interval), abs=1e-9)
    else:
        assert found.conf_low == found.conf_high == found.estimate


@pytest.mark.parametrize(
    ("scores", "counts", "n", "mean", "median", "sd"),
    [
        ([], [], 0, None, None, None),
        ([7], [1], 1, 7, 7, None),
        ([4, 10], [1, 1], 2, 7, 7, 18**0.5),
        ([10, 4], [2, 1], 3, 8, 10, 12**0.5),
        ([3, 5, 9], [1, 2, 1], 4, 5.5, 5, (19 / 3) ** 0.5),
        ([3, 9], [2, 2], 4, 6, 6, 12**0.5),
        ([0], [12], 12, 0, 0, 0),
    ],
)
def test_summaries_by_hand(scores, counts, n, mean, median, sd) -> None:
    found = summarise(np.array(scores, dtype=float), np.array(counts, dtype=np.int64))
    assert (found.n, found.estimate, found.median) == (n, mean, median)
    assert found.sd == (None if sd is None else pytest.approx(sd, abs=1e-12))


def test_a_score_that_nobody_has_changes_nothing() -> None:
    few = summarise(np.array([4.0, 10.0]), np.array([1, 1]))
    assert summarise(np.array([4.0, 7.0, 10.0]), np.array([1, 0, 1])) == few


def test_the_confidence_of_a_mean_can_be_chosen() -> None:
    found = summarise(np.array([4.0, 10.0, 12.0]), np.array([3, 2, 4]), 0.99)
    people = [4] * 3 + [10] * 2 + [12] * 4
    interval = stats.ttest_1samp(people, 0).confidence_interval(0.99)
    assert (found.conf_low, found.conf_high) == pytest.approx(tuple(interval), abs=1e-12)
