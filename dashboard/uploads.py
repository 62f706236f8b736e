"""Files that a person has uploaded: kept under names of our own in a private folder, then removed.

The folder lies outside the store, only this user can read it, and it goes with the session.
"""

import os
import re
import shutil
import tempfile
import unicodedata
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis.errors import InputError

PREFIX = "trd-outcomes-upload-"
# What is read here. Parquet is not: the engine opens it unguarded.
KINDS = ("csv", "tsv", "txt", "xlsx", "json", "ndjson")
MOST_MEGABYTES = 200
LONGEST = 60
PARQUET = b"PAR1"
ASIDE = "aside"  # the folder of the rows that were kept aside, beside the files


class Uploaded(Protocol):
    """A file as the browser sent it."""

    @property
    def name(self) -> str: ...
    def getbuffer(self) -> memoryview: ...


@dataclass(frozen=True)
class Kept:
    """One uploaded file: where it lies, and the name that is shown and stored."""

    path: Path
    size: int

    @property
    def name(self) -> str:
        return self.path.name


class Spool:
    """A private folder (0700) for the files of one person; it is removed with this object."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self.folder, True)

    def keep(self, files: Iterable[Uploaded]) -> tuple[Kept, ...]:
        """Put the files in place of those that are there; raises InputError for what is no file of
        a kind that is read here."""
        self.clear()
        place = self.folder / "files"
        place.mkdir(mode=0o700)
        kept: list[Kept] = []
        for file in files:
            taken = {found.name.lower() for found in kept}
            name = own_name(file.name, taken)
            held = file.getbuffer()
            check_kind(name, bytes(held[:4]))
            path = place / name
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
                to.write(held)
            kept.append(Kept(path, len(held)))
        return tuple(kept)

    def aside(self) -> list[Path]:
        """Return the files of rows that were kept aside."""
        return sorted((self.folder / ASIDE).glob("*.csv"))

    def clear(self, but: str | None = None) -> None:
        """Remove every file, but for one of them or one folder; the folder itself stays."""
        for left in self.folder.iterdir():
            if left.name == but:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder."""
        self._remove()


def own_name(name: str, taken: Iterable[str] = ()) -> str:
    """Return a file name of our own: letters, digits and - _ . of the given one, at most 60 signs.

    The ending stays, which says what a file is taken for; a name that is taken gets a number.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in last)
    stem, dot, ending = safe.rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    ending = ending[:8].lower()
    stem = re.sub(r"_{2,}", "_", stem).strip("._-")[: LONGEST - len(ending) - 1] or "file"
    given, number = stem, 1
    while f"{stem}.{ending}".lower() in taken:
        number += 1
        stem = f"{given[: LONGEST - len(ending) - 5]}_{number}"
    return f"{stem}.{ending}" if ending else stem


def check_kind(name: str, start: bytes) -> None:
    """Refuse what is not read here; raises InputError that says what is."""
    if start == PARQUET or name.endswith(".parquet"):
        raise InputError(
            name,
            "is a Parquet file, which is read on the command line only: use trd-outcomes import.",
            code="E112",
        )
    if name.rpartition(".")[2] not in KINDS:
        raise InputError(
            name, f"is not of a kind that is read here. Kinds: {', '.join(KINDS)}.", code="E117"
        )


def sweep() -> None:
    """Remove folders of processes that have ended without doing so."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdecimal() and not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
