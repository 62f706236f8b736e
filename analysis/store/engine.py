"""What answers the questions of a store: DuckDB over its snapshot, or Spark over an export."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import duckdb
import numpy as np
from numpy.typing import NDArray

from analysis.engines import DUCKDB
from analysis.store.limits import within

Columns = dict[str, NDArray[Any]]


def nothing() -> None:
    """Do nothing: for an engine that has nothing to end or to let go."""


@dataclass(frozen=True)
class Engine:
    """The functions by which an engine is asked, under the name of the engine.

    `run` takes the SQL of a question with the values of its `$name`, and returns its columns in
    any order of the rows: whole numbers, truths and texts, masked where a value is missing.
    `interrupt` ends what is being run, from another thread; `close` lets go of the data.
    """

    name: str
    run: Callable[[str, Mapping[str, Any]], Columns]
    close: Callable[[], None] = nothing
    interrupt: Callable[[], None] = nothing


def duckdb_engine(connection: duckdb.DuckDBPyConnection, limit: float | None = None) -> Engine:
    """Return DuckDB as an engine; each question has a cursor of its own, and ends at the limit."""

    def run(sql: str, parameters: Mapping[str, Any]) -> Columns:
        with connection.cursor() as cursor, within(limit, cursor.interrupt):
            columns = cursor.execute(sql, dict(parameters)).fetchnumpy()
        return cast(Columns, columns)  # every question returns text and numbers, never an enum

    return Engine(DUCKDB, run, connection.close)


def masked(values: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[Any]:
    """Return a column, masked where values are missing; as it is where none is."""
    return np.ma.masked_array(values, missing) if missing.any() else values
