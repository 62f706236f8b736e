"""`trd-outcomes backup`: a store as one file."""

import argparse

from analysis.store.backup import backup
from dashboard.commands import terminal
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Write the backup and say what is in it."""
    with terminal.steps() as show:
        manifest = backup(options.store, options.file, show)
    terminal.console().print(
        f"{plain(options.file)} holds the store {plain(options.store)} up to batch "
        f"{manifest.batch}, snapshot {manifest.snapshot}; it was read again and is whole."
    )
