"""Work on further connections to a database, while this one goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from analysis.progress import also_ending
from analysis.store.limits import AGAIN, interrupt
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
    last: Future[None] = Future()
    last.set_result(None)

    def take(work: Work) -> None:
        nonlocal last
        last.result()
        last = pool.submit(work, own)

    with (
        closing(con.cursor()) as own,
        also_ending(progress, partial(interrupt, own)),
        ThreadPoolExecutor(1) as pool,
    ):
        own.execute(f"use {column(database)}")
        try:
            yield take
            last.result()
        except BaseException:
            while not last.done():  # an interrupt between two statements is lost
                interrupt(own)
                wait([last], AGAIN)
            raise
