"""What an import adds to the rows that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.fields import STATED_FIELDS, UNKNOWN
from analysis.ingest.check import latest_date
from analysis.ingest.columns import ATTRIBUTES, PATIENT_ATTRIBUTES
from analysis.ingest.mapping import Mapping
from analysis.ingest.report import FileReport, count
from analysis.ingest.swift import Swift
from analysis.store.batches import Batch, counting
from analysis.store.quoting import column, literal
from analysis.store.state import as_of_date

SQL = Path(__file__).parent / "sql"
# More levels than this make a field an identifier or free text, not something to group by.
MOST_LEVELS = 100


@dataclass(frozen=True)
class Added:
    """A batch, the batches that count beside it, and the fields beyond the registry.

    `keeps_dates` tells that the profile lets start dates stay.
    """

    batch: Batch
    beside: Sequence[Batch]
    fields: tuple[str, ...]
    keeps_dates: bool = False


def own_as_of(
    con: duckdb.DuckDBPyConnection, mapping: Mapping, swift: Swift | None = None
) -> str | None:
    """Return the as-of date that an import brings: the mapping's, else its latest date."""
    latest = mapping.as_of or latest_date(con, swift)
    return latest.isoformat() if latest else None


def add_rows(con: duckdb.DuckDBPyConnection, added: Added) -> None:
    """Add the rows that break no rule and are not there yet to the every_* tables."""
    own, before = added.batch.as_of, as_of_date(added.beside)
    as_of = max((day for day in (own, before) if day is not None), default=None)
    moved = 0
    if as_of is not None and before is not None:
        moved = (date.fromisoformat(as_of) - date.fromisoformat(before)).days
    special = {
        "modality": "known_modality",
        "start_year": "coalesce(start_year, cast(year(start_day) as varchar))",
    }
    names = (*STATED_FIELDS, *added.fields)
    told = {*PATIENT_ATTRIBUTES, *added.fields}
    unknown = literal(UNKNOWN)
    con.execute(
        (SQL / "merge.sql")
        .read_text("utf-8")
        .format(
            batch=added.batch.batch,
            own=_day(own),
            as_of=_day(as_of),
            older=moved,
            said_start="start_day" if added.keeps_dates else "cast(null as date)",
            said_fields="".join(f", {special.get(n, column(n))} as {column(n)}" for n in names),
            told_fields="".join(
                f", {'p.' + column(n) if n in told else 'cast(null as varchar)'} as {column(n)}"
                for n in names
            ),
            either_fields="".join(
                f", coalesce(w.{column(n)}, t.{column(n)}) as {column(n)}" for n in names
            ),
            new_fields="".join(
                f", coalesce(s.{column(n)}, a.{column(n)}, {unknown}) as {column(n)}" for n in names
            ),
            stored_fields="".join(f", {column(n)}" for n in names),
        )
    )
    _check_levels(con, added.fields)


def _day(day: str | None) -> str:
    return f"date {literal(day)}" if day else "cast(null as date)"


def _check_levels(con: duckdb.DuckDBPyConnection, fields: tuple[str, ...]) -> None:
    names = [name for name in (*ATTRIBUTES, *fields) if name != "adequate_trials"]
    new = count(con, "select count(*) from added_said_episode")
    if not new or count(con, "select count(*) from every_said_episode") <= MOST_LEVELS:
        return
    counts = ", ".join(f"count(distinct {column(name)})" for name in names)
    found = con.execute(f"select {counts} from every_said_episode").fetchone() or ()
    for name, levels in zip(names, found, strict=True):
        if levels > MOST_LEVELS:
            raise InputError(
                "The import",
                f"the field {name} has {levels} different values: a field to group by has at most "
                f"{MOST_LEVELS}; leave out identifiers and free text.",
            )


def says_nothing(con: duckdb.DuckDBPyConnection, batch: Batch) -> bool:
    """Return whether the episodes are what they were without a batch."""
    said = " union all ".join(
        f"select batch from {table} where batch = {batch.batch}"
        for table in ("added_said_episode", "every_prior_trial")
    )
    return batch.ends is None and not count(con, f"select count(*) from ({said})")


def no_sessions(con: duckdb.DuckDBPyConnection, batch: Batch) -> bool:
    """Return whether a batch brings no session, so that every course ends when it did."""
    return not count(con, f"select count(*) from every_session where batch = {batch.batch}")


def nothing_new(
    con: duckdb.DuckDBPyConnection, reports: Sequence[FileReport], past: Sequence[Batch]
) -> bool:
    """Return whether every file is one of a batch that counts, and adds no row."""
    numbers = ", ".join(str(batch.batch) for batch in counting(past)) or "null"
    files = con.execute(
        f"select sha256 from current_store.batch_file where batch in ({numbers})"
    ).fetchall()
    known = {sha256 for (sha256,) in files}
    return all(report.loaded == 0 and report.sha256 in known for report in reports)
