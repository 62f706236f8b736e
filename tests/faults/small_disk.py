"""Small file systems in memory, which only root can mount; without root the tests skip."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

MEBIBYTE = 1 << 20


def mount(*arguments: object) -> None:
    run = subprocess.run(
        ["mount", "-t", "tmpfs", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if run.returncode:
        pytest.skip(f"no file system can be mounted here: {run.stderr.strip()}")


@contextmanager
def small_disk(place: Path, size: int):
    """Mount a file system of so many bytes; hand out what remounts it."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    place.mkdir(exist_ok=True)
    mount("-o", f"size={size}", "none", place)
    try:
        yield lambda options: mount("-o", f"remount,{options}", "none", place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def room_for(place: Path, free: int) -> str:
    """Return the option that leaves a file system so many free bytes."""
    used = os.statvfs(place)
    return f"size={(used.f_blocks - used.f_bfree) * used.f_frsize + free}"


def a_sentence(error: BaseException, code: str = "") -> str:
    text = str(error)
    assert "\n" not in text
    assert text.endswith(f". ({code})" if code else ".")
    return text
