"""`trd-outcomes withdraw`: take a batch back, and say what that took away."""

import argparse
from collections.abc import Mapping

from analysis.store.as_of import withdraw
from dashboard.commands import terminal
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Withdraw a batch and print what does not count any more."""
    with terminal.steps() as show:
        done = withdraw(options.store, options.batch, options.who, show)
    console = terminal.console()
    console.print(f"Batch {done.ended} is withdrawn; the withdrawal is batch {done.number}.")
    console.print(f"Taken away: {_rows(done.taken)}.")
    if any(done.returned.values()):
        console.print(f"Counting again: {_rows(done.returned)}.")
    if done.changed_episodes:
        console.print(f"Episodes with other attributes now: {done.changed_episodes:,}.")
    if done.repeating:
        console.print(
            "Files of later batches had rows that were there already. Where those were rows of "
            f"batch {done.ended}, import the file again:"
        )
    for file in done.repeating:
        rows = "1 row" if file.exact_duplicates == 1 else f"{file.exact_duplicates:,} rows"
        console.print(f"  {plain(file.file)} (batch {file.batch}): {rows}")
    console.print(f"To take the withdrawal back: trd-outcomes withdraw {plain(options.store)} "
                  f"{done.number}")  # fmt: skip


def _rows(tables: Mapping[str, int]) -> str:
    """Return rows per table in words: "3 assessments, 1 session"."""
    names = {name: name.replace("_", " ") for name in tables}
    told = [
        f"{rows:,} {names[name]}{'' if rows == 1 else 's'}" for name, rows in tables.items() if rows
    ]
    return ", ".join(told) or "no rows"
