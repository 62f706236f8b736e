"""What codes mean: those that are built in with their source, and those that a mapping declares."""

import tomllib
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis.ingest.declared_fhir import FhirNames, Meaning
from analysis.ingest.reading.fhir.shape import objects, text
from analysis.instruments import REGISTRY
from analysis.instruments.registry import instrument_data

ORDINALS = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
)


@cache
def built_in() -> Pairs[str, Any]:
    """Return what codes.toml says."""
    return tomllib.loads(Path(__file__).with_name("codes.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Codes:
    """What is known of codes, by "system|code"; a code alone only where a mapping declares it.

    `loinc` holds the same for LOINC codes alone, as questionnaires use them for their linkIds.
    """

    meanings: Pairs[str, Meaning]
    loinc: Pairs[str, Meaning]
    items: Pairs[str, Meaning]
    answers: Pairs[str, str]
    instrument_answers: Pairs[str, Pairs[str, str]]
    deprecated: Pairs[str, str]
    most_items: int

    def meaning(self, codings: Any) -> list[Meaning]:
        """Return what codings stand for; a panel only where nothing better is among them."""
        found = dict.fromkeys(m for one in objects(codings) for m in self._known(one))
        better = [m for m in found if not m.panel]
        return better or list(found)

    def _known(self, coding: Pairs[str, Any]) -> list[Meaning]:
        code = text(coding.get("code"))
        keys = (f"{text(coding.get('system'))}|{code}", code)
        return [self.meanings[key] for key in keys if key in self.meanings][:1]

    def replaced_by(self, codings: Any) -> str | None:
        """Return the code to use instead where one of the codings is out of use."""
        keys = (f"{text(c.get('system'))}|{text(c.get('code'))}" for c in objects(codings))
        return next((self.deprecated[key] for key in keys if key in self.deprecated), None)

    def points(self, instrument: str, coding: Pairs[str, Any]) -> str | None:
        """Return the points of a coded answer: declared, built in, or written beside the code."""
        system, code = text(coding.get("system")), text(coding.get("code"))
        for known in (self.answers, self.instrument_answers.get(instrument, {})):
            for key in (f"{system}|{code}", code):
                if key in known:
                    return known[key]
        return written_beside(coding)


def written_beside(coding: Pairs[str, Any]) -> str | None:
    """Return the points that an extension of a coding gives it, None where there is none."""
    extensions = (e for e in objects(coding.get("extension")) if e.get("url") in ORDINALS)
    return next((text(extension.get("valueDecimal")) for extension in extensions), None)


def codes(names: FhirNames) -> Codes:
    """Return what is built in, with what the mapping declares in its place or besides."""
    data = built_in()
    loinc = _loinc(data)
    systems = data["systems"]["loinc"]

    def everywhere(known: Pairs[str, Any]) -> dict[str, Any]:
        return {f"{system}|{code}": value for system in systems for code, value in known.items()}

    return Codes(
        meanings=everywhere(loinc) | dict(names.codes),
        loinc=loinc,
        items=names.items,
        answers=names.answers,
        instrument_answers={
            name: everywhere({code: str(points) for code, points in block["answers"].items()})
            for name, block in data["instruments"].items()
        },
        deprecated=everywhere({old: new["use"] for old, new in data["deprecated"].items()}),
        most_items=max(names.most_items, *(m.item for m in loinc.values())),
    )


def _loinc(data: Pairs[str, Any]) -> dict[str, Meaning]:
    """Return the LOINC codes of totals, panels and items whose source was read."""
    known: dict[str, Meaning] = {}
    for name, scale in REGISTRY.items():
        block = instrument_data(name).get("loinc", {})
        if block.get("unverified") or not scale.loinc:
            continue
        if "panel" in block:
            known[block["panel"]] = Meaning(name, panel=True)
        known |= dict.fromkeys(scale.loinc, Meaning(name))
    for name, block in data["instruments"].items():
        known |= {code: Meaning(name, n) for n, code in enumerate(block["items"], 1)}
    return known
