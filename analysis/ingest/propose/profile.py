"""What the columns of a file look like, counted while its rows go by; nothing is kept of them."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.staged import Staged

MOST_ROWS = 200_000
BLOCK = 10_000
MOST_LEVELS = 60
LONGEST_LEVEL = 40
DELIMITERS = ",;\t|"
WHOLE = re.compile(r"[+-]?\d{1,9}(\.0+)?")
POINT = re.compile(r"[+-]?\d{1,9}\.\d+")
COMMA = re.compile(r"[+-]?\d{1,9},\d+")
ISO = "YYYY-MM-DD"
# A form of dates as [file] names it; a value fits where its day and month are possible.
DATES = {
    "YYYY-MM-DD": re.compile(r"\d{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])"),
    "YYYY/MM/DD": re.compile(r"\d{4}/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])"),
    "DD/MM/YYYY": re.compile(r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/\d{4}"),
    "MM/DD/YYYY": re.compile(r"(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{4}"),
    "DD.MM.YYYY": re.compile(r"(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.\d{4}"),
    "DD-MM-YYYY": re.compile(r"(0?[1-9]|[12]\d|3[01])-(0?[1-9]|1[0-2])-\d{4}"),
    "MM-DD-YYYY": re.compile(r"(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])-\d{4}"),
    "DD-MMM-YYYY": re.compile(r"(0?[1-9]|[12]\d|3[01])-[A-Za-z]{3}-\d{4}"),
}
TWO_DIGIT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
# Words for what stands in a cell where there is no value.
MISSING_WORDS = {"na", "n/a", "n.a.", "nan", "null", "none", "missing", ".", "-", "nd", "k.a."}
MISSING_NUMBERS = {"-1", "-9", "-99", "-999", "-8", "-88", "9", "88", "99", "888", "999", "9999"}


@dataclass(frozen=True)
class Column:
    """What the filled cells of one column are, each count a number of cells.

    `valued` are those that hold more than a word for nothing; `missing` the words and numbers that
    may stand for it. `levels` is empty where there are more than a few. `unread` counts cells of a
    workbook that hold no value to read: formulas that were never calculated, errors.
    """

    name: str
    filled: int
    valued: int
    whole: int
    point: int
    comma: int
    two_digit_year: int
    longest: int
    low: float | None
    high: float | None
    dates: Pairs[str, int]
    missing: frozenset[str]
    levels: Pairs[str, int]
    unread: int = 0

    @property
    def numbers(self) -> int:
        return self.whole + self.point + self.comma

    @property
    def serial(self) -> bool:
        """Whether all values can be days as spreadsheets number them (20,000 is in 1954)."""
        low, high = self.low or 0, self.high or 0
        return self.whole == self.valued > 0 and low >= 20_000 and high <= 60_000

    @property
    def date_forms(self) -> tuple[str, ...]:
        """The forms under which every value of the column is a date; 2025-03-31 always is one."""
        iso = self.dates.get(ISO, 0)
        if iso == self.valued:
            return (ISO,) if iso else ()
        return tuple(
            form for form, n in self.dates.items() if form != ISO and n + iso == self.valued
        )

    @property
    def mixed_dates(self) -> bool:
        """Whether some values are written as 2025-03-31 and others in another form of dates."""
        return 0 < self.dates.get(ISO, 0) < self.valued and bool(self.date_forms)


def column_of(name: str, cells: Counter[str]) -> Column:
    """Return what a column is, from how often each of its values occurs."""
    counts: Counter[str] = Counter()
    dates: Counter[str] = Counter()
    numbers: list[float] = []
    for value, n in cells.items():
        if kind := _number_kind(value):
            counts[kind] += n
            if kind != "comma":
                numbers.append(float(value))
        elif value.lower() in MISSING_WORDS:
            counts["word"] += n
        else:
            day = TIME.sub("", value)
            dates.update({form: n for form, pattern in DATES.items() if pattern.fullmatch(day)})
            counts["two_digit_year"] += n * bool(TWO_DIGIT_YEAR.fullmatch(day))
    few = len(cells) <= MOST_LEVELS
    return Column(
        name=name,
        filled=cells.total(),
        valued=cells.total() - counts["word"],
        whole=counts["whole"],
        point=counts["point"],
        comma=counts["comma"],
        two_digit_year=counts["two_digit_year"],
        longest=max(map(len, cells), default=0),
        low=min(numbers, default=None),
        high=max(numbers, default=None),
        dates=dict(dates),
        missing=frozenset(v for v in cells if v.lower() in MISSING_WORDS or v in MISSING_NUMBERS),
        levels=dict(sorted(cells.items())) if few else {},
    )


def _number_kind(value: str) -> str | None:
    kinds = {"whole": WHOLE, "point": POINT, "comma": COMMA}
    return next((kind for kind, pattern in kinds.items() if pattern.fullmatch(value)), None)


@dataclass(frozen=True)
class Table:
    """A file that was gone through: how it is written, and its columns by name.

    `encoding` is None for UTF-8; `kept` are the rows of a file
    that describes data, else none.
    """

    name: str
    header: tuple[str, ...]
    columns: dict[str, Column]
    rows: int
    complete: bool
    encoding: str | None
    delimiter: str
    kept: tuple[tuple[str, ...], ...] = ()


def read_profile(path: Path, keep_rows: bool = False) -> Table:
    """Return what a text file holds; its first 200,000 rows count.

    Raises InputError for a file that is missing, empty or no text. `keep_rows` is for files that
    describe data and hold none.
    """
    if not path.is_file():
        raise InputError(str(path), "there is no such file.")
    encoding, start = _encoding(path)
    with path.open(encoding=encoding or "utf-8-sig", errors="replace", newline="") as handle:
        try:
            delimiter = _delimiter(start.decode(encoding or "utf-8-sig", errors="replace"))
            reader = csv.reader(handle, delimiter=delimiter)
            header = tuple(name.strip() for name in next(reader, []))
        except csv.Error:
            problem = "the first line cannot be read as a header."
            raise InputError(path.name, problem, line=1) from None
        if not any(header):
            raise InputError(path.name, "the first line holds no column names.", line=1)
        kept: list[tuple[str, ...]] = []
        columns, rows, complete = _count(header, reader, kept if keep_rows else None)
    return Table(
        path.name,
        header,
        columns,
        rows,
        complete,
        None if encoding == "utf-16" else encoding,
        delimiter,
        tuple(kept),
    )


def profile_of(con: duckdb.DuckDBPyConnection, staged: Staged, unread: Pairs[int, int]) -> Table:
    """Return what a staged table holds, as `read_profile` does of a text file.

    `unread` are the cells without a value to read, by the place of their column.
    """
    names = ", ".join(f"c{at}" for at in range(len(staged.header)))
    found = con.execute(f"select {names} from {staged.table} order by line")
    columns, rows, complete = _count(staged.header, _texts(found), None)
    for at, name in enumerate(staged.header):
        columns[name] = replace(columns[name], unread=unread.get(at, 0))
    return Table(staged.name, staged.header, columns, rows, complete, None, ",")


def _texts(found: duckdb.DuckDBPyConnection) -> Iterator[list[str]]:
    while block := found.fetchmany(BLOCK):
        for row in block:
            yield [cell or "" for cell in row]


def _encoding(path: Path) -> tuple[str | None, bytes]:
    """Return the encoding that must be declared (None for UTF-8), and the first bytes."""
    with path.open("rb") as handle:
        data = handle.read(1 << 20)
        if not data:
            raise InputError(path.name, "is empty.", code="E101")
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16", data
        if b"\0" in data:
            raise InputError(
                path.name,
                "is no text file: export the table as CSV UTF-8 or as .xlsx.",
                code="E104",
            )
        pieces, rest = data, b""
        while pieces:
            try:
                (rest + pieces).decode("utf-8")
                rest = b""
            except UnicodeDecodeError as error:
                if error.end < len(rest + pieces) or "unexpected end" not in error.reason:
                    return "windows-1252", data
                rest = (rest + pieces)[error.start :]
            pieces = handle.read(1 << 20)
    return ("windows-1252" if rest else None), data


def _delimiter(start: str) -> str:
    line = start.lstrip("\ufeff").replace("\r", "\n").split("\n", 1)[0]
    return max(DELIMITERS, key=lambda sign: len(next(csv.reader([line], delimiter=sign), [])))


def _count(
    header: tuple[str, ...], reader: Iterator[list[str]], kept: list[tuple[str, ...]] | None
) -> tuple[dict[str, Column], int, bool]:
    """Count the cells of each column, some thousand rows at a time; a quote left open ends it."""
    cells: list[Counter[str]] = [Counter() for _ in header]
    rows, whole = 0, False
    try:
        while rows < MOST_ROWS:
            block = [row for row in islice(reader, BLOCK) if row]
            if not block:
                whole = True
                break
            rows += len(block)
            if kept is not None:
                kept += map(tuple, block)
            for counter, values in zip(cells, zip_longest(*block, fillvalue=""), strict=False):
                counter.update(text for value in values if (text := value.strip()))
    except csv.Error:
        whole = False
    columns = {n: column_of(n, c) for n, c in zip(header, cells, strict=True)}
    return columns, rows, whole
