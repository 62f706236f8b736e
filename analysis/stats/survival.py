"""Time to event: Kaplan-Meier, median, restricted mean, and incidence where events compete.

People come as counts per time, as the store gives them. Whoever is censored at the time of an
event is at risk for it. Checked against R (packages survival and survRM2).
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from analysis.stats.proportions import CONFIDENCE

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# Two probabilities nearer than this are one, as in R's survival.
SAME = float(np.sqrt(np.finfo(np.float64).eps))


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan-Meier curve: one entry per distinct time at which anyone's follow-up ended."""

    time: Floats
    at_risk: Counts
    events: Counts
    censored: Counts
    estimate: Floats
    se: Floats
    conf_low: Floats
    conf_high: Floats
    confidence: float


@dataclass(frozen=True, eq=False)
class Band:
    """A probability at each time with its standard error and interval."""

    estimate: Floats
    se: Floats
    conf_low: Floats
    conf_high: Floats


@dataclass(frozen=True, eq=False)
class Incidence:
    """The shares who have had the event, who have had a competing one, and who have had neither."""

    time: Floats
    at_risk: Counts
    events: Counts
    competing: Counts
    censored: Counts
    event: Band
    competing_event: Band
    free: Floats
    confidence: float


def kaplan_meier(
    time: Floats, events: Counts, censored: Counts, confidence: float = CONFIDENCE
) -> Curve:
    """Return the share of people still without the event at each time.

    `events[i]` people had the event at `time[i]` and `censored[i]` were last seen without it;
    rows in any order, rows of one time are added up, a time at which nobody left is dropped.
    Nobody at all gives empty arrays. `se` is Greenwood's, of the share itself. The interval is
    the log-log one: NaN while the estimate is 1; interval and `se` are NaN once it is 0.
    Raises ValueError for a negative count or a time that is negative or not finite.
    Source: Kaplan & Meier 1958, doi:10.1080/01621459.1958.10501452; R
    `survfit(conf.type = "log-log")`.
    """
    when, (happened, left) = _per_time(time, events, censored)
    at_risk = _at_risk(happened + left)
    estimate = _product(happened, at_risk)
    log_se = np.sqrt(np.cumsum(_greenwood(happened, at_risk)))
    inside = (estimate > 0) & (estimate < 1)
    share = np.where(inside, estimate, 0.5)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * log_se / np.log(share)
    conf_low = np.where(inside, share ** np.exp(-half), np.nan)
    conf_high = np.where(inside, share ** np.exp(half), np.nan)
    se = np.where(estimate > 0, estimate * log_se, np.nan)
    return Curve(when, at_risk, happened, left, estimate, se, conf_low, conf_high, confidence)


def quantile(curve: Curve, p: float = 0.5) -> tuple[float | None, float | None, float | None]:
    """Return the time by which a share `p` have had the event: (estimate, conf_low, conf_high).

    The median for p = 0.5; None for what the curve, or the limit of its interval, never reaches.
    A curve that runs level at exactly 1 - p and then falls gives the middle of the level part.
    Raises ValueError unless 0 < p < 1.
    Source: Brookmeyer & Crowley 1982, doi:10.2307/2530286, as in the table of R `print.survfit`.
    """
    if not 0 < p < 1:
        raise ValueError(f"{p} is not between 0 and 1")
    return (
        _first_at(curve.time, curve.estimate, 1 - p),
        _first_at(curve.time, curve.conf_low, 1 - p),
        _first_at(curve.time, curve.conf_high, 1 - p),
    )


def restricted_mean(
    curve: Curve, until: float
) -> tuple[float | None, float | None, float | None, float | None]:
    """Return the mean time without the event up to `until`: (estimate, conf_low, conf_high, se).

    The area under the curve, in the unit of its times, with a normal interval. All four are None
    where `until` lies after the last time and the curve has not come down to 0, since nobody was
    seen that long, and where the curve is empty.
    Raises ValueError unless `until` is positive.
    Source: Uno et al. 2014, doi:10.1200/JCO.2014.55.2208; R `survRM2::rmst2`.
    """
    if not until > 0:
        raise ValueError(f"{until} is not a positive time")
    if not curve.time.size or (until > curve.time[-1] and curve.estimate[-1] > 0):
        return None, None, None, None
    before = curve.time <= until
    share = np.append(1.0, curve.estimate[before])
    areas = share * np.diff(np.concatenate(([0.0], curve.time[before], [until])))
    still_to_come = np.cumsum(areas[:0:-1])[::-1]
    spread = _greenwood(curve.events[before], curve.at_risk[before])
    mean, se = float(areas.sum()), sqrt(float((still_to_come**2 * spread).sum()))
    half = NormalDist().inv_cdf(0.5 + curve.confidence / 2) * se
    return mean, mean - half, mean + half, se


