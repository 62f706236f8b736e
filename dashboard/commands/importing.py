"""`trd-outcomes import`: load files and account for every row."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from analysis.errors import InputError
from analysis.ingest import Choices, ImportReport, Mapping, import_files
from analysis.ingest.memory import check_memory
from analysis.ingest.saved import find_mapping
from analysis.store import open_store
from analysis.store.aside import AsideRow, stored_rows, write_aside
from analysis.store.bookkeeping import batch_with_file
from dashboard.commands import terminal
from dashboard.commands.answers import print_answer
from dashboard.commands.progress import showing, sizes_of, watched
from dashboard.commands.terminal import plain

MOST_SHOWN = 10


def load(
    store: Path,
    files: list[Path],
    mapping: Mapping | None,
    choices: Choices | None = None,
    shown: str = "auto",
) -> ImportReport:
    """Import files with the steps shown on standard error, `shown` as text or as JSON."""
    return watched(
        lambda meter: import_files(store, files, mapping, meter, choices),
        showing(shown),
        sizes_of(files),
    )


def choices_of(options: argparse.Namespace) -> Choices:
    """Return how an import is to be taken, as the options say."""
    return Choices(
        who=getattr(options, "who", None),
        corrections=options.corrections,
        replaces=options.replaces,
        accept_absent=options.accept_absent,
        codes=options.codes,
        keep_aside=getattr(options, "aside", None) is not None,
    )


def run(options: argparse.Namespace) -> None:
    """Import the files and print what became of each row."""
    check_memory()
    if options.aside is not None:
        _make_folder(options.aside)  # before anything is imported
    mapping = find_mapping(options.store, options.mapping) if options.mapping else None
    taken = options.store, options.files, mapping, choices_of(options)
    if options.progress == "json":
        print_answer(lambda: load(*taken, "json"))
        return
    report = load(*taken)
    console = terminal.console()
    print_files(console, report)
    if report.quarantined:
        console.print(quarantine_table(report))
        console.print(f"All of them: trd-outcomes info {plain(options.store)} --quarantine FILE")
    batches = {report.batch}
    if report.changed:
        console.print(
            f"Batch {report.batch}: snapshot {report.snapshot} is in {plain(options.store)}."
        )
    else:
        console.print(f"Nothing new: snapshot {report.snapshot} stays as it is.")
        batches = print_known_batches(console, options.store, report)
    if options.aside is not None:
        rows: Sequence[AsideRow] = report.aside
        if not report.changed:
            with open_store(options.store) as store:
                rows = stored_rows(store, sorted(batches))
        print_written(console, write_aside(rows, options.aside))


def print_files(console: Console, report: ImportReport) -> None:
    """Print what became of the rows of each file, and what there is to say about it."""
    for file in report.files:
        ignored = f" ({file.ignored:,} more ignored by the mapping)" if file.ignored else ""
        console.print(
            f"{plain(file.file)} ({file.kind}): rows read {file.rows_read:,}{ignored} = "
            f"loaded {file.loaded:,} + quarantined {file.quarantined:,} + "
            f"exact duplicates {file.exact_duplicates:,}"
        )
        if file.unused:
            console.print(f"  columns not stored: {plain(', '.join(file.unused))}")
        for note in file.notes:
            console.print(f"  {plain(note)}")
    for warning in report.warnings:
        console.print(warning)
    if report.replaced_episodes:
        console.print(f"{report.replaced_episodes:,} episodes came again and replace stored ones.")


def print_known_batches(console: Console, folder: Path, report: ImportReport) -> set[int]:
    """Print in which batches files came before; return those batches."""
    found = set()
    with open_store(folder) as store:
        for file in report.files:
            batch = batch_with_file(store, file.sha256)
            if batch is not None:
                found.add(batch)
                console.print(f"{plain(file.file)} was already imported as batch {batch}.")
    return found


def print_written(console: Console, files: list[Path]) -> None:
    """Print where quarantined rows were written to."""
    for file in files:
        console.print(f"Quarantined rows are in {plain(file)}.")
    if not files:
        console.print("No row was quarantined: nothing was written.")


def quarantine_table(report: ImportReport) -> Table:
    """Return the first quarantined rows with their reasons."""
    total = sum(file.quarantined for file in report.files)
    shown = report.quarantined[:MOST_SHOWN]
    table = Table(
        title=f"Quarantined rows ({len(shown)} of {total:,})", title_justify="left", box=None
    )
    for heading in ("file", "line", "column", "value", "rule", "allowed"):
        table.add_column(heading, justify="right" if heading == "line" else "left")
    for row in shown:
        cells = (row.file, str(row.line), row.column or "", row.value or "", row.rule, row.allowed)
        table.add_row(*(plain(cell) for cell in cells))
    return table


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {error.strerror}.") from error
