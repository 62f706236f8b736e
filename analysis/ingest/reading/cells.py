"""What stands in a cell of a workbook, as text: numbers as written, dates as 2025-03-31."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analysis.ingest.reading.sheet_xml import Cell, DamagedPart, unescaped

# Built-in number formats that show a day; the others of them show numbers or times of day.
DATE_FORMATS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
Fault = tuple[str, str]  # a rule, and what is allowed
FORMULA = ("formula_without_value", "a value: open the workbook, let it calculate and save it")
ERROR = ("error_cell", "a value instead of an error such as #N/A")
# A workbook rounds longer numbers when they are typed in: two record numbers may become one.
DIGITS = 15
ROUNDED = ("rounded_number", "a number of at most 15 digits, or a text")
NO_NUMBER = ("malformed", "a number, a text or a date")


@dataclass(frozen=True)
class Understood:
    """What the cells of a workbook refer to: its texts, its styles that show days, its day 0."""

    texts: Sequence[str]
    day_styles: frozenset[str]
    epoch: int


def shows_day(code: str) -> bool:
    """Return whether a number format of a workbook, such as dd/mm/yyyy, shows a day."""
    letters = NOT_SHOWN.sub("", code).lower().split(";")[0]
    if "general" in letters:
        return False
    return "y" in letters or "d" in letters or ("m" in letters and not set("hs") & set(letters))


def cell_text(cell: Cell, understood: Understood) -> tuple[str, Fault | None]:
    """Return the text of a cell, and the rule that it breaks with what is allowed, if it does."""
    value = cell.value
    if cell.kind == "e":
        return "", ERROR
    if cell.formula and (value is None or (value == "" and cell.kind != "str")):
        return "", FORMULA
    if value is None or value == "":
        return "", None
    if cell.kind == "s":
        position = int(value)
        if not 0 <= position < len(understood.texts):
            raise DamagedPart("a text that is not there")
        return understood.texts[position], None
    if cell.kind in ("str", "inlineStr"):
        return unescaped(value), None
    if cell.kind == "b":
        return ("TRUE" if value.strip() == "1" else "FALSE"), None
    if cell.kind == "d":
        return value, None
    return _number(value, cell.style in understood.day_styles, understood.epoch)


def _number(value: str, day: bool, epoch: int) -> tuple[str, Fault | None]:
    if not day and value.isascii() and value.isdigit() and len(value) <= DIGITS:
        return value, None
    try:
        number = float(value)
    except ValueError:
        return "", NO_NUMBER
    if number in (float("inf"), float("-inf")) or number != number:
        return "", NO_NUMBER
    if day:
        return day_text(number, epoch), None
    if abs(number) >= 10**DIGITS:
        return "", ROUNDED
    if number.is_integer():
        return str(int(number)), None
    return format(number, ".15g"), None  # what the workbook itself keeps of a number


def day_text(number: float, epoch: int) -> str:
    """Return the day that a day number stands for in the 1900 or 1904 system, with its time if any.

    The 1900 system counts a 29 February 1900 that never was. What is no day stays a number.
    """
    start = datetime(1904, 1, 1) if epoch == 1904 else datetime(1899, 12, 30)
    if epoch == 1900 and number < 60:
        start += timedelta(days=1)
    if not 0 <= number < 2_958_466 or (epoch == 1900 and 60 <= number < 61):
        return format(number, ".15g")
    moment = start + timedelta(seconds=round(number * 86_400))
    midnight = moment.hour == moment.minute == moment.second == 0
    return moment.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
