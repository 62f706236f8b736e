"""Sheets of a workbook: every one whose columns fit a kind of file becomes a table of text."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import InputError
from analysis.ingest.columns import COLUMNS
from analysis.ingest.reading.cells import Fault
from analysis.ingest.reading.header import usable_header
from analysis.ingest.reading.redcap import is_redcap
from analysis.ingest.reading.rows import LONGEST_LINE, Row, stage_rows
from analysis.ingest.reading.sheet_xml import SheetRows
from analysis.ingest.reading.shown import shown
from analysis.ingest.reading.staged import Staged, create_malformed
from analysis.ingest.reading.wide import is_wide, refuse_undeclared
from analysis.ingest.reading.workbook import Sheet, Workbook, open_workbook

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.canonical import Layout
    from analysis.ingest.mapping import Mapping

SheetRow = tuple[int, list[tuple[int, str, Fault | None]]]
OURS = {name for columns in COLUMNS.values() for name in columns}


@dataclass
class _Read:
    """What was found in the sheets of one workbook so far."""

    tables: list[Staged] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)


def stage_workbook(
    con: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, table: str, folder: Path
) -> list[Staged]:
    """Read the sheets of a workbook into tables of text; rows have the numbers that it shows.

    A sheet that fits no kind of file is skipped and noted, where another one fits and the mapping
    names no sheets. Rows with a formula that was never calculated, or with an error, in a column
    that is read are kept aside. Raises InputError for a workbook that cannot be read.
    """
    name = shown(path.name)
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    read = _Read()
    with open_workbook(path, name) as book:
        chosen = _chosen(book, mapping)
        for sheet in chosen:
            number = len(read.tables) + 1
            target = table if number == 1 else f"{table}_{number}"
            called = name if len(book.sheets) == 1 else f"{name} [{shown(sheet.title, 40)}]"
            empty = Staged(called, sha256, (), target, 0)
            try:
                staged = _stage(con, book, sheet, empty, mapping, folder)
            except _Skipped as skipped:
                read.errors.append(skipped.error)
                read.skipped.append(f"sheet {shown(sheet.title, 40)} was not read: {skipped.why}")
                continue
            read.tables.append(staged)
    if not read.tables:
        raise read.errors[0] if read.errors else InputError(name, "holds no sheet.", code="E101")
    first = read.tables[0]
    return [replace(first, notes=(*first.notes, *read.skipped)), *read.tables[1:]]


class _Skipped(Exception):
    """A sheet that is left out: why, and the error that it is where no other sheet fits."""

    def __init__(self, why: str, error: InputError) -> None:
        super().__init__(why)
        self.why, self.error = why, error


def _chosen(book: Workbook, mapping: Mapping) -> tuple[Sheet, ...]:
    declared = mapping.file.sheets
    titles = [sheet.title for sheet in book.sheets]
    for title in declared:
        if title not in titles:
            there = ", ".join(shown(t, 40) for t in titles)
            raise InputError(
                book.name,
                f'has no sheet "{shown(title, 40)}", which sheets under [file] names. '
                f"Sheets found: {there}.",
                code="E116",
            )
    return tuple(s for s in book.sheets if not declared or s.title in declared)


def _stage(
    con: duckdb.DuckDBPyConnection,
    book: Workbook,
    sheet: Sheet,
    empty: Staged,
    mapping: Mapping,
    folder: Path,
) -> Staged:
    """Stage one sheet; raises _Skipped for one that is empty or has nothing of ours."""
    gathered = SheetRows()
    with closing(filled(book.rows(sheet, gathered))) as rows:
        line, written = first_row(rows)
        if not written:
            raise _Skipped("it is empty", InputError(empty.name, "is empty.", code="E101"))
        header, used = _understood(written, line, empty, mapping)
        create_malformed(con, empty.table)
        names = [f"c{number}" for number in range(len(header))]
        found = (row_of(number, cells, len(header), used) for number, cells in rows)
        notes = stage_rows(con, empty.table, names, found, folder, empty.name)
    counted = con.execute(
        f"select (select count(*) from {empty.table}) + (select count(*) from {empty.malformed})"
    ).fetchone()
    if counted is None or counted[0] == 0:
        error = InputError(empty.name, "has a header and no rows.", line=line, code="E102")
        raise _Skipped("it has a header and no rows", error)
    notes = (*sheet_notes(sheet, gathered), *notes)
    return replace(empty, header=header, rows=int(counted[0]), notes=notes)


def filled(rows: Iterator[SheetRow]) -> Generator[SheetRow]:
    """Yield the rows in which any cell holds something; blank ones are no rows."""
    for number, cells in rows:
        if any(text.strip() or fault for _, text, fault in cells):
            yield number, cells


def first_row(rows: Iterator[SheetRow]) -> tuple[int, list[str]]:
    """Return the number and the cells of the next row, up to the last one that holds something."""
    line, cells = next(rows, (0, []))
    written = [""] * max((at + 1 for at, text, _ in cells if text.strip()), default=0)
    for at, text, _ in cells:
        if at < len(written):
            written[at] = text
    return line, written


def _understood(
    written: list[str], line: int, empty: Staged, mapping: Mapping
) -> tuple[tuple[str, ...], frozenset[int]]:
    """Return the header of a sheet and the places of the columns that are read from it.

    Raises _Skipped where nothing in it is ours and the mapping does not name the sheet.
    """
    ours = OURS | set(mapping.columns.values()) | set(mapping.fields.values())
    for column in mapping.tables.wide:
        ours |= {column.column, column.date or column.column}
    try:
        header = usable_header(empty.name, written, line)
    except InputError as error:
        if mapping.file.sheets or ours & {text.strip() for text in written}:
            raise
        raise _Skipped("its first row is no header", error) from None
    staged = replace(empty, header=header)
    if is_redcap(staged, mapping):
        return header, frozenset(range(len(header)))
    if is_wide(staged, mapping):
        return header, frozenset(at for at, name in enumerate(header) if name in ours)
    try:
        found = _layout(staged, mapping)
    except InputError as error:
        if error.code in ("E210", "E211") and not mapping.file.sheets:
            raise _Skipped("its columns fit no kind of file", error) from None
        raise
    return header, frozenset(found.positions.values())


def _layout(staged: Staged, mapping: Mapping) -> Layout:
    """Return where our columns are; of what fits no kind it is told if it is wide."""
    # here, since that module takes in tables as this one hands them on
    from analysis.ingest.canonical import layout

    try:
        return layout(staged, mapping)
    except InputError as error:
        if error.code == "E210":
            refuse_undeclared(staged, mapping)
        raise


def row_of(
    number: int, cells: list[tuple[int, str, Fault | None]], width: int, used: frozenset[int]
) -> Row:
    """Return a row of a sheet as fields; one with a fault in a column that is `used` has none."""
    fields, length = [""] * width, 0
    for at, text, fault in cells:
        if fault is not None and at in used:
            return Row(number, [], *fault)
        if at < width:
            fields[at] = text
            length += len(text)
        elif text.strip() or fault is not None:
            return Row(number, [], "too_many_fields", f"{width} fields, as in the header")
    if length > LONGEST_LINE:
        return Row(number, [], "line_too_long", f"at most {LONGEST_LINE:,} signs")
    return Row(number, fields)


def sheet_notes(sheet: Sheet, gathered: SheetRows) -> list[str]:
    """Return what has to be said of a sheet that was read: what in it is hidden or merged."""
    notes = []
    if sheet.hidden:
        notes.append("the sheet is hidden; it was read")
    if gathered.hidden:
        notes.append(f"hidden rows: {gathered.hidden}; they were read")
    if gathered.merged:
        notes.append(f"merged cells: {gathered.merged}; the value counts in the first of them only")
    return notes
