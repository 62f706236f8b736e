"""One import: files in, the next snapshot out, every row accounted for."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from analysis.errors import DefinitionError, InputError, StoreError, StoreMissing
from analysis.ingest.canonical import create_text_tables, gather, layout
from analysis.ingest.check import check, remove_ignored
from analysis.ingest.mapping import Mapping
from analysis.ingest.merging import Added, add_rows, nothing_new, own_as_of
from analysis.ingest.reading import Staged, stage_file
from analysis.ingest.reading.columns_read import look_at_columns
from analysis.ingest.reading.shown import shown
from analysis.ingest.replacing import check_absent
from analysis.ingest.report import (
    ImportReport,
    ReadFile,
    file_reports,
    log_batch,
    name_places,
    quarantine,
    quarantined_rows,
    replaced_episodes,
)
from analysis.instruments import REGISTRY, declared_instrument
from analysis.modality import MODALITIES
from analysis.store.batches import IMPORT, Batch, counting, current_user, now, read_batches
from analysis.store.declared import Declared
from analysis.store.manifest import POINTER
from analysis.store.quoting import literal
from analysis.store.reader import Store, open_store
from analysis.store.refusals import note_refusal
from analysis.store.state import as_of_date, every_row, set_aside, work_out
from analysis.store.writer import create_log, publish, writing

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Choices:
    """How an import is to be taken, beside its files and its mapping.

    `who` imports it (None: as the system knows them). `mapping_name` is the name under which the
    mapping is kept. With `corrections` its scores count instead of stored ones of the same day and
    instrument. `replaces` is a batch that it takes the place of, `accept_absent` the number of rows
    of that batch that may be gone.
    """

    who: str | None = None
    mapping_name: str | None = None
    corrections: bool = False
    replaces: int | None = None
    accept_absent: int = 0


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
    replaces the stored one. Raises InputError for a file that cannot be read, StoreBusy while
    another import runs.
    """
    folder = Path(store)
    if not files:
        raise DefinitionError("Name at least one file to import.")
    with writing(folder) as building, _explained(f"{folder} stays as it was"):
        run = _Run(folder, mapping or Mapping(), choices or Choices(), progress)
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
        run = _Run(folder, mapping or Mapping(), choices or Choices(), progress, dry=True)
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


@contextmanager
def _current(folder: Path) -> Iterator[Store | None]:
    """Open the current snapshot, if there is a store yet."""
    try:
        store = open_store(folder)
    except StoreMissing:
        yield None
        return
    with store:
        yield store


@dataclass(frozen=True)
class _Run:
    """One import as it was asked for; `dry` ends before anything is published."""

    folder: Path
    mapping: Mapping
    choices: Choices
    progress: Progress
    dry: bool = False

    def carried_out(self, building: Path, files: list[Path]) -> ImportReport:
        with (
            tempfile.TemporaryDirectory(prefix="trd-outcomes-") as spill,
            _current(self.folder) as current,
            closing(duckdb.connect(str(building), config={"temp_directory": spill})) as con,
        ):
            if current is not None:
                file = str(current.path / current.manifest.file)
                con.execute(f"attach {literal(file)} as current_store (read_only)")
            return self._import(con, building, current, files, Path(spill))

    def _import(
        self,
        con: duckdb.DuckDBPyConnection,
        building: Path,
        current: Store | None,
        files: list[Path],
        spill: Path,
    ) -> ImportReport:
        past = [] if current is None else read_batches(con, "current_store")
        batch = self._batch(past)
        before = Declared.of(counting(past))
        declared = before.with_more(batch.declares)
        fields = tuple(declared.fields)
        read = self._read(con, files, fields, spill)
        self.progress("Checking every row")
        every_row(
            con,
            "current_store" if current is not None else None,
            fields,
            tuple(current.fields) if current is not None else (),
        )
        ended = counting([*past, replace(batch, kind="withdrawal")])
        work_out(con, ended, fields, "stored")
        own = {n: declared_instrument(n, block) for n, block in declared.instruments.items()}
        check(
            con,
            self.mapping,
            MODALITIES | declared.modalities,
            REGISTRY | own,
            fields,
            corrections=self.choices.corrections,
        )
        batch = replace(batch, as_of=own_as_of(con, self.mapping))
        quarantine(con)
        add_rows(con, Added(batch, ended, fields))
        reports = file_reports(con, read)
        check_absent(con, self.choices, [report.file for report in reports])
        name_places(con, read)
        aside = quarantined_rows(con, read)
        counted = counting([*past, batch])
        moved = as_of_date(counted) != as_of_date(counting(past))
        same = current is not None and batch.ends is None and declared == before and not moved
        if self.dry or (same and current is not None and nothing_new(con, reports, past)):
            snapshot = "" if current is None else current.snapshot
            return ImportReport(batch.batch, snapshot, reports, aside, 0, changed=False)
        replaced = replaced_episodes(con)
        work_out(con, counted, fields, "merged")
        set_aside(con, "merged")
        create_log(con, current, [*past, batch])
        log_batch(con, batch, reports)
        manifest = publish(con, self.folder, building, declared, counted, self.progress)
        return ImportReport(batch.batch, manifest.snapshot, reports, aside, replaced, changed=True)

    def _batch(self, past: Sequence[Batch]) -> Batch:
        """Return the batch that this import will be."""
        ends = self.choices.replaces
        if ends is not None and ends not in {b.batch for b in counting(past)}:
            raise DefinitionError(
                f"There is no batch {ends} that counts: trd-outcomes info lists the batches."
            )
        number = max((b.batch for b in past), default=0) + 1
        who = self.choices.who or current_user()
        return Batch(
            number,
            IMPORT,
            now(),
            who,
            corrections=self.choices.corrections,
            ends=ends,
            declares=self.mapping.declares(),
        )

    def _read(
        self,
        con: duckdb.DuckDBPyConnection,
        files: list[Path],
        fields: tuple[str, ...],
        spill: Path,
    ) -> list[ReadFile]:
        create_text_tables(con, fields)
        read: list[ReadFile] = []
        for number, path in enumerate(files):
            self.progress(f"Reading {shown(path.name)}")
            for staged in stage_file(con, path, self.mapping, f"staged_{number}", spill):
                read.append(self._gather(con, len(read), staged, fields))
        return read

    def _gather(
        self,
        con: duckdb.DuckDBPyConnection,
        number: int,
        staged: Staged,
        fields: tuple[str, ...],
    ) -> ReadFile:
        found = layout(staged, self.mapping)
        staged = look_at_columns(con, staged, found.positions, self.mapping)
        gather(con, staged.table, number, found, self.mapping, fields)
        con.execute(
            f"insert into quarantined select {number}, line, null, null, rule, allowed "
            f"from {staged.malformed}"
        )
        ignored = remove_ignored(con, self.mapping, number, found.kind)
        return ReadFile(staged, found, ignored)
