"""`trd-outcomes info`: what a store holds, and what was kept aside."""

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.table import Table

from analysis.errors import InputError
from analysis.plain_csv import defused
from analysis.store import Store
from analysis.store.batches import Batch
from analysis.store.bookkeeping import (
    batch_summaries,
    imported_files,
    quarantined_by_rule,
    quarantined_rows,
)
from dashboard.commands import terminal
from dashboard.commands.question import as_of_words, opened
from dashboard.commands.terminal import plain

QUARANTINE = ("batch", "file", "line", "column", "value", "rule", "allowed")

BATCHES = ("batch", "kind", "when", "who", "files", "mapping", "ends", "note")


def run(options: argparse.Namespace) -> None:
    """Print the snapshot, its tables, instruments, fields, imports and quarantine."""
    console = terminal.console()
    with opened(options) as (store, batch):
        snapshot = f"{store.snapshot}{as_of_words(batch)}"
        console.print(f"Store {plain(options.store)}, snapshot {snapshot}.")
        console.print(f"Data as of {store.as_of or 'unknown (no dates were imported)'}.")
        # a state of then is worked out again: what it does not hold is kept for the present one
        states = {n: s.rows for n, s in store.manifest.tables.items() if s.rows or batch is None}
        console.print(_table("Tables", ("table", "rows"), states.items()))
        recorded = [
            (i, store.instruments[i].label, n, store.items_recorded.get(i, 0))
            for i, n in store.recorded.items()
        ]
        headings = ("id", "label", "assessments", "with the item on suicidal thoughts")
        console.print(_table("Instruments", headings, recorded))
        levels = [
            (f, ", ".join(f"{v} ({n})" for v, n in x.items())) for f, x in store.levels.items()
        ]
        console.print(_table("Fields", ("field", "levels (episodes)"), levels))
        console.print(_table("Batches", BATCHES, map(_batch, batch_summaries(store))))
        columns = ("batch", "file", "kind", "read", "loaded", "quarantined", "duplicates")
        console.print(_table("Imports", columns, imported_files(store)))
        reasons = quarantined_by_rule(store)
        if reasons:
            console.print(_table("Quarantined rows", ("rule", "rows"), reasons))
        if options.quarantine is not None:
            _write_quarantine(store, options.quarantine)
            console.print(f"Quarantined rows are in {plain(options.quarantine)}.")


def _batch(entry: tuple[Batch, tuple[str, ...]]) -> tuple[Any, ...]:
    """Return a batch as cells in plain words."""
    batch, files = entry
    kind = f"{batch.kind} of corrections" if batch.corrections else batch.kind
    when = f"{batch.when[:10]} {batch.when[11:16]} UTC" if "T" in batch.when else batch.when
    ends = "" if batch.ends is None else f"batch {batch.ends}"
    names = (", ".join(files), batch.mapping or "", ends, batch.note or "")
    return (batch.batch, kind, when, batch.who, *names)


def _table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        cells = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row)
        table.add_row(*(plain(cell) for cell in cells))
    return table


def _write_quarantine(store: Store, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(QUARANTINE)
            writer.writerows(map(defused, quarantined_rows(store)))
    except OSError as error:
        raise InputError(str(path), f"cannot be written: {error.strerror}.") from error
