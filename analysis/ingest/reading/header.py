"""The header of a table: each column has a name, and no two names could be taken for each other."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import InputError
from analysis.ingest.reading.declared import DELIMITERS, FileForm
from analysis.ingest.reading.normal import normal
from analysis.ingest.reading.shown import shown

NO_HEADER = "the header is not UTF-8 text in CSV form: save it as CSV UTF-8."
BAD_BYTES = re.compile("[\udc80-\udcff]")
TABS = {".tsv", ".tab"}


def delimiter_of(path: Path, form: FileForm) -> str:
    """Return what separates the fields: as declared, tabs in a .tsv, else commas."""
    return form.delimiter or ("\t" if path.suffix.lower() in TABS else ",")


def text_header(path: Path, name: str, delimiter: str, form: FileForm) -> tuple[str, ...]:
    """Return the column names of a text file; raises InputError where there are none to use."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
            header = next(csv.reader(handle, delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise InputError(name, NO_HEADER, line=1, code="E105") from None
    if BAD_BYTES.search("".join(header)):
        todo = ', or write encoding = "windows-1252" (or what it is) under [file] of the mapping'
        raise InputError(name, NO_HEADER[:-1] + todo + ".", line=1, code="E105")
    _check_delimiter(name, header, delimiter, form)
    return usable_header(name, header)


def _check_delimiter(name: str, header: list[str], delimiter: str, form: FileForm) -> None:
    """Refuse a header in which another sign separates more fields than the delimiter does."""
    counts = {sign: sum(column.count(sign) for column in header) for sign in DELIMITERS}
    sign = max((s for s in counts if s != delimiter), key=lambda s: counts[s])
    if counts[sign] < max(len(header), 1) or (form.delimiter is not None and len(header) > 1):
        return
    written = {"\t": "\\t"}.get(sign, sign)
    decimal = ', and decimal = "," where 10,5 stands for ten and a half' if sign == ";" else ""
    raise InputError(
        name,
        f"fields seem to be separated by {DELIMITERS[sign]}, and {DELIMITERS[delimiter]} are "
        f'expected: write delimiter = "{written}" under [file] of the mapping file{decimal}.',
        line=1,
        code="E208",
    )


def usable_header(name: str, header: Sequence[str], line: int = 1) -> tuple[str, ...]:
    """Return column names as they are compared; raises InputError for one missing or there twice.

    Names that differ only in capitals, blanks or invisible signs are ambiguous: none is chosen.
    """
    columns = tuple(normal(column) for column in header)
    if not any(columns):
        raise InputError(name, "the first line holds no column names.", line=line, code="E201")
    seen: dict[str, str] = {}
    for written, column in zip(header, columns, strict=True):
        if not column:
            raise InputError(
                name, f'a column ("{shown(column)}") has no name.', line=line, code="E201"
            )
        folded = " ".join(column.casefold().split())
        if folded in seen:
            if seen[folded] == written:
                problem, code = "is there twice: remove or rename one", "E202"
            else:
                problem = (
                    "is there twice but for blanks or capitals, which is ambiguous: rename one"
                )
                code = "E203"
            raise InputError(name, f'a column ("{shown(column)}") {problem}.', line=line, code=code)
        seen[folded] = written
    return columns
