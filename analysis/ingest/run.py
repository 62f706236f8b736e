"""One import, step by step."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Pairs
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from analysis.errors import DefinitionError, IdentityFound, StoreMissing
from analysis.fields import EPISODE_FIELDS
from analysis.ingest.canonical import Layout, create_text_tables, gather, layout
from analysis.ingest.check import check, remove_ignored
from analysis.ingest.choices import Choices, Progress
from analysis.ingest.findings import MOST_LISTED, findings
from analysis.ingest.gate import Codes, check_header, check_key, holding, inspect, inspect_texts
from analysis.ingest.mapping import Mapping
from analysis.ingest.memory import engine_limits
from analysis.ingest.merging import (
    Added,
    add_rows,
    no_sessions,
    nothing_new,
    own_as_of,
    says_nothing,
)
from analysis.ingest.plain_files import plain_form
from analysis.ingest.reading import Staged, group_sources, stage_file
from analysis.ingest.reading.columns_read import look_at_columns
from analysis.ingest.reading.shown import shown
from analysis.ingest.reading.source import Source
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
    rows_aside,
)
from analysis.ingest.saved import keep_mapping
from analysis.ingest.swift import Swift, swift_way
from analysis.ingest.warnings import warnings
from analysis.ingest.watching import watch
from analysis.instruments import REGISTRY, Instrument, declared_instrument
from analysis.modality import MODALITIES
from analysis.progress import add_rows as count_rows
from analysis.store.batches import IMPORT, Batch, counting, current_user, now, read_batches
from analysis.store.declared import Declared
from analysis.store.quoting import literal
from analysis.store.reader import Store, open_store
from analysis.store.spill import spilling
from analysis.store.state import as_of_date, every_row, kept_episodes, set_aside, work_out
from analysis.store.writer import create_log, publish


def _instruments(declared: Declared) -> Pairs[str, Instrument]:
    own = {n: declared_instrument(n, block) for n, block in declared.instruments.items()}
    return REGISTRY | own


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
class Run:
    """One import as it was asked for; `dry` ends before anything is published."""

    folder: Path
    mapping: Mapping
    choices: Choices
    progress: Progress
    dry: bool = False

    def carried_out(self, building: Path, files: list[Path]) -> ImportReport:
        """Read the files, check them against the store and publish what they add."""
        inspect_texts(self.mapping.texts(), f"{self.mapping.name}.toml", "the mapping")
        with (
            nullcontext(building.parent) if self.dry else spilling(self.folder) as spill,
            _current(self.folder) as current,
            closing(
                duckdb.connect(
                    str(building),
                    config={"temp_directory": str(spill), **engine_limits(self._all(files))},
                )
            ) as con,
            self._codes(con) as codes,
        ):
            watch(self.progress, con)
            if current is not None:
                con.execute(f"attach {literal(str(current.file))} as current_store (read_only)")
            return _Import(self, con, current, codes, spill).carried_out(building, files)

    def _all(self, files: Sequence[Path]) -> list[Path]:
        """Return the files to be read and those of the store that they are added to."""
        return [*files, *self.folder.glob("snapshot-*.duckdb")]

    def _codes(self, con: duckdb.DuckDBPyConnection) -> AbstractContextManager[Codes | None]:
        if self.choices.codes is None:
            return nullcontext()
        return holding(con, self.choices.codes, self.folder)


@dataclass(frozen=True)
class _Import:
    """One import while its connection is open and the current snapshot attached to it."""

    run: Run
    con: duckdb.DuckDBPyConnection
    current: Store | None
    codes: Codes | None
    spill: Path

    def carried_out(self, building: Path, files: list[Path]) -> ImportReport:
        con, run, current = self.con, self.run, self.current
        past = [] if current is None else read_batches(con, "current_store")
        beside = counting(past)
        before = Declared.of(beside)
        if beside:
            check_key(before.codes, self.codes, shown(files[0].name))
        batch = self._batch(past)
        declared = before.with_more(batch.declares)
        fields = tuple(declared.fields)
        read = self._read(files, declared)
        batch = replace(batch, attested=tuple(sorted({a for r in read for a in r.attested})))
        run.progress("Checking every row")
        stored = tuple(current.fields) if current is not None else ()
        swift = self._swift(batch, beside, declared, read)
        packed = "false" if swift is None else swift.packing.plain
        every_row(con, None if current is None else "current_store", fields, stored, packed)
        episodes = None
        if batch.ends is not None:
            beside = counting([*past, replace(batch, kind="withdrawal")])
        elif stored == (*EPISODE_FIELDS, *fields) and not before.keeps_dates:
            episodes = kept_episodes(con, "current_store", stored)
        work_out(con, beside, fields, "stored", episodes)
        self._check(declared, swift)
        batch = replace(batch, as_of=own_as_of(con, run.mapping, swift))
        quarantine(con)
        add_rows(con, Added(batch, beside, fields, declared.keeps_dates))
        reports = file_reports(con, read, {} if swift is None else swift.counts())
        check_absent(con, run.choices, [report.file for report in reports], swift)
        name_places(con, read, reports)
        aside, told_of = quarantined_rows(con, read), warnings(con, swift)
        counted = counting([*past, batch])
        told = batch.ends is None and declared == before
        told = told and as_of_date(counted) == as_of_date(beside)
        if run.dry or (current is not None and told and nothing_new(con, reports, past)):
            snapshot = "" if current is None else current.snapshot
            found = findings(con, read) if run.dry else None
            asked = run.dry and run.choices.keep_aside
            kept = rows_aside(con, read, batch.batch, MOST_LISTED) if asked else ()
            return ImportReport(
                batch.batch, snapshot, reports, aside, 0, False, told_of, found, kept
            )
        replaced = replaced_episodes(con)
        same = as_of_date(counted) == as_of_date(beside) and says_nothing(con, batch)
        work_out(con, counted, fields, "merged", "stored_episode" if same else None)
        set_aside(con, "merged")
        create_log(con, current)
        batch = keep_mapping(con, batch, run.mapping)
        log_batch(con, [*past, batch], reports, declared.keeps_dates)
        kept = rows_aside(con, read, batch.batch) if run.choices.keep_aside else ()
        if self.codes is not None:
            self.codes.save(con)
        words = None if swift is None else swift.merge()
        carried = None
        if current is not None and same and episodes and no_sessions(con, batch):
            carried = current.file
        manifest = publish(
            con, run.folder, building, declared, counted, run.progress, words, carried
        )
        return ImportReport(
            batch.batch, manifest.snapshot, reports, aside, replaced, changed=True,
            warnings=told_of, aside=kept, mapping=batch.mapping,
        )  # fmt: skip

    def _batch(self, past: Sequence[Batch]) -> Batch:
        """Return the batch that this import will be."""
        choices, mapping = self.run.choices, self.run.mapping
        if choices.replaces is not None and choices.replaces not in {
            b.batch for b in counting(past)
        }:
            raise DefinitionError(
                f"There is no batch {choices.replaces} that counts: trd-outcomes info lists the "
                "batches."
            )
        key = {} if self.codes is None else {"codes": self.codes.key_id}
        return Batch(
            max((b.batch for b in past), default=0) + 1,
            IMPORT,
            now(),
            choices.who or current_user(),
            corrections=choices.corrections,
            ends=choices.replaces,
            declares={**mapping.declares(), **key},
        )

    def _swift(
        self,
        batch: Batch,
        beside: Sequence[Batch],
        declared: Declared,
        read: Sequence[ReadFile],
    ) -> Swift | None:
        ended = [b for b in beside if b.batch != batch.ends]
        stored = None if self.current is None else self.current.manifest.tables["assessment"].rows
        return swift_way(
            self.con, self.run.mapping, batch, ended, stored, _instruments(declared),
            tuple(declared.fields), read,
        )  # fmt: skip

    def _check(self, declared: Declared, swift: Swift | None) -> None:
        check(
            self.con,
            self.run.mapping,
            MODALITIES | declared.modalities,
            _instruments(declared),
            tuple(declared.fields),
            corrections=self.run.choices.corrections,
            swift=swift,
        )

    def _read(self, files: list[Path], declared: Declared) -> list[ReadFile]:
        fields = tuple(declared.fields)
        create_text_tables(self.con, fields)
        read: list[ReadFile] = []
        for number, source in enumerate(group_sources(files)):
            self.run.progress(f"Reading {shown(source.name)}")
            known = None if self.codes is not None else _instruments(declared)
            found = self._staged(source, f"staged_{number}", known)
            if found[0].plain is not None and not self._passes(found[0]):
                # a column may look otherwise as a whole than its odd rows alone
                found = self._staged(source, f"staged_{number}_whole", None)
            self._look_at_all(found)
            for staged in found:
                count_rows(self.run.progress, staged.rows)
                read.append(self._gather(len(read), staged, fields))
        return read

    def _look_at_all(self, found: Sequence[Staged]) -> None:
        """Let the tables of a source through the gate as they stood in the file, all columns."""
        before = {staged.before.table: staged.before for staged in found if staged.before}
        for raw in before.values():
            check_header(raw)
            inspect(self.con, raw, Layout("as it was", {}, ()), self.run.mapping)
            self.con.execute(f"drop table {raw.table}")

    def _staged(
        self, source: Source, table: str, known: Pairs[str, Instrument] | None
    ) -> list[Staged]:
        mapping = self.run.mapping
        return stage_file(
            self.con,
            source,
            mapping,
            table,
            self.spill,
            local=self.run.choices.local,
            plain_form=lambda file: None if known is None else plain_form(file, mapping, known),
        )

    def _passes(self, staged: Staged) -> bool:
        mapping = self.run.mapping
        try:
            check_header(staged)
            inspect(self.con, staged, layout(staged, mapping), mapping)
        except IdentityFound:
            return False
        return True

    def _gather(self, number: int, staged: Staged, fields: tuple[str, ...]) -> ReadFile:
        """Let a table through the gate and add it to the text tables of its kind."""
        con, mapping = self.con, self.run.mapping
        check_header(staged)
        found = layout(staged, mapping)
        seen = inspect(con, staged, found, mapping, coded=self.codes is not None)
        staged = look_at_columns(con, staged, found.positions, mapping)
        if self.codes is not None:
            self.codes.replace(con, staged, found)
        gather(con, staged.table, number, found, mapping, fields)
        con.execute(
            f"insert into quarantined select {number}, line, null, null, rule, allowed "
            f"from {staged.malformed}"
        )
        ignored = remove_ignored(con, mapping, number, found.kind)
        return ReadFile(staged, found, ignored, seen.attested)
