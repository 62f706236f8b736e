"""How much memory an import may take: less than what the system grants, so that it can say so."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from analysis.errors import StoreError

MEBIBYTE = 1 << 20
# Past this, the engine writes what it works on to the disk.
MOST = 1300 * MEBIBYTE
# With less address space than this the engine or the system's library ends without a word:
# measured with a file of 24,000 rows, which needed more than 1,000 and less than 1,300 MiB.
LEAST = 1500 * MEBIBYTE
# What is read and added to, together. With less, two threads were no faster than one: measured with
# 200 to 30,000 episodes.
SMALL = 3 * MEBIBYTE
# Where Linux tells a container's limit, of the second and of the first kind.
CONTAINER = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")

Limits = dict[str, str | bool | int | float | list[str]]


def engine_limits(files: Iterable[Path] = ()) -> Limits:
    """Return what the engine may take during an import of files, as its configuration.

    1300 MiB of memory, or half of what a container or the process's own limit (`ulimit -v`)
    leaves; the other half is for its threads, of which there are two under a limit of the process,
    and for what is held beside it. One thread where all of the files are small: to share the work
    out would take longer than the work.
    """
    left = address_space_left()
    rooms = [room for room in (left, _container()) if room is not None]
    sizes = [_size(file) for file in files]
    limits: Limits = {"memory_limit": f"{min([MOST, *(room // 2 for room in rooms)])}B"}
    if sizes and sum(sizes) < SMALL:
        return {**limits, "threads": "1"}
    return limits if left is None else {**limits, "threads": "2"}


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; 0 where there is nothing."""
    found = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in found if file.is_file())


def check_memory() -> None:
    """Refuse to begin where the limit of the process leaves too little for an import.

    Raises StoreError; without it the process could end without a word.
    """
    left = address_space_left()
    if left is not None and left < LEAST:
        raise StoreError(
            f"This process may take {left // MEBIBYTE:,} MiB more of memory and an import wants "
            f"{LEAST // MEBIBYTE:,} MiB: nothing was read. Allow it more (ulimit -v), then import "
            "again. (E118)"
        )


def address_space_left() -> int | None:
    """Return the bytes that the limit of this process leaves to it; None where it has none."""
    if sys.platform != "linux":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return max(0, limit - pages * os.sysconf("SC_PAGE_SIZE"))


def _container() -> int | None:
    for name in CONTAINER:
        try:
            return int(Path(name).read_text("ascii"))
        except (OSError, ValueError):  # there is none, or it is "max"
            continue
    return None
