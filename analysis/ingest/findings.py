"""What a check shows of the files: the columns that would be stored, first rows, what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from analysis.ingest.report import Quarantined, ReadFile, quarantined_rows

MOST_ROWS = 5
# More rows than this are not listed one by one: what is wrong with them is one thing.
MOST_LISTED = 20_000


@dataclass(frozen=True)
class Preview:
    """One table of a file: its stored columns as (ours, theirs), and its first rows in them.

    Columns that are not stored are never in it.
    """

    file: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Findings:
    """What a check found: previews, quarantined rows by (file, rule, rows), and the rows listed."""

    previews: tuple[Preview, ...]
    by_rule: tuple[tuple[str, str, int], ...]
    quarantined: tuple[Quarantined, ...]


def findings(con: duckdb.DuckDBPyConnection, read: Sequence[ReadFile]) -> Findings:
    """Return what a check shows, from the staged tables and the placed quarantine."""
    counts = con.execute(
        "select file, rule, count(*) from placed_quarantine group by all order by file, 3 desc, 2"
    ).fetchall()
    return Findings(
        tuple(_preview(con, file) for file in read),
        tuple((read[file].staged.name, rule, rows) for file, rule, rows in counts),
        quarantined_rows(con, read, MOST_LISTED),
    )


def _preview(con: duckdb.DuckDBPyConnection, file: ReadFile) -> Preview:
    places = sorted(file.layout.positions.items(), key=lambda place: place[1])
    cells = ", ".join(f"c{at}" for _, at in places)
    rows = con.execute(
        f"select {cells} from {file.staged.table} order by line limit {MOST_ROWS}"
    ).fetchall()
    columns = tuple((ours, file.staged.header[at]) for ours, at in places)
    return Preview(file.staged.name, columns, tuple(rows))
