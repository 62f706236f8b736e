"""The section [fhir] of a mapping file: what a clinic's codes, items and answers are here."""

import re
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from analysis.errors import InputError
from analysis.ingest.columns import ITEMS

FHIR_NAMES = {"codes", "items", "answers"}
ADDRESS = re.compile(r"(https?://|urn:)[^\s@]+")
TARGET = re.compile(r"([a-z][a-z0-9_]{0,39})(?::(total|[1-9][0-9]?))?")


class Meaning(NamedTuple):
    """What a code stands for: an item of an instrument, or its total (item 0).

    `panel` marks the code of the whole form, under which totals are sent by mistake.
    """

    instrument: str
    item: int = 0
    panel: bool = False


@dataclass(frozen=True)
class FhirNames:
    """A clinic's own codes; empty by default.

    `codes` and `items` map "system|code" (or a code alone) and "questionnaire#linkId" (or a linkId
    alone) to what they stand for; `answers` maps "system|code" of an answer to its points.
    """

    codes: Pairs[str, Meaning] = field(default_factory=dict)
    items: Pairs[str, Meaning] = field(default_factory=dict)
    answers: Pairs[str, str] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        """The addresses of the code systems and questionnaires, longest first."""
        systems = {code.rpartition("|")[0] for code in (*self.codes, *self.answers)}
        forms = {link.rpartition("#")[0] for link in self.items}
        found = {place for place in systems | forms if ADDRESS.fullmatch(place)}
        return sorted(found, key=len, reverse=True)

    @property
    def most_items(self) -> int:
        return max((m.item for m in (*self.codes.values(), *self.items.values())), default=0)


def fhir_names(file: str, section: Pairs[str, Any]) -> FhirNames:
    """Return what the section [fhir] declares; raises InputError with the line that is wrong."""
    for name in section:
        if not isinstance(section[name], dict):
            raise InputError(file, f"[fhir] {name} must be a section of name = value lines.")
    answers = section.get("answers", {})
    for code, points in answers.items():
        if type(points) is not int:
            raise InputError(file, f'[fhir.answers] "{code}" must be a whole number of points.')
    return FhirNames(
        codes=_meanings(file, "codes", section.get("codes", {})),
        items=_meanings(file, "items", section.get("items", {})),
        answers={code: str(points) for code, points in answers.items()},
    )


def _meanings(file: str, name: str, table: Pairs[str, Any]) -> dict[str, Meaning]:
    meanings = {}
    for code, target in table.items():
        match = TARGET.fullmatch(target) if isinstance(target, str) else None
        number = (match[2] or "total") if match else ""
        item = int(number) if number.isdigit() else 0
        if match is None or item > len(ITEMS):
            raise InputError(
                file,
                f'[fhir.{name}] "{code}" must name an instrument, such as "madrs", or one of its '
                f'items, such as "madrs:3" (1 to {len(ITEMS)}).',
            )
        meanings[code] = Meaning(match[1], item)
    return meanings
