"""The open store, once for all sessions."""

import os
from functools import lru_cache
from pathlib import Path
from threading import Lock

from analysis.errors import StoreMissing
from analysis.store import Store, open_store
from analysis.store.manifest import read_manifest, stamps
from dashboard import (
    LIMIT_VARIABLE,
    PROCESSES_VARIABLE,
    QUERY_LIMIT,
    SEAL_VARIABLE,
    STORE_VARIABLE,
)

# The snapshots that are open, the latest last: while one is opened, the others answer.
OPEN: dict[tuple[str, str], Store] = {}
STORES_KEPT = 2
_OPENING = Lock()


def opened_store(path: str, file: str) -> Store:
    """Return the snapshot that `file` names, opened once for all sessions."""
    found = OPEN.get((path, file))
    if found is None:
        with _OPENING:
            found = OPEN.get((path, file)) or _opened(path)
            OPEN[path, file] = found
            if len(OPEN) > STORES_KEPT:  # whoever still asks the oldest one keeps it open
                del OPEN[next(iter(OPEN))]
    return found


def _opened(path: str) -> Store:
    limit = float(os.environ.get(LIMIT_VARIABLE, QUERY_LIMIT))
    opened = open_store(path, checked=os.environ.get(SEAL_VARIABLE, ""))
    return opened.limited(limit, int(os.environ.get(PROCESSES_VARIABLE, "1")))


def store() -> Store:
    """Return the current snapshot; a newly published one is noticed at the next rerun."""
    path = os.environ.get(STORE_VARIABLE)
    if not path:
        raise StoreMissing("No store was named: start the dashboard with trd-outcomes serve STORE.")
    return opened_store(path, _current_file(path, stamps(Path(path))))


@lru_cache(maxsize=8)
def _current_file(path: str, stamp: tuple[object, ...]) -> str:
    """Return the file that the pointer of a store names; `stamp` tells one pointer from another."""
    return read_manifest(Path(path)).file
