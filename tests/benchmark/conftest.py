"""Prints the table of a benchmark run at its end, and writes it into a page on demand."""

import os
from pathlib import Path

import pytest

from tests.benchmark.table import ROWS_VARIABLE, as_text, machine, recorded, write_into

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser):
    parser.addoption(
        "--table", metavar="PAGE", help="write the table of the benchmarks into this Markdown page"
    )


def pytest_configure(config):
    rows = ROOT / ".bench" / "rows.jsonl"
    rows.parent.mkdir(exist_ok=True)
    rows.write_text("", encoding="utf-8")
    os.environ[ROWS_VARIABLE] = str(rows)


def pytest_terminal_summary(terminalreporter, config):
    rows = recorded(Path(os.environ[ROWS_VARIABLE]))
    if not rows:
        return
    terminalreporter.section("benchmarks")
    terminalreporter.write_line(machine())
    terminalreporter.write_line(as_text(rows))
    if page := config.getoption("--table"):
        try:
            write_into(Path(page), rows)
        except (OSError, ValueError) as error:
            raise pytest.UsageError(str(error)) from error
