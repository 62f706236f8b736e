"""The store as it was after an earlier batch, and without a batch."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb

from analysis.errors import DefinitionError, StoreDamaged
from analysis.store.batches import (
    REFUSED,
    WITHDRAWAL,
    Batch,
    counting,
    current_user,
    now,
    read_batches,
    write_batches,
)
from analysis.store.declared import Declared
from analysis.store.failures import explained
from analysis.store.locking import writing
from analysis.store.manifest import (
    SCHEMA_VERSION,
    Manifest,
    data_states,
    snapshot_id,
    table_states,
)
from analysis.store.quoting import literal
from analysis.store.reader import CONNECTION, Store, open_store, opened
from analysis.store.spill import spilling
from analysis.store.state import as_of_date, every_row, set_aside, work_out
from analysis.store.taken_away import Withdrawal, what_changes
from analysis.store.writer import build, create_log, publish

Progress = Callable[[str], None]


def open_as_of(path: Path | str, batch: int, progress: Progress = lambda step: None) -> Store:
    """Open a store as it was after a batch, so that last month's figures can be had again.

    The state is worked out anew in memory and compared with the snapshot that the batch made.
    Raises DefinitionError where there is no such batch, StoreDamaged where the two differ,
    StoreError where the system or the engine fails.
    """
    with explained(lambda: f"The state after batch {batch} could not be worked out"):
        while True:
            with open_store(path) as current:
                try:
                    return _worked_out(current, batch, progress)
                except duckdb.IOException:
                    # an import may have published the next snapshot, and removed this one
                    if current.is_current():
                        raise


def _worked_out(current: Store, batch: int, progress: Progress) -> Store:
    batches = read_batches(current.connection)
    _find(batches, batch)
    past = [b for b in batches if b.batch <= batch]
    counted = counting(past)
    declared = Declared.of(counted)
    con = duckdb.connect(config=CONNECTION)
    try:
        _attach(con, current)
        every_row(con, "current_store", tuple(declared.fields), tuple(current.fields))
        work_out(con, counted, tuple(declared.fields), "merged")
        build(con, declared, as_of_date(counted), progress)
        data = data_states(con)
        made = [b.snapshot for b in past if b.snapshot is not None]
        if not made:
            raise DefinitionError(
                f"The state after batch {batch} was not kept: it came before the store was "
                "upgraded to the present layout."
            )
        if snapshot_id(data) != made[-1]:
            raise StoreDamaged(
                f"The state after batch {batch} is not what it was then: restore the store "
                "from a backup."
            )
        _log_until(con, past, batch)
        con.execute("detach current_store")
        tables = table_states(con)
        manifest = Manifest(SCHEMA_VERSION, made[-1], "", batch, data, tables)
        return opened(current.path, manifest, con)
    except BaseException:
        con.close()
        raise


def withdraw(
    path: Path | str,
    batch: int,
    who: str | None = None,
    progress: Progress = lambda step: None,
) -> Withdrawal:
    """Take a batch back, as if it had never come; what came in other batches stays.

    A withdrawal is a batch of its own and can itself be withdrawn. Rows of later batches that were
    exact duplicates of this one are gone with it until their files are imported again. Raises
    DefinitionError where the batch does not count.
    """
    folder = Path(path)
    with writing(folder) as building, open_store(folder) as current:
        past = read_batches(current.connection)
        found = _find(past, batch)
        if found.kind == REFUSED or not _counts(past, batch):
            raise DefinitionError(f"Batch {batch} does not count: there is nothing to withdraw.")
        number = max(b.batch for b in past) + 1
        every = [*past, Batch(number, WITHDRAWAL, now(), who or current_user(), ends=batch)]
        counted = counting(every)
        declared = Declared.of(counted)
        with (
            spilling(folder) as spill,
            closing(duckdb.connect(str(building), config={"temp_directory": str(spill)})) as con,
        ):
            _attach(con, current)
            fields = tuple(Declared.of(counting(past)).fields | declared.fields)
            every_row(con, "current_store", fields, tuple(current.fields))
            work_out(con, counted, tuple(declared.fields), "merged")
            set_aside(con, "merged")
            create_log(con, current)
            write_batches(con, every)
            what = what_changes(con, batch, counted)
            publish(con, folder, building, declared, counted, progress)
            return replace(what, number=number)


def _attach(con: duckdb.DuckDBPyConnection, current: Store) -> None:
    file = str(current.path / current.manifest.file)
    con.execute(f"attach {literal(file)} as current_store (read_only)")


def _log_until(con: duckdb.DuckDBPyConnection, past: list[Batch], batch: int) -> None:
    """Give a state as of a batch the log up to then."""
    for entry in past:
        con.execute(f"insert into batch values ({', '.join('?' * 12)})", entry.row())
    for table in ("quarantine", "batch_file", "mapping"):
        con.execute(
            f"insert into {table} select * from current_store.{table} where batch <= {batch}"
        )


def _find(batches: list[Batch], number: int) -> Batch:
    found = next((b for b in batches if b.batch == number), None)
    if found is None:
        listed = ", ".join(str(b.batch) for b in batches)
        raise DefinitionError(f"There is no batch {number} in this store. Batches: {listed}.")
    return found


def _counts(batches: list[Batch], number: int) -> bool:
    """Return whether ending a batch would change what counts."""
    ended = Batch(max(b.batch for b in batches) + 1, WITHDRAWAL, "", "", ends=number)
    return counting([*batches, ended]) != counting(batches)
