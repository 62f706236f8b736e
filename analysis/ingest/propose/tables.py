"""The tables of a file to be looked at; the import's readers stage workbooks and Parquet."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.memory import engine_limits
from analysis.ingest.propose.profile import MOST_ROWS, Table, profile_of, read_profile
from analysis.ingest.reading.fhir import is_fhir
from analysis.ingest.reading.header import usable_header
from analysis.ingest.reading.kinds import PARQUET, WORKBOOK, kind_of
from analysis.ingest.reading.parquet import stage_parquet
from analysis.ingest.reading.rows import Row, stage_rows
from analysis.ingest.reading.sheet_xml import SheetRows
from analysis.ingest.reading.sheets import SheetRow, filled, first_row, row_of, sheet_notes
from analysis.ingest.reading.shown import shown
from analysis.ingest.reading.staged import Staged, create_malformed
from analysis.ingest.reading.workbook import Sheet, Workbook, open_workbook
from analysis.store.failures import explained

STAGED = "looked_at"
# What a cell without a value to read is, by the rule that keeps its row aside.
UNREAD = {
    "formula_without_value": "formulas were never calculated (let the workbook calculate, save it)",
    "error_cell": "cells hold an error such as #N/A",
    "rounded_number": "numbers have more than 15 digits, which workbooks round",
    "malformed": "cells hold neither a number nor a text",
}
Unread = Counter[tuple[int, str]]


@dataclass(frozen=True)
class Looked:
    """A table of a file, or a sheet of a workbook that holds none and the `error` that it is.

    `sheet` is its title, None for a file that has no sheets. `notes` are for whoever decides.
    """

    name: str
    table: Table | None = None
    error: InputError | None = None
    sheet: str | None = None
    hidden: bool = False
    notes: tuple[str, ...] = ()


def tables_of(path: Path, local: bool) -> list[Looked]:
    """Return the tables of a file, each with its profile: one, or those of a workbook's sheets.

    Their first 200,000 rows count. Parquet is read only where the caller is `local`. Raises
    InputError for a file that is missing, or that is no table, with the bounds of an import.
    """
    if not path.is_file():
        raise InputError(str(path), "there is no such file.")
    name = shown(path.name)
    kind = "" if is_fhir(path) else kind_of(path, name, local)
    if kind not in (WORKBOOK, PARQUET):
        return [Looked(path.name, read_profile(path))]
    with (
        explained(lambda: f"{name} could not be looked at"),
        tempfile.TemporaryDirectory(prefix="trd-outcomes-") as scratch,
        closing(duckdb.connect(config={"temp_directory": scratch, **engine_limits()})) as con,
    ):
        if kind == PARQUET:
            staged = stage_parquet(con, path, STAGED)
            return [Looked(name, profile_of(con, staged, {}))]
        with open_workbook(path, name) as book:
            return [_look_at(con, book, sheet, Path(scratch)) for sheet in book.sheets]


def _look_at(con: duckdb.DuckDBPyConnection, book: Workbook, sheet: Sheet, folder: Path) -> Looked:
    """Stage the first rows of a sheet as text and return what is in them."""
    name = book.name if len(book.sheets) == 1 else f"{book.name} [{shown(sheet.title, 40)}]"
    gathered, unread = SheetRows(), Unread()
    try:
        with closing(filled(book.rows(sheet, gathered))) as rows:
            line, written = first_row(rows)
            if not written:
                raise InputError(name, "is empty.", code="E101")
            header = usable_header(name, written, line)
            create_malformed(con, STAGED)
            names = [f"c{at}" for at in range(len(header))]
            some = _rows(islice(rows, MOST_ROWS + 1), len(header), unread)
            stage_rows(con, STAGED, names, some, folder, name)
        table = _profile(con, Staged(name, "", header, STAGED, 0), line, unread)
    except InputError as error:
        if error.code == "E115":  # the workbook is damaged, not the sheet without a table
            raise
        return Looked(name, None, error, sheet.title, sheet.hidden)
    notes = [f"{header[at]}: {n:,} {UNREAD[rule]}" for (at, rule), n in sorted(unread.items())]
    notes = [*sheet_notes(sheet, gathered), *notes]
    return Looked(name, table, None, sheet.title, sheet.hidden, tuple(notes))


def _rows(rows: Iterator[SheetRow], width: int, unread: Unread) -> Iterator[Row]:
    """Yield rows of a sheet, and count the cells in them that have no value to read."""
    for number, cells in rows:
        unread.update((at, fault[0]) for at, _, fault in cells if fault and at < width)
        yield row_of(number, cells, width, frozenset())


def _profile(con: duckdb.DuckDBPyConnection, staged: Staged, line: int, unread: Unread) -> Table:
    """Return the profile of a staged sheet; raises InputError where its first row is no header."""
    faults: Counter[int] = Counter()
    for (at, _), n in unread.items():
        faults[at] += n
    table = profile_of(con, staged, faults)
    wider = con.execute(f"select count(*) from {staged.malformed}").fetchone() or (0,)
    if wider[0] > table.rows:
        raise InputError(
            staged.name,
            "most rows have more cells than the first row, so that it is no header: remove what "
            "stands above the header.",
            line=line,
        )
    if table.rows == 0:
        raise InputError(staged.name, "has a header and no rows.", line=line, code="E102")
    return table
