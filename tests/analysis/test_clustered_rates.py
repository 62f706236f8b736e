"""Patients with several episodes: the design effect and what follows, against statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.clustered import clustered_design_effect, effective, rao_scott
from analysis.stats.two_rates import Rate, pearson, risk_difference
from tests.analysis.known import known

PATIENT = st.integers(1, 5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PATIENTS = st.lists(PATIENT, min_size=2, max_size=30)


@given(PATIENTS)
def test_the_design_effect_is_the_ratio_of_two_variances_in_statsmodels(patients) -> None:
    met, all_of = zip(*patients, strict=True)
    if sum(met) in (0, sum(all_of)) or max(all_of) == 1:
        return
    rows = [int(k < x) for x, n in patients for k in range(n)]
    whose = [at for at, (_, n) in enumerate(patients) for _ in range(n)]
    plain = sm.OLS(rows, np.ones(len(rows)))
    robust = plain.fit(cov_type="cluster", cov_kwds={"groups": np.array(whose)})
    expected = robust.cov_params()[0, 0] / plain.fit().cov_params()[0, 0]
    assert clustered_design_effect(met, all_of) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@given(PATIENTS, st.randoms(use_true_random=False))
def test_it_knows_no_order_and_kinds_of_patients_may_be_counted(patients, order) -> None:
    found = clustered_design_effect(*zip(*patients, strict=True))
    shuffled = list(patients)
    order.shuffle(shuffled)
    kinds = sorted(set(patients))
    met, all_of = zip(*kinds, strict=True)
    counted = clustered_design_effect(met, all_of, [patients.count(kind) for kind in kinds])
    assert clustered_design_effect(*zip(*shuffled, strict=True)) == pytest.approx(found)
    assert counted == pytest.approx(found)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=50))
def test_it_is_exactly_1_where_nobody_repeats(met) -> None:
    assert clustered_design_effect(met, [1] * len(met)) == 1
    assert clustered_design_effect([*met, 0], [*([1] * len(met)), 0]) == 1


@pytest.mark.parametrize(
    ("met", "all_of", "expected"),
    [
        ([0, 0, 0], [1, 2, 3], 14 / 6),  # nobody met it: as if episodes were identical
        ([1, 2, 3], [1, 2, 3], 14 / 6),  # so if everybody did
        ([2], [5], 5),  # one patient is worth one person
        ([0, 0], [0, 0], None),
        ([], [], None),
    ],
)
def test_where_the_outcomes_tell_nothing(met, all_of, expected) -> None:
    assert clustered_design_effect(met, all_of) == expected


def test_identical_episodes_are_worth_as_many_people_as_there_are_patients() -> None:
    """Each of 400 patients three times: the interval is that of 400 people, all but exactly."""
    met, all_of = [3] * 100 + [0] * 300, [3] * 400
    design_effect = known(clustered_design_effect(met, all_of))
    assert design_effect == pytest.approx(3, rel=0.003)
    clustered = effective(Rate(300, 1200), design_effect)
    found = risk_difference(clustered, Rate(150, 1000))
    plain = risk_difference(Rate(100, 400), Rate(150, 1000))
    assert found.estimate == pytest.approx(plain.estimate)
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (plain.conf_low, plain.conf_high), abs=1e-4
    )


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0.05, 20))
def test_an_effective_rate_is_the_same_rate(numerator, others, design_effect) -> None:
    rate = Rate(numerator, numerator + others)
    assert effective(rate, design_effect).value == pytest.approx(rate.value)
    assert effective(Rate(numerator, numerator), design_effect).value == 1


def test_the_adjusted_test_divides_the_statistic_of_groups_that_are_alike_in_clustering() -> None:
    groups = [Rate(30, 90), Rate(55, 120), Rate(20, 80)]
    plain = known(pearson(groups))
    found = known(rao_scott)(groups, [2.0, 2.0, 2.0])
    assert found.statistic == pytest.approx(plain.statistic / 2)
    assert (found.df, found.smallest_expected) == (2, pytest.approx(plain.smallest_expected / 2))
    assert rao_scott(groups, [1.0, 1.0, 1.0]) == plain


def test_what_is_impossible_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="not between 0 and its denominator"):
        clustered_design_effect([3], [2])
    with pytest.raises(ValueError, match="not equally many"):
        clustered_design_effect([1, 1], [2])
    with pytest.raises(ValueError, match="is not above 0"):
        effective(Rate(1, 2), 0)
    with pytest.raises(ValueError, match="shorter"):
        rao_scott([Rate(1, 2), Rate(1, 2)], [1.0])
