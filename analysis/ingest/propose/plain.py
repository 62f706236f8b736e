"""Proposals for tables with a row per assessment, episode, session, event or trial."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.ingest.check import DRUG_CLASSES, EVENTS
from analysis.ingest.columns import DATES, IDS, ITEMS
from analysis.ingest.propose.names import (
    SYNONYMS,
    instrument_of,
    modality_of,
    nearest,
    visit_day,
)
from analysis.ingest.propose.profile import MISSING_NUMBERS, WHOLE, Column, Table
from analysis.ingest.propose.proposal import Line
from analysis.ingest.propose.shown import is_known, may_show
from analysis.ingest.reading.wide import plain_name
from analysis.instruments import REGISTRY
from analysis.modality import MODALITIES

ITEM = re.compile(r"(?:item|question|frage|q|i)[_ .-]?0*([1-9]\d?)", re.IGNORECASE)
WORDS = {"event": EVENTS, "drug_class": DRUG_CLASSES,
         "phase": ("induction", "continuation", "maintenance", "retreatment")}  # fmt: skip
WHOLE_NUMBERS = {"day", "session", "follow_up_days", "planned_sessions", "start_year",
                 "adequate_trials"}  # fmt: skip


@dataclass
class Found:
    """What a table gives to the sections of the mapping, gathered while it is looked at."""

    columns: list[Line] = field(default_factory=list)
    values: dict[str, list[Line]] = field(default_factory=dict)
    ignore: list[str] = field(default_factory=list)
    visit_column: Line | None = None
    visit_days: list[Line] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)


def whole_numbers(column: Column) -> str:
    """Return in words how many values of a column are whole numbers, and from where to where."""
    span = f" from {column.low:g} to {column.high:g}" if column.low is not None else ""
    return f"{column.whole:,} of {column.filled:,} values are whole numbers{span}"


def date_words(column: Column) -> str:
    most = max(column.dates.values(), default=0)
    return f"{most:,} of {column.filled:,} values are dates"


def fits(ours: str, column: Column) -> tuple[bool, str]:
    """Return whether the values of a column can be what one of ours holds, and why."""
    if column.filled == 0 and column.unread:
        return False, f"{column.unread:,} cells hold formulas without a value, or errors"
    if column.filled == 0:
        return False, "the column is empty"
    if ours in IDS:
        return True, f"the name; {column.filled:,} values"
    if ours == "score" or ours in WHOLE_NUMBERS or ours in ITEMS:
        right = column.whole if ours != "score" else column.numbers
        return right == column.valued > 0, whole_numbers(column)
    if ours in DATES and column.serial:
        return True, f"{column.filled:,} values are days as spreadsheets number them"
    if ours in DATES:
        return bool(column.date_forms), date_words(column)
    if not may_show(column):
        return False, "many or long values, or such as may name a person: look at it first"
    if ours == "instrument":
        known = sum(instrument_of(level)[0] is not None for level in column.levels)
        return known > 0, f"{known} of {len(column.levels)} values name an instrument"
    if ours == "modality":
        parts = {part for level in column.levels for part in parts_of(level)}
        known = sum(modality_of(part)[0] is not None for part in parts)
        return known > 0, f"{known} of {len(parts)} values name a modality"
    return True, f"the name; {len(column.levels)} different values"


def parts_of(modality: str) -> list[str]:
    return [part.strip() for part in modality.split("+") if part.strip()]


def look_at(table: Table, skip: Iterable[str] = ()) -> Found:
    """Return what a table of our shape gives to a mapping; `skip` are columns that are known."""
    found = Found()
    _match(table, set(skip), found)
    for ours, theirs in found.places.items():
        column = table.columns[theirs]
        if not fits(ours, column)[0]:
            continue
        if ours == "instrument" and may_show(column):
            _instruments(column, found)
        elif ours == "modality" and may_show(column):
            found.values["modality"] = modality_values(column.levels)
        elif ours in WORDS and may_show(column):
            found.values[ours] = _word_values(column, WORDS[ours])
    return found


def _match(table: Table, skip: set[str], found: Found) -> None:
    """Find our columns among theirs: by our name, by a name that is met often, by a near one."""
    free = [name for name in table.header if name not in skip]
    own = {name for name in SYNONYMS if name in free} | {name for name in ITEMS if name in free}
    for ours in own:
        found.places[ours] = ours
    taken = set(own)
    for exact in (True, False):
        for ours, words in SYNONYMS.items():
            if ours in found.places or (ours == "visit" and {"day", "date"} & set(found.places)):
                continue
            for theirs in free:
                plain = plain_name(theirs)
                near = plain in words if exact else nearest(plain, words) is not None
                if theirs in taken or not near:
                    continue
                right, reason = fits(ours, table.columns[theirs])
                _place(ours, theirs, exact and right, reason, table, found)
                taken.add(theirs)
                break
    if "visit" in own and found.visit_column is None and not {"day", "date"} & own:
        _place("visit", "visit", True, "", table, found)
    if "instrument" in found.places:
        for theirs in free:
            item = ITEM.fullmatch(theirs)
            if item and theirs not in taken and f"item_{item[1]}" not in found.places:
                ours = f"item_{item[1]}"
                right, reason = fits(ours, table.columns[theirs])
                _place(ours, theirs, right, reason, table, found)


def _place(ours: str, theirs: str, sure: bool, reason: str, table: Table, found: Found) -> None:
    if ours == "visit":
        column = table.columns[theirs]
        if not may_show(column) or not any(map(is_known, column.levels)):
            return
        found.visit_column = Line("column", theirs, f"{len(column.levels)} visits", sure)
        for level in column.levels:
            day, certain = visit_day(level)
            why = "" if certain else "which day after the first treatment is it?"
            found.visit_days.append(Line(level, day, why, sure and certain))
    else:
        found.columns.append(Line(ours, theirs, reason, sure))
    if sure:
        found.places[ours] = theirs


def _instruments(column: Column, found: Found) -> None:
    lines = []
    for level in sorted(column.levels):
        ours, certain = instrument_of(level)
        if level in REGISTRY:
            continue
        if ours is None:
            found.ignore.append(level)
        else:
            why = "" if certain else f"is it {REGISTRY[ours].label}? Versions are never mixed"
            lines.append(Line(level, ours, why, certain))
    found.values["instrument"] = lines


def modality_values(levels: Iterable[str]) -> list[Line]:
    """Return what each modality, or part of a combination, is called here."""
    lines = []
    for part in sorted({part for level in levels for part in parts_of(level)}):
        if part in MODALITIES:
            continue
        ours, certain = modality_of(part)
        if ours is None:
            why = "not known: the nearest modality, or declare it in [modalities.NAME]"
            lines.append(Line(part, "MODALITY", why, False))
        else:
            why = "" if certain else f"is it {MODALITIES[ours]}?"
            lines.append(Line(part, ours, why, certain))
    return lines


def _word_values(column: Column, known: tuple[str, ...]) -> list[Line]:
    plain = {plain_name(word): word for word in known}
    lines = []
    for level in sorted(column.levels):
        near = nearest(plain_name(level), plain)
        if level.lower() not in known and near is not None:
            lines.append(Line(level, plain[near], "", plain_name(level) == near))
    return lines


def missing_codes(columns: Iterable[Column], highest: float) -> tuple[list[str], list[str]]:
    """Return the words that stand for no value in columns of scores, and numbers that may do."""
    words: set[str] = set()
    numbers: set[str] = set()
    for column in columns:
        for code in column.missing:
            if not WHOLE.fullmatch(code):
                words.add(code)
            elif code in MISSING_NUMBERS and not 0 <= float(code) <= highest:
                numbers.add(code)
    return sorted(words), sorted(numbers)
