"""One import: files in, the next snapshot out, every row accounted for."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from analysis.errors import DefinitionError, InputError, StoreError, StoreMissing
from analysis.fields import STATED_FIELDS, TREATMENT_RESISTANT_RULES, UNKNOWN
from analysis.ingest.canonical import (
    create_text_tables,
    gather,
    layout,
)
from analysis.ingest.check import SQL, check, latest_date, remove_ignored
from analysis.ingest.columns import ATTRIBUTES
from analysis.ingest.mapping import Mapping
from analysis.ingest.reading import Staged, group_sources, stage_file
from analysis.ingest.report import (
    FileReport,
    ImportReport,
    ReadFile,
    count,
    file_reports,
    quarantined_rows,
)
from analysis.ingest.stored import stored_tables
from analysis.instruments import REGISTRY, declared_instrument
from analysis.modality import MODALITIES
from analysis.store.quoting import column, literal
from analysis.store.reader import Store, open_store
from analysis.store.writer import Declared, declared_in, publish, writing

# More levels than this make a field an identifier or free text, not something to group by.
MOST_LEVELS = 100
Progress = Callable[[str], None]


def import_files(
    store: Path | str,
    files: Sequence[Path | str],
    mapping: Mapping | None = None,
    progress: Progress = lambda step: None,
) -> ImportReport:
    """Load a clinic's files into a store, which is made where it does not exist yet.

    All or nothing: when anything is raised the store stays as it was. Rows that break a rule are
    quarantined with file, line, column, value, rule and what is allowed; a row that is there
    already counts as an exact duplicate. An episode that comes again with other attributes
    replaces the stored one. Raises InputError for a file that cannot be read, StoreBusy while
    another import runs.
    """
    folder, mapping = Path(store), mapping or Mapping()
    if not files:
        raise DefinitionError("Name at least one file to import.")
    try:
        with (
            writing(folder) as building,
            tempfile.TemporaryDirectory(prefix="trd-outcomes-") as spill,
            _current(folder) as current,
            closing(duckdb.connect(str(building), config={"temp_directory": spill})) as con,
        ):
            paths = [Path(file) for file in files]
            return _run(con, folder, building, current, mapping, paths, Path(spill), progress)
    except (
        duckdb.IOException,
        duckdb.FatalException,
        duckdb.OutOfMemoryException,
        OSError,
    ) as error:
        raise StoreError(
            f"The import could not be carried out; {folder} stays as it was: "
            f"{str(error).splitlines()[0]}"
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


def _run(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    building: Path,
    current: Store | None,
    mapping: Mapping,
    files: list[Path],
    spill: Path,
    progress: Progress,
) -> ImportReport:
    declared = _declared(current, mapping)
    fields = tuple(declared.fields)
    create_text_tables(con, fields)
    read: list[ReadFile] = []
    for number, source in enumerate(group_sources(files)):
        progress(f"Reading {source.name}")
        for staged in stage_file(con, source, mapping, f"staged_{number}", spill):
            read.append(_gather(con, len(read), staged, mapping, fields))
    progress("Checking every row")
    stored_tables(con, current, fields)
    own = {name: declared_instrument(name, block) for name, block in declared.instruments.items()}
    check(con, mapping, MODALITIES | declared.modalities, REGISTRY | own, fields)
    _quarantine(con)
    _merge(con, fields, *_as_of(con, mapping, declared))
    reports = file_reports(con, read)
    aside = quarantined_rows(con, read)
    if current is not None and declared == declared_in(current) and _nothing_new(con, reports):
        return ImportReport(current.snapshot, reports, aside, 0, changed=False)
    replaced = count(
        con,
        "select count(*) from new_episode where episode_id in (select episode_id from "
        "stored_episode) and episode_id not in (select episode_id from unchanged_episode)",
    )
    _log(con, reports)
    manifest = publish(con, folder, building, declared, progress)
    return ImportReport(manifest.snapshot, reports, aside, replaced, changed=True)


def _declared(current: Store | None, mapping: Mapping) -> Declared:
    """Return what the store and the mapping together know beyond the registry."""
    stored = declared_in(current)
    for name, block in mapping.instruments.items():
        if stored.instruments.get(name, block) != block:
            raise DefinitionError(
                f"[instruments.{name}] was declared otherwise in an earlier import: what was "
                "decided with it would change; use another name."
            )
    labels = {name: name.replace("_", " ").capitalize() for name in mapping.fields}
    return Declared(
        instruments=stored.instruments | {n: dict(b) for n, b in mapping.instruments.items()},
        modalities=stored.modalities | dict(mapping.modalities),
        fields=stored.fields | labels,
        as_of=stored.as_of,
    )


def _gather(
    con: duckdb.DuckDBPyConnection,
    number: int,
    staged: Staged,
    mapping: Mapping,
    fields: tuple[str, ...],
) -> ReadFile:
    found = layout(staged, mapping)
    gather(con, staged.table, number, found, mapping, fields)
    con.execute(
        f"insert into quarantined select {number}, line, null, null, rule, allowed "
        f"from {staged.malformed}"
    )
    ignored = remove_ignored(con, mapping, number, found.kind)
    con.execute(f"drop table {staged.table}")
    return ReadFile(staged, found, ignored)


def _quarantine(con: duckdb.DuckDBPyConnection) -> None:
    """Gather the faults of all checked tables; episodes out of long rows fail with their rows."""
    for table in ("long", "episode", "assessment", "session", "event", "prior_trial"):
        own = "file not in (select file from checked_long)" if table == "episode" else "true"
        con.execute(
            f'insert into quarantined select file, line, fault."column", fault."value", '
            f'fault."rule", fault."allowed" from checked_{table} where fault is not null and {own}'
        )


def _as_of(
    con: duckdb.DuckDBPyConnection, mapping: Mapping, declared: Declared
) -> tuple[str | None, int]:
    """Set the as-of date of the next snapshot; return it and the days it moved on."""
    latest = mapping.as_of or latest_date(con)
    before = declared.as_of
    known = [day for day in (latest.isoformat() if latest else None, before) if day is not None]
    declared.as_of = max(known, default=None)
    if declared.as_of is None or before is None:
        return declared.as_of, 0
    older = count(con, f"select date {literal(declared.as_of)} - date {literal(before)}")
    return declared.as_of, older


def _merge(
    con: duckdb.DuckDBPyConnection, fields: tuple[str, ...], as_of: str | None, older: int
) -> None:
    special = {
        "modality": "known_modality",
        "start_year": "coalesce(start_year, cast(year(start_day) as varchar))",
    }
    names = (*STATED_FIELDS, *fields)
    said = "".join(f", {special.get(n, column(n))} as {column(n)}" for n in names)
    unknown = literal(UNKNOWN)
    new = "".join(
        f", coalesce(s.{column(n)}, a.{column(n)}, {unknown}) as {column(n)}" for n in names
    )
    # yes as soon as enough trials are known, no once those that are unclear could not make it yes
    resistance = "".join(
        f", case when adequate >= {trials} then 'yes' when adequate + unclear < {trials} then 'no' "
        f"else {unknown} end as {name}"
        for name, trials in TREATMENT_RESISTANT_RULES.items()
    )
    sql = (SQL / "merge.sql").read_text("utf-8")
    con.execute(
        sql.format(
            as_of=f"date {literal(as_of)}" if as_of else "cast(null as date)",
            older=older,
            unknown=unknown,
            resistance=resistance,
            said_fields=said,
            new_fields=new,
            stored_fields="".join(f", {column(n)}" for n in names),
        )
    )
    for name in (*ATTRIBUTES, *fields):
        levels = count(con, f"select count(distinct {column(name)}) from merged_episode")
        if levels > MOST_LEVELS:
            raise InputError(
                "The import",
                f"the field {name} has {levels} different values: a field to group by has at most "
                f"{MOST_LEVELS}; leave out identifiers and free text.",
            )


def _nothing_new(con: duckdb.DuckDBPyConnection, reports: Sequence[FileReport]) -> bool:
    """Return whether every file is one that was imported before and adds no row."""
    known = {row[0] for row in con.execute("select sha256 from merged_import").fetchall()}
    return all(report.loaded == 0 and report.sha256 in known for report in reports)


def _log(con: duckdb.DuckDBPyConnection, reports: Sequence[FileReport]) -> None:
    """Number the import and write its files and its quarantined rows into the log."""
    number = count(con, "select max(import) from merged_import") + 1
    con.execute("create temp table import_file (file integer, name varchar)")
    for position, report in enumerate(reports):
        con.execute("insert into import_file values (?, ?)", [position, report.file])
        con.execute(
            "insert into merged_import values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                number,
                report.file,
                report.kind,
                report.sha256,
                report.rows_in_file,
                report.ignored,
                report.rows_read,
                report.loaded,
                report.quarantined,
                report.exact_duplicates,
            ],
        )
    con.execute(
        f"insert into merged_quarantine select {number}, f.name, q.line, q.column, q.value, "
        "q.rule, q.allowed from quarantined q join import_file f on f.file = q.file"
    )
