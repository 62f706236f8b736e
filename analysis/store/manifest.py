"""The pointer to the current snapshot and the manifest that is compared at every open.

A store is a folder. `current.json` names the current snapshot file and holds, for each of its
tables, the number of rows and a hash of their content that does not depend on row order. Both
live in one file so that they change in one atomic rename.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import StoreDamaged, StoreMissing

if TYPE_CHECKING:
    import duckdb

SCHEMA_VERSION = 2
POINTER = "current.json"
TABLES = (
    "episode",
    "assessment",
    "session",
    "event",
    "prior_trial",
    "quarantine",
    "import_log",
    "observation",
    "endpoint",
    "level",
    "setting",
)
# What makes two snapshots the same data, however and whenever it was loaded. Rows hold the
# positions of their levels, so that the levels themselves belong to it.
DATA_TABLES = (
    *("episode", "assessment", "session", "event", "prior_trial"),
    *("level", "setting"),
)


@dataclass(frozen=True)
class TableState:
    """How many rows a table has and the hash of their content."""

    rows: int
    content: str


@dataclass(frozen=True)
class Manifest:
    """Which file is current and what must be in it."""

    schema_version: int
    snapshot: str
    file: str
    tables: Mapping[str, TableState]


def table_states(con: "duckdb.DuckDBPyConnection") -> dict[str, TableState]:
    """Return rows and content hash of every table, read from the open snapshot."""
    states = {}
    for table in TABLES:
        row = con.execute(
            f"select count(*), coalesce(sum(hash(t)::hugeint), 0) % 18446744073709551616::hugeint "
            f"from {table} t"
        ).fetchone()
        rows, content = row if row is not None else (0, 0)
        states[table] = TableState(int(rows), f"{int(content):016x}")
    return states


def snapshot_id(tables: Mapping[str, TableState]) -> str:
    """Return a short id that is equal exactly when the data are equal."""
    text = json.dumps([SCHEMA_VERSION, *((t, asdict(tables[t])) for t in DATA_TABLES)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a store; raises StoreMissing or StoreDamaged."""
    try:
        text = (folder / POINTER).read_text("utf-8")
    except FileNotFoundError:
        raise StoreMissing(
            f"There is no store at {folder}: make one with trd-outcomes import {folder} FILE."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreDamaged(f"The store at {folder} cannot be read: {error}.") from error
    try:
        data: dict[str, Any] = json.loads(text)
        version = data["schema_version"]
        if version != SCHEMA_VERSION:
            raise StoreDamaged(
                f"The store at {folder} has layout version {version}; this program reads version "
                f"{SCHEMA_VERSION}. Import the files again into a new store."
            )
        tables = {name: TableState(**state) for name, state in data["tables"].items()}
        manifest = Manifest(version, data["snapshot"], data["file"], tables)
        if set(tables) != set(TABLES) or Path(manifest.file).name != manifest.file:
            raise ValueError("not the tables and the file of a store")
        if manifest.snapshot != snapshot_id(tables):
            raise StoreDamaged(
                f"The snapshot of {folder} is not what its manifest says: restore the store."
            )
        return manifest
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreDamaged(f"{folder / POINTER} is not a manifest: restore the store.") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a snapshot the current one: written aside, flushed, then renamed in one step."""
    aside = folder / f"{POINTER}.part"
    with aside.open("w", encoding="utf-8") as handle:
        json.dump(asdict(manifest), handle, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(aside, folder / POINTER)
    flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """Ask the system to make renames in a folder durable, where it can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
