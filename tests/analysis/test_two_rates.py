"""Two and several rates, against published tables, R's own examples, scipy and statsmodels."""

from math import comb, exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.stats.exact import fisher, odds_ratio
from analysis.stats.non_inferiority import non_inferior
from analysis.stats.two_rates import Rate, pearson, risk_difference, risk_ratio
from tests.analysis.known import known

SMALL = st.integers(1, 40).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))
LARGE = st.integers(1, 10**6).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_difference_has_the_interval_that_newcombe_published(a, b, low, high) -> None:
    """Newcombe 1998, table II, method 10."""
    found = risk_difference(Rate(*a), Rate(*b))
    assert found.estimate == a[0] / a[1] - b[0] / b[1]
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=5.1e-5)


def test_a_published_trial_comes_out() -> None:
    """ELEKT-D: response 55.4 % with ketamine, 41.2 % with ECT, difference 14.2 (3.9 to 24.2).

    Anand et al. 2023, doi:10.1056/NEJMoa2302399; margin 10 points. Its interval is not Newcombe's.
    """
    found = known(risk_difference(Rate(108, 195), Rate(70, 170)))
    assert round(100 * found.estimate, 1) == 14.2
    assert 100 * found.conf_low == pytest.approx(3.9, abs=0.2)
    assert 100 * found.conf_high == pytest.approx(24.2, abs=0.2)
    assert non_inferior(found.conf_low, found.conf_high, 0.10) == "non_inferior"
    assert found.p_value is None


@given(LARGE, LARGE)
def test_the_difference_is_that_of_statsmodels_and_turns_with_the_groups(a, b) -> None:
    found, turned = known((risk_difference(a, b), risk_difference(b, a)))
    low, high = confint_proportions_2indep(
        a.numerator, a.denominator, b.numerator, b.denominator, method="newcomb", compare="diff"
    )
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=1e-9)
    assert (turned.estimate, turned.conf_low, turned.conf_high) == pytest.approx(
        (-found.estimate, -found.conf_high, -found.conf_low), abs=1e-12
    )
    assert -1 - 1e-12 <= found.conf_low <= found.estimate <= found.conf_high <= 1 + 1e-12


@given(LARGE, LARGE)
def test_the_ratio_is_that_of_statsmodels_and_turns_with_the_groups(a, b) -> None:
    found, turned = known((risk_ratio(a, b), risk_ratio(b, a)))
    if 0 in (a.numerator, b.numerator) or (a.value, b.value) == (1, 1):
        return
    low, high = confint_proportions_2indep(
        a.numerator, a.denominator, b.numerator, b.denominator, method="log", compare="ratio"
    )
    assert found.estimate == pytest.approx(a.value / b.value)
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), rel=1e-8)
    assert found.conf_low * turned.conf_high == pytest.approx(1)


def test_a_ratio_of_nobody_takes_half_a_person() -> None:
    half = 1.959963984540054 * sqrt(1 / 0.5 - 1 / 20 + 1 / 5 - 1 / 30)
    none = known(risk_ratio(Rate(0, 20), Rate(5, 30)))
    assert (none.estimate, none.conf_low) == (0, 0)
    assert none.conf_high == pytest.approx(0.5 / 20 / (5 / 30) * exp(half))
    infinite = risk_ratio(Rate(5, 30), Rate(0, 20))
    assert (infinite.estimate, infinite.conf_high) == (None, None)
    assert infinite.conf_low == pytest.approx(1 / none.conf_high)
    assert infinite.reason == "nobody in the group compared with met it"

    all_of_both = known(risk_ratio(Rate(20, 20), Rate(30, 30)))
    half = 1.959963984540054 * sqrt(1 / 19.5 - 1 / 20 + 1 / 29.5 - 1 / 30)
    assert all_of_both.estimate == 1
    assert log(all_of_both.conf_high) == pytest.approx(log(19.5 / 20 / (29.5 / 30)) + half)

    assert risk_ratio(Rate(0, 20), Rate(0, 30)).reason == "nobody in either group met it"


@pytest.mark.parametrize(
    ("a", "b", "estimate", "low", "high", "p_value"),
    [
        # TeaTasting and Convictions of R's help page of fisher.test
        ((3, 4), (1, 4), 6.408309, 0.2117329, 621.9337505, 0.4857143),
        ((2, 12), (15, 18), 0.04693661, 0.003325764, 0.363182271, 0.0005367241),
    ],
)
def test_the_odds_ratio_is_that_of_the_examples_in_r(a, b, estimate, low, high, p_value) -> None:
    """R finds the odds ratio, or one over it where that is below 1, to 0.00012."""
    found = known(odds_ratio(Rate(*a), Rate(*b)))
    assert found.p_value == pytest.approx(p_value, abs=1e-7)
    for ours, theirs in (
        (found.estimate, estimate),
        (found.conf_low, low),
        (found.conf_high, high),
    ):
        assert min(ours, 1 / ours) == pytest.approx(min(theirs, 1 / theirs), abs=1.3e-4)


@given(SMALL, SMALL)
def test_the_odds_ratio_is_that_of_scipy(a, b) -> None:
    table = [[rate.numerator, rate.denominator - rate.numerator] for rate in (a, b)]
    theirs = stats.contingency.odds_ratio(table, kind="conditional")
    found = odds_ratio(a, b)
    if found.estimate is None:
        assert not np.isfinite(theirs.statistic)
    else:
        assert found.estimate == pytest.approx(theirs.statistic, rel=1e-7)
    if found.conf_low is not None:
        low, high = theirs.confidence_interval(0.95)
        assert found.conf_low == pytest.approx(low, rel=1e-7)
        assert (found.conf_high or np.inf) == pytest.approx(high, rel=1e-7)


