"""One writer at a time: the store is held while it is changed, and others are told by whom."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.errors import StoreBusy, StoreError
from analysis.store.manifest import POINTER, WATERMARK

LOCK = "importing.lock"
# Beside the lock, since a process that only asks for a lock may empty its file.
HOLDER = "importing.pid"
LEFT_BEHIND = ("next-*.part", "next-*.part.wal", f"{POINTER}.part", f"{WATERMARK}.part")


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Hold the store for writing and hand out a new file to build in; it is removed on failure.

    Raises StoreBusy, with the process id, where another process holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be the folder of a store: {error.strerror}.") from error
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreBusy(folder, _holder(folder)) from None
    try:
        (folder / HOLDER).write_text(str(os.getpid()), "ascii")
        for left in folder.glob("restoring-*"):
            shutil.rmtree(left, ignore_errors=True)
        for pattern in LEFT_BEHIND:
            for left in folder.glob(pattern):
                left.unlink(missing_ok=True)
        building = folder / f"next-{uuid.uuid4().hex[:8]}.part"
        try:
            yield building
        finally:
            for left in folder.glob(f"{building.name}*"):
                left.unlink(missing_ok=True)
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _holder(folder: Path) -> int | None:
    """Return the process that holds a store; None in the moment before it has signed."""
    try:
        return int((folder / HOLDER).read_text("ascii"))
    except (OSError, ValueError):
        return None
