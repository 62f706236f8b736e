"""A model of a disk that loses power: only what was flushed is sure to be there afterwards.

The content of a file is sure as it was when the file was last flushed; a name in a folder is sure
as it was when the folder was last flushed. All else may have reached the disk or not: of what was
done to names since, any part; of a file that was never flushed, all, nothing, a part or zeros.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

from tests.faults.failpoints import points

# What is done to a name: the inode that it stands for from now on, None where it is gone.
Change = tuple[str, int | None]
# What a folder holds after a power cut.
Files = dict[str, bytes]
UNFLUSHED: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: content,
    lambda content: b"",
    lambda content: content[: len(content) // 2],
    lambda content: bytes(len(content)),
)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


class Disk:
    """Watches one folder: which names and contents are sure, and which are not yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = self._listing()
        self.sure = {inode: _read(folder / name) for name, inode in self.names.items()}
        self.now = dict(self.names)
        self.content = dict(self.sure)
        self.changes: list[Change] = []

    def _listing(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self.folder.iterdir()}

    def look(self) -> None:
        """Take note of what was done to names and contents since the last look."""
        found = self._listing()
        for name in sorted(self.now.keys() | found.keys()):
            if self.now.get(name) != found.get(name):
                self.changes.append((name, found.get(name)))
        self.now = found
        for name, inode in found.items():
            self.content[inode] = _read(self.folder / name)

    def flushed(self, handle: int) -> None:
        state = os.fstat(handle)
        self.look()
        if stat.S_ISDIR(state.st_mode):
            if state.st_ino == self.folder.stat().st_ino:
                self.names, self.changes = dict(self.now), []
        elif state.st_ino in self.content:
            self.sure[state.st_ino] = self.content[state.st_ino]

    def after_a_cut(self) -> Iterator[Files]:
        """Yield what the folder may hold if the power is cut now."""
        self.look()
        for size in range(len(self.changes) + 1):
            for part in combinations(self.changes, size):
                names = dict(self.names)
                for name, inode in part:
                    if inode is None:
                        names.pop(name, None)
                    else:
                        names[name] = inode
                for lost in UNFLUSHED:
                    yield {name: self._content(inode, lost) for name, inode in names.items()}

    def _content(self, inode: int, lost: Callable[[bytes], bytes]) -> bytes:
        content = self.content[inode]
        return content if self.sure.get(inode) == content else lost(content)


@contextmanager
def watched(folder: Path, seen: Callable[[Disk], None]) -> Iterator[None]:
    """Call `seen` with the disk before every act on it, and after the last."""
    disk = Disk(folder)
    fsync = os.fsync

    def flushing(handle: int) -> None:
        fsync(handle)
        disk.flushed(handle)

    def point(what: str) -> None:
        if not what.startswith("sql"):
            seen(disk)

    with ExitStack() as patches:
        patches.enter_context(patch.object(os, "fsync", flushing))
        patches.enter_context(points(point))
        yield
    seen(disk)
