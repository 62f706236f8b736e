"""Is one treatment not much worse than another? The interval against a margin."""

from typing import Literal

Verdict = Literal["non_inferior", "not_shown", "inferior"]


def non_inferior(
    conf_low: float | None,
    conf_high: float | None,
    margin: float,
    higher_is_better: bool = True,
) -> Verdict:
    """Return what the interval of a difference, new minus comparator, says about a margin.

    The margin is the largest loss still accepted, above 0, in the unit of the difference. Where
    higher is better the limit is -margin: non-inferior if the whole interval lies above it,
    inferior if the whole interval lies below it. Where lower is better the limit is +margin, and
    above and below are exchanged. An interval that holds or touches the limit, or that is
    undefined, shows neither. A 95 % interval makes it a one-sided test at 2.5 %.
    Raises ValueError for a margin that is not above 0, or an interval upside down.
    Source: Piaggio et al. 2012 (CONSORT), doi:10.1001/jama.2012.87802.
    """
    if not margin > 0:
        raise ValueError(f"a margin of {margin} is not above 0")
    if conf_low is None or conf_high is None:
        return "not_shown"
    if conf_low > conf_high:
        raise ValueError(f"the interval {conf_low} to {conf_high} is upside down")
    worst, best = (conf_low, conf_high) if higher_is_better else (-conf_high, -conf_low)
    if worst > -margin:
        return "non_inferior"
    return "inferior" if best < -margin else "not_shown"
