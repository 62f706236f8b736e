"""What each kind of comparison contributes to the answer, and what all of them share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from analysis.compare.gates import Followed, group_gates, pair_gate
from analysis.compare.groups import Groups
from analysis.compare.results import (
    Adjustment,
    Contrast,
    Detectable,
    EValue,
    Gate,
    GroupRow,
    NonInferiority,
    OverallTest,
    ShrunkRate,
)
from analysis.measures import Rates
from analysis.stats.multiplicity import benjamini_hochberg, holm

# Told the step that long work is at, and the share of it that is done; what it raises stops it.
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Part:
    """The rows, differences and gates of one analysis."""

    rows: tuple[GroupRow, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    overall: tuple[OverallTest, ...] = ()
    gates: tuple[Gate, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    e_values: tuple[EValue, ...] = ()
    detectable: tuple[Detectable, ...] = ()
    non_inferiority: tuple[NonInferiority, ...] = ()
    shrunk: tuple[ShrunkRate, ...] = ()
    notes: tuple[str, ...] = ()


def followed_of(rates: Rates, groups: Groups) -> list[Followed]:
    """Return how many episodes of each group have an endpoint, of those that are due."""
    steps = {step.group: step for step in rates.flow}
    return [
        Followed(name, label, steps[(name,)].with_endpoint or 0, steps[(name,)].mature or 0)
        if (name,) in steps
        else Followed(name, label, 0, 0)
        for name, label in zip(groups.names, groups.labels, strict=True)
    ]


def crude_gates(followed: Sequence[Followed], groups: Groups) -> tuple[Gate, ...]:
    """Return the gates of the groups and of each pair."""
    pairs = (pair_gate(followed[i], followed[j]) for i, j in groups.pairs)
    return (*group_gates(followed), *pairs)


def hidden(contrast: Contrast, reason: str) -> Contrast:
    """Return a contrast without its numbers, with why they are not shown."""
    return Contrast(
        contrast.measure,
        contrast.group,
        contrast.against,
        contrast.method,
        None,
        None,
        None,
        None,
        visit=contrast.visit,
        adjusted=contrast.adjusted,
        not_shown=reason,
    )


def with_adjusted_p(contrasts: Sequence[Contrast]) -> tuple[Contrast, ...]:
    """Return contrasts with p-values adjusted over all shown pairs of the same measure.

    Measures, visits and crude or weighted ones are families of their own.
    """
    done: dict[int, Contrast] = {}

    def family(place: int) -> tuple[str, bool, int]:
        one = contrasts[place]
        return one.measure, one.adjusted, one.visit or 0

    for _, members in groupby(sorted(range(len(contrasts)), key=family), key=family):
        places = list(members)
        p_values = [contrasts[place].p_value for place in places]
        for place, by_holm, by_bh in zip(
            places, holm(p_values), benjamini_hochberg(p_values), strict=True
        ):
            done[place] = replace(contrasts[place], p_holm=by_holm, p_bh=by_bh)
    return tuple(done[place] for place in range(len(contrasts)))


def per_patient(
    patient: NDArray[np.int64], *columns: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return the sums of columns for each patient."""
    _, place = np.unique(patient, return_inverse=True)
    return [np.bincount(place, weights=column).astype(np.float64) for column in columns]
