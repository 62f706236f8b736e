"""A store of an earlier layout made into one of the present layout.

Layout 2 kept no batches: what counts there becomes the rows of its last import, and the imports
before it stay in the log without rows. Its first form had no table of prior trials: the number of
adequate trials was a field of the episode only, and is what was stated.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from analysis.errors import StoreDamaged
from analysis.fields import STATED_FIELDS, UNKNOWN
from analysis.store.batches import IMPORT, Batch, write_batches
from analysis.store.declared import STRICT, Declared
from analysis.store.locking import writing
from analysis.store.manifest import (
    POINTER,
    SCHEMA_VERSION,
    Manifest,
    read_manifest,
    table_states,
)
from analysis.store.quoting import column, literal
from analysis.store.spill import spilling
from analysis.store.state import SHAPES, every_row, set_aside, work_out
from analysis.store.writer import create_log, publish

Progress = Callable[[str], None]
LAYOUT_2_TABLES = (
    *("episode", "assessment", "session", "event", "prior_trial", "quarantine", "import_log"),
    *("observation", "endpoint", "level", "setting"),
)
SINCE_SECOND_FORM = frozenset({"prior_trial"})
LAYOUT_2_DATA = ("episode", "assessment", "session", "event", "prior_trial", "level", "setting")
NOT_KNOWN = "unknown"


@dataclass(frozen=True)
class _Earlier:
    """A store of layout 2: its file and what its manifest says of its tables."""

    file: Path
    snapshot: str
    tables: Mapping[str, Mapping[str, Any]]


def upgrade(path: Path | str, progress: Progress = lambda step: None) -> Manifest | None:
    """Bring a store to the present layout; return None where it has it already.

    The store is compared with its own manifest first, and is what it was until the last step. Who
    imported when was not kept before and is "unknown". Raises StoreDamaged for a store that is
    not what its manifest says or whose layout cannot be upgraded.
    """
    folder = Path(path)
    if _is_current(folder):
        return None
    with writing(folder) as building:
        if _is_current(folder):
            return None
        progress("Checking the store")
        earlier = _earlier(folder)
        with (
            spilling(folder) as spill,
            closing(duckdb.connect(str(building), config={"temp_directory": str(spill)})) as con,
        ):
            try:
                con.execute(f"attach {literal(str(earlier.file))} as current_store (read_only)")
                _compare(con, folder, earlier)
                batches = _batches(con)
            except duckdb.Error as error:
                raise _damaged(folder) from error
            progress("Giving every row its batch")
            declared = Declared.of(batches)
            fields = tuple(declared.fields)
            _bring_over(con, batches[-1].batch, fields, earlier.tables)
            work_out(con, batches, fields, "merged")
            set_aside(con, "merged")
            create_log(con, None)
            write_batches(con, batches)
            con.execute(
                "insert into merged_quarantine by name "
                "select * rename (import as batch) from current_store.quarantine"
            )
            con.execute(
                "insert into merged_batch_file by name "
                "select * rename (import as batch) from current_store.import_log"
            )
            return publish(con, folder, building, declared, batches, progress)


def _is_current(folder: Path) -> bool:
    """Return whether a store has the present layout; refuse one that cannot be upgraded."""
    try:
        version = json.loads((folder / POINTER).read_text("utf-8"))["schema_version"]
    except (OSError, ValueError, KeyError, TypeError):
        version = None
    if version == 2:
        return False
    read_manifest(folder)  # refuses what is no store, and names both layouts where they differ
    return True


def _earlier(folder: Path) -> _Earlier:
    try:
        data = json.loads((folder / POINTER).read_text("utf-8"))
        tables = {name: dict(state) for name, state in data["tables"].items()}
        text = json.dumps([2, *((t, tables[t]) for t in LAYOUT_2_DATA if t in tables)])
        snapshot = hashlib.sha256(text.encode()).hexdigest()[:12]
        file = folder / data["file"]
        if data["snapshot"] != snapshot or set(tables) | SINCE_SECOND_FORM != set(LAYOUT_2_TABLES):
            raise ValueError("another snapshot")
        if file.name != data["file"] or not file.is_file():
            raise ValueError("no such file")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder) from error
    return _Earlier(file, snapshot, tables)


def _damaged(folder: Path) -> StoreDamaged:
    return StoreDamaged(
        f"The store at {folder} (layout version 2, to become {SCHEMA_VERSION}) is not what its "
        "manifest says and was left as it is: restore it, or import the files into a new store."
    )


def _compare(con: duckdb.DuckDBPyConnection, folder: Path, earlier: _Earlier) -> None:
    found = table_states(con, [f"current_store.{name}" for name in earlier.tables])
    for name in earlier.tables:
        state = found[f"current_store.{name}"]
        if earlier.tables[name] != {"rows": state.rows, "content": state.content}:
            raise _damaged(folder)


def _batches(con: duckdb.DuckDBPyConnection) -> list[Batch]:
    """Return a batch for each import; the last one brings everything."""
    settings = {
        name: json.loads(value)
        for name, value in con.execute("select name, value from current_store.setting").fetchall()
    }
    numbers = con.execute("select distinct import from current_store.import_log order by 1")
    *before, last = [number for (number,) in numbers.fetchall()] or [1]
    declares = {name: settings[name] for name in ("instruments", "modalities", "fields")}
    declares["profile"] = STRICT  # no layout before this one kept a date
    return [
        *(Batch(number, IMPORT, NOT_KNOWN, NOT_KNOWN) for number in before),
        Batch(last, IMPORT, NOT_KNOWN, NOT_KNOWN, as_of=settings["as_of"], declares=declares),
    ]


def _bring_over(
    con: duckdb.DuckDBPyConnection, batch: int, fields: tuple[str, ...], tables: Collection[str]
) -> None:
    """Fill the every_* tables with what the store holds, all as rows of one batch."""
    every_row(con, None, fields, ())
    found = con.execute(
        "select column_name from duckdb_columns() where database_name = 'current_store' "
        "and table_name = 'episode'"
    ).fetchall()
    there = {name for (name,) in found}
    first_form = "try_cast(adequate_trials::varchar as integer) as stated_trials"
    stated = "stated_trials" if "stated_trials" in there else first_form
    said = "".join(
        f", nullif({column(name)}::varchar, {literal(UNKNOWN)}) as {column(name)}"
        for name in (*STATED_FIELDS, *fields)
        if name in there
    )
    con.execute(
        f"insert into added_said_episode by name select {batch} as batch, episode_id, patient_id, "
        f"follow_up_age, dated, induction_end, planned_sessions, {stated} {said} "
        "from current_store.episode"
    )
    for table, shape in SHAPES.items():
        if table not in tables:
            continue
        typed = "".join(f", t.{name}::{kind} as {name}" for name, kind in shape.items())
        con.execute(
            f"insert into every_{table} select e.episode_id {typed}, {batch} "
            f"from current_store.{table} t join current_store.episode e on e.episode = t.episode"
        )
