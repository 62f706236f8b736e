"""`trd-outcomes import`: load files and account for every row."""

import argparse
from pathlib import Path

from rich.table import Table

from analysis.ingest import ImportReport, import_files, read_mapping
from dashboard.commands import terminal
from dashboard.commands.terminal import plain

MOST_SHOWN = 10


def load(store: Path, files: list[Path], mapping_file: Path | None) -> ImportReport:
    """Import files with the steps shown on standard error."""
    mapping = read_mapping(mapping_file) if mapping_file else None
    console = terminal.console(stderr=True)
    with console.status("Starting") as status:

        def show(step: str) -> None:
            if console.is_terminal:
                status.update(plain(step))
            else:
                console.print(plain(step))

        return import_files(store, files, mapping, show)


def run(options: argparse.Namespace) -> None:
    """Import the files and print what became of each row."""
    report = load(options.store, options.files, options.mapping)
    console = terminal.console()
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
    if report.replaced_episodes:
        console.print(f"{report.replaced_episodes:,} episodes came again and replace stored ones.")
    if report.quarantined:
        console.print(_quarantine_table(report))
        console.print(f"All of them: trd-outcomes info {plain(options.store)} --quarantine FILE")
    if report.changed:
        console.print(f"Snapshot {report.snapshot} is in {plain(options.store)}.")
    else:
        console.print(f"Nothing new: snapshot {report.snapshot} stays as it is.")


def _quarantine_table(report: ImportReport) -> Table:
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
