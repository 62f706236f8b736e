"""Stores of earlier layouts, written with their own schema and their own manifest."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import duckdb

from analysis.store import open_store
from analysis.store.manifest import table_states
from analysis.store.upgrade import LAYOUT_2_DATA, LAYOUT_2_TABLES
from analysis.timepoints import TIMEPOINTS

SCHEMA = Path(__file__).parent / "layout_2" / "schema.sql"


# What the first form of layout 2 did not have yet.
ADDED_TABLES = ("prior_trial",)
ADDED_COLUMNS = (
    *("stated_trials", "treatment_resistant_1", "treatment_resistant_4", "treatment_setting"),
)


def to_layout_2(store: Path, *, first_form: bool = False) -> None:
    """Write what a store holds with the schema and the manifest of layout 2."""
    with open_store(store) as opened:
        fields, settings = list(opened.fields), opened.rows("select name, value from setting")
        old, new = store / opened.manifest.file, store / "snapshot-old.duckdb"
        levels = {name: list(opened.levels[name]) for name in fields}
        instruments = opened.rows("select unnest(enum_range(null::instrument_id))::varchar")
    assert settings
    con = duckdb.connect(str(new))
    con.execute(f"attach '{old}' as later (read_only)")
    quoted = ", ".join(f"'{name}'" for (name,) in instruments)
    con.execute(f"create type instrument_id as enum ({quoted})")
    columns = []
    for number, name in enumerate(fields):
        listed = ", ".join(f"'{level}'" for level in levels[name])
        con.execute(f"create type level_{number} as enum ({listed})")
        columns.append(f', "{name}" level_{number} not null')
    con.execute(
        SCHEMA.read_text("utf-8")
        .replace("{fields}", "".join(columns))
        .replace("{timepoints}", ", ".join(f"{name} smallint" for name in TIMEPOINTS))
    )
    for table in LAYOUT_2_TABLES:
        source = {"import_log": "batch_file"}.get(table, table)
        left_out = {"quarantine": "(cells)"}.get(table, "(batch)")
        if table not in ("assessment", "session", "event", "prior_trial", "quarantine"):
            con.execute(f"insert into {table} select * from later.{source}")
        else:
            con.execute(f"insert into {table} select * exclude {left_out} from later.{source}")
    names: tuple[str, ...] = LAYOUT_2_TABLES
    if first_form:
        for column in ADDED_COLUMNS:
            con.execute(f"alter table episode drop column {column}")
            con.execute("delete from level where field = ?", [column])
        for table in ADDED_TABLES:
            con.execute(f"drop table {table}")
        names = tuple(name for name in LAYOUT_2_TABLES if name not in ADDED_TABLES)
    tables = {name: asdict(state) for name, state in table_states(con, names).items()}
    con.close()
    text = json.dumps([2, *((t, tables[t]) for t in LAYOUT_2_DATA if t in tables)])
    pointer = {
        "schema_version": 2,
        "snapshot": hashlib.sha256(text.encode()).hexdigest()[:12],
        "file": new.name,
        "tables": tables,
    }
    (store / "current.json").write_text(json.dumps(pointer), "utf-8")
    (store / "highest-batch").unlink()
    old.unlink()
