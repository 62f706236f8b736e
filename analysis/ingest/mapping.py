"""The mapping file: what a clinic's columns and values are called here."""

import re
import tomllib
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from analysis.errors import InputError, did_you_mean
from analysis.fields import DERIVED_FIELDS, EPISODE_FIELDS
from analysis.ingest.columns import COLUMNS, EARLIEST_DAY, LATEST_DAY
from analysis.ingest.conflicts import conflict_rule
from analysis.ingest.declared_fhir import FHIR_NAMES, FhirNames, fhir_names
from analysis.ingest.declared_tables import DeclaredTables, declared_tables
from analysis.ingest.gate.declared import IDENTITY_NAMES, Identity, read_identity
from analysis.ingest.reading.declared import FILE_NAMES, FileForm, file_form
from analysis.instruments import REGISTRY, declared_instrument
from analysis.modality import MODALITIES
from analysis.timepoints import TIMEPOINTS

# What each section may hold; None where the names are the clinic's own or are checked apart.
SECTIONS: dict[str, set[str] | None] = {
    "columns": {name for columns in COLUMNS.values() for name in columns},
    "values": None,
    "visits": {"column", "days"},
    "fields": None,
    "modalities": None,
    "instruments": None,
    "ignore": {"instruments"},
    "missing": {"codes"},
    "study": {"as_of"},
    "conflicts": {"rule"},
    "fhir": FHIR_NAMES,
    "file": FILE_NAMES,
    "identity": IDENTITY_NAMES,
    "wide": None,
    "redcap": None,
    "omop": None,
}
MODALITY_NAMES = {"label"}
INSTRUMENT_NAMES = {
    *("label", "name", "range", "direction", "floor", "caseness", "remission", "units_per_point")
}
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}")
NOT_FIELDS = """
allowed contradictory current_date known ours own_episode place_fault rowid several shown theirs
baseline best by cohort completeness conf_high conf_low copy counted course_end dated definition
definition_id denominator description eligible endpoint episode episodes estimate fault file
follow_up_age from_day group image_format induction_end interval items known_modality last_day line
lines link_problems mature measure median min_baseline missing modality_hint n numerator outcome
outcomes patient patients picked picked_episode release remission rules same_id scored
scored_episode sd snapshot start_day stated_trials stored_patient timepoint to_day unclear unknown
versions with_baseline with_endpoint withheld
"""
# Names that columns of the store, of its questions or of exports have: no field may take them.
RESERVED = {
    *(name for columns in COLUMNS.values() for name in columns),
    *TIMEPOINTS,
    *NOT_FIELDS.split(),
}


@dataclass(frozen=True)
class Mapping:
    """How a clinic's columns, values and visits are read; empty by default.

    `columns` and `fields` map our name to theirs, `values` maps their value to ours per column,
    `visit_days` a visit label to its day. `missing` lists the codes that stand for no score.
    `toml` is the text that it was read from, `name` what it is kept by.
    """

    columns: Pairs[str, str] = field(default_factory=dict)
    values: Pairs[str, Pairs[str, str]] = field(default_factory=dict)
    visit_column: str | None = None
    visit_days: Pairs[str, int] = field(default_factory=dict)
    fields: Pairs[str, str] = field(default_factory=dict)
    modalities: Pairs[str, str] = field(default_factory=dict)
    instruments: Pairs[str, Pairs[str, Any]] = field(default_factory=dict)
    ignored_instruments: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    as_of: date | None = None
    conflict_rule: str | None = None
    file: FileForm = field(default_factory=FileForm)
    identity: Identity = field(default_factory=Identity)
    fhir: FhirNames = field(default_factory=FhirNames)
    tables: DeclaredTables = field(default_factory=DeclaredTables)
    name: str = field(default="", compare=False)
    toml: str = field(default="", compare=False)

    def texts(self) -> list[str]:
        """Return every line of the mapping's text, for the gate to look at.

        Without the addresses of code systems and questionnaires, which are nobody's.
        """
        text = self.toml
        for address in self.fhir.addresses:
            text = text.replace(address, "")
        return text.splitlines()

    def declares(self) -> dict[str, Any]:
        """Return what the mapping adds to the registry, as a store keeps it."""
        return {
            "instruments": {name: dict(block) for name, block in self.instruments.items()},
            "modalities": dict(self.modalities),
            "profile": self.identity.profile,
            "fields": {name: name.replace("_", " ").capitalize() for name in self.fields},
        }


def read_mapping(path: Path) -> Mapping:
    """Return the mapping that a TOML file holds; raises InputError with the part that is wrong."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError(str(path), "there is no such mapping file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"is not a TOML file that can be read: {error}.") from error
    return mapping_of(text, path.name)


def mapping_of(text: str, file: str) -> Mapping:
    """Return the mapping that a TOML text holds; `file` is the name it is known by."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(file, f"is not a TOML file that can be read: {error}.") from error
    return replace(_Reader(file, data).mapping(), name=file.removesuffix(".toml"), toml=text)


