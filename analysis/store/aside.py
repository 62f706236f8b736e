"""Quarantined rows as files that can be mended and imported again.

Cells are written as they stand in the clinic's file, without anything put before those that a
spreadsheet would run as a formula: a mended file must give back exactly what it was.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.store.bookkeeping import QuarantinedRow
from analysis.store.reader import Store

REASON = "quarantine_reason"
MALFORMED = ("line", "rule", "allowed")
# Batch, file, line, column, value, rule, allowed, and the cells as JSON; in this order.
AsideRow = tuple[Any, ...]


def reason(row: QuarantinedRow) -> str:
    """Return in a sentence why a row was kept aside and what would be right."""
    place = "the row" if row.column is None else row.column
    value = "" if row.value is None else f' "{row.value}"'
    empty = " is empty or missing and" if row.column is not None and row.value is None else ""
    return f"{place}{value}{empty} breaks the rule {row.rule}; allowed: {row.allowed}."


def write_aside(kept: Iterable[AsideRow], folder: Path) -> list[Path]:
    """Write quarantined rows, a CSV file for each file that has any; return the files.

    `NAME.batch-N.csv` has the columns that the mapping reads, as they are called in the clinic's
    file, and last the reason. Of a row without the form of its file nothing is kept but its place:
    those are in `NAME.batch-N.malformed.csv`. Raises InputError where a file cannot be written or
    is there already: it may have been mended.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for (batch, file), group in groupby(kept, key=lambda r: (r[0], r[1])):
            name = f"{_stem(file)}.batch-{batch}"
            whole: dict[tuple[str, ...], list[list[Any]]] = {}
            malformed: list[list[Any]] = []
            for *place, text in group:
                row = QuarantinedRow(*place)
                if text is None:
                    malformed.append([row.line, row.rule, row.allowed])
                    continue
                cells = json.loads(text)
                whole.setdefault(tuple(cells), []).append([*cells.values(), reason(row)])
            for number, (columns, rows) in enumerate(whole.items(), 1):
                own = name if number == 1 else f"{name}.{number}"
                written.append(_write(folder / f"{own}.csv", (*columns, REASON), rows))
            if malformed:
                written.append(_write(folder / f"{name}.malformed.csv", MALFORMED, malformed))
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {error.strerror}.") from error
    return written


def stored_rows(store: Store, batches: Sequence[int] | None = None) -> list[AsideRow]:
    """Return the quarantined rows that a store keeps, of some batches or of all.

    In the strict profile they are without their dates.
    """
    chosen = "true"
    if batches is not None:
        chosen = f"batch in ({', '.join(map(str, batches)) or 'null'})"
    return store.rows(
        'select batch, file, line, "column", value, rule, allowed, cells from quarantine '
        f"where {chosen} order by batch, file, line"
    )


def _stem(file: str) -> str:
    name = file[:-4] if file.lower().endswith(".csv") else file
    return "".join("_" if sign in '/\\:*?"<>|' or ord(sign) < 32 else sign for sign in name)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    try:
        with path.open("x", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    except FileExistsError:
        raise InputError(
            str(path), "is there already and may have been mended: name another folder."
        ) from None
    return path
