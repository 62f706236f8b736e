"""Building the next snapshot and publishing it.

The importer leaves typed rows in temporary tables of a new database file; `publish` adds what the
current snapshot holds, works out the derived tables, writes the manifest and swaps the pointer.
Until that last rename the store is what it was.
"""

import json
import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from analysis.fields import EPISODE_FIELDS, STATED_FIELDS
from analysis.instruments import REGISTRY
from analysis.instruments.model import ITEM_SUFFIX
from analysis.store.batches import Batch
from analysis.store.courses import work_out_courses
from analysis.store.declared import STRICT, Declared
from analysis.store.levels import create_levels, fill_levels
from analysis.store.manifest import (
    SCHEMA_VERSION,
    TABLES,
    Manifest,
    data_states,
    flush_folder,
    snapshot_id,
    table_states,
    write_manifest,
)
from analysis.store.packed import Packed, fill_past_words
from analysis.store.quoting import column, literal
from analysis.store.reader import Store
from analysis.store.state import SHAPES, as_of_date
from analysis.timepoints import TIMEPOINTS

FOLDER = Path(__file__).parent
# What a batch that says nothing of episodes leaves as it is.
CARRIED = ("episode", "said_episode")
Progress = Callable[[str], None]


def create_log(con: duckdb.DuckDBPyConnection, current: Store | None) -> None:
    """Create merged_quarantine, merged_batch_file and merged_mapping with what is stored.

    merged_batch is empty. The current snapshot is attached as current_store.
    """
    shapes = {
        "quarantine": 'batch integer, file varchar, line integer, "column" varchar, '
        "value varchar, rule varchar, allowed varchar, cells varchar",
        "batch_file": "batch integer, file varchar, kind varchar, sha256 varchar, "
        "rows_in_file integer, ignored integer, rows_read integer, loaded integer, "
        "quarantined integer, exact_duplicates integer",
        "mapping": "name varchar, version integer, batch integer, toml varchar",
    }
    for table, columns in shapes.items():
        con.execute(f"create temp table merged_{table} ({columns})")
        if current is not None:
            con.execute(f"insert into merged_{table} from current_store.{table}")
    con.execute(
        'create temp table merged_batch (batch integer, kind varchar, "when" varchar, who varchar, '
        "mapping varchar, corrections boolean, ends integer, as_of varchar, declares varchar, "
        "attested varchar, note varchar, snapshot varchar)"
    )


def publish(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    building: Path,
    declared: Declared,
    counted: Sequence[Batch],
    progress: Progress,
    packed: Packed | None = None,
    carried: Path | None = None,
) -> Manifest:
    """Turn the merged rows in `con` into the next snapshot and make it the current one.

    `con` is open on `building` and holds the temporary tables merged_* and aside_* that
    `analysis.store.state` works out from the batches `counted`, and those of `create_log`.
    `packed` are further assessments; `carried` is the file of a snapshot of which all that was
    said of episodes is taken over as it stands. Closes `con`.
    """
    if carried is not None:
        building = _carry_over(con, carried, building)
    build(con, declared, as_of_date(counted), progress, packed, carried is not None)
    for table in SHAPES if carried is not None else ("said_episode", *SHAPES):
        _fill_kept(con, table, declared)
    if packed is not None:
        fill_past_words(con, packed)
    for table in ("quarantine", "batch", "batch_file", "mapping"):
        con.execute(f"insert into {table} select * from merged_{table} order by all")
    progress("Publishing")
    data = data_states(con)
    snapshot = snapshot_id(data)
    row = con.execute("select max(batch) from batch").fetchone()
    (number,) = row if row is not None else (0,)
    con.execute("update batch set snapshot = ? where batch = ?", [snapshot, number])
    tables = table_states(con)
    con.execute("checkpoint")
    con.close()
    return swap(folder, building, Manifest(SCHEMA_VERSION, snapshot, "", number, data, tables))


def _carry_over(con: duckdb.DuckDBPyConnection, snapshot: Path, building: Path) -> Path:
    """Go on in a copy of a snapshot that has its episodes and nothing else; return its file."""
    copy = building.with_name(f"{building.name}.copy")
    shutil.copyfile(snapshot, copy)
    con.execute(f"attach {literal(str(copy))} as carried")
    con.execute("use carried")
    for table in TABLES:
        if table not in CARRIED:
            con.execute(f"drop table {table}")
    con.execute("drop type instrument_id")
    con.execute("checkpoint")  # so that what follows is written where those tables were
    return copy


def build(
    con: duckdb.DuckDBPyConnection,
    declared: Declared,
    as_of: str | None,
    progress: Progress,
    packed: Packed | None = None,
    carried: bool = False,
) -> None:
    """Create the tables of a snapshot and fill those that answer questions, from merged_*.

    The tables of CARRIED are there already where they are `carried`.
    """
    labels = EPISODE_FIELDS | declared.fields
    fields = list(labels)
    progress("Sorting the scores")
    if not carried:
        create_levels(con, fields, declared)
    _create_tables(con, fields, declared)
    if not carried:
        _fill_episodes(con, fields)
    _fill_base_tables(con)
    packed = None if packed is None else packed.renumbered(con)
    progress("Working out baselines and endpoints")
    work_out_courses(con, fields, packed, progress)
    fill_levels(con, fields, labels)
    _fill_settings(con, declared, as_of)


