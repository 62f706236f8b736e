"""A comparison as files: each row carries its cohort, definition and snapshot."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from typing import Any

from analysis.compare.results import BalanceRow, Compared, Contrast, GroupRow, ShrunkRate
from analysis.export import defused

Row = dict[str, Any]


def files(answer: Compared) -> list[tuple[str, str, Callable[[], str]]]:
    """Return what can be saved: a name, words for the button, and the text of the file."""
    found: list[tuple[str, str, Callable[[], str]]] = [
        ("groups", "Groups (CSV)", lambda: _csv(answer, GroupRow, map(asdict, answer.rows))),
        (
            "differences",
            "Differences (CSV)",
            lambda: _csv(answer, Contrast, map(asdict, answer.contrasts)),
        ),
    ]
    if answer.adjustments:
        pairs = ("pair_group", "pair_against")
        found.append(
            ("balance", "Balance (CSV)", lambda: _csv(answer, BalanceRow, _balance(answer), pairs))
        )
    if answer.shrunk:
        found.append(
            (
                "drawn-together",
                "Rates drawn together (CSV)",
                lambda: _csv(answer, ShrunkRate, map(asdict, answer.shrunk)),
            )
        )
    return found


def _balance(answer: Compared) -> Iterable[Row]:
    for a in answer.adjustments:
        for row in a.balance:
            yield {"pair_group": a.group, "pair_against": a.against, **asdict(row)}


def _about(answer: Compared) -> Row:
    return {
        "cohort": answer.cohort,
        "repeated": answer.comparison.repeated,
        "definition": answer.definition_sentence,
        "rules": "; ".join(f"{name}: {rule}" for name, rule in answer.rules),
        "definition_id": answer.definition.id,
        "release": answer.release,
        "snapshot": answer.snapshot,
    }


def _csv(
    answer: Compared, kind: type[Any], rows: Iterable[Row], first: tuple[str, ...] = ()
) -> str:
    """Return rows of one kind as CSV text; the header is there even where no row is."""
    about = _about(answer)
    names = [*first, *(field.name for field in fields(kind)), *about]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        whole = row | about
        writer.writerow(defused(whole[name] for name in names))
    return text.getvalue()
