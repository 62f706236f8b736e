"""Building the next snapshot and publishing it.

The importer leaves typed rows in temporary tables of a new database file; `publish` adds what the
current snapshot holds, works out the derived tables, writes the manifest and swaps the pointer.
Until that last rename the store is what it was.
"""

import json
import os
import re
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from analysis.errors import StoreBusy, StoreError
from analysis.fields import EPISODE_FIELDS
from analysis.instruments import REGISTRY
from analysis.instruments.model import ITEM_SUFFIX
from analysis.modality import MODALITIES
from analysis.store.manifest import (
    POINTER,
    SCHEMA_VERSION,
    Manifest,
    flush_folder,
    snapshot_id,
    table_states,
    write_manifest,
)
from analysis.store.quoting import column, literal
from analysis.store.reader import Store
from analysis.timepoints import TIMEPOINTS, Timepoint

FOLDER = Path(__file__).parent
Progress = Callable[[str], None]


@dataclass
class Declared:
    """What the store knows beyond the registry: instruments, modalities, fields, as-of date."""

    instruments: dict[str, dict[str, Any]] = field(default_factory=dict)
    modalities: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    as_of: str | None = None


def declared_in(store: Store | None) -> Declared:
    """Return what an open store declares; empty where there is no store yet."""
    if store is None:
        return Declared()
    settings = {n: json.loads(v) for n, v in store.rows("select name, value from setting")}
    return Declared(
        instruments=settings["instruments"],
        modalities=settings["modalities"],
        fields=settings["fields"],
        as_of=settings["as_of"],
    )


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Hold the store for writing and hand out a new file to build in; it is removed on failure.

    Raises StoreBusy where another process is importing.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be the folder of a store: {error.strerror}.") from error
    lock = FileLock(folder / "importing.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreBusy(
            f"Another import into {folder} is running: wait until it ends, then try again."
        ) from None
    try:
        for pattern in ("next-*.part", "next-*.part.wal", f"{POINTER}.part"):
            for left in folder.glob(pattern):
                left.unlink(missing_ok=True)
        building = folder / f"next-{uuid.uuid4().hex[:8]}.part"
        try:
            yield building
        finally:
            for left in folder.glob(f"{building.name}*"):
                left.unlink(missing_ok=True)
    finally:
        lock.release()


def natural(level: str) -> list[tuple[int, int, str]]:
    """Return a sort key in which numbers inside a text count as numbers and unknown comes last."""
    if level == "unknown":
        return [(2, 0, "")]
    parts = re.split(r"(\d+)", level)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p]


def _level_order(name: str, levels: Collection[str], modalities: Mapping[str, str]) -> list[str]:
    if name != "modality" or "unknown" in levels:
        return sorted(levels, key=natural)
    order = list(modalities)
    return sorted(levels, key=lambda m: (m.count("+"), [order.index(p) for p in m.split("+")]))


def _timepoint_aggregate(timepoint: Timepoint) -> str:
    last_day = "e.course_end + 14" if timepoint.ends_with_course else str(timepoint.to_day or 32767)
    rank = "o.day"
    if timepoint.pick == "nearest":
        day = f"cast(o.day as integer) - {timepoint.target}"
        rank = f"case when o.day >= {timepoint.target} then 1 else 0 end - 2 * abs({day})"
    return (
        f", max_by(o.score, {rank}) filter (where o.day >= {timepoint.from_day} "
        f"and o.day <= {last_day}) as {timepoint.name}"
    )


def publish(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    building: Path,
    declared: Declared,
    progress: Progress,
) -> Manifest:
    """Turn the merged rows in `con` into the next snapshot and make it the current one.

    `con` is open on `building` and holds the temporary tables merged_episode, merged_assessment,
    merged_session, merged_event, merged_prior_trial, merged_quarantine and merged_import. Closes
    `con`.
    """
    labels = EPISODE_FIELDS | declared.fields
    fields = list(labels)
    progress("Sorting the scores")
    _create_tables(con, fields, declared)
    _fill_base_tables(con, fields)
    progress("Working out baselines and endpoints")
    parts = {
        "item_suffix": literal(ITEM_SUFFIX),
        "timepoints": " ".join(_timepoint_aggregate(t) for t in TIMEPOINTS.values()),
        "timepoint_names": "".join(f", p.{name}" for name in TIMEPOINTS),
        "fields": "".join(f", e.{column(name)}" for name in fields),
    }
    for name in ("observation", "endpoint"):
        con.execute((FOLDER / f"{name}.sql").read_text("utf-8").format(**parts))
    _fill_levels(con, fields, labels)
    _fill_settings(con, declared)
    progress("Publishing")
    tables = table_states(con)
    con.execute("checkpoint")
    con.close()
    return _swap(folder, building, tables)


