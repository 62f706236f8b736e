"""Records as CSV text that a spreadsheet shows as it is."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def defused(row: Iterable[Any]) -> list[Any]:
    """Return cells that a spreadsheet shows as they are and never runs as formulas."""
    signs = ("=", "+", "-", "@", "\t", "\r")
    return ["'" + v if isinstance(v, str) and v.startswith(signs) else v for v in row]


def records_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Return records that all have the same names as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if records:
        writer.writerow(records[0])
    writer.writerows(defused(record.values()) for record in records)
    return text.getvalue()
