"""Importing: files in, the next snapshot out, every row accounted for."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import DefinitionError, InputError
from analysis.ingest.choices import Choices, Progress
from analysis.ingest.mapping import Mapping
from analysis.ingest.reading.shown import shown
from analysis.ingest.report import ImportReport
from analysis.ingest.run import Run
from analysis.store.failures import explained
from analysis.store.locking import writing
from analysis.store.manifest import POINTER
from analysis.store.refusals import note_refusal


def import_files(
    store: Path | str,
    files: Sequence[Path | str],
    mapping: Mapping | None = None,
    progress: Progress = lambda step: None,
    choices: Choices | None = None,
) -> ImportReport:
    """Load a clinic's files into a store as one batch; the store is made where there is none yet.

    All or nothing: when anything is raised the store's data stay as they were. Rows that break a
    rule are quarantined with file, line, column, value, rule and what is allowed; a row that is
    there already counts as an exact duplicate. An episode that comes again with other attributes
    replaces the stored one. Raises InputError for a file that cannot be read, IdentityFound for one
    that may identify a person, StoreBusy while another import runs.
    """
    folder = Path(store)
    if not files:
        raise DefinitionError("Name at least one file to import.")
    with writing(folder) as building:
        run = Run(folder, mapping or Mapping(), choices or Choices(), progress)
        paths = [Path(file) for file in files]
        try:
            return run.carried_out(building, paths)
        except InputError as error:
            there = all(path.exists() for path in paths)
            if there and (folder / POINTER).is_file():
                named = [(path, shown(path.name)) for path in paths]
                refused = [(p, name) for p, name in named if error.file.startswith(name)]
                who, said = run.choices.who, f"{error} The log of {folder} could not note this"
                with explained(lambda: said):
                    note_refusal(folder, building, refused or named, str(error), who)
            raise


def check_files(
    files: Sequence[Path | str],
    mapping: Mapping | None = None,
    store: Path | str | None = None,
    progress: Progress = lambda step: None,
    choices: Choices | None = None,
) -> ImportReport:
    """Say what an import of these files would do, and store nothing.

    `store` is the store that they would go into, None for an empty one. Raises what an import
    would raise.
    """
    if not files:
        raise DefinitionError("Name at least one file to check.")
    with (
        explained(lambda: "The check could not be carried out"),
        tempfile.TemporaryDirectory(prefix="trd-outcomes-") as scratch,
    ):
        folder = Path(store) if store is not None else Path(scratch) / "none"
        run = Run(folder, mapping or Mapping(), choices or Choices(), progress, dry=True)
        return run.carried_out(Path(scratch) / "check.part", [Path(file) for file in files])
