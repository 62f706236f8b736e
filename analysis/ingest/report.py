"""What became of each file and each row of an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis.ingest.canonical import Layout
from analysis.ingest.columns import (
    ASSESSMENTS,
    DATES,
    EPISODES,
    EVENTS,
    IDS,
    LONG,
    PATIENTS,
    SESSIONS,
    TRIALS,
)
from analysis.ingest.gate.dates import date_like
from analysis.ingest.reading import Staged
from analysis.store.aside import AsideRow
from analysis.store.batches import Batch, write_batches
from analysis.store.quoting import literal

if TYPE_CHECKING:
    from analysis.ingest.findings import Findings

CHECKED = {
    EPISODES: "checked_episode",
    LONG: "checked_assessment",
    ASSESSMENTS: "checked_assessment",
    SESSIONS: "checked_session",
    EVENTS: "checked_event",
    TRIALS: "checked_prior_trial",
    PATIENTS: "checked_patient",
}
# A date inside a text; what is a date as a whole is known to the gate.
DATE_IN_TEXT = literal(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}")
# The rows of an episodes file are repeated when the store would be told nothing new by them.
REPEATED = {
    EPISODES: "copy > 1 or episode_id in (select episode_id from unchanged_episode)",
    PATIENTS: "copy > 1 or patient_id not in (select k.patient_id from known_episode k "
    "join said_now s on s.episode_id = k.episode_id "
    "where k.episode_id not in (select episode_id from unchanged_episode))",
}


@dataclass(frozen=True)
class ReadFile:
    """One table of a file after reading: its layout, and the rows that the mapping ignores."""

    staged: Staged
    layout: Layout
    ignored: int
    attested: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileReport:
    """What became of one file: `rows_read = loaded + quarantined + exact_duplicates`.

    `ignored` rows were left out by the mapping before anything was read from them; they are in
    `rows_in_file` and not in `rows_read`. `unused` are the columns that were not stored, `notes`
    sentences on how the file was read.
    """

    file: str
    kind: str
    sha256: str
    rows_in_file: int
    ignored: int
    rows_read: int
    loaded: int
    quarantined: int
    exact_duplicates: int
    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quarantined:
    """One row that was kept aside: where it stands, what is wrong and what is allowed."""

    file: str
    line: int
    column: str | None
    value: str | None
    rule: str
    allowed: str


@dataclass(frozen=True)
class ImportReport:
    """What one import did: its files, the first quarantined rows, and the snapshot it made.

    `batch` is its number. `replaced_episodes` came again with other attributes; `changed` is false
    where everything was there already, or nothing was to be stored, and the store was left as it
    was. `warnings` are sentences on loaded rows that may surprise. `findings` is what a check shows
    beside, None for an import. `aside` are all quarantined rows with their cells, where asked for.
    `mapping` is the name and version that the store keeps the mapping by, None where it keeps none.
    """

    batch: int
    snapshot: str
    files: tuple[FileReport, ...]
    quarantined: tuple[Quarantined, ...]
    replaced_episodes: int
    changed: bool
    warnings: tuple[str, ...] = ()
    findings: "Findings | None" = None
    aside: tuple[AsideRow, ...] = ()
    mapping: str | None = None


def count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Return the one number that a query answers with; 0 for null."""
    row = con.execute(sql).fetchone()
    return int(row[0]) if row is not None and row[0] is not None else 0


def file_reports(
    con: duckdb.DuckDBPyConnection,
    read: Sequence[ReadFile],
    plain: Mapping[int, tuple[int, int]],
) -> tuple[FileReport, ...]:
    """Return what became of each file, counted in the checked tables themselves.

    `plain` gives for each file that has plain rows how many of them are new and how many repeated.
    Every row must be accounted for once; anything else is a fault of the program.
    """
    reports = []
    for number, file in enumerate(read):
        kind = file.layout.kind
        repeated = REPEATED.get(kind, "duplicate")
        new, again = plain.get(number, (0, 0))
        kept = f"from {CHECKED[kind]} where file = {number} and fault is null"
        report = FileReport(
            file=file.staged.name,
            kind=kind,
            sha256=file.staged.sha256,
            rows_in_file=file.staged.rows,
            ignored=file.ignored,
            rows_read=file.staged.rows - file.ignored,
            loaded=new + count(con, f"select count(*) {kept} and not ({repeated})"),
            quarantined=count(con, f"select count(*) from quarantined where file = {number}"),
            exact_duplicates=again + count(con, f"select count(*) {kept} and ({repeated})"),
            unused=file.layout.unused,
            notes=file.staged.notes,
        )
        accounted = report.loaded + report.quarantined + report.exact_duplicates
        if report.rows_read != accounted:
            raise RuntimeError(
                f"{report.file}: {report.rows_read} rows read, {accounted} accounted"
            )
        reports.append(report)
    return tuple(reports)


