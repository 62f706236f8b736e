"""Letting a meter look into the statement that the engine has in hand."""

from collections.abc import Callable
from functools import partial

import duckdb

from analysis.progress import Meter
from analysis.store.limits import interrupt


def watch(progress: Callable[[str], None], con: duckdb.DuckDBPyConnection) -> None:
    """Let a meter ask how far the statement of a connection is, and end it.

    Whatever else is told the steps of a run is left alone.
    """
    if not isinstance(progress, Meter):
        return
    # the engine counts only where it would show a bar; nothing of it is printed
    con.execute("set enable_progress_bar = true")
    con.execute("set enable_progress_bar_print = false")
    con.execute("set progress_bar_time = 0")

    def fraction() -> float | None:
        try:
            percent = con.query_progress()
        except duckdb.ConnectionException:  # closed: the run is past its last statement
            return None
        return percent / 100 if percent >= 0 else None

    progress.look(fraction, partial(interrupt, con))
