"""Opening a snapshot read-only and asking it questions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from analysis.engines import DUCKDB, ENGINES, SPARK
from analysis.errors import NoScores, StoreDamaged, StoreError, StoreMissing, UnknownName
from analysis.instruments import REGISTRY, Instrument, declared_instrument, suicidality_item
from analysis.instruments.model import ITEM_SUFFIX
from analysis.modality import MODALITIES
from analysis.store.engine import Columns, Engine, duckdb_engine
from analysis.store.exported import DESCRIPTION, Exported, Levels
from analysis.store.limits import divide
from analysis.store.manifest import Manifest, read_manifest, seal_of, table_states

QUESTIONS = Path(__file__).parent / "questions"
# A grouped count over enums and small integers is fastest in a table with a place per key. To make
# the integers smaller for it takes a tenth of its time and brings nothing.
CONNECTION: dict[str, str | bool | int | float | list[str]] = {
    "perfect_ht_threshold": 20,
    "disabled_optimizers": "compressed_materialization",
}

# The instrument that is asked about when none is named.
FIRST = "phq9"

LEVELS = "select field, label, level, episodes from level order by field_position, level_position"


@dataclass(frozen=True)
class Asked:
    """One question as the engine got it: the SQL, and the value of each of its `$name`."""

    sql: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Store:
    """One snapshot, open read-only: its instruments, modalities, fields and levels.

    `fields` maps each episode attribute to its label, `levels` to its levels with the number of
    episodes, `recorded` the instruments that have assessments with their number, `items_recorded`
    those with the item on suicidal thoughts with the number of assessments that have it.
    `as_of` is the date up to which the data reach, where it is known. `seal` tells the files whose
    content was compared from any that came after them (see `open_store`). `engine` answers the
    questions: DuckDB over the `database` of the snapshot, or Spark over what was `exported` of it,
    in the folder or at the address `place`. `asked` collects the questions of a store made by
    `recording`.
    """

    place: Path | str
    manifest: Manifest
    engine: Engine = field(repr=False, compare=False)
    instruments: Mapping[str, Instrument]
    modalities: Mapping[str, str]
    fields: Mapping[str, str]
    levels: Mapping[str, Mapping[str, int]]
    recorded: Mapping[str, int]
    items_recorded: Mapping[str, int]
    as_of: str | None
    seal: str = ""
    database: duckdb.DuckDBPyConnection | None = field(default=None, repr=False, compare=False)
    exported: Exported | None = field(default=None, repr=False, compare=False)
    asked: list[Asked] | None = field(default=None, repr=False, compare=False)

    @property
    def path(self) -> Path:
        """The folder of the store."""
        return Path(self.place)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open snapshot, for its own bookkeeping, which an export leaves behind."""
        if self.database is None:
            raise StoreError(f"{self.place} is an export and has no bookkeeping: ask the store.")
        return self.database

    @property
    def snapshot(self) -> str:
        return self.manifest.snapshot

    @property
    def file(self) -> Path:
        return self.path / self.manifest.file

    def instrument(self, name: str) -> Instrument:
        """Return an instrument that has assessments in this store; raises UnknownName.

        `phq9:suicidality` is the item on suicidal thoughts of the PHQ-9 as a scale of its own.
        """
        if name.endswith(ITEM_SUFFIX):
            whole = name.removesuffix(ITEM_SUFFIX)
            if whole not in self.items_recorded:
                known = [f"{instrument}{ITEM_SUFFIX}" for instrument in self.items_recorded]
                raise UnknownName("item on suicidal thoughts in this store", name, known)
            return suicidality_item(self.instruments[whole])
        if name not in self.recorded:
            raise UnknownName("instrument in this store", name, self.recorded)
        return self.instruments[name]

    def first_instrument(self) -> str:
        """Return the instrument that answers are about when none is named.

        PHQ-9 where it was recorded, else the first that has a total score; raises NoScores where
        none has.
        """
        scored = [name for name in self.recorded if self.instruments[name].scored]
        if not scored:
            raise NoScores("This store holds no scores yet: import a file with assessments.")
        return FIRST if FIRST in scored else scored[0]

    def is_current(self) -> bool:
        """Return whether this snapshot is still the one that the store points to."""
        return read_manifest(self.path) == self.manifest

    def ask(self, question: str, parameters: Mapping[str, Any], **parts: str) -> Columns:
        """Return the columns that a question answers with; masked where a value is missing.

        Raises QuestionTooLong where it took longer than the store's limit.
        """
        sql = _question(question).format(**parts)
        if self.asked is not None:
            self.asked.append(Asked(sql, dict(parameters)))
        return self.engine.run(sql, parameters)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a fixed query over the snapshot's own bookkeeping."""
        with self.connection.cursor() as cursor:
            return cursor.execute(sql).fetchall()

    def recording(self) -> "Store":
        """Return the same open store with a list of its own, `asked`, of what it is asked."""
        return replace(self, asked=[])

    def limited(self, seconds: float | None, processes: int = 1) -> "Store":
        """Return the same open store whose questions are stopped after so many seconds.

        It leaves memory and cores to the other ones of so many processes that read on a machine.
        """
        divide(self.connection, processes)
        return replace(self, engine=duckdb_engine(self.connection, seconds))

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@cache
def _question(name: str) -> str:
    return (QUESTIONS / f"{name}.sql").read_text("utf-8")


