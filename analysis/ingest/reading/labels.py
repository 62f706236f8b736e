"""A second line of labels or units under the header: found, so that it is never read as a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import InputError
from analysis.ingest.columns import IDS, ITEMS
from analysis.ingest.reading.staged import Staged

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping

NUMBERS = ("day", "date", "score", "start_date", "start_year", "follow_up_days", "adequate_trials",
           "session", "planned_sessions", "induction_end_day", *ITEMS)  # fmt: skip
LABEL = re.compile(r"[\W_]*[^\W\d_]")
NO_LABELS = {"na", "n/a", "nan", "null", "none", "unknown", "missing", "nd", "not done", "refused"}


def refuse_labels(con: duckdb.DuckDBPyConnection, staged: Staged, mapping: Mapping) -> None:
    """Raise InputError where the row under the header holds labels or units instead of values.

    It does when every cell of it in a column of numbers or dates is a word, its ids are no ids,
    and the rows below have numbers there. A single bad cell among good ones is no label.
    """
    theirs = {name: f"c{position}" for position, name in enumerate(staged.header)}

    def places(names: tuple[str, ...]) -> list[str]:
        known = (mapping.columns.get(name, name) for name in names)
        return [theirs[name] for name in known if name in theirs]

    numbers, ids = places(NUMBERS), places(IDS)
    if not numbers:
        return
    wanted = [*numbers, *ids]
    first = con.execute(
        f"select line, {', '.join(wanted)} from {staged.table} order by line limit 1"
    ).fetchone()
    if first is None:
        return
    cells = dict(zip(wanted, first[1:], strict=True))
    words = [name for name in numbers if cells[name] is not None]
    codes = NO_LABELS | {code.casefold() for code in mapping.missing}
    if not words or not all(
        LABEL.match(cells[name]) and cells[name].casefold() not in codes for name in words
    ):
        return
    filled = [name for name in ids if cells[name] is not None]
    if any(re.search(r"\d", cells[name]) for name in filled):
        return
    below = ", ".join(
        f"count(*) filter (where regexp_matches({name}, '\\d'))" for name in (*words, *filled)
    )
    counts = con.execute(
        f"select {below} from {staged.table} where line > ?", [first[0]]
    ).fetchone() or (0,)
    in_words, in_ids = counts[: len(words)], counts[len(words) :]
    if all(in_words) and (len(words) > 1 or not filled or all(in_ids)):
        raise InputError(
            staged.name,
            "the row under the header holds labels or units, not values: remove that row, or "
            "export the raw data without labels.",
            line=first[0],
            code="E212",
        )
