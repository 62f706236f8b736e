"""A comparison as files: each row carries its cohort, definition and snapshot."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from analysis.compare.results import Compared
from analysis.export_comparison import comparison_csv
from analysis.plain_csv import records_csv

Row = dict[str, Any]
File = tuple[str, str, Callable[[], str]]


def files(answer: Compared) -> list[File]:
    """Return the CSV files that can be saved: a name, words for the button, and the text."""
    found: list[File] = [("groups", "Groups and differences (CSV)", lambda: comparison_csv(answer))]
    if answer.adjustments:
        found.append(("balance", "Balance (CSV)", lambda: _csv(answer, _balance(answer))))
    if answer.shrunk:
        rates = [asdict(row) for row in answer.shrunk]
        found.append(("drawn-together", "Rates drawn together (CSV)", lambda: _csv(answer, rates)))
    return found


def _balance(answer: Compared) -> Iterable[Row]:
    for a in answer.adjustments:
        for row in a.balance:
            yield {"group": a.group, "against": a.against, "method": a.method, **asdict(row)}


def _csv(answer: Compared, rows: Iterable[Row]) -> str:
    about = {
        "cohort": answer.cohort,
        "repeated": answer.repeated_sentence,
        "definition": answer.definition_sentence,
        "rules": "; ".join(f"{name}: {rule}" for name, rule in answer.rules),
        "definition_id": answer.definition.id,
        "release": answer.release,
        "snapshot": answer.snapshot,
    }
    return records_csv([row | about for row in rows])
