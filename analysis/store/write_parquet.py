"""What the questions read, written out as a folder of Parquet files that another engine asks."""

import hashlib
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import InputError
from analysis.store.batches import Batch
from analysis.store.exported import DESCRIPTION, EXPORTED, Exported, description
from analysis.store.exports import begin_export
from analysis.store.failures import explained
from analysis.store.manifest import COHORTS, flush_folder
from analysis.store.quoting import column, literal
from analysis.store.reader import LEVELS, Store, read_settings

if TYPE_CHECKING:
    import duckdb

# Small enough that a worker of a cluster holds a whole file while its hash is compared.
FILE_SIZE = "32MB"
# The types of columns in words that both engines know.
TYPES = {"INTEGER": "integer", "SMALLINT": "smallint", "BOOLEAN": "boolean"}
TEXT = "string"
Progress = Callable[[str], None]


def write_parquet(
    store: Store,
    folder: Path,
    *,
    as_of: Batch | None = None,
    who: str | None = None,
    progress: Progress = lambda step: None,
) -> dict[str, int]:
    """Write an export that Spark answers from as the store does; return the rows of each table.

    It holds what an answer needs and neither ids nor dates nor items: one row per episode and
    score, and therefore as much to be looked after as the store. `as_of` is the batch as of which
    the store was opened. First of all the export is noted in the store's log of exports, by `who`
    (the user's name where None). The folder is complete or not there: it is written beside its
    place and renamed. Raises InputError where the folder holds files already or cannot be written,
    and where the log cannot be written.
    """
    try:
        what = f"what questions read as of batch {store.manifest.batch}, parquet"
        begin_export(folder, store.path, what, store.snapshot, who)
        parent = folder.absolute().parent
        parent.mkdir(parents=True, exist_ok=True)
        aside = parent / f".{folder.name}-{secrets.token_hex(4)}.part"
        aside.mkdir()
        try:
            with explained(lambda: f"The export to {folder} could not be written, nothing is left"):
                rows = _write(store, aside, as_of, progress)
                if folder.exists():
                    folder.rmdir()
                aside.rename(folder)
                flush_folder(parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {error.strerror}.") from error
    return rows


def _write(store: Store, aside: Path, as_of: Batch | None, progress: Progress) -> dict[str, int]:
    rows: dict[str, int] = {}
    files: dict[str, dict[str, str]] = {}
    columns: dict[str, str] = {}
    with store.connection.cursor() as con:
        for table, without in EXPORTED.items():
            progress(f"Writing {table}")
            kinds = {
                name: TYPES.get(kind, TEXT)  # levels as text
                for name, kind, *_ in con.execute(f"describe {table}").fetchall()
                if name not in without
            }
            rows[table] = _copy(con, table, kinds, aside / table)
            columns[table] = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
            written = sorted((aside / table).iterdir())
            files[table] = {f"{table}/{file.name}": _sha256(file) for file in written}
        settings, levels = read_settings(con), con.execute(LEVELS).fetchall()
    cohorts = store.path / COHORTS
    told = Exported(
        manifest=store.manifest,
        as_of=None if as_of is None else (as_of.batch, as_of.when),
        settings=settings,
        levels=[(field, label, level, n) for field, label, level, n in levels],
        columns=columns,
        files=files,
        cohorts=cohorts.read_text("utf-8") if cohorts.is_file() else None,
    )
    (aside / DESCRIPTION).write_text(description(told), "utf-8")
    return rows


def _copy(
    con: "duckdb.DuckDBPyConnection", table: str, kinds: Mapping[str, str], folder: Path
) -> int:
    """Write columns of a table as Parquet files in a folder of its own; return its rows."""
    columns = (f"cast({column(name)} as {kind}) as {column(name)}" for name, kind in kinds.items())
    done = con.execute(
        f"copy (select {', '.join(columns)} from {table}) to {literal(str(folder))} "
        f"(format parquet, compression zstd, file_size_bytes '{FILE_SIZE}')"
    ).fetchone()
    return int(done[0]) if done else 0


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
