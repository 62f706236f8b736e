"""How a clinic's files are written, as the section [file] of its mapping declares it."""

from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from typing import Any

from analysis.errors import InputError
from analysis.ingest.reading.dates import DateFormat, date_format

FILE_NAMES = {
    *("encoding", "delimiter", "decimal", "dates", "excel_epoch", "sheets", "rows"),
    "unterminated",
}
ENCODINGS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1250", "windows-1251"),
    *("windows-1252", "windows-1253", "windows-1254", "windows-1257", "iso-8859-1", "iso-8859-2"),
    *("iso-8859-9", "iso-8859-15", "mac-roman", "cp437", "cp850", "shift_jis", "euc-jp"),
    *("gb18030", "big5", "euc-kr"),
)
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes"}


@dataclass(frozen=True)
class FileForm:
    """What the mapping declares of the form of a file; nothing is declared by default.

    `rows` is the number of rows each file must have, or one number per file name. `unterminated`
    says that the system never ends its last line, so that a missing line end is no sign of a cut.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    dates: DateFormat | None = None
    excel_epoch: int | None = None
    sheets: tuple[str, ...] = ()
    rows: int | Pairs[str, int] | None = None
    unterminated: bool = False

    def rows_of(self, name: str) -> int | None:
        """Return the number of rows that a file is declared to have, if one is."""
        return self.rows.get(name) if isinstance(self.rows, Pairs) else self.rows


def file_form(table: dict[str, Any], file: str) -> FileForm:
    """Return the form that the section [file] declares; raises InputError with the part at fault.

    `file` is the name of the mapping file.
    """

    def choice(name: str, known: Pairs[Any, Any] | tuple[Any, ...], default: Any = None) -> Any:
        value = table.get(name, default)
        if isinstance(value, list | dict) or (value is not default and value not in known):
            words = ", ".join(repr(k).replace("'", '"') for k in known)
            raise InputError(file, f"[file] {name} must be one of {words}.")
        return value

    encoding = table.get("encoding")
    if encoding is not None and str(encoding).lower() not in ENCODINGS:
        raise InputError(file, f"[file] encoding must be one of {', '.join(ENCODINGS)}.")
    sheets, unterminated = table.get("sheets", []), table.get("unterminated", False)
    if not isinstance(sheets, list) or not all(isinstance(s, str) for s in sheets):
        raise InputError(file, '[file] sheets must be a list of names, such as ["Scores"].')
    if type(unterminated) is not bool:
        raise InputError(file, "[file] unterminated must be true or false.")
    return FileForm(
        encoding=None if encoding is None else str(encoding).lower(),
        delimiter=choice("delimiter", DELIMITERS),
        decimal=choice("decimal", (".", ","), "."),
        dates=date_format(table["dates"], file) if "dates" in table else None,
        excel_epoch=choice("excel_epoch", (1900, 1904)),
        sheets=tuple(sheets),
        rows=_rows(table.get("rows"), file),
        unterminated=unterminated,
    )


def _rows(value: Any, file: str) -> int | dict[str, int] | None:
    numbers = list(value.values()) if isinstance(value, dict) else [value]
    if value is None or all(type(number) is int and number > 0 for number in numbers):
        return value  # type: ignore[no-any-return]  # checked in the line above
    raise InputError(
        file, '[file] rows must be a whole number, or one per file: { "scores.csv" = 1200 }.'
    )
