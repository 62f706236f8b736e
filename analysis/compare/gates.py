"""When a difference may be shown: gates on groups, pairs and weights, with what would mend them.

A rate is shown whatever its gates say; a difference, a ratio or a p-value only where all pass.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.compare.results import Gate

LEAST_ENDPOINTS = 15
LEAST_COMPLETENESS = 0.5
GREATEST_GAP = 0.20
GREATEST_SMD = 0.1
LEAST_EFFECTIVE = 15.0


@dataclass(frozen=True)
class Followed:
    """How many episodes of a group have an endpoint, of how many that are due.

    `label` is the group in words; `what` says which endpoint is meant, where it is not the
    timepoint of the definition.
    """

    group: str
    label: str
    endpoints: int
    due: int
    what: str = "endpoint"

    @property
    def completeness(self) -> float | None:
        return self.endpoints / self.due if self.due else None


def group_gates(followed: Sequence[Followed]) -> tuple[Gate, ...]:
    """Return the gates that each group must pass by itself."""
    return tuple(gate for one in followed for gate in (_endpoints(one), _completeness(one)))


def pair_gate(a: Followed, b: Followed) -> Gate:
    """Return the gate on how far two groups differ in completeness."""
    known = a.completeness is not None and b.completeness is not None
    gap = abs((a.completeness or 0.0) - (b.completeness or 0.0)) if known else None
    # a share that is a rounding error below the limit is at the limit
    passed = gap is not None and round(gap, 12) < GREATEST_GAP
    told = "cannot be compared" if gap is None else f"differ by {100 * gap:.1f} points"
    return Gate(
        "completeness_gap",
        (a.group, b.group),
        gap,
        GREATEST_GAP,
        passed,
        f"{a.label} and {b.label}: their shares with an {a.what} {told}; less than "
        f"{100 * GREATEST_GAP:.0f} is needed, or who was lost could make the difference.",
        "Collect more of the missing assessments in the group that has fewer.",
    )


def weighting_gates(
    pair: tuple[str, str],
    labels: tuple[str, str],
    problem: str | None,
    largest: float | None,
    effective: tuple[float | None, float | None],
) -> tuple[Gate, ...]:
    """Return the gates on a weighting: overlap, balance and effective sample size."""
    smallest = None if None in effective else min(size for size in effective if size is not None)
    names = " and ".join(labels)
    balanced = largest is not None and round(largest, 12) <= GREATEST_SMD
    enough = smallest is not None and smallest >= LEAST_EFFECTIVE
    return (
        Gate(
            "overlap",
            pair,
            None,
            0.0,
            problem is None,
            f"{names}: {problem or 'their case mixes overlap enough to be weighted'}.",
            "Compare groups that treat similar patients, or filter to those that both treat.",
        ),
        Gate(
            "balance",
            pair,
            largest,
            GREATEST_SMD,
            balanced,
            f"{names}: after weighting the largest standardised difference of the case mix "
            f"{'is unknown' if largest is None else f'is {largest:.2f}'}; at most "
            f"{GREATEST_SMD} is needed.",
            "Filter to patients whom both groups treat, or use overlap weights.",
        ),
        Gate(
            "effective_sample_size",
            pair,
            smallest,
            LEAST_EFFECTIVE,
            enough,
            f"{names}: the weighted episodes of the smaller group are worth "
            f"{'an unknown number' if smallest is None else f'{smallest:.1f}'}; at least "
            f"{LEAST_EFFECTIVE:.0f} are needed.",
            "Wait for more episodes, or compare groups that treat similar patients.",
        ),
    )


def why_hidden(gates: Iterable[Gate], pair: Sequence[str]) -> str | None:
    """Return why a difference of two groups is not shown; None where every gate passes.

    Gates of other groups play no part.
    """
    failed = [g for g in gates if not g.passed and set(g.groups) <= set(pair)]
    return " ".join(gate.sentence for gate in failed) or None


def passing(gates: Iterable[Gate], names: Sequence[str]) -> tuple[str, ...]:
    """Return the groups that pass their own gates, in order."""
    failed = {g.groups[0] for g in gates if len(g.groups) == 1 and not g.passed}
    return tuple(name for name in names if name not in failed)


def _endpoints(one: Followed) -> Gate:
    return Gate(
        "endpoints",
        (one.group,),
        float(one.endpoints),
        float(LEAST_ENDPOINTS),
        one.endpoints >= LEAST_ENDPOINTS,
        f"{one.label}: {one.endpoints:,} episodes have an {one.what}; at least "
        f"{LEAST_ENDPOINTS} are needed.",
        "Wait for more episodes, choose a wider timepoint, or take groups together.",
    )


def _completeness(one: Followed) -> Gate:
    share = one.completeness
    told = "no episode is due" if share is None else f"{100 * share:.1f} % have an {one.what}"
    return Gate(
        "completeness",
        (one.group,),
        share,
        LEAST_COMPLETENESS,
        share is not None and share >= LEAST_COMPLETENESS,
        f"{one.label}: {told} of {one.due:,} that are due; at least "
        f"{100 * LEAST_COMPLETENESS:.0f} % is needed.",
        "Collect the missing assessments, or choose a timepoint that more people reach.",
    )
