"""Tables of another shape become tables of ours, and each row keeps the place it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analysis.ingest.reading.staged import Staged

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping

SQL = Path(__file__).parent
MALFORMED_RANK = 1 << 30


def sql(name: str, **parts: str) -> str:
    """Return an SQL file of this folder with its parts filled in."""
    return (SQL / f"{name}.sql").read_text("utf-8").format(**parts)


def set_aside(con: duckdb.DuckDBPyConnection, staged: Staged) -> Staged:
    """Rename a staged table, so that the reshaped one can take its name."""
    raw = replace(staged, table=f"{staged.table}_raw")
    for old, new in ((staged.table, raw.table), (staged.malformed, raw.malformed)):
        con.execute(f"drop table if exists {new}")
        con.execute(f"alter table {old} rename to {new}")
    return raw


def position(staged: Staged, column: str) -> int | None:
    """Return the place of a column of theirs, None where the table lacks it."""
    return staged.header.index(column) if column in staged.header else None


def cell(staged: Staged, column: str | None) -> str:
    """Return the SQL for a column of theirs; null where the table lacks it."""
    at = None if column is None else position(staged, column)
    return "cast(null as varchar)" if at is None else f"c{at}"


def header_for(mapping: Mapping, names: Iterable[str]) -> tuple[str, ...]:
    """Return our column names under the names by which the mapping will look for them.

    A mapping that says score = "TOTAL" for another file finds the reshaped score under TOTAL.
    """
    theirs = {**mapping.columns, **mapping.fields}
    return tuple(theirs.get(name, name) for name in names)


def deal(
    con: duckdb.DuckDBPyConnection,
    before: Staged,
    table: str,
    header: tuple[str, ...],
    query: str,
    notes: tuple[str, ...] = (),
    with_malformed: bool = True,
) -> Staged:
    """Stage the rows of a query as a table of its own, in the order of the file.

    The query gives `file_line`, `place`, `source`, `rule`, `allowed` and `c0`, `c1`, ... in the
    order of `header`; a row with a rule is one that cannot be used. The malformed rows of the
    table before go along where `with_malformed` says so.
    """
    if with_malformed:
        query = (
            f"select * from ({query}) union all by name select line as file_line, "
            f"{MALFORMED_RANK} as place, rule, allowed from {before.malformed}"
        )
    numbered = f"{table}_numbered"
    cells = ", ".join(f"c{number}" for number in range(len(header)))
    con.execute(
        f"create or replace temp table {numbered} as select "
        f"(row_number() over (order by file_line, place))::integer as line, * from ({query})"
    )
    con.execute(
        f"create or replace temp table {table} as "
        f"select line, {cells} from {numbered} where rule is null"
    )
    con.execute(
        f"create or replace temp table {table}_malformed as "
        f"select line, rule::varchar as rule, allowed::varchar as allowed from {numbered} "
        "where rule is not null"
    )
    con.execute(
        f"create or replace temp table {table}_origin as select line, "
        f"file_line::integer as file_line, source::varchar as source from {numbered}"
    )
    rows = con.execute(f"select count(*) from {numbered}").fetchone() or (0,)
    con.execute(f"drop table {numbered}")
    return Staged(
        before.name,
        before.sha256,
        header,
        table,
        int(rows[0]),
        True,
        (*before.notes, *notes),
        before,
    )
