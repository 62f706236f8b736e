"""The case mix as columns of numbers: what a propensity model sees, and what must be balanced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNKNOWN = "unknown"
OTHER = "other/rare"
# A level of fewer people than this, in both groups together, is joined with the other rare ones.
SMALLEST_LEVEL = 5


@dataclass(frozen=True, eq=False)
class Categorical:
    """A field with levels: `codes[i]` is the place of person i's level in `levels`."""

    name: str
    codes: Counts
    levels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Numeric:
    """A field with numbers, one per person; NaN is unknown."""

    name: str
    values: Floats


@dataclass(frozen=True)
class Term:
    """One column: of a level, whether someone has it; of a number, its value or its square."""

    field: str
    level: str
    is_level: bool


@dataclass(frozen=True)
class Merged:
    """The rare levels of a field that became one, and how many people have it."""

    field: str
    levels: tuple[str, ...]
    people: int


@dataclass(frozen=True, eq=False)
class Design:
    """One row per person, one column per term; every level has a column, the reference too.

    `modelled` says which columns may enter a model: all but the reference level of each field.
    """

    terms: tuple[Term, ...]
    columns: Floats
    modelled: Bools
    references: tuple[tuple[str, str], ...]
    merged: tuple[Merged, ...]


def categorical(name: str, values: Iterable[str | None]) -> Categorical:
    """Return a field from one level per person; None is the level `unknown`."""
    places: dict[str, int] = {}
    codes = [
        places.setdefault(UNKNOWN if value is None else value, len(places)) for value in values
    ]
    return Categorical(name, np.array(codes, dtype=np.int64), tuple(places))


def design(fields: Sequence[Categorical | Numeric], smallest_level: int = SMALLEST_LEVEL) -> Design:
    """Return the columns of a case mix.

    Of a field with levels: one column per level, the most frequent being the reference. Levels
    that fewer than `smallest_level` people have become one, `other/rare`; `unknown` stays as it
    is. Of a number: itself (as standard deviations from the mean) and its square, so that overlap
    weights balance mean and spread; the unknown get the mean, and a level `unknown` beside it.
    Raises ValueError without fields, or where they differ in length or share a name.
    """
    if not fields:
        raise ValueError("there is no field to weigh by")
    sizes = {len(f.codes if isinstance(f, Categorical) else f.values) for f in fields}
    if len(sizes) > 1 or len({f.name for f in fields}) < len(fields):
        raise ValueError("the fields differ in length, or two have one name")
    terms: list[Term] = []
    columns: list[Floats] = []
    references: list[tuple[str, str]] = []
    merged: list[Merged] = []
    for field in fields:
        if isinstance(field, Numeric):
            own_terms, own = _numbers(field)
        else:
            joined, rare = _without_rare(field, smallest_level)
            own_terms, own, reference = _levels(joined)
            references.append((field.name, reference))
            merged += [rare] if rare else []
        terms += own_terms
        columns += own
    out = np.column_stack(columns).astype(np.float64, copy=False)
    modelled = np.array([(term.field, term.level) not in references for term in terms])
    return Design(tuple(terms), out, modelled, tuple(references), tuple(merged))


def _without_rare(field: Categorical, smallest: int) -> tuple[Categorical, Merged | None]:
    """Return the field with its rare levels as one."""
    counts = np.bincount(field.codes, minlength=len(field.levels))
    rare = [
        place
        for place, level in enumerate(field.levels)
        if 0 < counts[place] < smallest and level != UNKNOWN
    ]
    if len(rare) < 2:  # one rare level stays what it is: there is nothing to join it with
        return field, None
    place_of_other = len(field.levels)
    places = np.arange(place_of_other)
    places[rare] = place_of_other
    joined = Categorical(field.name, places[field.codes], (*field.levels, OTHER))
    names = tuple(field.levels[place] for place in rare)
    return joined, Merged(field.name, names, int(counts[rare].sum()))


def _levels(field: Categorical) -> tuple[list[Term], list[Floats], str]:
    """Return a column for each level that anyone has, and the name of the most frequent."""
    counts = np.bincount(field.codes, minlength=len(field.levels))
    present = np.flatnonzero(counts)
    terms = [Term(field.name, field.levels[place], True) for place in present]
    columns = [(field.codes == place).astype(np.float64) for place in present]
    reference = field.levels[int(np.argmax(counts))] if counts.size else ""
    return terms, columns, reference


def _numbers(field: Numeric) -> tuple[list[Term], list[Floats]]:
    """Return columns for a number, its square and, where some are unknown, whether it is."""
    known = np.isfinite(field.values)
    shown = field.values[known]
    spread = float(shown.std()) if shown.size else 0.0
    scaled = np.zeros(field.values.size)
    if spread > 0:
        scaled[known] = (shown - shown.mean()) / spread
    terms = [Term(field.name, "value", False), Term(field.name, "squared", False)]
    columns = [scaled, scaled**2]
    if not known.all():
        terms.append(Term(field.name, UNKNOWN, True))
        columns.append((~known).astype(np.float64))
    return terms, columns
