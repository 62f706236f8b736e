"""A table of text as every reader hands it on, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from analysis.ingest.reading.plain_rows import PlainForm


@dataclass(frozen=True)
class Staged:
    """One table of a file, staged as text in the temporary table `table`.

    That table has the columns `line` (whole numbers, each once) and `c0`, `c1`, ... in the order
    of `header`: text without blanks around it, null where it is empty. `TABLE_malformed` has
    `line`, `rule` and `allowed` of the rows that do not have the table's form. `rows` counts both.

    Where one place of the file gave several rows, or a row has no line, the reader has `reshaped`
    it: `TABLE_origin` then says for each `line` the `file_line` (or number of the entry) that it
    stands for, and as `source` the clinic's column or form, null where that is plain.
    `before` is then the table as it stood in the file, for whoever looks at all of its columns.
    `iso_dates`: its source knows dates in one form only, so that a column is never of another.
    `notes` are sentences for the person who imports, such as the encoding that was found.

    Of a file that was read for its `plain` rows, the table holds the other ones only; `rows` counts
    all (see plain_rows.py).
    """

    name: str
    sha256: str
    header: tuple[str, ...]
    table: str
    rows: int
    reshaped: bool = False
    notes: tuple[str, ...] = ()
    before: Staged | None = None
    plain: PlainForm | None = None
    iso_dates: bool = False

    @property
    def malformed(self) -> str:
        return f"{self.table}_malformed"

    @property
    def origin(self) -> str:
        return f"{self.table}_origin"


def create_malformed(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Create the empty table of the rows that do not have the form of their table."""
    con.execute(
        f"create or replace temp table {table}_malformed "
        "(line integer, rule varchar, allowed varchar)"
    )
