"""`trd-outcomes upgrade`: a store of an earlier layout made into one of the present layout."""

import argparse

from analysis.store.manifest import SCHEMA_VERSION
from analysis.store.upgrade import upgrade
from dashboard.commands import terminal
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Upgrade the store, or say that there is nothing to do."""
    with terminal.steps() as show:
        manifest = upgrade(options.store, show)
    store = plain(options.store)
    if manifest is None:
        told = f"{store} has layout {SCHEMA_VERSION} already: nothing to do."
    else:
        told = (
            f"{store} has layout {SCHEMA_VERSION} now: {manifest.tables['episode'].rows:,} "
            f"episodes, all rows in batch {manifest.batch}, snapshot {manifest.snapshot}."
        )
    terminal.console().print(told)
