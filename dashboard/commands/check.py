"""`trd-outcomes check`: say what an import would do, and store nothing."""

import argparse

from analysis.ingest import check_files
from analysis.ingest.saved import find_mapping
from analysis.store.manifest import read_manifest
from dashboard.commands import terminal
from dashboard.commands.importing import choices_of, print_files, quarantine_table
from dashboard.commands.progress import showing, sizes_of, watched


def run(options: argparse.Namespace) -> None:
    """Print what would become of each row."""
    mapping = find_mapping(options.store, options.mapping) if options.mapping else None
    if options.store is not None:
        read_manifest(options.store)  # a slip in its name must not be taken for an empty store
    report = watched(
        lambda meter: check_files(
            options.files, mapping, options.store, meter, choices_of(options)
        ),
        showing(),
        sizes_of(options.files),
    )
    console = terminal.console()
    print_files(console, report)
    if report.quarantined:
        console.print(quarantine_table(report))
    console.print("Checked only: nothing was stored.")
