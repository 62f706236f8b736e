"""`trd-outcomes quarantine`: the rows that were kept aside, as files to mend and import again."""

import argparse

from analysis.errors import DefinitionError
from analysis.store import open_store
from analysis.store.aside import stored_rows, write_aside
from analysis.store.batches import read_batches
from dashboard.commands import terminal
from dashboard.commands.importing import print_written


def run(options: argparse.Namespace) -> None:
    """Write the quarantined rows of one batch, or of all, into a folder."""
    with open_store(options.store) as store:
        known = [b.batch for b in read_batches(store.connection)]
        if options.batch is not None and options.batch not in known:
            listed = ", ".join(map(str, known))
            raise DefinitionError(
                f"There is no batch {options.batch} in this store. Batches: {listed}."
            )
        chosen = None if options.batch is None else [options.batch]
        print_written(terminal.console(), write_aside(stored_rows(store, chosen), options.to))