def quarantine(con: duckdb.DuckDBPyConnection) -> None:
    """Gather the faults of all checked tables; episodes out of long rows fail with their rows."""
    for table in ("long", "episode", "patient", "assessment", "session", "event", "prior_trial"):
        own = "file not in (select file from checked_long)" if table == "episode" else "true"
        con.execute(
            f'insert into quarantined select file, line, fault."column", fault."value", '
            f'fault."rule", fault."allowed" from checked_{table} where fault is not null and {own}'
        )


def name_places(
    con: duckdb.DuckDBPyConnection, read: Sequence[ReadFile], reports: Sequence[FileReport]
) -> None:
    """Give each quarantined row its place in the clinic's file and its mapped cells.

    Creates `placed_quarantine`: file, line, column, value, rule, allowed, cells, and `undated`, the
    cells without any date. The cells are JSON, the clinic's column names to what stands there, so
    that the row can be written out, mended and imported again; a row without the form of its file
    has none.
    """
    con.execute(
        'create temp table placed_quarantine (file integer, line integer, "column" varchar, '
        "value varchar, rule varchar, allowed varchar, cells varchar, undated varchar)"
    )
    for number, (file, report) in enumerate(zip(read, reports, strict=True)):
        if not report.quarantined:
            continue
        staged = file.staged
        at = sorted({*file.layout.positions.values()})
        dates = {file.layout.positions.get(name) for name in DATES}
        cells = ", ".join(f"{literal(staged.header[n])}: s.c{n}" for n in at)
        ids = {file.layout.positions.get(name) for name in IDS}  # stored as they are elsewhere
        undated = ", ".join(
            f"{literal(staged.header[n])}: {f's.c{n}' if n in ids else _undated(f's.c{n}')}"
            for n in at
            if n not in dates
        )
        line, name, join = "q.line", 'q."column"', ""
        if staged.reshaped:
            line = "coalesce(o.file_line, q.line)"
            name = f"coalesce({name} || ' (' || o.source || ')', {name})"
            join = f"left join {staged.origin} o on o.line = q.line"
        con.execute(
            f"insert into placed_quarantine select q.file, {line}, {name}, q.value, q.rule, "
            f"q.allowed, case when s.line is not null then to_json({{{cells}}}) end, "
            f"case when s.line is not null then to_json({{{undated}}}) end "
            f"from quarantined q left join {staged.table} s on s.line = q.line {join} "
            f"where q.file = {number}"
        )


def _undated(cell: str) -> str:
    """Return the SQL for a cell, null where it is a date or has one in it."""
    dated = f"{date_like(cell)} or regexp_matches({cell}, {DATE_IN_TEXT})"
    return f"case when {dated} then null else {cell} end"


def quarantined_rows(
    con: duckdb.DuckDBPyConnection, read: Sequence[ReadFile], most: int = 100
) -> tuple[Quarantined, ...]:
    """Return the first quarantined rows of an import, in the order of the files."""
    rows = con.execute(
        'select file, line, "column", value, rule, allowed from placed_quarantine '
        f"order by file, line limit {most}"
    ).fetchall()
    return tuple(Quarantined(read[row[0]].staged.name, *row[1:]) for row in rows)


def rows_aside(
    con: duckdb.DuckDBPyConnection, read: Sequence[ReadFile], batch: int, most: int | None = None
) -> tuple[AsideRow, ...]:
    """Return the first quarantined rows, or all, with their cells, as they are to be mended."""
    rows = con.execute(
        "select * exclude (undated) from placed_quarantine order by file, line "
        f"limit {'all' if most is None else most}"
    ).fetchall()
    return tuple((batch, read[row[0]].staged.name, *row[1:]) for row in rows)


def replaced_episodes(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many stored episodes came again with other attributes."""
    return count(
        con,
        "select count(*) from new_episode where episode_id in (select episode_id from "
        "stored_episode) and episode_id not in (select episode_id from unchanged_episode)",
    )


def log_batch(
    con: duckdb.DuckDBPyConnection,
    batches: Sequence[Batch],
    reports: Sequence[FileReport],
    keeps_dates: bool,
) -> None:
    """Write all batches, and the files and quarantined rows of the last, into the next log.

    Where the profile keeps no dates, the quarantine keeps none either.
    """
    write_batches(con, batches)
    batch = batches[-1]
    for position, report in enumerate(reports):
        con.execute(
            "insert into merged_batch_file values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                batch.batch,
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
        value, cells = "value", "cells"
        if not keeps_dates:
            listed = ", ".join(map(literal, DATES))
            in_dates = f"split_part(\"column\", ' ', 1) in ({listed})"
            value = f"case when {in_dates} then null else {_undated('value')} end"
            cells = "undated"
        con.execute(
            f'insert into merged_quarantine select {batch.batch}, ?, line, "column", {value}, '
            f"rule, allowed, {cells} from placed_quarantine where file = {position}",
            [report.file],
        )
