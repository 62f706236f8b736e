"""One writer at a time: the store is held while it is changed, and others are told by whom."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.errors import StoreBusy, StoreError
from analysis.store.failures import explained
from analysis.store.manifest import COHORTS, POINTER, WATERMARK, flush_folder

LOCK = "importing.lock"
# Beside the lock, since a process that only asks for a lock may empty its file.
HOLDER = "importing.pid"
LEFT_BEHIND = (
    "next-*.part*",
    *(f"{name}.part" for name in (POINTER, WATERMARK, COHORTS)),
)


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Hold the store for writing and hand out a new file to build in; it is removed on failure.

    Raises StoreBusy, with the process id, where another process holds it, StoreError where the
    system or the engine fails, with what became of the store.
    """
    before = _pointer(folder)

    def outcome() -> str:
        if _pointer(folder) == before:
            return f"This could not be carried out, and {folder} stays as it was"
        return f"{folder} has the new snapshot, but this could not be carried out to its end"

    with explained(outcome), _held(folder) as building:
        yield building


def _pointer(folder: Path) -> bytes | None:
    try:
        return (folder / POINTER).read_bytes()
    except OSError:
        return None


def _make(folder: Path) -> None:
    """Make a folder and those above it, so that they outlast a power cut."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in reversed(missing):
        flush_folder(place.parent)


@contextmanager
def _held(folder: Path) -> Iterator[Path]:
    try:
        _make(folder)
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
