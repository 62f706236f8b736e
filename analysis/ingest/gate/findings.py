"""What the gate found in a file that it let pass, and the columns that it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import IdentityFound

if TYPE_CHECKING:
    from analysis.ingest.reading.staged import Staged

REFUSED = "nothing of this import is stored."


@dataclass(frozen=True)
class Inspection:
    """What was looked at in a table that may be imported.

    `scanned` is the number of columns; `dropped` are columns of free text, which are never stored;
    `attested` are columns that would have been refused but for a person's statement in the mapping;
    `over_89` is the number of rows set aside for an age above 89; `profile` is strict or limited.
    """

    file: str
    profile: str
    scanned: int
    dropped: tuple[str, ...] = ()
    attested: tuple[str, ...] = ()
    over_89: int = 0


@dataclass(frozen=True)
class Column:
    """One column of a staged table: its place, their name, and our names for it (none: unused)."""

    position: int
    header: str
    ours: tuple[str, ...]

    @property
    def cell(self) -> str:
        return f"c{self.position}"


def refuse(
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    header: str | None,
    problem: str,
    allowed: str,
    code: str,
    *,
    line: int | None = None,
    example: str | None = None,
) -> IdentityFound:
    """Return the refusal of a whole import, with a masked example and the place in their file."""
    if line is not None and staged.reshaped:
        found = con.execute(
            f"select file_line from {staged.origin} where line = ?", [line]
        ).fetchone()
        line = int(found[0]) if found is not None and found[0] is not None else None
    shown = f" (such as {example})" if example else ""
    return IdentityFound(
        staged.name,
        f"{problem}{shown}: {REFUSED}",
        line=line,
        column=header,
        allowed=allowed,
        code=code,
    )
