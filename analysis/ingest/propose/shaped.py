"""Proposals for wide tables and for flat exports of REDCap."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.ingest.mapping import Mapping
from analysis.ingest.propose.names import SYNONYMS, visit_day
from analysis.ingest.propose.plain import Found, fits, look_at, modality_values, whole_numbers
from analysis.ingest.propose.profile import Column, Table
from analysis.ingest.propose.proposal import Line, Section
from analysis.ingest.propose.shown import may_show
from analysis.ingest.reading.dictionary import Dictionary
from analysis.ingest.reading.redcap import EVENT
from analysis.ingest.reading.wide import (
    TOTAL_WORDS,
    known_names,
    plain_name,
    visit_columns,
)
from analysis.instruments import REGISTRY

NUMBERED = re.compile(r"(.+?)[_ .-]?(?:item|q)?[_ .-]?0*([1-9]\d?)")
DATE_NAME = re.compile(r"(^|_)(date|datum|dt)(_|$)")
EPISODE = ("modality", "start_date", "start_year", "site", "age_band", "sex", "diagnosis",
           "psychotic_features", "episode_length", "adequate_trials", "prior_ect", "prior_tms",
           "comorbid_anxiety", "comorbid_ptsd", "comorbid_ocd", "comorbid_adhd",
           "comorbid_substance_use", "setting")  # fmt: skip
SEXES = {"female": "female", "f": "female", "woman": "female", "male": "male", "m": "male",
         "man": "male", "other": "other"}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """A table as it is taken: what its columns give, its [wide] sections, and their columns."""

    found: Found
    sections: list[Section]
    taken: set[str]


def shape_of(table: Table) -> Shape:
    """Return whether a table has a row per record, or columns of scores, and what it gives."""
    sections, taken = wide_sections(table)
    found = look_at(table, taken)
    if {"instrument", "score"} <= set(found.places):
        return Shape(look_at(table), [], set())
    if not sections and "date" in found.places:
        sections, taken = dated_sections(table, found.places["date"])
        found = look_at(table, taken) if taken else found
    return Shape(found, sections, taken)


def wide_sections(table: Table) -> tuple[list[Section], set[str]]:
    """Return a section per instrument with a column per visit, and the columns they take."""
    columns = visit_columns(table.header, known_names(Mapping()))
    sections, taken = [], set()
    for scale in dict.fromkeys(scale for scale, _ in columns.values()):
        own = {name: visit for name, (other, visit) in columns.items() if other == scale}
        if len(own) < 2:
            continue
        lines = []
        for name, visit in own.items():
            day, certain = visit_day(visit)
            reason = whole_numbers(table.columns[name])
            if not certain:
                reason = f"which day after the first treatment is it? {reason}"
            lines.append(Line(name, day, reason, certain))
        sections.append(Section(f"wide.{scale}.columns", tuple(lines)))
        taken |= set(own)
    return sections, taken


def dated_sections(table: Table, date: str) -> tuple[list[Section], set[str]]:
    """Return a section per instrument that has a column of its own beside one date per row."""
    names = known_names(Mapping())
    sections, taken = [], set()
    for name in table.header:
        scale = names.get(_without_total(name))
        column = table.columns[name]
        if scale is None or scale in taken or not column.numbers:
            continue
        line = Line(name, date, whole_numbers(column), column.numbers == column.valued)
        sections.append(Section(f"wide.{scale}.columns", (line,)))
        taken.add(name)
    return sections, taken


def _without_total(name: str) -> str:
    return plain_name(TOTAL_WORDS.sub("", TOTAL_WORDS.sub("", name)))


def redcap_sections(
    table: Table, known: Dictionary | None
) -> tuple[list[Section], dict[str, list[Line]], list[Column]]:
    """Return the sections of an export, the values they rename and its columns of scores."""
    fields = known.fields if known is not None else {}
    record = next((name for name in fields if name in table.header), table.header[0])
    events = [_event(name) for name in table.columns[EVENT].levels] if EVENT in table.header else []
    dated = any(line.sure for line in events)
    scores, used, columns = [], {record, EVENT}, []
    for scale, items, total in _scores(table):
        lines = _score_lines(table, known, scale, items, total, dated)
        scores.append(Section("redcap.scores", tuple(lines), repeated=True))
        names = [*items, *([total] if total else [])]
        used |= {*names, *(str(line.value) for line in lines if line.key == "date")}
        columns += [table.columns[name] for name in names]
    episode, values = _episode(table, known, used)
    if not any(section.sure for section in scores) and not any(line.sure for line in episode):
        return [Section("redcap", (Line("id", record, "the first field", False),))], {}, []
    sections = [Section("redcap", (Line("id", record, "the first field of the export"),))]
    if events:
        sections.append(Section("redcap.events", tuple(events)))
    sections += scores
    if episode:
        sections.append(Section("redcap.episode", tuple(episode)))
    return sections, values, columns


def _event(name: str) -> Line:
    day, certain = visit_day(name)
    return Line(name, day, "" if certain else "which day after the first treatment?", certain)


def _scores(table: Table) -> Iterable[tuple[str, list[str], str | None]]:
    """Yield instrument, item fields in order and total field, as far as their names tell."""
    names = known_names(Mapping())
    items: dict[str, dict[int, str]] = {}
    totals: dict[str, str] = {}
    for field in table.header:
        plain = _without_total(field)
        if plain in names:
            totals.setdefault(names[plain], field)
            continue
        numbered = NUMBERED.fullmatch(field)
        scale = names.get(plain_name(numbered[1])) if numbered else None
        if scale is not None and numbered is not None:
            items.setdefault(scale, {})[int(numbered[2])] = field
    for scale in dict.fromkeys([*totals, *items]):
        found = items.get(scale, {})
        known = REGISTRY[scale].items
        in_order = [found[n] for n in sorted(found)]
        if sorted(found) != list(range(1, len(found) + 1)) or known is None:
            in_order = []
        elif len(in_order) > known.count:
            in_order = in_order[: known.count]
        if in_order or scale in totals:
            yield scale, in_order, totals.get(scale)


def _score_lines(
    table: Table,
    known: Dictionary | None,
    scale: str,
    items: list[str],
    total: str | None,
    dated: bool,
) -> list[Line]:
    """Return the lines of one [[redcap.scores]] block."""
    first = total or items[0]
    stem = re.split(r"[_ .-]", first)[0]
    own = known.fields.get(first) if known is not None else None
    form = own.form if own is not None else stem
    date, certain = _date(table, known, form, stem)
    sure = dated or (date is not None and certain)
    lines = [Line("instrument", scale, f"the field {first}", sure)]
    if total is not None:
        lines.append(Line("total", total, whole_numbers(table.columns[total]), sure))
    if items:
        model = REGISTRY[scale].items
        count = model.count if model is not None else len(items)
        whole = sure and len(items) == count
        lines.append(Line("items", tuple(items), f"{len(items)} of {count} items", whole))
    if date is not None:
        lines.append(Line("date", date, "", sure and certain))
    if form is not None and f"{form}_complete" in table.header:
        lines.append(Line("form", form, f"{form}_complete must be 2 (complete)", sure))
    if total is None and not any(line.key == "items" and line.sure for line in lines):
        lines = [Line(line.key, line.value, line.reason, False) for line in lines]
    return lines


def _date(table: Table, known: Dictionary | None, form: str, stem: str) -> tuple[str | None, bool]:
    """Return the date field of a form, and whether it is certain that it is that form's."""
    dates = [
        name
        for name in table.header
        if DATE_NAME.search(name.lower()) and table.columns[name].dates
    ]
    for name in dates:
        field = known.fields.get(name) if known is not None else None
        if name.startswith(f"{stem}_") or (field is not None and field.form == form):
            return name, bool(table.columns[name].date_forms)
    plain = [name for name in dates if plain_name(name) in SYNONYMS["date"]]
    return (plain[0], False) if plain else (None, False)


