"""`trd-outcomes restore`: a store made again from its backup."""

import argparse

from analysis.store.backup import restore
from dashboard.commands import terminal
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Restore the backup and say where the store before it was kept."""
    with terminal.steps() as show:
        done = restore(options.file, options.store, replace_store=options.replace, progress=show)
    console = terminal.console()
    if done.kept_aside is not None:
        console.print(f"The store before is kept in {plain(done.kept_aside)}.")
    console.print(
        f"{plain(options.store)} is at batch {done.manifest.batch} again, snapshot "
        f"{done.manifest.snapshot}."
    )
