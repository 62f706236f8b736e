"""How small a difference so many people can show, against R's help pages and statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import tt_ind_solve_power

from analysis.stats.power import (
    detectable_mean_difference,
    detectable_rate_difference,
    power_of_two_means,
    power_of_two_rates,
)
from tests.analysis.known import known

SIZES = st.integers(10, 10**5)


def test_the_power_is_that_of_the_examples_in_r() -> None:
    """Help pages of power.prop.test and power.t.test: their comments and printed results."""
    assert round(power_of_two_rates(0.50, 50, 0.75, 50), 3) == 0.740
    assert power_of_two_rates(0.50, 77, 0.75, 77) > 0.9 > power_of_two_rates(0.50, 76, 0.75, 76)
    assert power_of_two_means(1.0, 20, 1.0, 20, 1.0) == pytest.approx(0.8689528, abs=1e-7)


@given(SIZES, SIZES, st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.001, 0.999)))
def test_the_difference_found_has_the_power_asked_for(n_a, n_b, rate_b) -> None:
    found = known(detectable_rate_difference(n_a, n_b, rate_b))
    for difference in (found.higher, found.lower):
        if difference is not None:
            assert power_of_two_rates(rate_b + difference, n_a, rate_b, n_b) == pytest.approx(
                0.8, abs=1e-6
            )
    if found.higher is None:
        assert power_of_two_rates(1.0, n_a, rate_b, n_b) <= 0.8
    mirrored = known(detectable_rate_difference(n_a, n_b, 1 - rate_b))
    assert (found.higher is None) == (mirrored.lower is None)
    if found.higher is not None:
        assert found.higher == pytest.approx(-mirrored.lower, abs=1e-7)
        assert found.higher > 0


def test_more_people_show_less() -> None:
    found = [known(detectable_rate_difference(n, n, 0.3)).higher for n in (50, 100, 400, 10_000)]
    assert found == sorted(found, reverse=True)
    assert detectable_rate_difference(5, 5, 0.9).higher is None
    assert detectable_rate_difference(100, 100, 1.0).higher is None
    assert detectable_rate_difference(100, 100, 0.0).lower is None


@given(st.integers(2, 5000), st.floats(0.5, 20))
def test_a_difference_of_means_is_that_of_statsmodels(n, sd) -> None:
    """With equal groups and spreads; statsmodels counts the wrong side too, which is nothing."""
    effect = detectable_mean_difference(n, sd, n, sd) / sd
    other = tt_ind_solve_power(effect_size=effect, nobs1=n, alpha=0.05, ratio=1)
    assert other == pytest.approx(0.8, abs=1e-6)


@given(SIZES, st.floats(0.5, 20), SIZES, st.floats(0.5, 20))
def test_the_mean_found_has_the_power_asked_for_either_way_round(n_a, sd_a, n_b, sd_b) -> None:
    found = detectable_mean_difference(n_a, sd_a, n_b, sd_b, power=0.9)
    assert power_of_two_means(-found, n_a, sd_a, n_b, sd_b) == pytest.approx(0.9, abs=1e-7)
    assert detectable_mean_difference(n_b, sd_b, n_a, sd_a, power=0.9) == pytest.approx(found)


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: power_of_two_rates(1.1, 5, 0.5, 5),
        lambda: power_of_two_rates(0.1, 0, 0.5, 5),
        lambda: detectable_rate_difference(5, 5, 0.5, power=1.0),
        lambda: detectable_rate_difference(5, 5, 0.5, alpha=0.0),
        lambda: detectable_mean_difference(1, 1.0, 5, 1.0),
        lambda: detectable_mean_difference(5, 0.0, 5, 1.0),
    ],
)
def test_what_is_impossible_is_a_fault_of_the_program(impossible) -> None:
    with pytest.raises(ValueError, match=r"between|nobody|two people"):
        impossible()