def _fill_kept(con: duckdb.DuckDBPyConnection, table: str, declared: Declared) -> None:
    """Fill what is kept so that the state after any batch can be worked out again."""
    if table == "said_episode":
        start = ["start_day"] if declared.keeps_dates else []
        names = ", ".join(map(column, (*start, *STATED_FIELDS, *declared.fields)))
        con.execute(
            "insert into said_episode select batch, episode_id, patient_id, follow_up_age, dated, "
            f"induction_end, planned_sessions, stated_trials, {names} from every_said_episode"
        )
        return
    names = ", ".join(("episode_id", *SHAPES[table], "batch"))
    con.execute(f"insert into past_{table} select {names} from aside_{table} order by all")


def _create_tables(con: duckdb.DuckDBPyConnection, fields: list[str], declared: Declared) -> None:
    """Create the tables that are not there yet; the enums of the fields are."""
    items = con.execute(
        "select distinct instrument from merged_assessment where suicidality is not null"
    ).fetchall()
    instruments = sorted({*REGISTRY, *declared.instruments})
    instruments += sorted(f"{name}{ITEM_SUFFIX}" for (name,) in items)
    con.execute(f"create type instrument_id as enum ({', '.join(map(literal, instruments))})")
    columns = [f", {column(name)} level_{number} not null" for number, name in enumerate(fields)]
    said = (*STATED_FIELDS, *declared.fields)
    schema = (FOLDER / "schema.sql").read_text("utf-8")
    con.execute(
        schema.replace("{fields}", "".join(columns))
        .replace("{said_fields}", "".join(f", {column(n)} varchar" for n in said))
        .replace("{start}", ", start_day date" if declared.keeps_dates else "")
        .replace("{timepoints}", ", ".join(f"{name} smallint" for name in TIMEPOINTS))
    )


def _fill_episodes(con: duckdb.DuckDBPyConnection, fields: list[str]) -> None:
    columns = "".join(
        f", cast(m.{column(name)} as level_{number}) as {column(name)}"
        for number, name in enumerate(fields)
    )
    # the keys first and the levels before the sort: texts of every field would be sorted otherwise
    con.execute(
        f"""
        insert into episode
        with course as (
            select episode_id, max(day) as last_session from merged_session
            where coalesce(phase, 'induction') = 'induction' group by episode_id
        ),
        key as (
            select
                episode_id,
                row_number() over (order by episode_id) as episode,
                dense_rank() over (order by patient_id) as patient
            from (select episode_id, patient_id from merged_episode) ids
        )
        select
            k.episode,
            m.episode_id,
            k.patient,
            m.patient_id,
            m.follow_up_age, m.dated, m.induction_end,
            coalesce(m.induction_end, c.last_session),
            m.planned_sessions,
            m.stated_trials
            {columns}
        from merged_episode m
        join key k on k.episode_id = m.episode_id
        left join course c on c.episode_id = m.episode_id
        order by k.episode
        """
    )


def _fill_base_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into assessment select a.instrument, e.episode, a.day, a.score, a.items, "
        "a.suicidality, a.batch from merged_assessment a "
        "join episode e on e.episode_id = a.episode_id "
        "order by a.instrument::instrument_id, e.episode, a.day, a.score, a.items"
    )
    for table in ("session", "event", "prior_trial"):
        names = ", ".join(f"t.{name}" for name in (*SHAPES[table], "batch"))
        con.execute(
            f"insert into {table} select e.episode, {names} "
            f"from merged_{table} t join episode e on e.episode_id = t.episode_id order by all"
        )


def _fill_settings(con: duckdb.DuckDBPyConnection, declared: Declared, as_of: str | None) -> None:
    recorded = con.execute(
        "select instrument::varchar, count(*), count(suicidality) from assessment "
        "group by all order by all"
    ).fetchall()
    settings = {
        "instruments": declared.instruments,
        "modalities": declared.modalities,
        "fields": declared.fields,
        "as_of": as_of,
        "profile": declared.profile or STRICT,
        "recorded": {name: number for name, number, _ in recorded},
        "items_recorded": {name: items for name, _, items in recorded if items},
    }
    con.executemany(
        "insert into setting values (?, ?)",
        [[name, json.dumps(value)] for name, value in settings.items()],
    )


def swap(folder: Path, building: Path, manifest: Manifest) -> Manifest:
    """Give the finished file its name, point to it, and clear away files nobody points to."""
    file = f"snapshot-{manifest.snapshot}-{uuid.uuid4().hex[:8]}.duckdb"
    manifest = replace(manifest, file=file)
    with building.open("rb+") as handle:
        os.fsync(handle.fileno())
    os.replace(building, folder / file)
    flush_folder(folder)
    write_manifest(folder, manifest)
    for old in folder.glob("snapshot-*.duckdb"):
        if old.name != file:
            try:
                old.unlink()
            except OSError:  # a reader still holds it open (Windows); the next import removes it
                continue
    return manifest
