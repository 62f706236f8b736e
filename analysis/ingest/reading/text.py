"""Reading CSV as text, strictly: nothing is guessed, nothing is dropped in silence.

A file that is plain in every way is read by the engine alone. Any other (rows of another form,
line breaks inside quotes, blank lines, other line ends, bad bytes) is first written out as plain
rows with their line numbers by a strict reader, so that each row is reported where it stands.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from analysis.errors import InputError
from analysis.ingest.reading.declared import FileForm
from analysis.ingest.reading.encodings import UTF8_MARK, as_utf8
from analysis.ingest.reading.header import BAD_BYTES, delimiter_of, text_header
from analysis.ingest.reading.normal import ANY, USUAL, cleaned, count_changed, level_of
from analysis.ingest.reading.plain_rows import PlainForm, stage_plain_rows
from analysis.ingest.reading.rows import LONGEST_LINE, Row, read_csv, run_reading, stage_rows
from analysis.ingest.reading.shown import shown
from analysis.ingest.reading.staged import Staged, create_malformed

CHUNK = 1 << 20
CUT = (
    "the last row may have been cut off, since no line end follows it: export the file again, or "
    "write unterminated = true under [file] of the mapping file where the system never writes one."
)
CUT_ROW = "the last row is cut off: it has fewer fields than the header; export the file again."
OPEN_QUOTE = (
    "a quote is opened and never closed, so what follows cannot be told apart: close it, or "
    "export the file again where it was cut off."
)


@dataclass(frozen=True)
class TextFile:
    """A CSV file that was looked through: its header, its line breaks and whether it is plain.

    `plain` files have line feeds only; `level` says what in their cells can change by
    normalisation.
    """

    path: Path
    name: str
    sha256: str
    header: tuple[str, ...]
    lines: int
    plain: bool
    level: int
    terminated: bool
    delimiter: str
    notes: tuple[str, ...] = ()


FindForm = Callable[[TextFile], PlainForm | None]


@dataclass(frozen=True)
class _Scan:
    sha256: str
    lines: int
    carriage_returns: bool
    terminated: bool
    level: int


def stage_text(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    form: FileForm,
    table: str,
    folder: Path,
    plain_form: FindForm = lambda file: None,
) -> Staged:
    """Read a text file, in whatever encoding it is declared, into a table of text.

    Where `plain_form` knows a form of the file's plain rows, those are read as whole numbers.
    Raises InputError as `look_through` and `stage` do.
    """
    name = shown(path.name)
    with as_utf8(path, name, form, folder) as readable:
        file = look_through(path, form, readable.path, readable.sha256, readable.notes)
        plain = plain_form(file) if file.plain else None
        if plain is not None:
            create_malformed(con, table)
            staged = stage_plain_rows(con, file, plain, table, folder)
            if staged is not None:
                return staged
        return stage(con, file, table, folder)


def look_through(
    original: Path,
    form: FileForm | None = None,
    path: Path | None = None,
    sha256: str | None = None,
    notes: tuple[str, ...] = (),
) -> TextFile:
    """Return what is known of a text file before its rows are read.

    `path` is its copy in UTF-8 and `sha256` the hash of the original, where it has another
    encoding. Raises InputError for a file that holds NUL bytes, has no usable header, or may have
    been cut off in its last row.
    """
    form, path, name = form or FileForm(), path or original, shown(original.name)
    delimiter = delimiter_of(original, form)
    scan = _scan(path, name, delimiter)
    header = text_header(path, name, delimiter, form)
    if scan.lines > 1 and not scan.terminated and not form.unterminated:
        raise InputError(name, CUT, line=scan.lines, code="E110")
    return TextFile(
        path,
        name,
        sha256 or scan.sha256,
        header,
        scan.lines,
        plain=not scan.carriage_returns,
        level=scan.level,
        terminated=scan.terminated,
        delimiter=delimiter,
        notes=notes,
    )


def _scan(path: Path, name: str, delimiter: str) -> _Scan:
    """Return hash, line count and signs of a file in one pass; refuse what is no text."""
    digest, breaks, carriage_returns, last = hashlib.sha256(), 0, False, b""
    level, tabs = USUAL, delimiter == "\t"
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            if b"\0" in chunk:
                line = 1 + breaks + chunk[: chunk.index(b"\0")].count(b"\n")
                problem = "holds a NUL byte: it is not a CSV file."
                raise InputError(name, problem, line=line, code="E108")
            digest.update(chunk)
            carriage_returns = carriage_returns or b"\r" in chunk
            if level != ANY:
                cells = chunk if last else chunk.removeprefix(UTF8_MARK)
                level = max(level, level_of(cells.replace(b"\t", b"") if tabs else cells))
            # four times as fast as bytes.count where lines are short
            breaks += int(np.count_nonzero(np.frombuffer(chunk, dtype=np.uint8) == ord("\n")))
            last = chunk[-1:]
    if not last:
        raise InputError(name, "is empty.", code="E101")
    ended = last in (b"\n", b"\r")
    return _Scan(digest.hexdigest(), breaks + (last != b"\n"), carriage_returns, ended, level)


def stage(con: duckdb.DuckDBPyConnection, file: TextFile, table: str, folder: Path) -> Staged:
    """Read a file into a temporary table of text with its line numbers.

    `folder` takes the plain copy where one is needed; it is removed. Raises InputError where a
    quote is never closed, the last row is cut off, or there is no row.
    """
    create_malformed(con, table)
    names = [f"c{number}" for number in range(len(file.header))]
    notes = _read_plain(con, file, table, names) if file.plain else None
    if notes is None:
        notes = stage_rows(con, table, names, _records(file), folder, file.name)
    rows = con.execute(
        f"select (select count(*) from {table}) + (select count(*) from {table}_malformed)"
    ).fetchone()
    if rows is None or rows[0] == 0:
        raise InputError(file.name, "has a header and no rows.", code="E102")
    notes = (*file.notes, *notes)
    return Staged(file.name, file.sha256, file.header, table, int(rows[0]), notes=notes)


def _read_plain(
    con: duckdb.DuckDBPyConnection, file: TextFile, table: str, names: list[str]
) -> tuple[str, ...] | None:
    """Read a file by the engine alone; return its notes, or None where some line is no row."""
    query = (
        f"create or replace temp table {table} as select row_number() over () + 1 as line, "
        f"{cleaned(names, file.level)} from {read_csv(file.delimiter)}"
    )
    try:
        rejected = run_reading(con, query, file.path, names)
    except duckdb.InvalidInputException:
        return None
    longest = f"length(concat({', '.join(names)}))"
    found = con.execute(f"select count(*), max({longest}) from {table}").fetchone() or (0, 0)
    if rejected or found[0] != file.lines - 1 or (found[1] or 0) > LONGEST_LINE:
        return None
    return () if file.level == USUAL else count_changed(con, table)


def _records(file: TextFile) -> Iterator[Row]:
    """Yield the rows of a file; raises InputError where what follows cannot be told apart."""
    with file.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
        reader = csv.reader(handle, delimiter=file.delimiter, strict=True)
        width = len(next(reader))
        allowed = f"{width} fields, as in the header"
        last_rule = None
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                if reader.line_num > line or "unexpected end" in str(error):
                    raise InputError(file.name, OPEN_QUOTE, line=line, code="E110") from None
                last_rule = "line_too_long" if "limit" in str(error) else "unclosed_quote"
                yield Row(line, [], last_rule, allowed)
                continue
            if fields:
                last_rule = _broken(fields, width)
                yield Row(line, fields, last_rule, allowed)
        if last_rule == "too_few_fields" and not file.terminated:
            raise InputError(file.name, CUT_ROW, line=reader.line_num, code="E110")


def _broken(row: list[str], width: int) -> str | None:
    if len(row) != width:
        return "too_few_fields" if len(row) < width else "too_many_fields"
    if sum(map(len, row)) > LONGEST_LINE:
        return "line_too_long"
    return "not_utf8" if any(BAD_BYTES.search(field) for field in row) else None
