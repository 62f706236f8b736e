"""What belongs together among the files of an import: one source may be several files."""

import csv
from dataclasses import dataclass
from pathlib import Path

PEEKED = 1 << 16
DELIMITERS = ",\t;|"


@dataclass(frozen=True)
class Source:
    """One thing to read: a file, a REDCap export with its dictionary, or the tables of an OMOP CDM.

    `companions` hold no rows of their own but say what those of `paths` mean.
    """

    paths: tuple[Path, ...]
    companions: tuple[Path, ...] = ()
    omop: bool = False

    @property
    def name(self) -> str:
        return ", ".join(path.name for path in self.paths)


def peek_header(path: Path) -> tuple[tuple[str, ...], str]:
    """Return the column names of a text file in small letters, and what separates them.

    Nothing is decided by it but what a file is; both are empty for what is no text.
    """
    try:
        with path.open("rb") as handle:
            start = handle.read(PEEKED)
    except OSError:
        return (), ""
    line = start.decode("utf-8-sig", errors="replace").replace("\r", "\n").split("\n", 1)[0]
    if not line or "\0" in line:
        return (), ""
    delimiter = max(DELIMITERS, key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    return tuple(name.strip().lower() for name in names), delimiter
