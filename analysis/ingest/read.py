"""Reading CSV as text, strictly: nothing is guessed, nothing is dropped in silence."""

import csv
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from analysis.errors import InputError

CHUNK = 1 << 20
LONGEST_LINE = 100_000
REJECTED = {
    "MISSING COLUMNS": "too_few_fields",
    "TOO MANY COLUMNS": "too_many_fields",
    "UNQUOTED VALUE": "unclosed_quote",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
    "INVALID ENCODING": "not_utf8",
    "INVALID STATE": "unclosed_quote",
}


@dataclass(frozen=True)
class TextFile:
    """A CSV file that is safe to hand to the reader: its header, and how its lines end."""

    path: Path
    name: str
    sha256: str
    header: tuple[str, ...]


@contextmanager
def prepared(path: Path) -> Iterator[TextFile]:
    """Hand out a file as UTF-8 text with plain line ends; a copy is made only where it needs one.

    Raises InputError for a file that is missing, empty, binary, or has no usable header.
    """
    if not path.is_file():
        raise InputError(str(path), "there is no such file.")
    digest, carriage_returns = _scan(path)
    with TemporaryDirectory(prefix="trd-outcomes-") as folder:
        plain = path
        if carriage_returns:
            plain = Path(folder) / "plain.csv"
            _copy_with_plain_line_ends(path, plain)
        yield TextFile(plain, path.name, digest, _header(plain, path.name))


def _scan(path: Path) -> tuple[str, bool]:
    """Return the file's SHA-256 and whether it holds carriage returns; refuse what is no text."""
    digest, line, carriage_returns, last = hashlib.sha256(), 1, False, b""
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            if not last and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise InputError(path.name, "is UTF-16 text: save it as CSV UTF-8.")
            if b"\0" in chunk:
                line += chunk[: chunk.index(b"\0")].count(b"\n")
                raise InputError(path.name, "holds a NUL byte: it is not a CSV file.", line=line)
            digest.update(chunk)
            carriage_returns = carriage_returns or b"\r" in chunk
            line += chunk.count(b"\n")
            last = chunk[-1:]
    if not last:
        raise InputError(path.name, "is empty.")
    return digest.hexdigest(), carriage_returns


def _copy_with_plain_line_ends(path: Path, plain: Path) -> None:
    with path.open("rb") as source, plain.open("wb") as target:
        held = b""
        while chunk := source.read(CHUNK):
            chunk = held + chunk
            held = b"\r" if chunk.endswith(b"\r") else b""
            chunk = chunk[:-1] if held else chunk
            target.write(chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        target.write(b"\n" if held else b"")
    shutil.copymode(path, plain)


def _header(path: Path, name: str) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            header = next(csv.reader(handle, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        raise InputError(
            name, "the header is not UTF-8 text in CSV form: save it as CSV UTF-8.", line=1
        ) from None
    columns = tuple(column.strip() for column in header)
    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        raise InputError(name, "fields must be separated by commas.", line=1)
    if not any(columns):
        raise InputError(name, "the first line holds no column names.", line=1)
    for column in columns:
        if not column or columns.count(column) > 1:
            problem = "is there twice" if column else "has no name"
            raise InputError(name, f'a column ("{column}") {problem}.', line=1)
    return columns


def stage(con: duckdb.DuckDBPyConnection, file: TextFile, table: str) -> int:
    """Read a file into a temporary table of text with its line numbers; return the rows in it.

    The table has the columns `line` and c0, c1, ...; rows that are no rows of the file's form go
    to the temporary table `malformed` with the rule they break. Surrounding blanks are cut off
    and empty text is null.
    """
    columns = {f"c{number}": "VARCHAR" for number in range(len(file.header))}
    cleaned = ", ".join(f"nullif(trim({name}), '') as {name}" for name in columns)
    read = (
        "read_csv($path, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
        "strict_mode=true, null_padding=false, columns=$columns, store_rejects=true, "
        f"max_line_size={LONGEST_LINE}, rejects_limit=0)"
    )
    try:
        con.execute(
            f"create or replace temp table {table} as "
            f"select row_number() over () + 1 as line, {cleaned} from {read}",
            {"path": str(file.path), "columns": columns},
        )
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise InputError(file.name, f"cannot be read as CSV: {first}") from error
    _keep_malformed(con, table)
    _number_physical_lines(con, file, table)
    (rows,) = con.execute(
        f"select (select count(*) from {table}) + (select count(*) from malformed)"
    ).fetchone() or (0,)
    if rows == 0:
        raise InputError(file.name, "has a header and no rows.")
    return int(rows)


def _keep_malformed(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Move the reader's rejects to `malformed` and make room for them in the line numbers."""
    rules = " ".join(f"when '{error}' then '{rule}'" for error, rule in REJECTED.items())
    con.execute(
        "create or replace temp table malformed as "
        "select line::integer as line, "
        f"min(case error_type::varchar {rules} else 'malformed' end) as rule "
        "from reject_errors group by line"
    )
    con.execute("truncate reject_errors")
    con.execute("truncate reject_scans")
    (rejects,) = con.execute("select count(*) from malformed").fetchone() or (0,)
    if rejects:
        con.execute(
            f"""
            create or replace temp table {table} as
            select t.line + coalesce(m.before, 0) as line, t.* exclude (line)
            from {table} t
            asof left join (
                select line - row_number() over (order by line) as accepted, count(*) over (
                    order by line rows between unbounded preceding and current row
                ) as before from malformed
            ) m on t.line > m.accepted
            """
        )


def _number_physical_lines(con: duckdb.DuckDBPyConnection, file: TextFile, table: str) -> None:
    """Count line breaks inside quoted fields into the line numbers, where there are any."""
    fields = [f"c{number}" for number in range(len(file.header))]
    text = f"concat({', '.join(fields)})"
    breaks = f"length({text}) - length(replace({text}, chr(10), ''))"
    (quoted_breaks,) = con.execute(f"select sum({breaks}) from {table}").fetchone() or (0,)
    if quoted_breaks:
        con.execute(
            f"create or replace temp table {table} as select line + coalesce(sum({breaks}) over ("
            "order by line rows between unbounded preceding and 1 preceding), 0) as line, "
            f"{', '.join(fields)} from {table}"
        )
