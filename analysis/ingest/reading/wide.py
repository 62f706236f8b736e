"""Wide tables, with a column per visit, become one row per assessment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import InputError
from analysis.ingest.declared_tables import WideColumn
from analysis.ingest.reading.reshape import deal, header_for, set_aside, sql
from analysis.ingest.reading.staged import Staged
from analysis.instruments import REGISTRY
from analysis.store.quoting import literal

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping

# What the names of visits look like: w0, week_4, t1, d28, baseline, m6, visit2, 4w, fu1 ...
VISIT = re.compile(
    r"(w|wk|wks|week|weeks|t|v|visit|d|day|days|m|mo|month|months|fu|follow_?up|s|session|time)"
    r"[_ .-]?\d{1,3}|\d{1,3}[_ ]?(w|wk|weeks?|d|days?|m|mo|months?)"
    r"|baseline|base|bl|pre|post|screening|scr|endpoint|eot|discharge|follow_?up|fu",
    re.IGNORECASE,
)
TOTAL_WORDS = re.compile(r"[_ .-]*(total|tot|score|sum|gesamt|summe)$", re.IGNORECASE)
SEPARATORS = "_ .-"


def plain_name(text: str) -> str:
    """Return a name without capitals, blanks and signs, so that PHQ-9 and phq9 are one."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def known_names(mapping: Mapping) -> dict[str, str]:
    """Return the instrument for each plain name that it may have in a column's name."""
    names = {plain_name(scale.label): scale.id for scale in REGISTRY.values()}
    names |= {plain_name(id): id for id in (*REGISTRY, *mapping.instruments)}
    renamed = mapping.values.get("instrument", {})
    return names | {plain_name(theirs): ours for theirs, ours in renamed.items()}


def visit_columns(header: Iterable[str], names: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return (instrument, visit) for each column whose name is an instrument and a visit."""
    found: dict[str, tuple[str, str]] = {}
    for column in header:
        for at, sign in enumerate(column):
            if sign not in SEPARATORS:
                continue
            parts = (column[:at], column[at + 1 :])
            for name, visit in (parts, parts[::-1]):
                scale = names.get(plain_name(TOTAL_WORDS.sub("", name)))
                if scale is not None and VISIT.fullmatch(visit):
                    found.setdefault(column, (scale, visit))
    return found


def undeclared(staged: Staged, mapping: Mapping) -> dict[str, tuple[str, str]]:
    """Return the columns that look like visits of an instrument and that no section names.

    One such column alone is none, unless others of its instrument are declared.
    """
    declared = {column.column for column in mapping.tables.wide}
    given = {wide.instrument for wide in mapping.tables.wide if wide.column in staged.header}
    mapped = {*mapping.columns.values(), *mapping.fields.values()}
    found = {
        column: (scale, visit)
        for column, (scale, visit) in visit_columns(staged.header, known_names(mapping)).items()
        if column not in declared | mapped and scale not in mapping.tables.wide_ignored
    }
    scales = [scale for scale, _ in found.values()]
    return {
        column: (scale, visit)
        for column, (scale, visit) in found.items()
        if scales.count(scale) > 1 or scale in given
    }


def refuse_undeclared(staged: Staged, mapping: Mapping) -> None:
    """Raise InputError where columns look like visits and no section declares them."""
    found = undeclared(staged, mapping)
    if not found:
        return
    scale = next(iter(found.values()))[0]
    columns = [column for column, (name, _) in found.items() if name == scale]
    example = ", ".join(f"{literal(column)} = DAY" for column in columns[:3])
    raise InputError(
        staged.name,
        f"has a column per visit ({', '.join(list(found)[:6])}). Write [wide.{scale}] columns = "
        f"{{ {example} }} in the mapping file, with the day of each visit; "
        f"trd-outcomes map {staged.name} proposes it.",
        line=1,
        code="E211",
    )


def is_wide(staged: Staged, mapping: Mapping) -> bool:
    """Return whether a table has a column that a [wide] section names."""
    return any(column.column in staged.header for column in mapping.tables.wide)


def reshape_wide(con: duckdb.DuckDBPyConnection, staged: Staged, mapping: Mapping) -> Staged:
    """Return a wide table as one row per filled cell; an empty cell is no assessment.

    The further columns of a row go to each of its assessments. Raises InputError for visit columns
    that are not declared, and where a date column is missing or no cell is filled.
    """
    refuse_undeclared(staged, mapping)
    declared = mapping.tables.wide
    columns = [column for column in declared if column.column in staged.header]
    for column in columns:
        if column.date is not None and column.date not in staged.header:
            raise InputError(
                staged.name,
                f'lacks the column "{column.date}" that [wide.{column.instrument}] names as the '
                f"date of {column.column}. Columns found: {', '.join(staged.header)}.",
                line=1,
                code="E213",
            )
    own = header_for(mapping, ("instrument", "score", "day", "date"))
    taken = {*own, *(c.column for c in columns), *(c.date for c in columns if c.date)}
    others = [(name, at) for at, name in enumerate(staged.header) if name not in taken]
    raw = set_aside(con, staged)
    _list_cells(con, raw, columns)
    query = sql(
        "wide",
        raw=raw.table,
        cells=f"{raw.table}_cells",
        visits=", ".join(f"c{raw.header.index(column.column)}" for column in columns),
        dates=_dates(raw, columns),
        others="".join(f"filled.c{at} as c{number}, " for number, (_, at) in enumerate(others)),
        **{
            name: f"c{len(others) + number}"
            for number, name in enumerate(("instrument", "score", "day", "date"))
        },
    )
    header = (*(name for name, _ in others), *own)
    shaped = deal(con, raw, staged.table, header, query, _notes(con, raw, columns, declared))
    if shaped.rows == 0:
        raise InputError(staged.name, "has no score in any of its visit columns.", code="E102")
    return shaped


def _list_cells(con: duckdb.DuckDBPyConnection, raw: Staged, columns: Iterable[WideColumn]) -> None:
    table = f"{raw.table}_cells"
    con.execute(
        f"create or replace temp table {table} "
        "(place integer, cell varchar, source varchar, instrument varchar, day varchar)"
    )
    for column in columns:
        at = raw.header.index(column.column)
        day = None if column.day is None else str(column.day)
        con.execute(
            f"insert into {table} values (?, ?, ?, ?, ?)",
            [at, f"c{at}", column.column, column.instrument, day],
        )


def _dates(raw: Staged, columns: Iterable[WideColumn]) -> str:
    index = raw.header.index
    whens = [
        f"when 'c{index(column.column)}' then filled.c{index(column.date)}"
        for column in columns
        if column.date is not None
    ]
    return " ".join(whens) or "when '' then cast(null as varchar)"


def _notes(
    con: duckdb.DuckDBPyConnection,
    raw: Staged,
    columns: list[WideColumn],
    declared: Iterable[WideColumn],
) -> tuple[str, ...]:
    cells = " and ".join(f"c{raw.header.index(column.column)} is null" for column in columns)
    empty = con.execute(f"select count(*) from {raw.table} where {cells}").fetchone() or (0,)
    notes = [
        f"{raw.rows:,} rows with {len(columns)} visit columns: one assessment per filled cell."
    ]
    if empty[0]:
        notes.append(f"{empty[0]:,} rows have no score at any visit and give no assessment.")
    scales = {column.instrument for column in columns}
    lacking = [
        column.column
        for column in declared
        if column.instrument in scales and column.column not in raw.header
    ]
    if lacking:
        notes.append(f"Columns of [wide] that the file does not have: {', '.join(lacking)}.")
    return tuple(notes)
