"""Points at which a run can be stopped from outside: every statement and every act on the disk.

A point lies before each SQL statement, before a database is opened or closed, and before a file
or folder is opened for writing, flushed, renamed, made or removed.
"""

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import duckdb

# The acts on the disk that are points; opening counts where it is for writing.
ACTS = ("fsync", "mkdir", "replace", "rmdir", "unlink")
Act = Callable[[str], None]


class Connection:
    """A connection that tells of each statement before it is carried out."""

    def __init__(self, wrapped, point: Act) -> None:
        self._wrapped, self._point = wrapped, point

    def __getattr__(self, name):
        return getattr(self._wrapped, name)

    def execute(self, sql, *rest):
        self._point(f"sql {sql}")
        return self._wrapped.execute(sql, *rest)

    def executemany(self, sql, *rest):
        self._point(f"sql {sql}")
        return self._wrapped.executemany(sql, *rest)

    def cursor(self):
        return Connection(self._wrapped.cursor(), self._point)

    def close(self) -> None:
        self._point("close")
        self._wrapped.close()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self._wrapped.close()


def _writes(mode: object, flags: int = 0) -> bool:
    return bool(set(str(mode)) & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR))


@contextmanager
def points(point: Act) -> Iterator[None]:
    """Call `point` with what is about to be done, at every point of what runs inside."""
    connect, plain_open, low_open = duckdb.connect, builtins.open, os.open

    def connecting(*arguments, **options):
        point("connect")
        return Connection(connect(*arguments, **options), point)

    def opening(file, mode="r", *rest, **options):
        if _writes(mode):
            point(f"open {file}")
        return plain_open(file, mode, *rest, **options)

    def opening_low(path, flags, *rest, **options):
        if _writes("", flags):
            point(f"open {path}")
        return low_open(path, flags, *rest, **options)

    def acting(name):
        act = getattr(os, name)

        def told(*arguments, **options):
            point(f"{name} {arguments}")
            return act(*arguments, **options)

        return told

    with ExitStack() as patches:
        patches.enter_context(patch.object(duckdb, "connect", connecting))
        patches.enter_context(patch.object(builtins, "open", opening))
        patches.enter_context(patch.object(io, "open", opening))
        patches.enter_context(patch.object(os, "open", opening_low))
        for name in ACTS:
            patches.enter_context(patch.object(os, name, acting(name)))
        yield


def count_points(run: Callable[[], object]) -> list[str]:
    """Return what each point of a run that is not stopped is about to do."""
    seen: list[str] = []
    with points(seen.append):
        run()
    return seen


class _Stopping:
    """Acts at one point, counted from 0, or there and at every point after it."""

    def __init__(self, at: int, act: Act, *, ever_after: bool) -> None:
        self.at, self.act, self.ever_after, self.number = at, act, ever_after, -1

    def __call__(self, what: str) -> None:
        self.number += 1
        if self.number == self.at or (self.ever_after and self.number > self.at):
            self.act(what)


def _fail(what: str) -> None:
    """Raise what the engine or the system raises when it cannot."""
    if what.startswith(("sql", "connect", "close")):
        raise duckdb.IOException(f"IO Error: failed on purpose before: {what[:40]}")
    raise OSError(errno.EIO, "Input/output error", what[:40])


def _kill(what: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def failing(at: int, *, ever_after: bool = False):
    """Fail at the point `at` of what runs inside, or from there on."""
    return points(_Stopping(at, _fail, ever_after=ever_after))


def killing(at: int):
    """End this process by SIGKILL at the point `at` of what runs inside."""
    return points(_Stopping(at, _kill, ever_after=False))