def _create_tables(con: duckdb.DuckDBPyConnection, fields: list[str], declared: Declared) -> None:
    items = con.execute(
        "select distinct instrument from merged_assessment where suicidality is not null"
    ).fetchall()
    instruments = sorted({*REGISTRY, *declared.instruments})
    instruments += sorted(f"{name}{ITEM_SUFFIX}" for (name,) in items)
    con.execute(f"create type instrument_id as enum ({', '.join(map(literal, instruments))})")
    modalities = MODALITIES | declared.modalities
    columns = []
    for number, name in enumerate(fields):
        found = con.execute(f"select distinct {column(name)} from merged_episode").fetchall()
        order = _level_order(name, [level for (level,) in found] or ["unknown"], modalities)
        con.execute(f"create type level_{number} as enum ({', '.join(map(literal, order))})")
        columns.append(f", {column(name)} level_{number} not null")
    schema = (FOLDER / "schema.sql").read_text("utf-8")
    con.execute(
        schema.replace("{fields}", "".join(columns)).replace(
            "{timepoints}", ", ".join(f"{name} smallint" for name in TIMEPOINTS)
        )
    )


def _fill_base_tables(con: duckdb.DuckDBPyConnection, fields: list[str]) -> None:
    columns = "".join(f", m.{column(name)}" for name in fields)
    con.execute(
        f"""
        insert into episode
        with course as (
            select episode_id, max(day) as last_session from merged_session
            where coalesce(phase, 'induction') = 'induction' group by episode_id
        )
        select
            row_number() over (order by m.episode_id),
            m.episode_id,
            dense_rank() over (order by m.patient_id),
            m.patient_id,
            m.follow_up_age, m.dated, m.induction_end,
            coalesce(m.induction_end, c.last_session),
            m.planned_sessions,
            m.stated_trials
            {columns}
        from merged_episode m left join course c on c.episode_id = m.episode_id
        order by m.episode_id
        """
    )
    con.execute(
        "insert into assessment select a.instrument, e.episode, a.day, a.score, a.items, "
        "a.suicidality from merged_assessment a join episode e on e.episode_id = a.episode_id "
        "order by a.instrument::instrument_id, e.episode, a.day, a.score, a.items"
    )
    con.execute(
        "insert into session select e.episode, s.session, s.day, s.phase "
        "from merged_session s join episode e on e.episode_id = s.episode_id order by all"
    )
    con.execute(
        "insert into event select e.episode, v.day, v.event "
        "from merged_event v join episode e on e.episode_id = v.episode_id order by all"
    )
    con.execute(
        "insert into prior_trial select e.episode, t.drug_class, t.adequate "
        "from merged_prior_trial t join episode e on e.episode_id = t.episode_id order by all"
    )
    con.execute("insert into quarantine select * from merged_quarantine order by all")
    con.execute("insert into import_log select * from merged_import order by all")


def _fill_levels(
    con: duckdb.DuckDBPyConnection, fields: list[str], labels: Mapping[str, str]
) -> None:
    for number, name in enumerate(fields):
        con.execute(
            f"insert into level select ?, ?, ?, {column(name)}::varchar, "
            f"row_number() over (order by {column(name)}), count(*) "
            f"from episode group by {column(name)}",
            [name, labels[name], number],
        )


def _fill_settings(con: duckdb.DuckDBPyConnection, declared: Declared) -> None:
    recorded = con.execute(
        "select instrument::varchar, count(*), count(suicidality) from assessment "
        "group by all order by all"
    ).fetchall()
    settings = {
        "instruments": declared.instruments,
        "modalities": declared.modalities,
        "fields": declared.fields,
        "as_of": declared.as_of,
        "recorded": {name: number for name, number, _ in recorded},
        "items_recorded": {name: items for name, _, items in recorded if items},
    }
    con.executemany(
        "insert into setting values (?, ?)",
        [[name, json.dumps(value)] for name, value in settings.items()],
    )


def _swap(folder: Path, building: Path, tables: Mapping[str, Any]) -> Manifest:
    """Give the finished file its name, point to it, and clear away files nobody points to."""
    snapshot = snapshot_id(tables)
    file = f"snapshot-{snapshot}-{uuid.uuid4().hex[:8]}.duckdb"
    with building.open("rb+") as handle:
        os.fsync(handle.fileno())
    os.replace(building, folder / file)
    flush_folder(folder)
    manifest = Manifest(SCHEMA_VERSION, snapshot, file, tables)
    write_manifest(folder, manifest)
    for old in folder.glob("snapshot-*.duckdb"):
        if old.name != file:
            try:
                old.unlink()
            except OSError:  # a reader still holds it open (Windows); the next import removes it
                continue
    return manifest
