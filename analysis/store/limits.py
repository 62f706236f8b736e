"""How long a question may take, and how much of the machine its process may use."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import duckdb

from analysis.errors import QuestionTooLong

# DuckDB would take four fifths of the memory for itself, in each of several processes.
MEMORY_PERCENT = 80
AGAIN = 0.001  # seconds between two interrupts


@contextmanager
def within(seconds: float | None, interrupt: Callable[[], None]) -> Iterator[None]:
    """Let the block interrupt itself after so many seconds; None sets no limit.

    `interrupt` stops what the block's own cursor does: other cursors, and the connection, go on.
    Raises QuestionTooLong where the limit was reached.
    """
    if seconds is None:
        yield
        return
    over = Event()
    Thread(target=_watch, args=(seconds, interrupt, over), daemon=True).start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise QuestionTooLong(seconds) from error
    finally:
        over.set()


def _watch(seconds: float, interrupt: Callable[[], None], over: Event) -> None:
    """Interrupt from the limit on until the block is over: one that comes too early is lost."""
    if not over.wait(seconds):
        interrupt()
        while not over.wait(AGAIN):
            interrupt()


def interrupt(connection: duckdb.DuckDBPyConnection) -> None:
    """End the statement that a connection has in hand, if any; a closed one has none."""
    try:
        connection.interrupt()
    except duckdb.ConnectionException:
        return


def divide(connection: duckdb.DuckDBPyConnection, processes: int) -> None:
    """Leave to each of several processes on a machine its part of the memory and of the cores."""
    if processes > 1:
        connection.execute(f"set memory_limit = '{max(1, MEMORY_PERCENT // processes)}%'")
        connection.execute(f"set threads = {max(1, (os.cpu_count() or 1) // processes)}")