@dataclass(frozen=True)
class _Reader:
    """Checks one mapping file section by section, so that a slip is named, not skipped."""

    file: str
    data: dict[str, Any]

    def mapping(self) -> Mapping:
        for section in self.data:
            if section not in SECTIONS:
                raise self._error(section, f"is not a section. Known: {', '.join(SECTIONS)}.")
            self._check_names(section, self._table(section), SECTIONS[section])
        visits, study = self._table("visits"), self._table("study")
        fields = self._texts("fields")
        for name in fields:
            self._check_field(name)
        for name, block in self._table("modalities").items():
            self._check_id("modalities", name, MODALITIES)
            self._check_names(f"modalities.{name}", block, MODALITY_NAMES)
            if not isinstance(block.get("label", ""), str):
                raise self._error(f"modalities.{name}", "label must be a text.")
        for name, block in self._table("instruments").items():
            self._check_id("instruments", name, REGISTRY)
            self._check_names(f"instruments.{name}", block, INSTRUMENT_NAMES)
            declared_instrument(name, block)
        known = {*(SECTIONS["columns"] or ()), *fields}
        self._check_names("values", self._table("values"), known)
        return Mapping(
            columns=self._texts("columns"),
            values={name: self._pairs("values", name) for name in self._table("values")},
            visit_column=visits.get("column"),
            visit_days=self._days(visits),
            fields=fields,
            modalities={n: str(b.get("label", n)) for n, b in self._table("modalities").items()},
            instruments=self._table("instruments"),
            ignored_instruments=self._list("ignore", "instruments"),
            missing=self._list("missing", "codes"),
            as_of=self._as_of(study),
            conflict_rule=conflict_rule(self.file, self._table("conflicts")),
            fhir=fhir_names(self.file, self._table("fhir")),
            file=file_form(self._table("file"), self.file),
            identity=read_identity(self._table("identity"), self.file),
            tables=declared_tables(self.data, self._error),
        )

    def _check_names(self, section: str, table: dict[str, Any], known: set[str] | None) -> None:
        for name in table if known is not None else ():
            if known is not None and name not in known:
                hint = did_you_mean(name, known) or f"known: {', '.join(sorted(known)[:20])}"
                raise self._error(section, f'"{name}" means nothing here; {hint}')

    def _error(self, section: str, problem: str) -> InputError:
        return InputError(self.file, f"[{section}] {problem}")

    def _table(self, section: str) -> dict[str, Any]:
        table = self.data.get(section, {})
        if not isinstance(table, dict):
            raise self._error(section, "must be a section of name = value lines.")
        return table

    def _texts(self, section: str) -> dict[str, str]:
        table = self._table(section)
        for ours, theirs in table.items():
            if not isinstance(theirs, str):
                raise self._error(section, f'{ours} must name one of their columns, as "text".')
        return table

    def _pairs(self, section: str, name: str) -> dict[str, str]:
        pairs = self.data[section][name]
        if not isinstance(pairs, dict) or not all(isinstance(v, str) for v in pairs.values()):
            raise self._error(f"{section}.{name}", 'must hold lines such as DRUG = "ect".')
        return pairs

    def _list(self, section: str, name: str) -> frozenset[str]:
        values = self._table(section).get(name, [])
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise self._error(section, f'{name} must be a list of texts, such as ["A", "B"].')
        return frozenset(values)

    def _days(self, visits: dict[str, Any]) -> dict[str, int]:
        days = visits.get("days", {})
        if visits and not isinstance(visits.get("column"), str):
            raise self._error("visits", 'needs column = "THEIR COLUMN".')
        whole = isinstance(days, dict) and all(type(day) is int for day in days.values())
        allowed = range(EARLIEST_DAY, LATEST_DAY + 1)
        if not whole or not all(day in allowed for day in days.values()):
            raise self._error(
                "visits",
                "days must give a whole day per visit, such as { T1 = 0 }, from "
                f"{EARLIEST_DAY} to {LATEST_DAY}.",
            )
        return dict(days)

    def _as_of(self, study: dict[str, Any]) -> date | None:
        value = study.get("as_of")
        if value is None:
            return None
        try:
            day = value if type(value) is date else date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self._error("study", "as_of must be a date, such as 2026-06-30.") from None
        if day > date.today():
            raise self._error("study", "as_of must not lie in the future.")
        return day

    def _check_id(self, section: str, name: str, taken: Pairs[str, Any]) -> None:
        if name in taken:
            raise self._error(f"{section}.{name}", "is in the registry already: use another name.")
        if not IDENTIFIER.fullmatch(name) or not isinstance(self.data[section][name], dict):
            raise self._error(
                f"{section}.{name}", "must be a section with a short name of a-z, 0-9 and _."
            )

    def _check_field(self, name: str) -> None:
        if name in EPISODE_FIELDS and name not in DERIVED_FIELDS:
            raise self._error(
                "fields", f'"{name}" is a field already: name its column in [columns].'
            )
        if not IDENTIFIER.fullmatch(name) or name in RESERVED | DERIVED_FIELDS:
            raise self._error("fields", f'"{name}" cannot be the name of a field.')
