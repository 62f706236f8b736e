"""Complementary suppression: what must be hidden beside a hidden count so that it stays hidden.

The counts of a table add up, along every field, to totals that may be known from elsewhere. A
hidden count is safe when no combination of totals and shown counts gives it back, and when what is
hidden along each line is more than one count and not too small a number.
Source: Hundepool et al. 2012, Statistical Disclosure Control, doi:10.1002/9781118348239, on linear
tables; the choice of the smallest neighbours is the usual heuristic, not an optimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Key = tuple[str, ...]


@dataclass(frozen=True)
class Amount:
    """One kind of count per key; `zero_tells` is whether it tells something to hide nothing."""

    counts: Mapping[Key, int]
    zero_tells: bool = True


def lines(keys: Sequence[Key]) -> list[list[Key]]:
    """Return the sets of keys that add up to a total: all of them, and each line of the table.

    A single key without any field adds up to nothing but itself and has no line.
    """
    if not keys or not keys[0]:
        return []
    found: dict[tuple[int, Key], list[Key]] = {(-1, ()): list(keys)}
    if len(keys[0]) > 1:
        for position in range(len(keys[0])):
            for key in keys:
                rest = key[:position] + key[position + 1 :]
                found.setdefault((position, rest), []).append(key)
    return list(found.values())


def protected(
    keys: Sequence[Key], hidden: set[Key], amounts: Sequence[Amount], smallest: int
) -> set[Key]:
    """Return the hidden keys together with those that must be hidden to protect them.

    Along each line with a hidden key, at least two keys end up hidden and hide at least
    `smallest` of each amount, and no hidden key is left that the totals give back.
    """
    every_line = lines(keys)
    hidden = set(hidden)
    while True:
        weak = _weak_line(every_line, hidden, amounts, smallest)
        if weak is None:
            weak = _given_back(every_line, hidden)
        if weak is None:
            return hidden
        hidden.add(_cheapest(every_line, [key for key in weak if key not in hidden], amounts))


def _weak_line(
    every_line: Sequence[list[Key]],
    hidden: set[Key],
    amounts: Sequence[Amount],
    smallest: int,
) -> list[Key] | None:
    """Return a line that hides too little of some amount; None where there is none."""
    for line in every_line:
        within = [key for key in line if key in hidden]
        if not within or len(within) == len(line):
            continue
        for amount in amounts:
            total = sum(amount.counts[key] for key in within)
            nothing = total == 0 and not amount.zero_tells
            if not nothing and (len(within) < 2 or total < smallest):
                return line
    return None


def _given_back(every_line: Sequence[list[Key]], hidden: set[Key]) -> list[Key] | None:
    """Return a line of a hidden key that totals and shown counts determine; None if none is."""
    unknown = sorted(hidden)
    known_totals = [line for line in every_line if not set(line) <= hidden]
    if not unknown or not known_totals:
        return None
    sums = np.array([[float(key in line) for key in unknown] for line in map(set, known_totals)])
    *_, directions = np.linalg.svd(sums, full_matrices=True)
    free = directions[np.linalg.matrix_rank(sums) :]
    movable = np.abs(free).max(axis=0, initial=0.0) > 1e-9
    for key, moves in zip(unknown, movable, strict=True):
        if not moves:
            return next((line for line in known_totals if key in line), None)
    return None


def _cheapest(
    every_line: Sequence[list[Key]], candidates: Sequence[Key], amounts: Sequence[Amount]
) -> Key:
    """Return the candidate that costs least to hide.

    A key that is alone in a line protects nothing, since that line's total gives it back.
    """
    alone = {line[0] for line in every_line if len(line) == 1}
    counts = amounts[0].counts
    return min(candidates, key=lambda key: (key in alone, counts[key], key))
