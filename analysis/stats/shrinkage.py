"""Rates of many sites or clinicians, drawn towards the common rate as far as they are uncertain.

Each site's own rate is taken to come from one beta distribution of rates, whose shape all sites
tell together (empirical Bayes). A site with few people is drawn far, one with many hardly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.stats.estimates import Floats
from analysis.stats.proportions import CONFIDENCE
from analysis.stats.two_rates import Rate

# Log of how many people the common rate may be worth: from sites that are all or nothing, to sites
# so alike that the beta distribution is a point.
GRID = np.linspace(-5.0, 15.0, 21)
# A gain in log likelihood of no account: the data do not ask for sites that differ.
NO_GAIN = 1e-7


@dataclass(frozen=True)
class ShrunkenRate:
    """A site's raw rate, and its rate with the others' taken into account, 0 to 1.

    `raw` is None for a site with nobody. `weight` is the share of the raw rate in the estimate:
    denominator / (denominator + people the common rate is worth).
    """

    raw: float | None
    estimate: float
    conf_low: float
    conf_high: float
    weight: float


@dataclass(frozen=True)
class Shrinkage:
    """The sites in the order they were given, and the distribution that their rates come from.

    `common` is its mean. `worth` is how many people it counts for in each site's estimate (alpha
    + beta); None where the sites differ no more than chance does, so that all have one rate.
    """

    sites: tuple[ShrunkenRate, ...]
    common: float
    worth: float | None
    between_sd: float


def shrink(rates: Sequence[Rate], confidence: float = CONFIDENCE) -> Shrinkage | None:
    """Return each site's rate drawn towards the common rate, with a credible interval.

    Beta-binomial by maximum marginal likelihood; the posterior mean with its equal-tailed interval.
    Sites with nobody get the common rate and the distribution of rates. Where the likelihood is
    highest for sites that do not differ (always so for a single site), everybody gets the pooled
    rate and the interval of one common rate (Jeffreys). Intervals do not hold the uncertainty of
    the distribution itself, so with few sites they are somewhat narrow. None without anybody.
    Raises ValueError for counts that are not whole.
    Source: Griffiths 1973, doi:10.2307/2529131 (likelihood); Casella 1985,
    doi:10.1080/00031305.1985.10479400 (empirical Bayes).
    """
    met = np.array([rate.numerator for rate in rates], dtype=np.float64)
    people = np.array([rate.denominator for rate in rates], dtype=np.float64)
    if np.any(met != np.floor(met)) or np.any(people != np.floor(people)):
        raise ValueError("shrinkage needs whole counts")
    if people.sum() == 0:
        return None
    from scipy.special import betaincinv

    pooled = float(met.sum() / people.sum())
    fitted = _fit(met, people)
    if fitted is None:
        ends = _ends(confidence)
        yes, no = met.sum() + 0.5, (people - met).sum() + 0.5
        low, high = (float(betaincinv(yes, no, end)) for end in ends)
        low, high = (0.0 if pooled == 0 else low), (1.0 if pooled == 1 else high)
        sites = [ShrunkenRate(rate.value, pooled, low, high, 0.0) for rate in rates]
        return Shrinkage(tuple(sites), pooled, None, 0.0)
    common, worth = fitted
    yes, no = met + common * worth, people - met + (1 - common) * worth
    lows, highs = (betaincinv(yes, no, end) for end in _ends(confidence))
    sites = [
        ShrunkenRate(
            rate.value,
            float(yes[at] / (yes[at] + no[at])),
            float(lows[at]),
            float(highs[at]),
            float(people[at] / (people[at] + worth)),
        )
        for at, rate in enumerate(rates)
    ]
    between = float(np.sqrt(common * (1 - common) / (worth + 1)))
    return Shrinkage(tuple(sites), common, worth, between)


def _ends(confidence: float) -> tuple[float, float]:
    return 0.5 - confidence / 2, 0.5 + confidence / 2


@dataclass(frozen=True, eq=False)
class _Sites:
    """How many sites have so many people who met it, and so many who did not."""

    yes: Floats
    no: Floats
    many: Floats

    def likelihood(self, common: float, worth: float) -> float:
        """Return the log likelihood of a beta distribution of rates, less its constant."""
        from scipy.special import betaln

        a, b = common * worth, (1 - common) * worth
        return float((self.many * (betaln(self.yes + a, self.no + b) - betaln(a, b))).sum())

    def slopes(self, common: float, worth: float) -> tuple[float, float]:
        """Return how the log likelihood rises with the common rate and with the log of worth."""
        from scipy.special import digamma

        a, b = common * worth, (1 - common) * worth
        by_a = float((self.many * (digamma(self.yes + a) - digamma(a))).sum())
        by_b = float((self.many * (digamma(self.no + b) - digamma(b))).sum())
        total = self.many * (digamma(self.yes + self.no + worth) - digamma(worth))
        return worth * (by_a - by_b), a * by_a + b * by_b - worth * float(total.sum())


def _fit(met: Floats, people: Floats) -> tuple[float, float] | None:
    """Return the mean and the worth (alpha + beta) of the likeliest distribution of rates.

    None where sites that do not differ are as likely. For each worth the likelihood has one top
    over the common rate; over worth it may have several, hence the grid.
    """
    pooled = float(met.sum() / people.sum())
    if pooled in (0.0, 1.0) or np.count_nonzero(people) < 2:
        return None
    from scipy.optimize import brentq

    pairs, many = np.unique(np.stack([met, people]), axis=1, return_counts=True)
    sites = _Sites(pairs[0], pairs[1] - pairs[0], many.astype(np.float64))

    def best(log_worth: float) -> float:
        worth = float(np.exp(log_worth))
        return float(
            brentq(lambda rate: sites.slopes(rate, worth)[0], 1e-12, 1 - 1e-12, xtol=1e-14)
        )

    def rising(log_worth: float) -> float:
        return sites.slopes(best(log_worth), float(np.exp(log_worth)))[1]

    heights = [sites.likelihood(best(at), float(np.exp(at))) for at in GRID]
    top = int(np.argmax(heights))
    alike = float((many * (sites.yes * np.log(pooled) + sites.no * np.log1p(-pooled))).sum())
    if top == GRID.size - 1:
        return None
    low, found, high = float(GRID[max(top - 1, 0)]), float(GRID[top]), float(GRID[top + 1])
    if rising(low) > 0 > rising(high):
        found = float(brentq(rising, low, high, xtol=1e-12))
    if sites.likelihood(best(found), float(np.exp(found))) - alike < NO_GAIN:
        return None
    return best(found), float(np.exp(found))
