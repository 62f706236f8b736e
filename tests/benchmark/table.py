"""The one table of a benchmark run: what was measured, against what, and the bar it has to meet.

A benchmark calls `record` for each row and asserts that `missed` finds none. `make bench` prints
the table at its end; `make bench ARGS="--table docs/performance.md"` also writes it into that page.
"""

import json
import os
import platform
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROWS_VARIABLE = "TRD_OUTCOMES_BENCH_ROWS"
LIBRARIES = ("duckdb", "numpy", "pandas", "polars", "plotly", "streamlit")
HEADS = ("what", "size", "ms", "reference ms", "ratio", "bar", "peak MB", "against")
BEGIN, END = "<!-- table of make bench: begin -->", "<!-- table of make bench: end -->"


@dataclass(frozen=True)
class Row:
    """One thing measured, in milliseconds, and its bar.

    The bar is the most that `ours / reference` may be; with `at_least` the least that
    `reference / ours` may be. Without a reference it is the most milliseconds. `note` says what the
    reference is. `peak_bar_mb` is the most memory, in megabytes of a million bytes.
    """

    what: str
    size: str
    ours_ms: float
    reference_ms: float | None = None
    bar: float | None = None
    note: str = ""
    at_least: bool = False
    peak_mb: float | None = None
    peak_bar_mb: float | None = None

    @property
    def ratio(self) -> float | None:
        if self.reference_ms is None:
            return None
        ours, theirs = self.ours_ms, self.reference_ms
        return theirs / ours if self.at_least else ours / theirs

    @property
    def met(self) -> bool:
        """Whether every bar that the row has is met."""
        if self.peak_bar_mb is not None and (self.peak_mb or 0) > self.peak_bar_mb:
            return False
        if self.bar is None:
            return True
        found = self.ours_ms if self.ratio is None else self.ratio
        return found >= self.bar if self.at_least else found <= self.bar

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as words, in the order of HEADS."""
        bar = ""
        if self.bar is not None:
            sign = ">=" if self.at_least else "<="
            bar = f"{sign} {self.bar:g}" + (" ms" if self.reference_ms is None else "")
        if self.peak_bar_mb is not None:
            bar += f"{', ' if bar else ''}{self.peak_bar_mb:,.0f} MB"
        faster = " faster" if self.at_least else ""
        return (
            self.what,
            self.size,
            _figure(self.ours_ms),
            _figure(self.reference_ms),
            "" if self.ratio is None else f"{_figure(self.ratio)} x{faster}",
            bar if self.met else f"{bar} MISSED",
            "" if self.peak_mb is None else f"{self.peak_mb:,.0f}",
            self.note,
        )


def _figure(value: float | None) -> str:
    """Return a figure with three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def record(
    what: str,
    size: str,
    ours_ms: float,
    reference_ms: float | None = None,
    bar: float | None = None,
    note: str = "",
    *,
    at_least: bool = False,
    peak_mb: float | None = None,
    peak_bar_mb: float | None = None,
) -> Row:
    """Add a row to the table of this run and return it; see `Row`.

    Outside `make bench` the row is only returned.
    """
    row = Row(what, size, ours_ms, reference_ms, bar, note, at_least, peak_mb, peak_bar_mb)
    if file := os.environ.get(ROWS_VARIABLE):
        with Path(file).open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(asdict(row)) + "\n")
    return row


def missed(rows: Iterable[Row]) -> list[str]:
    """Return the rows that miss their bar, in words."""
    return [" | ".join(row.cells) for row in rows if not row.met]


def recorded(file: Path) -> list[Row]:
    """Return the rows that a run has recorded so far."""
    return [Row(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def as_text(rows: Iterable[Row]) -> str:
    """Return the table for a terminal: words to the left, figures to the right."""
    lines = [HEADS, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    left = {0, len(HEADS) - 1}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def as_markdown(rows: Iterable[Row]) -> str:
    """Return the machine and the table as Markdown."""
    ruler = ["---" if at in {0, len(HEADS) - 1} else "---:" for at in range(len(HEADS))]
    lines = [HEADS, ruler, *(row.cells for row in rows)]
    return "\n".join([machine(), "", *("| " + " | ".join(line) + " |" for line in lines)])


def write_into(page: Path, rows: Iterable[Row]) -> None:
    """Put the table between the two marks of a page; ValueError where it does not have them."""
    text = page.read_text("utf-8")
    marks = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if marks.search(text) is None:
        raise ValueError(f"{page} has no place for the table: add the lines {BEGIN} and {END}.")
    table = f"{BEGIN}\n\n{as_markdown(rows)}\n\n{END}"
    page.write_text(marks.sub(lambda _: table, text), encoding="utf-8")


def machine() -> str:
    """Return in one sentence what the run was made on, and when."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        f"{os.cpu_count()} cores of {_processor()}",
        f"{memory:.0f} GiB of memory",
        platform.system(),
        f"Python {platform.python_version()}",
        *(f"{name} {found}" for name in LIBRARIES if (found := _version(name))),
    ]
    return f"{', '.join(parts)}; {datetime.now(UTC):%Y-%m-%d}."


def _processor() -> str:
    cores = Path("/proc/cpuinfo")
    text = cores.read_text("utf-8") if cores.exists() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1] if named else platform.processor() or platform.machine()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
