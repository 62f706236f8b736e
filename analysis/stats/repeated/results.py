"""What the model for repeated measures answers: None where something is not defined."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VisitMean:
    """The least-squares mean of one group at one visit, tested against 0.

    `n` episodes of the group were seen there. `reason` says why there is no estimate, else None.
    """

    group: int
    visit: int
    n: int
    estimate: float | None = None
    se: float | None = None
    df: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class VisitDifference:
    """The mean of `group` less the mean of `reference` at one visit, tested against 0."""

    group: int
    reference: int
    visit: int
    estimate: float | None = None
    se: float | None = None
    df: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RepeatedMeasures:
    """The mixed model for repeated measures of one outcome.

    `structure` is the covariance structure that was fitted, None where none could be; `tried` are
    those before it, each with the reason why it was not taken. `covariance` has None for a visit
    that nobody had.
    """

    means: tuple[VisitMean, ...]
    differences: tuple[VisitDifference, ...]
    method: str
    structure: str | None
    tried: tuple[tuple[str, str], ...]
    episodes: int
    observations: int
    without_score: int
    without_baseline: int
    baseline: float | None
    confidence: float
    converged: bool
    steps: int = 0
    parameters: int = 0
    log_likelihood: float | None = None
    covariance: tuple[tuple[float | None, ...], ...] = ()
