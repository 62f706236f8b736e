"""The pointer to the current snapshot and the manifest that is compared at every open.

A store is a folder. `current.json` names the current snapshot file and holds, for each of its
tables, the number of rows and a hash of their content that does not depend on row order. Both
live in one file so that they change in one atomic rename.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import StoreDamaged, StoreMissing

if TYPE_CHECKING:
    import duckdb

SCHEMA_VERSION = 3
UPGRADABLE = (2,)  # the earlier layouts that trd-outcomes upgrade knows
POINTER = "current.json"
WATERMARK = "highest-batch"
COHORTS = "cohorts.toml"  # beside the snapshots: it names filters and holds no data
TABLES = (
    "episode",
    "said_episode",
    "assessment",
    "past_assessment",
    "session",
    "past_session",
    "event",
    "past_event",
    "prior_trial",
    "past_prior_trial",
    "quarantine",
    "batch",
    "batch_file",
    "mapping",
    "observation",
    "endpoint",
    "level",
    "setting",
)
# What makes two snapshots the same data, however, whenever and in how many batches it was loaded.
# Rows hold the positions of their levels, so that the levels themselves belong to it.
DATA_TABLES = {
    "episode": "select * from episode",
    **{
        table: f"select * exclude (batch) from {table}"
        for table in ("assessment", "session", "event", "prior_trial")
    },
    "level": "select * from level",
    "setting": "select * from setting",
}


@dataclass(frozen=True)
class TableState:
    """How many rows a table has and the hash of their content."""

    rows: int
    content: str


@dataclass(frozen=True)
class Manifest:
    """Which file is current, up to which batch it reaches, and what must be in it.

    `data` are the hashes that the snapshot's id is made from.
    """

    schema_version: int
    snapshot: str
    file: str
    batch: int
    data: Mapping[str, str]
    tables: Mapping[str, TableState]


def table_states(
    con: "duckdb.DuckDBPyConnection", tables: Iterable[str] = TABLES
) -> dict[str, TableState]:
    """Return rows and content hash of every table, read from the open snapshot."""
    found = _contents(con, {table: f"select * from {table}" for table in tables})
    return {table: TableState(*state) for table, state in found.items()}


def data_states(con: "duckdb.DuckDBPyConnection") -> dict[str, str]:
    """Return a hash of each kind of data, which does not depend on the batches it came in."""
    return {
        table: f"{rows}-{content}" for table, (rows, content) in _contents(con, DATA_TABLES).items()
    }


def _contents(
    con: "duckdb.DuckDBPyConnection", questions: Mapping[str, str]
) -> dict[str, tuple[int, str]]:
    """Return rows and hash of each question's answer, by its name, in one statement."""
    parts = (
        f"select '{name}', count(*), "
        f"coalesce(sum(hash(t)::hugeint), 0) % 18446744073709551616::hugeint from ({sql}) t"
        for name, sql in questions.items()
    )
    answered = con.execute(" union all ".join(parts)).fetchall()
    return {name: (int(rows), f"{int(content):016x}") for name, rows, content in answered}


def snapshot_id(data: Mapping[str, str]) -> str:
    """Return a short id that is equal exactly when the data are equal."""
    text = json.dumps([SCHEMA_VERSION, *((t, data[t]) for t in DATA_TABLES)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a store; raises StoreMissing or StoreDamaged."""
    # before the pointer, which an import moves first: else a store that is just being published
    # would look like an older copy
    reached = highest_batch(folder)
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
                f"{SCHEMA_VERSION}. {_mend(folder, version)}"
            )
        tables = {name: TableState(**state) for name, state in data["tables"].items()}
        manifest = Manifest(**{**data, "tables": tables})
        if set(tables) != set(TABLES) or Path(manifest.file).name != manifest.file:
            raise ValueError("not the tables and the file of a store")
        if manifest.snapshot != snapshot_id(manifest.data):
            raise StoreDamaged(
                f"The snapshot of {folder} is not what its manifest says: restore the store."
            )
        if manifest.batch < reached:
            raise StoreDamaged(
                f"The store at {folder} reaches batch {manifest.batch} and has been at batch "
                f"{reached}: an older copy was put in its place. Restore the newest "
                "backup with trd-outcomes restore."
            )
        return manifest
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreDamaged(f"{folder / POINTER} is not a manifest: restore the store.") from error


def stamps(folder: Path) -> tuple[object, ...]:
    """Return what changes whenever another snapshot becomes current, at the cost of two looks.

    Each is put in place by a rename, so that it is another file than before.
    """
    found: list[object] = []
    for name in (POINTER, WATERMARK):
        try:
            seen = (folder / name).stat()
        except OSError:
            found.append(None)
        else:
            found += [seen.st_ino, seen.st_mtime_ns, seen.st_size]
    return tuple(found)


def seal_of(folder: Path, file: Path) -> str:
    """Return a text that changes whenever the pointer of a store or its snapshot is touched."""
    seen = file.stat()
    return f"{stamps(folder)} {file.name} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns}"


def _mend(folder: Path, version: object) -> str:
    if isinstance(version, int) and version > SCHEMA_VERSION:
        return "Use the newer program that wrote it."
    if version in UPGRADABLE:
        return f"Run trd-outcomes upgrade {folder}."
    return "Import the files again into a new store."


def highest_batch(folder: Path) -> int:
    """Return the highest batch that a store is known to have reached; 0 where none is noted.

    Raises StoreDamaged where the note cannot be read.
    """
    try:
        return int((folder / WATERMARK).read_text("ascii"))
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (OSError, ValueError) as error:
        raise StoreDamaged(
            f"{folder / WATERMARK} does not say which batch the store has reached: restore the "
            "store."
        ) from error


def lower_watermark(folder: Path, batch: int) -> None:
    """Let a store be at an earlier batch again, as a restored backup may be.

    Before the pointer is replaced: a mark that is too low never refuses a good store.
    """
    try:
        highest = highest_batch(folder)
    except StoreDamaged:  # a damaged mark
        highest = batch + 1
    if highest > batch:
        put(folder, {WATERMARK: str(batch)})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a snapshot the current one: written aside, flushed, then renamed in one step."""
    # the pointer first: a process that dies in between leaves a mark that is too low, never one
    # that refuses a good store
    text = json.dumps(asdict(manifest), indent=1)
    put(folder, {POINTER: text, WATERMARK: str(manifest.batch)})


def put(folder: Path, texts: Mapping[str, str | bytes]) -> None:
    # all are written before the first is renamed, so that a full disk cannot come in between
    for name, text in texts.items():
        with (folder / f"{name}.part").open("wb") as handle:
            handle.write(text.encode() if isinstance(text, str) else text)
            handle.flush()
            os.fsync(handle.fileno())
    for name in texts:
        os.replace(folder / f"{name}.part", folder / name)
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
