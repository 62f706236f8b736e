"""The E-value against the published examples, and what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.e_value import EValue, e_value, e_values
from analysis.stats.estimates import NOTHING, Estimate, log_wald, wald


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (1, 1),
        (2, 2 + 2**0.5),
        (0.5, 2 + 2**0.5),
        (1.5, 1.5 + 0.75**0.5),
    ],
)
def test_the_value_of_a_ratio(ratio, expected) -> None:
    assert e_value(ratio) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("ratio", "low", "high", "value", "limit"),
    [(10.73, 8.02, 14.36, 20.9, 15.5), (3.9, 1.8, 8.7, 7.26, 3.0)],
)
def test_published_examples(ratio, low, high, value, limit) -> None:
    # smoking and lung cancer; formula feeding and death from respiratory infection
    found = e_values(Estimate(ratio, low, high))
    assert found.estimate == pytest.approx(value, abs=0.06)
    assert found.limit == pytest.approx(limit, abs=0.06)


@pytest.mark.parametrize(
    ("interval", "limit"),
    [
        ((1.8, 8.7), e_value(1.8)),  # above 1: the lower limit is nearer
        ((0.2, 0.5), e_value(0.5)),  # below 1: the upper one
        ((0.9, 8.7), 1.0),  # the interval holds 1
        ((1.0, 8.7), 1.0),
        ((0.2, 1.0), 1.0),
    ],
)
def test_the_limit_nearer_to_1_has_its_own(interval, limit) -> None:
    found = e_values(Estimate((interval[0] * interval[1]) ** 0.5, *interval))
    assert found.limit == pytest.approx(limit)


def test_without_ratio_or_interval_there_is_none() -> None:
    assert e_values(NOTHING) == EValue(None, None)
    assert e_values(Estimate(1.0)) == EValue(1.0, None)


@pytest.mark.parametrize("ratio", [0, -1, float("nan")])
def test_a_ratio_that_is_none_is_a_fault_of_the_program(ratio) -> None:
    with pytest.raises(ValueError, match="is not a positive ratio"):
        e_value(ratio)
    with pytest.raises(ValueError, match="is not a positive ratio"):
        log_wald(ratio, 0.1)


@given(st.floats(1, 1000))
def test_a_cause_that_strong_just_explains_the_ratio(ratio) -> None:
    strength = e_value(ratio)
    # the bounding factor of Ding & VanderWeele 2016 for two associations of that strength
    assert strength**2 / (2 * strength - 1) == pytest.approx(ratio, rel=1e-9)
    assert e_value(1 / ratio) == pytest.approx(strength, rel=1e-9)


@pytest.mark.parametrize("se", [0, float("nan"), float("inf")])
def test_an_estimate_without_error_has_no_interval(se) -> None:
    assert wald(0.3, se) == Estimate(0.3)
    assert log_wald(1.3, se) == Estimate(1.3)
