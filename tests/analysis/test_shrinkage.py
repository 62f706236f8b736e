"""Rates of many sites drawn together, against another way to the same likelihood."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from analysis.stats.shrinkage import shrink
from analysis.stats.two_rates import Rate
from tests.analysis.known import known

SITE = st.integers(0, 60).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))
SITES = st.lists(SITE, min_size=1, max_size=12)
# Ten clinics that differ more than chance, one of them new.
CLINICS = [
    *(Rate(x, n) for x, n in [(30, 100), (55, 110), (8, 40), (9, 12), (70, 160)]),
    *(Rate(x, n) for x, n in [(2, 25), (20, 35), (0, 6), (48, 90), (0, 0)]),
]


def lost(at, rates) -> float:
    x, n = np.array([(rate.numerator, rate.denominator) for rate in rates]).T
    return -float(stats.betabinom.logpmf(x, n, *np.exp(at)).sum())


def test_the_distribution_is_that_of_greatest_likelihood() -> None:
    found = known(shrink(CLINICS))
    theirs = optimize.minimize(
        lost, [0.0, 0.0], (CLINICS,), "Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}
    )
    a, b = np.exp(theirs.x)
    assert (found.common, found.worth) == pytest.approx((a / (a + b), a + b), rel=1e-5)
    assert found.between_sd == pytest.approx(stats.beta(a, b).std(), rel=1e-5)
    for site, rate in zip(found.sites, CLINICS, strict=True):
        posterior = stats.beta(a + rate.numerator, b + rate.denominator - rate.numerator)
        assert site.raw == rate.value
        assert site.estimate == pytest.approx(posterior.mean(), rel=1e-5)
        assert (site.conf_low, site.conf_high) == pytest.approx(
            tuple(posterior.ppf([0.025, 0.975])), rel=1e-5
        )


@settings(max_examples=40)
@given(SITES)
def test_no_distribution_is_likelier(rates) -> None:
    found = shrink(rates)
    if found is None:
        assert all(rate.denominator == 0 for rate in rates)
        return
    if found.worth is None:
        x, n = np.array([(rate.numerator, rate.denominator) for rate in rates]).T
        ours = -float(stats.binom.logpmf(x, n, found.common).sum())
    else:
        ours = lost(np.log([found.common * found.worth, (1 - found.common) * found.worth]), rates)
    for common in (0.05, 0.3, 0.5, 0.8, found.common):
        for worth in (0.1, 1, 5, 30, 300, 10**4):
            if 0 < common < 1:
                assert ours <= lost(np.log([common * worth, (1 - common) * worth]), rates) + 1e-6


@settings(max_examples=40)
@given(SITES, st.randoms(use_true_random=False))
def test_a_site_lies_between_its_own_rate_and_the_common_one(rates, order) -> None:
    found = shrink(rates)
    if found is None:
        return
    for site, rate in zip(found.sites, rates, strict=True):
        assert site.conf_low <= site.estimate <= site.conf_high
        assert 0 <= site.weight <= 1
        raw = found.common if site.raw is None else site.raw
        mixed = site.weight * raw + (1 - site.weight) * found.common
        assert site.estimate == pytest.approx(mixed, abs=1e-9)
        if rate.denominator == 0:
            assert (site.raw, site.weight) == (None, 0)
    places = list(range(len(rates)))
    order.shuffle(places)
    shuffled = known(shrink([rates[at] for at in places]))
    assert [site.estimate for site in shuffled.sites] == pytest.approx(
        [found.sites[at].estimate for at in places], rel=1e-6
    )


def test_small_sites_are_drawn_farther() -> None:
    small, large = known(shrink([*CLINICS, Rate(5, 5), Rate(500, 500)])).sites[-2:]
    assert small.weight < large.weight
    assert small.estimate < large.estimate < 1
    assert small.conf_high - small.conf_low > large.conf_high - large.conf_low


@pytest.mark.parametrize(
    "rates",
    [
        [Rate(30, 100), Rate(31, 100), Rate(29, 100)],
        [Rate(12, 40)],
        [Rate(1, 1), Rate(0, 1), Rate(1, 1), Rate(0, 0)],
    ],
)
def test_sites_that_differ_no_more_than_by_chance_have_one_rate(rates) -> None:
    found = known(shrink(rates))
    met, people = (sum(getattr(r, part) for r in rates) for part in ("numerator", "denominator"))
    assert (found.common, found.worth, found.between_sd) == (met / people, None, 0)
    interval = stats.beta(met + 0.5, people - met + 0.5).ppf([0.025, 0.975])
    for site in found.sites:
        assert (site.estimate, site.weight) == (met / people, 0)
        assert (site.conf_low, site.conf_high) == pytest.approx(tuple(interval))


def test_nobody_met_it_anywhere() -> None:
    found = known(shrink([Rate(0, 20), Rate(0, 5)]))
    assert [(site.estimate, site.conf_low) for site in found.sites] == [(0, 0), (0, 0)]
    assert 0 < found.sites[0].conf_high < 0.15


def test_nobody_at_all() -> None:
    assert shrink([]) is None
    assert shrink([Rate(0, 0)]) is None
    with pytest.raises(ValueError, match="whole counts"):
        shrink([Rate(1.5, 3)])
