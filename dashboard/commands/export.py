"""`trd-outcomes export`: what counts in a store, as files to import again or to ask with Spark."""

import argparse

from analysis.errors import DefinitionError
from analysis.store.write_out import write_out
from analysis.store.write_parquet import write_parquet
from dashboard.commands import terminal
from dashboard.commands.question import as_of_words, opened
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Write the files and say what they are."""
    if options.to == "parquet":
        _run_parquet(options)
        return
    with terminal.steps() as show, opened(options) as (store, batch):
        written = write_out(
            *(store, options.folder, options.to),
            dates=options.dates,
            who=options.who,
            progress=show,
        )
        snapshot = store.snapshot
    console = terminal.console()
    for file, rows in written.files.items():
        console.print(f"{plain(file)}: {rows:,} rows")
    console.print(f"{plain(written.mapping)}: what they need to be imported again")
    if written.undated:
        console.print(
            f"{written.undated:,} episodes have a start date; they were written with their "
            "follow-up age instead, which gives the same figures and does not grow any more. "
            "--dates writes the dates."
        )
    console.print(f"This is snapshot {snapshot}{as_of_words(batch)}.")


def _run_parquet(options: argparse.Namespace) -> None:
    if options.dates:
        raise DefinitionError("Questions read no dates, so that parquet has none: omit --dates.")
    with terminal.steps() as show, opened(options) as (store, batch):
        rows = write_parquet(store, options.folder, as_of=batch, who=options.who, progress=show)
        snapshot = store.snapshot
    console = terminal.console()
    for table, number in rows.items():
        console.print(f"{plain(options.folder / table)}: {number:,} rows")
    console.print(
        "It has a row for each episode and score: keep it as you keep the store. Ask it with "
        "--engine spark."
    )
    console.print(f"This is snapshot {snapshot}{as_of_words(batch)}.")
