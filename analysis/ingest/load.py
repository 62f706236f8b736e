"""Importing: files in, the next snapshot out, every row accounted for."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from analysis.errors import DefinitionError, InputError, StoreError
from analysis.ingest.choices import Choices, Progress
from analysis.ingest.mapping import Mapping
from analysis.ingest.reading.shown import shown
from analysis.ingest.report import ImportReport
from analysis.ingest.run import Run
from analysis.store.manifest import POINTER
from analysis.store.refusals import note_refusal
from analysis.store.writer import writing


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
    with writing(folder) as building, _explained(f"{folder} stays as it was"):
        run = Run(folder, mapping or Mapping(), choices or Choices(), progress)
        paths = [Path(file) for file in files]
        try:
            return run.carried_out(building, paths)
        except InputError as error:
            if (folder / POINTER).is_file():
                named = [(path, shown(path.name)) for path in paths]
                refused = [(p, name) for p, name in named if error.file.startswith(name)]
                who = run.choices.who
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
        tempfile.TemporaryDirectory(prefix="trd-outcomes-") as scratch,
        _explained("nothing was stored"),
    ):
        folder = Path(store) if store is not None else Path(scratch) / "none"
        run = Run(folder, mapping or Mapping(), choices or Choices(), progress, dry=True)
        return run.carried_out(Path(scratch) / "check.part", [Path(file) for file in files])


@contextmanager
def _explained(outcome: str) -> Iterator[None]:
    """Turn what the system or the engine could not do into a sentence."""
    try:
        yield
    except (
        duckdb.IOException,
        duckdb.FatalException,
        duckdb.OutOfMemoryException,
        OSError,
    ) as error:
        raise StoreError(
            f"The import could not be carried out; {outcome}: {str(error).splitlines()[0]}"
        ) from error
