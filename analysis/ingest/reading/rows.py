"""Rows with their line numbers, from any reader, into a staged table of text."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.normal import ANY, cleaned, count_changed
from analysis.store.quoting import literal

# A row with more signs than this is no row of a table.
LONGEST_LINE = 100_000


@dataclass(frozen=True)
class Row:
    """One row of a file: where it stands, its fields, and the rule that it breaks, if any."""

    line: int
    fields: list[str]
    rule: str | None = None
    allowed: str | None = None


def read_csv(delimiter: str = ",") -> str:
    """Return the SQL source that reads $path as text in $columns and guesses nothing."""
    return (
        f"read_csv($path, auto_detect=false, header=true, delim={literal(delimiter)}, "
        "quote='\"', escape='\"', strict_mode=true, null_padding=false, columns=$columns, "
        f"store_rejects=true, max_line_size={10 * LONGEST_LINE}, rejects_limit=0)"
    )


def run_reading(con: duckdb.DuckDBPyConnection, query: str, path: Path, names: list[str]) -> int:
    """Run a query over a CSV file; return how many rows the engine's reader rejected."""
    columns = dict.fromkeys(names, "VARCHAR")
    con.execute(query, {"path": str(path), "columns": columns})
    rejected = con.execute("select count(*) from reject_errors").fetchone()
    con.execute("truncate reject_errors")
    con.execute("truncate reject_scans")
    return int(rejected[0]) if rejected is not None else 0


def stage_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    names: list[str],
    rows: Iterable[Row],
    folder: Path,
    name: str,
) -> tuple[str, ...]:
    """Stage rows one by one, those that break a rule in `table`_malformed; return notes on them.

    `names` are the columns c0, c1, ... of the table, `name` the file's. A plain copy in `folder`
    carries the rows to the engine, so that memory does not grow with them; it is removed.
    """
    plain, malformed = folder / "plain.csv", []
    try:
        with plain.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(["line", *names])
            for row in rows:
                if row.rule is None:
                    fields = row.fields
                    if "\r" in "".join(fields):
                        fields = [
                            field.replace("\r\n", "\n").replace("\r", "\n") for field in fields
                        ]
                    writer.writerow([row.line, *fields])
                else:
                    malformed.append([row.line, row.rule, row.allowed])
        query = (
            f"create or replace temp table {table} as "
            f"select line::integer as line, {cleaned(names, ANY)} from {read_csv()}"
        )
        if run_reading(con, query, plain, ["line", *names]):
            raise InputError(
                name, "cannot be read as a table: save it as CSV UTF-8 again.", code="E103"
            )
    finally:
        plain.unlink(missing_ok=True)
    for start in range(0, len(malformed), 10_000):
        lines, rules, allowed = zip(*malformed[start : start + 10_000], strict=True)
        con.execute(
            f"insert into {table}_malformed select unnest(?::integer[]), unnest(?::varchar[]), "
            "unnest(?::varchar[])",
            [list(lines), list(rules), list(allowed)],
        )
    return count_changed(con, table)


def _plain_breaks(fields: list[str]) -> list[str]:
    if "\r" not in "".join(fields):
        return fields
    return [field.replace("\r\n", "\n").replace("\r", "\n") for field in fields]
