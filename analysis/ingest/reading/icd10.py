"""What ICD-10-CM codes of a patient say of his or her case mix, read from icd10.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("icd10.toml").read_text("utf-8"))
SOURCE: str = _DATA["source"]


def plain_code(code: str) -> str:
    """Return a code as it is compared: in capitals and without its dot."""
    return code.replace(".", "").upper()


@dataclass(frozen=True)
class Level:
    """A level of a field that codes with one of the prefixes stand for; the lower rank counts.

    `left_out` are prefixes of codes that do not, all without dots. A level that is `current` counts
    while the condition is active. `source` is None where the codes are unverified.
    """

    field: str
    level: str
    codes: tuple[str, ...]
    left_out: tuple[str, ...]
    current: bool
    source: str | None
    rank: int

    def fits(self, code: str) -> bool:
        """Return whether a code, with or without its dot, stands for this level."""
        plain = plain_code(code)
        return plain.startswith(self.codes) and not plain.startswith(self.left_out)


LEVELS: tuple[Level, ...] = tuple(
    Level(
        block["field"],
        block["level"],
        tuple(map(plain_code, block["codes"])),
        tuple(map(plain_code, block.get("except", ()))),
        block.get("current", False),
        None if block.get("unverified") else block["source"],
        rank,
    )
    for rank, block in enumerate(_DATA["level"])
)
FIELDS: tuple[str, ...] = tuple(dict.fromkeys(level.field for level in LEVELS))
AT_ANY_TIME: frozenset[str] = frozenset(level.field for level in LEVELS if not level.current)