def cumulative_incidence(
    time: Floats,
    events: Counts,
    competing: Counts,
    censored: Counts,
    confidence: float = CONFIDENCE,
) -> Incidence:
    """Return the share of people who have had the event by each time, where others compete.

    As `kaplan_meier`, with `competing[i]` people who at `time[i]` had another event, after which
    this one is no longer counted; every kind of competing event is one kind here. The estimator
    is that of Aalen and Johansen, its variance the one of Greenwood's type, which for single
    events equals the infinitesimal jackknife of R. The interval is the log-log one, which stays
    inside 0 and 1, and NaN where the estimate is 0 or 1.
    Source: Aalen & Johansen 1978, Scandinavian Journal of Statistics 5:141-150; Andersen et al.
    1993, doi:10.1007/978-1-4612-4348-9, section IV.4; R `survfit(Surv(time, factor) ~ 1)`.
    """
    when, (happened, other, left) = _per_time(time, events, competing, censored)
    at_risk = _at_risk(happened + other + left)
    return Incidence(
        when,
        at_risk,
        happened,
        other,
        left,
        _band(happened, happened + other, at_risk, confidence),
        _band(other, happened + other, at_risk, confidence),
        _product(happened + other, at_risk),
        confidence,
    )


def _per_time(time: Floats, *counts: Counts) -> tuple[Floats, list[Counts]]:
    """Return the distinct times at which anyone left, in order, and the counts at each."""
    if any(column.shape != time.shape for column in counts):
        raise ValueError("times and counts differ in length")
    if any((column < 0).any() for column in counts):
        raise ValueError("a count is negative")
    if not (np.isfinite(time) & (time >= 0)).all():
        raise ValueError("a time is negative or not finite")
    distinct, row = np.unique(time, return_inverse=True)
    sums = np.zeros((len(counts), distinct.size), dtype=np.int64)
    for kind, column in enumerate(counts):
        np.add.at(sums[kind], row, column)
    anyone = sums.sum(axis=0) > 0
    return distinct[anyone].astype(np.float64), [kind[anyone] for kind in sums]


def _at_risk(leaving: Counts) -> Counts:
    """Return how many have not left before each time."""
    return np.cumsum(leaving[::-1])[::-1]


def _product(events: Counts, at_risk: Counts) -> Floats:
    """Return the share left after each time: the product of the shares that each time leaves."""
    return np.cumprod(1 - events / at_risk, dtype=np.float64)


def _greenwood(events: Counts, at_risk: Counts) -> Floats:
    """Return the terms of Greenwood's variance; 0 where it has none, after the last at risk."""
    room = at_risk * (at_risk - events)
    return np.where(room > 0, events / np.where(room > 0, room, 1), 0.0)


def _first_at(time: Floats, share: Floats, level: float) -> float | None:
    """Return the time at which a falling share comes down to a level; NaN shares are passed by."""
    known = ~np.isnan(share)
    down = known & (np.where(known, share, 1.0) < level + SAME)
    if not down.any():
        return None
    times, shares = time[down], share[down]
    further = shares < shares[0]
    if abs(shares[0] - level) < SAME and further.any():
        return float(times[0] + times[int(np.argmax(further))]) / 2
    return float(times[0])


def _band(events: Counts, any_event: Counts, at_risk: Counts, confidence: float) -> Band:
    """Return the incidence of one of several events.

    Its variance is carried forward with that of the share free of any event and their
    covariance, since the three depend on each other.
    """
    hazard, any_hazard = events / at_risk, any_event / at_risk
    free = np.append(1.0, _product(any_event, at_risk))[:-1]
    estimate = np.cumsum(free * hazard)
    variance = np.zeros(events.size)
    of_free = with_free = of_event = 0.0
    for i, (h, g) in enumerate(zip(hazard.tolist(), any_hazard.tolist(), strict=True)):
        scale = float(free[i]) ** 2 / float(at_risk[i])
        of_event += 2 * h * with_free + h * h * of_free + scale * h * (1 - h)
        with_free = (with_free + h * of_free) * (1 - g) - scale * h * (1 - g)
        of_free = of_free * (1 - g) ** 2 + scale * g * (1 - g)
        variance[i] = of_event
    # a share of 1 has no variance; rounding may leave one below 0
    se = np.sqrt(np.maximum(variance, 0.0))
    some = (estimate > 0) & (estimate < 1)
    share = np.where(some, estimate, 0.5)
    spread = NormalDist().inv_cdf(0.5 + confidence / 2) * se / (share * np.log(share))
    conf_low = np.where(some, share ** np.exp(-spread), np.nan)
    conf_high = np.where(some, share ** np.exp(spread), np.nan)
    return Band(estimate, se, conf_low, conf_high)
