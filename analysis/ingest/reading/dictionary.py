"""The data dictionary of a REDCap project: what its fields are called and what their codes mean."""

import re
from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from analysis.errors import InputError, did_you_mean
from analysis.ingest.declared_tables import Redcap
from analysis.ingest.reading.staged import Staged

# Each part of a dictionary under the name that the project page writes, and that the API writes.
PARTS = {
    "name": ("variable / field name", "field_name"),
    "form": ("form name", "form_name"),
    "kind": ("field type", "field_type"),
    "label": ("field label", "field_label"),
    "choices": ("choices, calculations, or slider labels", "select_choices_or_calculations"),
    "identifier": ("identifier?", "identifier"),
}


@dataclass(frozen=True)
class Field:
    """One field of the project; `choices` are its codes with their labels, in order."""

    name: str
    form: str
    kind: str = ""
    label: str = ""
    choices: Pairs[str, str] = field(default_factory=dict)
    identifier: bool = False


@dataclass(frozen=True)
class Dictionary:
    """The fields of a project by name, in the order of the dictionary."""

    name: str
    fields: Pairs[str, Field]

    def codes(self, field_name: str) -> dict[str, str]:
        """Return the code for each label of a field that is answered by choice."""
        known = self.fields.get(field_name)
        return {} if known is None else {label: code for code, label in known.choices.items()}


def is_dictionary(header: Sequence[str]) -> bool:
    """Return whether a header is that of a data dictionary."""
    lowered = {name.lower() for name in header}
    return all(any(name in lowered for name in PARTS[part]) for part in ("name", "form", "label"))


def choices(text: str) -> dict[str, str]:
    """Return code and label of each choice in a text such as "0, Not at all | 1, Several days"."""
    pairs = (part.partition(",") for part in text.split("|"))
    return {code.strip(): label.strip() for code, comma, label in pairs if comma}


def dictionary(
    name: str, header: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> Dictionary:
    """Return the dictionary that the rows of its file describe; rows without a name are skipped."""
    lowered = [column.lower() for column in header]
    places = {
        part: next((lowered.index(title) for title in titles if title in lowered), None)
        for part, titles in PARTS.items()
    }

    def part(row: Sequence[str | None], which: str) -> str:
        at = places[which]
        return (row[at] or "").strip() if at is not None and at < len(row) else ""

    fields = {}
    for row in rows:
        if own := part(row, "name"):
            kind = part(row, "kind").lower()
            listed = choices(part(row, "choices")) if kind in ("radio", "dropdown") else {}
            label = re.sub(r"<[^>]*>", "", part(row, "label"))
            fields[own] = Field(
                own, part(row, "form"), kind, label, listed, part(row, "identifier") == "y"
            )
    return Dictionary(name, fields)


def staged_dictionary(con: duckdb.DuckDBPyConnection, staged: Staged) -> Dictionary:
    """Return the dictionary that a staged table holds, and drop the table."""
    cells = ", ".join(f"c{number}" for number in range(len(staged.header)))
    rows = con.execute(f"select {cells} from {staged.table} order by line").fetchall()
    con.execute(f"drop table {staged.table}")
    con.execute(f"drop table {staged.malformed}")
    return dictionary(staged.name, staged.header, rows)


def check_fields(redcap: Redcap, known: Dictionary) -> None:
    """Raise InputError for a field that [redcap] names and the dictionary does not know."""
    named: list[str | None] = [redcap.id, *redcap.episode.values()]
    for score in redcap.scores:
        named += [score.total, score.date, *score.items]
    forms = {field.form for field in known.fields.values()}
    for name in named:
        if name is not None and name not in known.fields and not name.startswith("redcap_"):
            hint = did_you_mean(name, known.fields)
            raise InputError(
                known.name,
                f'does not have the field "{name}" that [redcap] of the mapping file names; '
                f"{hint or 'write the name as the dictionary does.'}",
                code="E214",
            )
    for score in redcap.scores:
        if score.form is not None and score.form not in forms:
            raise InputError(
                known.name,
                f'does not have the form "{score.form}" that [[redcap.scores]] names; '
                f"forms: {', '.join(sorted(forms))}.",
                code="E214",
            )
