"""Parquet files of the person's own machine, read as text like every other file."""

import hashlib
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.header import usable_header
from analysis.ingest.reading.normal import ANY, cleaned, count_changed
from analysis.ingest.reading.shown import shown
from analysis.ingest.reading.staged import Staged, create_malformed
from analysis.store.quoting import column

DAMAGED = "is a Parquet file that is damaged or cut off: export it again."


def stage_parquet(con: duckdb.DuckDBPyConnection, path: Path, table: str) -> Staged:
    """Read a Parquet file into a table of text; its rows are numbered from 1.

    Raises InputError for a file that is damaged, has no rows, or whose columns cannot be told
    apart.
    """
    name = shown(path.name)
    create_malformed(con, table)
    source = {"path": str(path)}
    try:
        flat = con.execute("select name from parquet_schema($path) offset 1", source).fetchall()
        described = con.execute("describe select * from read_parquet($path)", source).fetchall()
        theirs = [row[0] for row in described]
        # the engine renames a column that is there twice: the file's own names tell
        header = usable_header(name, [r[0] for r in flat] if len(flat) == len(theirs) else theirs)
        names = [f"c{number}" for number in range(len(theirs))]
        cells = ", ".join(
            f"cast({column(t)} as varchar) as {n}" for t, n in zip(theirs, names, strict=True)
        )
        con.execute(
            f"create or replace temp table {table} as "
            f"select line, {cleaned(names, ANY)} from (select cast(row_number() over () "
            f"as integer) as line, {cells} from read_parquet($path))",
            source,
        )
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, UnicodeError):
        raise InputError(name, DAMAGED, code="E104") from None
    rows = con.execute(f"select count(*) from {table}").fetchone()
    if rows is None or rows[0] == 0:
        raise InputError(name, "has columns and no rows.", code="E102")
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    return Staged(name, sha256, header, table, int(rows[0]), notes=count_changed(con, table))
