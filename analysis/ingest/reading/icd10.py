"""What ICD-10-CM codes of a patient say of his or her case mix, read from icd10.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("icd10.toml").read_text("utf-8"))
SOURCE: str = _DATA["source"]


@dataclass(frozen=True)
class Level:
    """A level of a field that codes with one of the prefixes stand for; the lower rank counts."""

    field: str
    level: str
    codes: tuple[str, ...]
    rank: int


LEVELS: tuple[Level, ...] = tuple(
    Level(block["field"], block["level"], tuple(block["codes"]), rank)
    for rank, block in enumerate(_DATA["level"])
)
FIELDS: tuple[str, ...] = tuple(dict.fromkeys(level.field for level in LEVELS))