def open_store(path: Path | str, engine: str = DUCKDB, *, checked: str = "") -> Store:
    """Open the current snapshot of a store and compare it with its manifest.

    `checked` is the seal of a store that another process has opened: as long as its files are the
    same ones, unchanged since then, their content is not compared again. With `engine` "spark" the
    path is a folder that was exported to Parquet, or an address of it. Raises StoreMissing where
    there is none and StoreDamaged where a table does not have the rows and the content that were
    published: then nothing is read from it.
    """
    if engine not in ENGINES:
        raise UnknownName("engine", engine, ENGINES)
    if engine == SPARK:
        from analysis.store.spark import open_exported  # who does not ask for it does not need it

        return open_exported(path)
    folder = Path(path)
    if (folder / DESCRIPTION).is_file():
        raise StoreMissing(f"{path} is no store but an export of one: ask it with --engine spark.")
    manifest = read_manifest(folder)
    while True:
        try:
            return _open_snapshot(folder, manifest, checked)
        except StoreDamaged:
            # an import may have published the next snapshot in between, and removed this one
            newer = read_manifest(folder)
            if newer == manifest:
                raise
            manifest = newer


def _open_snapshot(folder: Path, manifest: Manifest, checked: str) -> Store:
    file = folder / manifest.file
    mend = "Restore the store from a backup, or import the files again into a new one."
    if not file.is_file():
        raise StoreDamaged(f"The store at {folder} has lost its file {manifest.file}. {mend}")
    seal = seal_of(folder, file)  # before anything is read: what changes later is not sealed
    try:
        connection = duckdb.connect(str(file), read_only=True, config=CONNECTION)
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise _no_memory(folder) from error
    except duckdb.Error as error:
        raise StoreDamaged(f"{file} cannot be opened as a store. {mend}") from error
    try:
        if seal != checked and table_states(connection) != dict(manifest.tables):
            raise StoreDamaged(f"The content of {file} is not what its manifest says. {mend}")
        return replace(opened(folder, manifest, connection), seal=seal)
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        connection.close()
        raise _no_memory(folder) from error
    except duckdb.Error as error:
        connection.close()
        raise StoreDamaged(f"{file} is damaged. {mend}") from error
    except StoreDamaged:
        connection.close()
        raise
    except RuntimeError as error:  # what the engine makes of a Ctrl-C
        connection.close()
        raise KeyboardInterrupt from error


def _no_memory(folder: Path) -> StoreError:
    """A good store must not be called damaged for want of memory."""
    return StoreError(
        f"There is not enough memory to open the store at {folder}: end other programs, or allow "
        "this one more. (E510)"
    )


def opened(folder: Path, manifest: Manifest, connection: duckdb.DuckDBPyConnection) -> Store:
    """Return a store over a connection whose tables are those of a snapshot."""
    return described(
        folder,
        manifest,
        duckdb_engine(connection),
        read_settings(connection),
        connection.execute(LEVELS).fetchall(),
        database=connection,
    )


def read_settings(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the facts about an open snapshot as a whole."""
    rows = connection.execute("select name, value from setting").fetchall()
    return {name: json.loads(value) for name, value in rows}


def described(
    place: Path | str,
    manifest: Manifest,
    engine: Engine,
    settings: Mapping[str, Any],
    rows: Levels,
    *,
    database: duckdb.DuckDBPyConnection | None = None,
    exported: Exported | None = None,
) -> Store:
    """Return a store that an engine answers for, from its settings and the rows of its levels."""
    fields: dict[str, str] = {}
    levels: dict[str, dict[str, int]] = {}
    for name, label, level, episodes in rows:
        fields[name] = label
        levels.setdefault(name, {})[level] = episodes
    declared = {
        name: declared_instrument(name, block) for name, block in settings["instruments"].items()
    }
    return Store(
        place=place,
        manifest=manifest,
        engine=engine,
        instruments=REGISTRY | declared,
        modalities=MODALITIES | settings["modalities"],
        fields=fields,
        levels=levels,
        recorded=settings["recorded"],
        items_recorded=settings["items_recorded"],
        as_of=settings["as_of"],
        database=database,
        exported=exported,
    )


def floats(column: NDArray[Any]) -> NDArray[np.float64]:
    """Return a column of scores with NaN where the score is missing."""
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)
