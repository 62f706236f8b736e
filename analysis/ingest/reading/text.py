"""Reading CSV as text, strictly: nothing is guessed, nothing is dropped in silence.

A file that is plain in every way is read by the engine alone. Any other (rows of another form,
line breaks inside quotes, blank lines, other line ends, bad bytes) is first written out as plain
rows with their line numbers by a strict reader, so that each row is reported where it stands.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.staged import Staged, create_malformed

CHUNK = 1 << 20
LONGEST_LINE = 100_000
NO_HEADER = "the header is not UTF-8 text in CSV form: save it as CSV UTF-8."
BAD_BYTES = re.compile("[\udc80-\udcff]")
READ = (
    "read_csv($path, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
    "strict_mode=true, null_padding=false, columns=$columns, store_rejects=true, "
    f"max_line_size={10 * LONGEST_LINE}, rejects_limit=0)"
)


@dataclass(frozen=True)
class TextFile:
    """A CSV file that was looked through: its header, its line breaks and whether it is plain."""

    path: Path
    name: str
    sha256: str
    header: tuple[str, ...]
    lines: int
    plain: bool


@dataclass(frozen=True)
class _Scan:
    sha256: str
    lines: int
    carriage_returns: bool


def look_through(path: Path) -> TextFile:
    """Return what is known of a file before its rows are read.

    Raises InputError for a file that is missing, empty, binary, or has no usable header.
    """
    if not path.is_file():
        raise InputError(str(path), "there is no such file.")
    scan = _scan(path)
    header = _header(path)
    return TextFile(
        path, path.name, scan.sha256, header, scan.lines, plain=not scan.carriage_returns
    )


def _scan(path: Path) -> _Scan:
    """Return hash and line count of a file; refuse what is no text."""
    digest, breaks, carriage_returns, last = hashlib.sha256(), 0, False, b""
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            if not last and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise InputError(path.name, "is UTF-16 text: save it as CSV UTF-8.")
            if b"\0" in chunk:
                line = 1 + breaks + chunk[: chunk.index(b"\0")].count(b"\n")
                raise InputError(path.name, "holds a NUL byte: it is not a CSV file.", line=line)
            digest.update(chunk)
            carriage_returns = carriage_returns or b"\r" in chunk
            breaks += chunk.count(b"\n")
            last = chunk[-1:]
    if not last:
        raise InputError(path.name, "is empty.")
    return _Scan(digest.hexdigest(), breaks + (last != b"\n"), carriage_returns)


def _header(path: Path) -> tuple[str, ...]:
    name = path.name
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
            header = next(csv.reader(handle, strict=True), [])
    except csv.Error:
        raise InputError(name, NO_HEADER, line=1) from None
    columns = tuple(column.strip() for column in header)
    if BAD_BYTES.search("".join(columns)):
        raise InputError(name, NO_HEADER, line=1)
    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        raise InputError(name, "fields must be separated by commas.", line=1)
    if not any(columns):
        raise InputError(name, "the first line holds no column names.", line=1)
    for column in columns:
        if not column or columns.count(column) > 1:
            problem = "is there twice" if column else "has no name"
            raise InputError(name, f'a column ("{column}") {problem}.', line=1)
    return columns


def stage(con: duckdb.DuckDBPyConnection, file: TextFile, table: str, folder: Path) -> Staged:
    """Read a file into a temporary table of text with its line numbers.

    `folder` takes the plain copy where one is needed; it is removed.
    """
    create_malformed(con, table)
    names = [f"c{number}" for number in range(len(file.header))]
    if not (file.plain and _read_plain(con, file, table, names)):
        _read_row_by_row(con, file, table, names, folder)
    rows = con.execute(
        f"select (select count(*) from {table}) + (select count(*) from {table}_malformed)"
    ).fetchone()
    if rows is None or rows[0] == 0:
        raise InputError(file.name, "has a header and no rows.")
    return Staged(file.name, file.sha256, file.header, table, int(rows[0]))


def _cleaned(names: list[str]) -> str:
    return ", ".join(f"nullif(trim({name}), '') as {name}" for name in names)


def _read(con: duckdb.DuckDBPyConnection, query: str, path: Path, names: list[str]) -> int:
    """Run a query over a CSV file; return how many rows the engine's reader rejected."""
    columns = dict.fromkeys(names, "VARCHAR")
    con.execute(query, {"path": str(path), "columns": columns})
    rejected = con.execute("select count(*) from reject_errors").fetchone()
    con.execute("truncate reject_errors")
    con.execute("truncate reject_scans")
    return int(rejected[0]) if rejected is not None else 0


def _read_plain(
    con: duckdb.DuckDBPyConnection, file: TextFile, table: str, names: list[str]
) -> bool:
    """Read a file by the engine alone; return whether each of its lines turned out to be a row."""
    query = (
        f"create or replace temp table {table} as "
        f"select row_number() over () + 1 as line, {_cleaned(names)} from {READ}"
    )
    try:
        rejected = _read(con, query, file.path, names)
    except duckdb.InvalidInputException:
        return False
    longest = f"length(concat({', '.join(names)}))"
    found = con.execute(f"select count(*), max({longest}) from {table}").fetchone() or (0, 0)
    return rejected == 0 and found[0] == file.lines - 1 and (found[1] or 0) <= LONGEST_LINE


def _read_row_by_row(
    con: duckdb.DuckDBPyConnection, file: TextFile, table: str, names: list[str], folder: Path
) -> None:
    """Read a file through a plain copy with line numbers, keeping aside what is no row."""
    plain, malformed = folder / "plain.csv", []
    try:
        with plain.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(["line", *names])
            for line, row, rule in _records(file):
                if rule is None:
                    writer.writerow([line, *(_plain_breaks(field) for field in row)])
                else:
                    allowed = f"{len(names)} fields, as in the header"
                    malformed.append([line, rule, allowed])
        query = (
            f"create or replace temp table {table} as "
            f"select line::integer as line, {_cleaned(names)} from {READ}"
        )
        if _read(con, query, plain, ["line", *names]):
            raise InputError(file.name, "cannot be read as CSV: save it as CSV UTF-8 again.")
    finally:
        plain.unlink(missing_ok=True)
    if malformed:
        con.executemany(f"insert into {table}_malformed values (?, ?, ?)", malformed)


def _records(file: TextFile) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield line, fields and the rule that is broken (None where none) for each row.

    Raises InputError where a quote is opened and never closed: what follows it cannot be read.
    """
    with file.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
        reader = csv.reader(handle, strict=True)
        width = len(next(reader))
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if reader.line_num > line or "unexpected end" in str(error):
                    problem = "a quote is opened and never closed."
                    raise InputError(file.name, problem, line=line) from None
                long = "limit" in str(error)
                yield line, [], "line_too_long" if long else "unclosed_quote"
                continue
            if row:
                yield line, row, _broken(row, width)


def _plain_breaks(field: str) -> str:
    return field.replace("\r\n", "\n").replace("\r", "\n") if "\r" in field else field


def _broken(row: list[str], width: int) -> str | None:
    if len(row) != width:
        return "too_few_fields" if len(row) < width else "too_many_fields"
    if sum(map(len, row)) > LONGEST_LINE:
        return "line_too_long"
    return "not_utf8" if any(BAD_BYTES.search(field) for field in row) else None
