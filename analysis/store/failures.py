"""What the system or the engine could not do, as a sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from analysis.errors import StoreError

# No room on the disk or in memory, a file that cannot be read or written.
FAILURES = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.OutOfMemoryException,
    OSError,
    MemoryError,
)


@contextmanager
def explained(said: Callable[[], str]) -> Iterator[None]:
    """Raise StoreError, with what is said and the cause, where the system or the engine fails.

    `said` is asked at that moment, so that it can say what became of the store.
    """
    try:
        yield
    except FAILURES as error:
        cause = (str(error) or "there is not enough memory").splitlines()[0]
        raise StoreError(f"{said()}: {cause.removesuffix('.')}.") from error
