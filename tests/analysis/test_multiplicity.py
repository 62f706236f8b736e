"""Adjusted p-values, against statsmodels and the example of R's help page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.stats.multiplicity import benjamini_hochberg, holm
from tests.analysis.known import known

METHODS = {"holm": holm, "fdr_bh": benjamini_hochberg}
P_VALUES = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20)


@pytest.mark.parametrize("name", METHODS)
@given(P_VALUES)
def test_they_are_those_of_statsmodels_and_unknown_ones_do_not_count(name, p_values) -> None:
    found = METHODS[name](p_values)
    known = [p for p in p_values if p is not None]
    assert [p is None for p in found] == [p is None for p in p_values]
    if known:
        expected = multipletests(known, method=name)[1]
        assert [p for p in found if p is not None] == pytest.approx(list(expected), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_they_keep_the_order_and_never_fall(p_values, order) -> None:
    places = list(range(len(p_values)))
    order.shuffle(places)
    for method in METHODS.values():
        found = known(method(p_values))
        shuffled = method([p_values[at] for at in places])
        assert [found[at] for at in places] == pytest.approx(list(shuffled))
        assert all(p <= q <= 1 for p, q in zip(p_values, found, strict=True))


def test_the_smallest_case_by_hand() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx((0.03, None, 0.06, 0.06))
    assert benjamini_hochberg([0.01, None, 0.04, 0.03]) == pytest.approx((0.03, None, 0.04, 0.04))
    assert holm([]) == benjamini_hochberg([]) == ()


@pytest.mark.parametrize("p_value", [-0.1, 1.1, float("nan")])
def test_an_impossible_p_value_is_a_fault_of_the_program(p_value) -> None:
    for method in METHODS.values():
        with pytest.raises(ValueError, match="is not between 0 and 1"):
            method([0.5, p_value])
