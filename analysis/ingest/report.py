"""What became of each file and each row of an import."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from analysis.ingest.canonical import Layout
from analysis.ingest.columns import ASSESSMENTS, EPISODES, EVENTS, LONG, SESSIONS, TRIALS
from analysis.ingest.reading import Staged

CHECKED = {
    EPISODES: "checked_episode",
    LONG: "checked_assessment",
    ASSESSMENTS: "checked_assessment",
    SESSIONS: "checked_session",
    EVENTS: "checked_event",
    TRIALS: "checked_prior_trial",
}


@dataclass(frozen=True)
class ReadFile:
    """One table of a file after reading: its layout, and the rows that the mapping ignores."""

    staged: Staged
    layout: Layout
    ignored: int


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

    `replaced_episodes` came again with other attributes; `changed` is false where everything was
    there already and the store was left as it was.
    """

    snapshot: str
    files: tuple[FileReport, ...]
    quarantined: tuple[Quarantined, ...]
    replaced_episodes: int
    changed: bool


def count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Return the one number that a query answers with; 0 for null."""
    row = con.execute(sql).fetchone()
    return int(row[0]) if row is not None and row[0] is not None else 0


def file_reports(
    con: duckdb.DuckDBPyConnection, read: Sequence[ReadFile]
) -> tuple[FileReport, ...]:
    """Return what became of each file, counted in the checked tables themselves.

    Every row must be accounted for once; anything else is a fault of the program.
    """
    reports = []
    for number, file in enumerate(read):
        kind = file.layout.kind
        repeated = "duplicate"
        if kind == EPISODES:
            repeated = "copy > 1 or episode_id in (select episode_id from unchanged_episode)"
        kept = f"from {CHECKED[kind]} where file = {number} and fault is null"
        report = FileReport(
            file=file.staged.name,
            kind=kind,
            sha256=file.staged.sha256,
            rows_in_file=file.staged.rows,
            ignored=file.ignored,
            rows_read=file.staged.rows - file.ignored,
            loaded=count(con, f"select count(*) {kept} and not ({repeated})"),
            quarantined=count(con, f"select count(*) from quarantined where file = {number}"),
            exact_duplicates=count(con, f"select count(*) {kept} and ({repeated})"),
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


def quarantined_rows(
    con: duckdb.DuckDBPyConnection, read: Sequence[ReadFile], most: int = 100
) -> tuple[Quarantined, ...]:
    """Return the first quarantined rows of an import, in the order of the files."""
    rows = con.execute(f"select * from quarantined order by file, line limit {most}").fetchall()
    return tuple(Quarantined(read[row[0]].staged.name, *row[1:]) for row in rows)
