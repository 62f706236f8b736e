"""What a withdrawal takes away, what comes back by it, and what may have to come again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from analysis.store.batches import Batch
from analysis.store.state import SHAPES


@dataclass(frozen=True)
class Repeating:
    """A file of a later batch that had rows that were stored already: exact duplicates."""

    batch: int
    file: str
    exact_duplicates: int


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal did, per table in rows.

    `number` is its own batch, `ended` the batch that it withdrew. `taken` rows do not count any
    more, `returned` rows count again, `changed_episodes` have other attributes now. `repeating`
    are files of later batches in which some rows may have been repeats of the batch taken back.
    """

    number: int
    ended: int
    taken: Mapping[str, int]
    returned: Mapping[str, int]
    changed_episodes: int
    repeating: tuple[Repeating, ...]


def what_changes(
    con: duckdb.DuckDBPyConnection, ended: int, counted: Sequence[Batch]
) -> Withdrawal:
    """Compare merged_*, the next state, with the current one, which is attached.

    `counted` are the batches that will count.
    """
    current = "select episode_id from current_store.episode"
    merged = "select episode_id from merged_episode"
    taken = {"episode": _count(con, f"{current} except {merged}")}
    returned = {"episode": _count(con, f"{merged} except {current}")}
    for table, shape in SHAPES.items():
        values = ", ".join(shape)
        typed = ", ".join(f"t.{name}::{kind} as {name}" for name, kind in shape.items())
        before = (
            f"select e.episode_id, {typed} from current_store.{table} t "
            "join current_store.episode e on e.episode = t.episode"
        )
        after = f"select episode_id, {values} from merged_{table}"
        taken[table] = _count(con, f"{before} except all {after}")
        returned[table] = _count(con, f"{after} except all {before}")
    later = ", ".join(str(b.batch) for b in counted if b.batch > ended) or "null"
    files = con.execute(
        "select batch, file, exact_duplicates from current_store.batch_file "
        f"where batch in ({later}) and exact_duplicates > 0 order by all"
    ).fetchall()
    repeating = tuple(Repeating(*row) for row in files)
    return Withdrawal(0, ended, taken, returned, _changed_episodes(con), repeating)


def _changed_episodes(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many episodes stay with other attributes; what follows from others is no part."""
    kept = con.execute(
        "select column_name from duckdb_columns() where database_name = 'current_store' "
        "and table_name = 'episode' intersect "
        "select column_name from duckdb_columns() where table_name = 'merged_episode'"
    ).fetchall()
    names = ", ".join(f'"{name}"::varchar' for (name,) in sorted(kept))
    both = (
        "select episode_id from current_store.episode semi join merged_episode using (episode_id)"
    )
    return _count(
        con,
        f"select {names} from current_store.episode where episode_id in ({both}) "
        f"except select {names} from merged_episode",
    )


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(f"select count(*) from ({query}) counted").fetchone()
    return int(row[0]) if row is not None else 0
