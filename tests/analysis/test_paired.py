"""Two values of the same people, against scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar

from analysis.stats.paired import mcnemar, paired_t, smcc, smcr, wilcoxon_signed_rank
from analysis.stats.tally import Tally
from tests.analysis.known import known

CHANGES = st.lists(st.integers(-12, 12), min_size=2, max_size=40)
PAIRS = st.lists(st.tuples(st.integers(0, 27), st.integers(0, 27)), min_size=3, max_size=40)


def of(scores) -> Tally:
    return Tally(*np.unique(np.array(scores, dtype=float), return_counts=True))


@given(CHANGES)
def test_the_paired_t_test_is_that_of_scipy(changes) -> None:
    assume(len(set(changes)) > 1)
    found, theirs = paired_t(of(changes)), stats.ttest_1samp(changes, 0)
    low, high = theirs.confidence_interval(0.95)
    assert (found.statistic, found.p_value) == pytest.approx(
        (theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12
    )
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=1e-8)


@given(CHANGES, st.booleans())
def test_the_signed_rank_test_is_that_of_scipy(changes, continuity) -> None:
    assume(any(changes))
    found = wilcoxon_signed_rank(of(changes), continuity=continuity)
    theirs = known(stats.wilcoxon)(
        changes, zero_method="wilcox", correction=continuity, method="asymptotic"
    )
    moved = sum(change != 0 for change in changes)
    assert min(found.statistic, moved * (moved + 1) / 2 - found.statistic) == theirs.statistic
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    turned = wilcoxon_signed_rank(of([-change for change in changes]), continuity=continuity)
    assert turned.p_value == pytest.approx(found.p_value)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_that_of_statsmodels(only_after, only_before, others) -> None:
    assume(only_after + only_before > 0)
    found = mcnemar(only_after, only_before, others)
    table = [[others, only_after], [only_before, 0]]
    assert found.exact_p_value == pytest.approx(their_mcnemar(table, exact=True).pvalue)
    # where as many changed either way R corrects nothing; statsmodels corrects beyond 0
    if only_after != only_before:
        theirs = their_mcnemar(table, exact=False, correction=True)
        assert (found.statistic, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    else:
        assert (found.statistic, found.p_value) == (0, 1)


@given(PAIRS)
def test_standardised_changes_turn_with_time_and_do_not_depend_on_the_unit(pairs) -> None:
    before, after = np.array(pairs, dtype=float).T
    counts = np.ones(len(pairs), dtype=np.int64)
    assume(np.std(before) > 0 and np.std(after) > 0 and np.std(after - before) > 0)
    for found, scaled, turned in known(
        (
            (smcc(of(after - before)), smcc(of(3 * (after - before))), smcc(of(before - after))),
            (
                smcr(before, after, counts),
                smcr(3 * before + 1, 3 * after + 1, counts),
                smcr(-before, -after, counts),
            ),
        )
    ):
        assert (scaled.estimate, scaled.conf_low, scaled.p_value) == pytest.approx(
            (found.estimate, found.conf_low, found.p_value), rel=1e-6, abs=1e-9
        )
        assert (turned.estimate, turned.conf_low) == pytest.approx(
            (-found.estimate, -found.conf_high), rel=1e-6, abs=1e-9
        )


def test_what_is_undefined_is_none_with_a_reason() -> None:
    one, same = of([3]), of([3, 3])
    for method in (paired_t, smcc):
        assert method(one).reason == "fewer than two people"
        assert method(same).reason == "the scores do not vary"
    assert paired_t(same).estimate == 3
    assert wilcoxon_signed_rank(of([0, 0])).reason == "nobody changed"
    two = np.array([1, 1])
    assert smcr(np.array([5.0, 5.0]), np.array([4.0, 3.0]), two).reason == "the scores do not vary"
    nobody = mcnemar(0, 0, 8)
    assert (nobody.estimate, nobody.statistic, nobody.p_value) == (0, None, None)
    assert mcnemar(0, 0, 0).estimate is None
    with pytest.raises(ValueError, match="a count is negative"):
        mcnemar(1, -1, 3)
