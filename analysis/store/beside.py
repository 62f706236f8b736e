"""Work on further connections to a database, while this one goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from analysis.progress import also_ending
from analysis.store.quoting import column

if TYPE_CHECKING:
    import duckdb

    Work = Callable[[duckdb.DuckDBPyConnection], None]


@contextmanager
def beside(
    con: duckdb.DuckDBPyConnection, progress: Callable[[str], None]
) -> Iterator[Callable[[Work], None]]:
    """Hand out what has work done in a thread, on a connection of its own to the same database.

    It takes one piece of work at a time: a second waits for the first, as does the end. What goes
    wrong there is raised here; what goes wrong here ends the statement there. Temporary tables are
    not seen from there.
    """
    (database,) = con.execute("select current_database()").fetchone() or ("",)
    in_hand: list[Future[None]] = []

    def take(work: Work) -> None:
        while in_hand:
            in_hand.pop().result()
        in_hand.append(pool.submit(work, own))

    with (
        closing(con.cursor()) as own,
        also_ending(progress, own.interrupt),
        ThreadPoolExecutor(1) as pool,
    ):
        own.execute(f"use {column(database)}")
        try:
            yield take
            while in_hand:
                in_hand.pop().result()
        except BaseException:
            own.interrupt()
            raise
