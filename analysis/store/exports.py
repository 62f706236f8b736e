"""The log of what left a store: a line stands in it before the first file is written.

Lines are only ever added. Their order is their number, never their time. The last line may be cut
off, where the process died while it wrote it; that export never began, and the next line takes its
place.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from analysis.errors import InputError, StoreDamaged
from analysis.store.batches import current_user, now
from analysis.store.manifest import flush_folder

EXPORTS = "exports.log"
# Its own lock: an import may take an hour, and an export need not wait for it.
LOCK = "exports.lock"
PATIENCE = 10.0  # seconds; a line is written in a fraction of one


@dataclass(frozen=True)
class Export:
    """One export: its number from 1, when (UTC) and by whom, what, and of which snapshot."""

    export: int
    when: str
    who: str
    what: str
    snapshot: str


def begin_export(
    folder: Path, store: Path, what: str, snapshot: str, who: str | None = None
) -> None:
    """Note an export to a folder, which must be a new one or empty.

    Raises InputError where the folder holds files already, and what `note_export` raises.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(str(folder), "holds files already: name a new folder.", code="E507")
    note_export(store, f"{what}, to {folder.absolute()}", snapshot, who)


def note_export(store: Path, what: str, snapshot: str, who: str | None = None) -> Export:
    """Write down an export before it begins, flushed to the disk; return its line.

    Raises InputError where that is not possible, and StoreDamaged where the log does not end as it
    should: then nothing may leave the store.
    """
    try:
        with _held(store), _opened(store / EXPORTS) as log:
            before = _complete(log)
            number = _last_number(store, before) + 1
            line = Export(number, now(), who or current_user(), what, snapshot)
            log.truncate(len(before))
            log.seek(len(before))
            try:
                rest = json.dumps(asdict(line)).encode("ascii") + b"\n"
                while rest:
                    rest = rest[log.write(rest) :]
                os.fsync(log.fileno())
            except OSError:
                log.truncate(len(before))  # a part of the line says nothing
                raise
    except Timeout:
        raise _refused(store, "another export is writing to it", "Try again") from None
    except OSError as error:
        told = error.strerror or str(error)
        raise _refused(store, told, "Make room or let it be written, then export again") from error
    return line


def read_exports(store: Path) -> list[Export]:
    """Return every export of a store in their order; empty where none was noted.

    Raises StoreDamaged where a line is not one of an export, or where one is missing.
    """
    try:
        with (store / EXPORTS).open("rb") as log:
            lines = _complete(log).splitlines()
    except FileNotFoundError:
        return []
    found = [_parsed(store, line) for line in lines]
    if [line.export for line in found] != list(range(1, len(found) + 1)):
        raise _damaged(store)
    return found


@contextmanager
def _held(store: Path) -> Iterator[None]:
    with FileLock(store / LOCK, timeout=PATIENCE):
        yield


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open the log for reading and writing, made where there is none, so that its name lasts."""
    there = path.exists()
    # without a buffer, so that closing it cannot fail on what could not be written before
    with open(path, "r+b" if there else "w+b", buffering=0) as log:
        if not there:
            flush_folder(path.parent)
        yield log


def _complete(log: IO[bytes]) -> bytes:
    """Return the lines that were written to their end."""
    text = log.read()
    return text[: text.rfind(b"\n") + 1]


def _last_number(store: Path, lines: bytes) -> int:
    return _parsed(store, lines.splitlines()[-1]).export if lines else 0


def _parsed(store: Path, line: bytes) -> Export:
    try:
        found = Export(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise _damaged(store) from error
    if type(found.export) is not int:
        raise _damaged(store)
    return found


def _damaged(store: Path) -> StoreDamaged:
    return StoreDamaged(
        f"{store / EXPORTS} is not the log of exports that was written: put back the one of the "
        "newest backup, or move it away and keep it. (E509)"
    )


def _refused(store: Path, cause: str, mend: str) -> InputError:
    return InputError(
        str(store / EXPORTS),
        f"cannot be written ({cause}), and without its line in this log nothing is exported. "
        f"{mend}.",
        code="E508",
    )