def by_hand(a: Rate, b: Rate) -> float:
    """Return Fisher's p-value from whole numbers, with the tolerance of R."""
    met, people = int(a.numerator + b.numerator), int(a.denominator + b.denominator)
    ways = {
        x: comb(int(a.denominator), x) * comb(int(b.denominator), met - x)
        for x in range(max(0, met - int(b.denominator)), min(int(a.denominator), met) + 1)
    }
    seen = ways[int(a.numerator)]
    return sum(way for way in ways.values() if way <= seen * (1 + 1e-7)) / comb(people, met)


@given(SMALL, SMALL)
def test_fisher_counts_every_table_that_is_no_more_probable(a, b) -> None:
    assert fisher(a, b) == pytest.approx(by_hand(a, b), rel=1e-10)
    assert fisher(a, b) == pytest.approx(fisher(b, a), rel=1e-10)


@pytest.mark.parametrize("x", [1, 50_000, 50_700, 51_500, 99_999])
def test_fisher_is_exact_for_many_people_and_for_p_values_near_0(x) -> None:
    a, b = Rate(x, 100_000), Rate(50_000, 100_000)
    theirs = stats.fisher_exact(np.array([[x, 100_000 - x], [50_000, 50_000]])).pvalue
    assert fisher(a, b) == pytest.approx(theirs, rel=1e-6, abs=1e-300)


def test_the_odds_ratio_of_many_is_that_of_the_large_sample() -> None:
    """With 10 million people conditional and plain odds ratios meet, and so do the intervals."""
    a, b = (3_300_000, 6_700_000), (3_310_000, 6_690_000)
    found = known(odds_ratio(Rate(a[0], sum(a)), Rate(b[0], sum(b))))
    plain = log(a[0] * b[1] / (a[1] * b[0]))
    half = 1.959963984540054 * sqrt(sum(1 / count for count in (*a, *b)))
    assert [log(v) for v in (found.conf_low, found.estimate, found.conf_high)] == pytest.approx(
        [plain - half, plain, plain + half], abs=1e-6
    )


def test_an_odds_ratio_at_an_end_of_its_range() -> None:
    none, everybody = known(
        (odds_ratio(Rate(0, 9), Rate(4, 9)), odds_ratio(Rate(4, 9), Rate(0, 9)))
    )
    assert (none.estimate, none.conf_low) == (0, 0)
    assert (everybody.estimate, everybody.conf_high) == (None, None)
    assert everybody.conf_low == pytest.approx(1 / none.conf_high)
    same = odds_ratio(Rate(9, 9), Rate(4, 4))
    assert (same.estimate, same.p_value) == (None, 1)
    assert same.reason == "everybody in either group met it"


TABLES = st.lists(SMALL, min_size=2, max_size=5)


@given(TABLES)
def test_pearson_is_that_of_scipy_and_knows_no_order(groups) -> None:
    found = pearson(groups)
    table = np.array([[rate.numerator, rate.denominator - rate.numerator] for rate in groups])
    if 0 in table.sum(axis=0):
        assert (found.statistic, found.p_value) == (None, None)
        return
    theirs = stats.chi2_contingency(table, correction=False)
    assert (found.statistic, found.p_value) == pytest.approx(
        (theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12
    )
    assert found.df == theirs.dof
    assert found.smallest_expected == pytest.approx(theirs.expected_freq.min())
    assert pearson(groups[::-1]).statistic == pytest.approx(found.statistic, abs=1e-12)
    assert pearson([*groups, Rate(0, 0)]) == found


@pytest.mark.parametrize("method", [risk_difference, risk_ratio, odds_ratio])
def test_nobody_in_a_group_leaves_nothing(method) -> None:
    for a, b in ((Rate(0, 0), Rate(3, 9)), (Rate(3, 9), Rate(0, 0))):
        found = method(a, b)
        assert (found.estimate, found.conf_low, found.conf_high, found.p_value) == (None,) * 4
        assert found.reason == "a group has nobody in it"


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 5), (6, 5), (1, 0)])
def test_an_impossible_rate_is_a_fault_of_the_program(numerator, denominator) -> None:
    with pytest.raises(ValueError, match="is not between 0 and"):
        Rate(numerator, denominator)


def test_an_exact_test_of_parts_of_people_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="needs whole counts"):
        fisher(Rate(2.5, 7), Rate(3, 9))


@pytest.mark.parametrize(
    ("low", "high", "higher_is_better", "verdict"),
    [
        (-0.05, 0.20, True, "non_inferior"),
        (0.05, 0.20, True, "non_inferior"),
        (-0.12, 0.20, True, "not_shown"),
        (-0.10, 0.20, True, "not_shown"),
        (-0.30, -0.10, True, "not_shown"),
        (-0.30, -0.12, True, "inferior"),
        (-0.20, 0.05, False, "non_inferior"),
        (-0.20, 0.12, False, "not_shown"),
        (-0.20, 0.10, False, "not_shown"),
        (0.12, 0.30, False, "inferior"),
        (None, None, True, "not_shown"),
    ],
)
def test_a_margin_of_ten_points(low, high, higher_is_better, verdict) -> None:
    assert non_inferior(low, high, 0.10, higher_is_better) == verdict


@pytest.mark.parametrize(("low", "high", "margin"), [(0, 1, 0), (0, 1, -0.1), (1, 0, 0.1)])
def test_an_impossible_margin_is_a_fault_of_the_program(low, high, margin) -> None:
    with pytest.raises(ValueError, match=r"is not above 0|is upside down"):
        non_inferior(low, high, margin)
