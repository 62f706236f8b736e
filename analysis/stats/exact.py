"""Fisher's exact test and the conditional odds ratio of two rates, fast for any number of people.

Given both group sizes and how many people met it in all, how many of them are in group a follows a
noncentral hypergeometric distribution. Its probabilities are built from ratios of neighbours
outward from its mode, only as far as they matter, so that neither factorials nor the length of the
range limit the size or the precision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from analysis.stats.estimates import Estimate, Floats
from analysis.stats.proportions import CONFIDENCE
from analysis.stats.two_rates import NOBODY, Rate

# Probabilities nearer than this, relatively, count as equal, as in R's fisher.test.
TIED = 1 + 1e-7
# How far from the mode probabilities matter: standard deviations, and steps beside.
REACH, STEPS = 12.0, 60
# A count farther from the mode than this is impossible as far as a float can tell.
FARTHEST = 2_000_000


@dataclass(frozen=True)
class Margins:
    """Group sizes, how many met it in all, and so the range of how many of them are in a."""

    a: int
    b: int
    met: int

    @property
    def low(self) -> int:
        return max(0, self.met - self.b)

    @property
    def high(self) -> int:
        return min(self.a, self.met)


def fisher(a: Rate, b: Rate) -> float | None:
    """Return the two-sided p-value of Fisher's exact test; None where a group has nobody in it.

    Tables no more probable than the one seen count against it, with R's tolerance of 1e-7.
    Raises ValueError for counts that are not whole.
    Source: R `fisher.test`.
    """
    seen, margins = _whole(a, b)
    if not margins.a or not margins.b:
        return None
    away = abs(seen - _mode(margins, 0.0))
    if away > FARTHEST:
        return 0.0
    # what is as improbable on the other side may lie farther away
    values, probability = _distribution(margins, 0.0, 3 * away)
    as_seen = probability[seen - values[0]]
    return min(1.0, float(probability[probability <= as_seen * TIED].sum()))


def odds_ratio(a: Rate, b: Rate, confidence: float = CONFIDENCE) -> Estimate:
    """Return the odds ratio of a to b by conditional maximum likelihood, with the exact interval.

    The p-value is Fisher's. A count at the end of its range gives 0, or no finite estimate, which
    is None; so is an end of the interval that is infinite. Raises ValueError for counts that are
    not whole.
    Source: R `fisher.test`; Cornfield 1956, Proc. Third Berkeley Symposium 4:135-148.
    """
    seen, margins = _whole(a, b)
    p_value = fisher(a, b)
    if p_value is None:
        return Estimate(reason=NOBODY)
    if margins.low == margins.high:
        word = "everybody" if margins.met else "nobody"
        return Estimate(p_value=p_value, reason=f"{word} in either group met it")
    tail = (1 - confidence) / 2

    def mean(log_odds: float) -> float:
        values, probability = _distribution(margins, log_odds)
        return float((values * probability).sum()) - seen

    def at_least(log_odds: float) -> float:
        values, probability = _distribution(margins, log_odds)
        return float(probability[values >= seen].sum()) - tail

    def at_most(log_odds: float) -> float:
        values, probability = _distribution(margins, log_odds)
        return tail - float(probability[values <= seen].sum())

    start = _sample_log_odds(seen, margins)
    at_low, at_high = seen == margins.low, seen == margins.high
    return Estimate(
        0.0 if at_low else None if at_high else exp(_root(mean, start)),
        0.0 if at_low else exp(_root(at_least, start)),
        None if at_high else exp(_root(at_most, start)),
        p_value,
        reason="no odds ratio is large enough" if at_high else None,
    )


def _whole(a: Rate, b: Rate) -> tuple[int, Margins]:
    """Return how many in a met it, and the margins; raise ValueError unless counts are whole."""
    for count in (a.numerator, a.denominator, b.numerator, b.denominator):
        if count != int(count):
            raise ValueError(f"an exact test needs whole counts, not {count}")
    met = int(a.numerator + b.numerator)
    return int(a.numerator), Margins(int(a.denominator), int(b.denominator), met)


def _mode(margins: Margins, log_odds: float) -> int:
    """Return the most probable count, to within a step.

    The root in the range of (a - x)(met - x) odds = x (b - met + x), solved for odds at most 1;
    larger odds are those of the groups exchanged.
    Source: Liao & Rosen 2001, doi:10.1198/000313001753272547.
    """
    if log_odds > 0:
        exchanged = Margins(margins.b, margins.a, margins.met)
        return margins.met - _mode(exchanged, -log_odds)
    odds = exp(log_odds)
    square = odds - 1
    linear = -((margins.a + margins.met) * odds + margins.b - margins.met)
    constant = margins.a * margins.met * odds
    root = sqrt(max(linear**2 - 4 * square * constant, 0.0))
    found = 2 * constant / (root - linear) if root > linear else 0.0
    return min(max(round(found), margins.low), margins.high)


def _distribution(
    margins: Margins, log_odds: float, at_least: int = 0
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
    """Return counts around the mode and their probabilities, at least so many steps either way."""
    mode = _mode(margins, log_odds)
    parts = (mode, margins.a - mode, margins.met - mode, margins.b - margins.met + mode)
    spread = 1 / sqrt(sum(1 / max(part, 1) for part in parts))
    reach = max(int(REACH * spread) + STEPS, at_least)
    values = np.arange(max(margins.low, mode - reach), min(margins.high, mode + reach) + 1)
    below = values[:-1].astype(np.float64)
    steps = (
        np.log(margins.a - below)
        + np.log(margins.met - below)
        - np.log(below + 1)
        - np.log(margins.b - margins.met + below + 1)
        + log_odds
    )
    # from the mode outward, so that what is most probable is added up from the fewest terms
    middle = mode - int(values[0])
    logs = np.zeros(values.size)
    logs[middle + 1 :] = np.cumsum(steps[middle:])
    logs[:middle] = -np.cumsum(steps[:middle][::-1])[::-1]
    probability = np.exp(logs - logs.max())
    return values, probability / probability.sum()


def _sample_log_odds(seen: int, margins: Margins) -> float:
    """Return the log odds ratio of the table itself, with half a person added to each cell."""
    missed = margins.a - seen
    other = margins.met - seen
    return log((seen + 0.5) * (margins.b - other + 0.5) / ((missed + 0.5) * (other + 0.5)))


def _root(rising: Callable[[float], float], start: float) -> float:
    """Return where a rising function is 0, looking ever farther either side of a start."""
    from scipy.optimize import brentq

    step = 1.0
    low, high = start, start
    while rising(low) > 0:
        low, step = low - step, 2 * step
    step = 1.0
    while rising(high) < 0:
        high, step = high + step, 2 * step
    return float(brentq(rising, low, high, xtol=1e-13, rtol=1e-14)) if low < high else start
