"""`trd-outcomes export`: what counts in a store, as files that can be imported again."""

import argparse

from analysis.store.write_out import write_out
from dashboard.commands import terminal
from dashboard.commands.question import as_of_words, opened
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Write the files and say what they are."""
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