def _episode(
    table: Table, known: Dictionary | None, used: set[str]
) -> tuple[list[Line], dict[str, list[Line]]]:
    """Return the lines of [redcap.episode] and what the codes of its fields are called here."""
    lines: list[Line] = []
    values: dict[str, list[Line]] = {}
    for ours in EPISODE:
        for theirs in table.header:
            if theirs in used or plain_name(theirs) not in SYNONYMS[ours]:
                continue
            field = known.fields.get(theirs) if known is not None else None
            choices = dict(field.choices) if field is not None else {}
            column = table.columns[theirs]
            if not choices and column.filled and ours == "modality" and may_show(column):
                choices = {level: level for level in column.levels}
            right, reason = fits(ours, column)
            if ours == "modality":
                right, reason = bool(choices), reason if not field else "its choices"
            lines.append(Line(ours, theirs, reason, right and column.filled > 0))
            if coded := _coded(ours, choices):
                values[ours] = coded
            used.add(theirs)
            break
    if not any(line.key == "modality" and line.sure for line in lines):
        why = "which field is the treatment?"
        if not any(line.key == "modality" for line in lines):
            lines.insert(0, Line("modality", "FIELD", why, False))
        lines = [Line(line.key, line.value, line.reason, False) for line in lines]
        values = {
            n: [Line(v.key, v.value, v.reason, False) for v in vs] for n, vs in values.items()
        }
    return lines, values


def _coded(ours: str, choices: dict[str, str]) -> list[Line]:
    lines = []
    for code, label in choices.items():
        if ours == "modality":
            (line, *_) = modality_values([label]) or [Line(label, label)]
            lines.append(Line(code, line.value, label if code != label else line.reason, line.sure))
        elif ours == "sex":
            sex = SEXES.get(label.lower())
            lines.append(Line(code, sex or label, label, sex is not None))
        elif plain_name(label) in ("yes", "no"):
            lines.append(Line(code, plain_name(label), label))
        elif code != label:
            lines.append(Line(code, label, "", False))
    return [line for line in lines if line.key != line.value]
