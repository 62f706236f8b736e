"""Several tests at once: p-values adjusted for how many were made.

A p-value of None (a test that could not be made) stays None and is not counted.
"""

from collections.abc import Sequence

PValues = Sequence[float | None]
Adjusted = tuple[float | None, ...]


def holm(p_values: PValues) -> Adjusted:
    """Return p-values adjusted so that all of them together err in few cases, in the same order.

    Controls the family-wise error rate. Raises ValueError unless each is between 0 and 1.
    Source: Holm 1979, Scand. J. Statist. 6:65-70; R `p.adjust(method = "holm")`.
    """
    order = _ascending(p_values)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p_value, place) in enumerate(order):
        largest = max(largest, (len(order) - rank) * p_value)
        adjusted[place] = min(1.0, largest)
    return tuple(adjusted)


def benjamini_hochberg(p_values: PValues) -> Adjusted:
    """Return p-values adjusted so that few of those called different are not, in the same order.

    Controls the false discovery rate. Raises ValueError unless each is between 0 and 1.
    Source: Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x; R `p.adjust`.
    """
    order = _ascending(p_values)
    adjusted: list[float | None] = [None] * len(p_values)
    smallest = 1.0
    for rank in range(len(order), 0, -1):
        p_value, place = order[rank - 1]
        smallest = min(smallest, len(order) / rank * p_value)
        adjusted[place] = smallest
    return tuple(adjusted)


def _ascending(p_values: PValues) -> list[tuple[float, int]]:
    """Return the known p-values, the smallest first, each with its place."""
    known = [(p, place) for place, p in enumerate(p_values) if p is not None]
    for p_value, _ in known:
        if not 0 <= p_value <= 1:
            raise ValueError(f"a p-value of {p_value} is not between 0 and 1")
    return sorted(known)
