"""Rows of resources, spooled to disk and staged as tables of text."""

import csv
from pathlib import Path
from types import TracebackType

import duckdb

from analysis.ingest.reading.fhir.people import ATTRIBUTES
from analysis.ingest.reading.fhir.shape import (
    ASSESSMENT_ROWS,
    EVENT_ROWS,
    PATIENT_ROWS,
    Refused,
    Row,
)
from analysis.ingest.reading.staged import create_malformed

READ = (
    "read_csv($path, auto_detect=false, header=false, delim=',', quote='\"', escape='\"', "
    "strict_mode=true, null_padding=false, columns=$columns)"
)


def headers(most_items: int) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table, in the order in which tables are handed on."""
    items = (f"item_{number}" for number in range(1, most_items + 1))
    return {
        ASSESSMENT_ROWS: ("patient_id", "date", "instrument", "score", *items),
        EVENT_ROWS: ("patient_id", "date", "event"),
        PATIENT_ROWS: ("patient_id", *ATTRIBUTES),
    }


class Spool:
    """A file on disk for each table, since the rows of an export may not fit into the memory."""

    def __init__(self, folder: Path, columns: dict[str, tuple[str, ...]]) -> None:
        self.columns = columns
        self.paths = {kind: folder / f"fhir_{kind}.csv" for kind in columns}
        self._files = {
            kind: path.open("w", encoding="utf-8", newline="") for kind, path in self.paths.items()
        }
        self._writers = {
            kind: csv.writer(file, lineterminator="\n") for kind, file in self._files.items()
        }
        self.rows = dict.fromkeys(columns, 0)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for table, file in self._files.items():
            file.close()
            self.paths[table].unlink(missing_ok=True)

    def add(self, found: Row | Refused, number: int, place: int) -> None:
        """Write a row, or the rule it breaks, with the line or entry that it stands for."""
        kind = found.table
        self.rows[kind] += 1
        source = f"file {place}: {found.source}" if place else found.source
        if isinstance(found, Row):
            rule, allowed, cells = None, None, found.cells
        else:
            rule, allowed, cells = found.rule, found.allowed, ()
        width = len(self.columns[kind])
        empty = (None,) * (width - len(cells))
        self._writers[kind].writerow(
            (self.rows[kind], number, source, rule, allowed, *cells, *empty)
        )

    def stage(self, con: duckdb.DuckDBPyConnection, kind: str, table: str) -> int:
        """Fill the temporary tables of one kind; return how many rows they have together."""
        self._files[kind].flush()
        names = [f"c{place}" for place in range(len(self.columns[kind]))]
        columns = {"line": "INTEGER", "file_line": "INTEGER"}
        columns |= dict.fromkeys(("source", "rule", "allowed", *names), "VARCHAR")
        spooled = f"{table}_spooled"
        con.execute(
            f"create or replace temp table {spooled} as select * from {READ}",
            {"path": str(self.paths[kind]), "columns": columns},
        )
        create_malformed(con, table)
        fill = _one_per_patient if kind == PATIENT_ROWS else _plain
        fill(con, table, names)
        con.execute(f"drop table {spooled}")
        counted = con.execute(
            f"select (select count(*) from {table}) + (select count(*) from {table}_malformed)"
        ).fetchone()
        return int(counted[0]) if counted else 0


def _plain(con: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> None:
    listed = ", ".join(names)
    con.execute(
        f"create or replace temp table {table} as "
        f"select line, {listed} from {table}_spooled where rule is null order by line"
    )
    con.execute(
        f"insert into {table}_malformed "
        f"select line, rule, allowed from {table}_spooled where rule is not null"
    )
    con.execute(
        f"create or replace temp table {table}_origin as "
        f"select line, file_line, source from {table}_spooled"
    )


def _one_per_patient(con: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> None:
    """Stage one row per patient: what the Patient and all Conditions state together.

    Bipolar depression excludes unipolar: a patient with codes of both is bipolar. Two sexes for
    one id contradict each other, and the patient is kept aside.
    """
    who, sex, diagnosis, *others = names
    stated = "".join(f", max({name}) as {name}" for name in others)
    con.execute(
        f"create or replace temp table {table}_together as "
        f"select min(line) as line, min_by(file_line, line) as file_line, "
        f"string_agg(distinct source, ', ' order by source) as source, {who}, "
        f"max({sex}) as {sex}, count(distinct {sex}) > 1 as contradicts, "
        f"min({diagnosis}) as {diagnosis}{stated} "
        f"from {table}_spooled where rule is null "
        f"group by {who}, case when {who} is null then line end"
    )
    con.execute(
        f"create or replace temp table {table} as select line, {', '.join(names)} "
        f"from {table}_together where not contradicts order by line"
    )
    con.execute(
        f"insert into {table}_malformed "
        f"select line, rule, allowed from {table}_spooled where rule is not null union all "
        f"select line, 'conflicting_rows', 'one sex for a patient' "
        f"from {table}_together where contradicts"
    )
    con.execute(
        f"create or replace temp table {table}_origin as "
        f"select line, file_line, source from {table}_together union all "
        f"select line, file_line, source from {table}_spooled where rule is not null"
    )
    con.execute(f"drop table {table}_together")
