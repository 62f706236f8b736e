"""What a comparison answers: groups, differences, gates, balance, and how to get it again.

One vocabulary throughout: estimate, conf_low, conf_high, p_value. Rates and their differences are
0 to 1, scores in points of the scale, times in days. A difference is that of `group` less
`against`; a ratio is `group` over `against`. What a gate or the release policy hides is None.
"""

from dataclasses import dataclass

from analysis.compare.plan import Comparison
from analysis.definition import Definition


@dataclass(frozen=True)
class GroupRow:
    """One number of one group, as counted: always shown, whatever the gates say.

    `measure` is the outcome's id, "mean_change", "mean_change_adjusted" (for baseline),
    "visit_mean" (least-squares mean change at `visit`, the last day of its window),
    "mean_days_without_event", or "weighted_rate" and "weighted_mean_change" (then `against` names
    the other group of the pair that the weights are for). `denominator` counts the episodes behind
    it; `completeness` is the share of eligible, mature episodes with an endpoint.
    """

    measure: str
    group: str
    method: str
    numerator: int | None
    denominator: int | None
    unknown: int | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    sd: float | None = None
    completeness: float | None = None
    visit: int | None = None
    against: str | None = None
    withheld: bool = False


@dataclass(frozen=True)
class Contrast:
    """One comparison of two groups by one method; numbers are None where `not_shown` says why.

    `p_holm` and `p_bh` are adjusted over all pairs shown of the same measure (and visit).
    `adjusted` tells weighted estimates from crude ones.
    """

    measure: str
    group: str
    against: str
    method: str
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    p_value: float | None
    p_holm: float | None = None
    p_bh: float | None = None
    statistic: float | None = None
    df: float | None = None
    visit: int | None = None
    adjusted: bool = False
    not_shown: str | None = None


@dataclass(frozen=True)
class OverallTest:
    """One test over all groups that pass their gates, named in `groups`."""

    measure: str
    method: str
    groups: tuple[str, ...]
    statistic: float | None
    df: float | None
    p_value: float | None
    not_shown: str | None = None


@dataclass(frozen=True)
class Gate:
    """Whether one condition for showing a difference holds, and what would mend it.

    `gate` is "endpoints", "completeness", "completeness_gap", "balance", "effective_sample_size",
    "overlap" or "events"; `groups` are the one or two groups it is about.
    """

    gate: str
    groups: tuple[str, ...]
    value: float | None
    limit: float
    passed: bool
    sentence: str
    mend: str


@dataclass(frozen=True)
class BalanceRow:
    """How far two groups differ in one level of the case mix, before and after weighting.

    Shares are 0 to 1 (means in points where `level` is None, for the baseline score); `smd` is the
    standardised mean difference.
    """

    field: str
    level: str | None
    group_before: float | None
    against_before: float | None
    group_after: float | None
    against_after: float | None
    smd_before: float | None
    smd_after: float | None
    withheld: bool = False


@dataclass(frozen=True)
class Adjustment:
    """The weighting of one pair: balance, effective sample sizes, and where the groups overlap.

    `overlap` holds, per step of the estimated probability of being in `group`, the number of
    episodes of each of the two. `merged` names rare levels that were taken together.
    """

    group: str
    against: str
    method: str
    converged: bool
    effective_group: float | None
    effective_against: float | None
    largest_before: float | None
    largest_after: float | None
    largest_weight: float | None
    c_statistic: float | None
    overlap: tuple[tuple[float, float, int | None, int | None], ...]
    balance: tuple[BalanceRow, ...]
    merged: tuple[str, ...]


@dataclass(frozen=True)
class EValue:
    """How strong an unmeasured confounder would have to be to explain a difference away."""

    group: str
    against: str
    estimate: float | None
    limit: float | None


@dataclass(frozen=True)
class Detectable:
    """The smallest difference that groups of this size would show with 80 % power."""

    group: str
    against: str
    measure: str
    difference: float | None
    method: str


@dataclass(frozen=True)
class NonInferiority:
    """Whether `group` is no worse than `against` by more than the margin.

    `verdict` is "non_inferior", "not_shown" or "inferior".
    """

    group: str
    against: str
    measure: str
    margin: float
    verdict: str
    sentence: str


@dataclass(frozen=True)
class ShrunkRate:
    """The rate of one small group drawn towards that of all, as far as it is imprecise."""

    group: str
    numerator: int | None
    denominator: int | None
    raw: float | None
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    withheld: bool = False


@dataclass(frozen=True)
class Code:
    """How to get the same answer again: command line, the SQL that was asked, and Python."""

    command: str
    sql: str
    python: str


@dataclass(frozen=True)
class Compared:
    """The answer to one comparison, and what it is about.

    `limits` are the plain sentences that belong beside it; `notes` say what a model could not do
    and did instead.
    """

    comparison: Comparison
    groups: tuple[str, ...]
    rows: tuple[GroupRow, ...]
    contrasts: tuple[Contrast, ...]
    overall: tuple[OverallTest, ...]
    gates: tuple[Gate, ...]
    adjustments: tuple[Adjustment, ...]
    e_values: tuple[EValue, ...]
    detectable: tuple[Detectable, ...]
    non_inferiority: tuple[NonInferiority, ...]
    shrunk: tuple[ShrunkRate, ...]
    limits: tuple[str, ...]
    notes: tuple[str, ...]
    cohort: str
    repeated_sentence: str
    definition: Definition
    definition_sentence: str
    rules: tuple[tuple[str, str], ...]
    code: Code
    snapshot: str
    release: str = "local"
