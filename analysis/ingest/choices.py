"""How an import is to be taken, beside its files and its mapping."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Choices:
    """What the person who imports decides.

    `who` imports (None: as the system knows them). With `corrections` the scores count instead of
    stored ones of the same day and instrument. `replaces` is a batch that this import takes the
    place of, `accept_absent` the number of rows of that batch that may be gone. `codes` is the
    crosswalk, outside the store, by which ids are replaced by random study codes. `local` is false
    where the files come from elsewhere than this machine's own command line. `keep_aside` asks for
    all quarantined rows with all their cells in the report, dates too.
    """

    who: str | None = None
    corrections: bool = False
    replaces: int | None = None
    accept_absent: int = 0
    codes: Path | None = None
    local: bool = True
    keep_aside: bool = False
