"""`trd-outcomes map`: propose a mapping file for a person to confirm; nothing is stored."""

import argparse
import sys

from analysis.errors import DefinitionError, StoreError
from analysis.ingest.propose import as_toml, propose
from dashboard.commands import terminal
from dashboard.commands.terminal import plain


def run(options: argparse.Namespace) -> None:
    """Print the proposed mapping, or write it to a file that does not exist yet."""
    proposal = propose(options.files)
    text = as_toml(proposal)
    if options.to is None:
        sys.stdout.write(text)
        return
    try:
        with options.to.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise DefinitionError(f"{options.to} is there already: name another file.") from None
    except OSError as error:
        raise StoreError(f"{options.to} cannot be written: {error.strerror}.") from error
    left = f'{proposal.open:,} to decide, on lines that begin with "# ?"'
    console = terminal.console()
    console.print(
        f"{plain(options.to)} is written: {left if proposal.open else 'nothing is left to decide'}."
    )
