"""A mapping file as text and as the form on the page, and from one to the other."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from analysis.errors import InputError
from analysis.ingest.mapping import SECTIONS
from analysis.ingest.propose.proposal import toml_key, toml_text

NAME = "The mapping"
UNDECIDED = "# ? "
NEW_NAME = "mapping"  # what a mapping is kept by that nobody has named
OWN_NAME = re.compile(r"\w(?:[\w .-]{0,38}[\w-])?")
# The columns that the form always offers; what else a mapping names is offered too.
COLUMNS = {
    "patient_id": "Patient",
    "episode_id": "Episode",
    "modality": "Modality",
    "instrument": "Instrument",
    "score": "Score",
    "day": "Day",
    "date": "Date",
    "start_date": "Start date",
    "site": "Site",
    "sex": "Sex",
    "session": "Session",
    "event": "Event",
}
VALUES = {"modality": "Modalities", "instrument": "Instruments"}
PROFILES = {"strict": "Strict: study days only", "limited": "Limited: calendar dates stay"}


@dataclass(frozen=True)
class Form:
    """What the form on the page holds; `columns` and `values` without what is empty."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    visit_column: str = ""
    visit_days: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    profile: str = ""


def has_profiles() -> bool:
    """Return whether a mapping can choose a profile of identity."""
    return "identity" in SECTIONS


def parsed(text: str) -> dict[str, Any]:
    """Return a mapping's sections; raises InputError where the text is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(NAME, f"is not TOML that can be read: {error}.") from error


def undecided(text: str) -> list[str]:
    """Return the lines of a proposal that a person has to decide."""
    return [line.removeprefix(UNDECIDED) for line in text.splitlines() if line.startswith("# ?")]


def form_of(text: str) -> Form:
    """Return what the form shows of a mapping; raises InputError where the text is not TOML."""
    data = parsed(text)
    visits = _table(data, "visits")
    return Form(
        columns=_texts(_table(data, "columns")),
        values={name: _texts(_table(_table(data, "values"), name)) for name in VALUES},
        visit_column=str(visits.get("column", "")),
        visit_days={k: v for k, v in _table(visits, "days").items() if isinstance(v, int)},
        missing=tuple(map(str, _table(data, "missing").get("codes", ()))),
        profile=str(_table(data, "identity").get("profile", "")),
    )


def with_form(text: str, form: Form) -> str:
    """Return a mapping's text with what the form says; sections that it does not show stay."""
    data = parsed(text)
    data["columns"] = {k: v for k, v in form.columns.items() if v and v != k}
    values = dict(_table(data, "values"))
    for name in VALUES:
        values[name] = {k: v for k, v in form.values.get(name, {}).items() if k and v}
    data["values"] = {name: pairs for name, pairs in values.items() if pairs}
    data["visits"] = {}
    if form.visit_column:
        data["visits"] = {"column": form.visit_column, "days": dict(form.visit_days)}
    data["missing"] = {"codes": list(form.missing)} if form.missing else {}
    if has_profiles():
        chosen = {"profile": form.profile} if form.profile else {}
        data["identity"] = _table(data, "identity") | chosen
    return written(data)


def written(data: Mapping[str, Any]) -> str:
    """Return sections as TOML text; sections that hold nothing are left out."""
    lines: list[str] = []
    for name, section in data.items():
        lines += _section([name], section)
    return "\n".join(lines).strip("\n") + "\n" if lines else ""


def _section(path: Sequence[str], section: Any) -> Iterable[str]:
    heading = ".".join(toml_key(part) for part in path)
    if isinstance(section, list) and all(isinstance(one, dict) for one in section):
        for one in section:
            yield from ("", f"[[{heading}]]", *_lines(one))
        return
    if not isinstance(section, dict):
        yield f"{heading} = {_value(section)}"
        return
    own = {k: v for k, v in section.items() if not _is_section(v)}
    if own:
        yield from ("", f"[{heading}]", *_lines(own))
    for name, inner in section.items():
        if _is_section(inner):
            yield from _section([*path, name], inner)


def _is_section(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


def _lines(pairs: Mapping[str, Any]) -> list[str]:
    return [f"{toml_key(name)} = {_value(value)}" for name, value in pairs.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(_lines(value)) + " }"
    return str(value)


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name, {})
    return found if isinstance(found, dict) else {}


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in table.items() if isinstance(value, str)}


def codes(text: str) -> tuple[str, ...]:
    """Return the missing codes that a person has typed, separated by commas or blanks."""
    return tuple(dict.fromkeys(re.findall(r"[^\s,]+", text)))


def own_name(text: str) -> str:
    """Return the name to keep a mapping by; raises InputError where it can be none."""
    name = text.strip() or NEW_NAME
    if not OWN_NAME.fullmatch(name) or name.lower().endswith(".toml"):
        raise InputError(
            NAME,
            "cannot be kept by this name: up to 40 letters, digits, blanks and _ - . can stand in "
            "it, and it does not end with .toml.",
        )
    return name


def decoded(data: bytes) -> str:
    """Return the text of a mapping file; raises InputError where it is not TOML in UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(NAME, "is not UTF-8 text.") from error
    parsed(text)
    return text
