"""Arrays as tables: the engine reads them where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import duckdb

Numbers = NDArray[Any]
Words = NDArray[np.int64]
Item = TypeVar("Item")
Result = TypeVar("Result")
PIECE = 1 << 17  # words whose work stays in the processor's cache


@contextmanager
def as_table(
    con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Numbers]
) -> Iterator[None]:
    """Let SQL read arrays as the columns of a table, in their order; masked values are null."""
    con.execute("select null").fetchall()  # nothing is registered while a result is open
    con.register(name, dict(columns))
    try:
        yield
    finally:
        con.execute("select null").fetchall()
        con.unregister(name)


def whole_numbers(con: duckdb.DuckDBPyConnection, sql: str) -> Words:
    """Return the only column of a query, whole numbers without a null."""
    (found,) = con.execute(sql).fetchnumpy().values()
    return np.asarray(found, dtype=np.int64)


def starts(values: Numbers) -> NDArray[np.bool_]:
    """Return where, in a sorted array, a value stands that is not the one before."""
    found = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def by_pieces(work: Callable[[Words], Result], words: Words, shift: int) -> list[Result]:
    """Return what is worked out on each piece of sorted words, in their order, two at a time.

    Words that are the same but for their lowest bits, `shift` of them, stay together.
    """
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, _pieces(words, shift)))


def _pieces(words: Words, shift: int) -> Iterator[Words]:
    """Return at least one piece, which has nothing in it where there are no words."""
    start, end = 0, PIECE
    while end < len(words):
        after = ((words[end - 1] >> shift) + 1) << shift
        end = int(np.searchsorted(words, after))
        yield words[start:end]
        start, end = end, end + PIECE
    yield words[start:]


def ahead(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Return the result of each item in turn, the next one worked out while one is in use.

    Arrays are worked on beside the engine: neither holds up the other.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting: Future[Result] | None = None
        for item in items:
            following = pool.submit(work, item)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
