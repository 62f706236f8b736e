"""A mapping proposed from what is in a clinic's files, for a person to confirm; nothing is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.ingest.columns import DATES, ITEMS
from analysis.ingest.propose.plain import Found, missing_codes
from analysis.ingest.propose.profile import ISO, Column, Table, read_profile
from analysis.ingest.propose.proposal import (
    FoundFile,
    Line,
    Proposal,
    Section,
    as_toml,
)
from analysis.ingest.propose.shaped import redcap_sections, shape_of
from analysis.ingest.propose.sheets import Book, chosen, sheet_lines
from analysis.ingest.propose.tables import tables_of
from analysis.ingest.reading import group_sources
from analysis.ingest.reading.dictionary import Dictionary, dictionary, is_dictionary
from analysis.ingest.reading.redcap import EVENT, FORM
from analysis.ingest.reading.source import Source
from analysis.instruments import REGISTRY

__all__ = ["FoundFile", "Line", "Proposal", "Section", "as_toml", "propose"]

OMOP_NOTE = "tables of an OMOP model need no mapping, unless codes of your site stand for totals"
HIGHEST = 100


class _Gathered:
    """What the files give to the mapping, one section after the other."""

    def __init__(self) -> None:
        self.files: list[FoundFile] = []
        self.tables: list[Table] = []
        self.columns: dict[str, Line] = {}
        self.ours: dict[str, str] = {}
        self.values: dict[str, dict[str, Line]] = {}
        self.visits: tuple[Line, list[Line]] | None = None
        self.shaped: list[Section] = []
        self.scores: list[Column] = []
        self.scales: set[str] = set()
        self.dates: list[Column] = []
        self.ignore: list[str] = []
        self.books: list[Book] = []

    def add_values(self, values: dict[str, list[Line]]) -> None:
        for name, lines in values.items():
            for line in lines:
                self.values.setdefault(name, {}).setdefault(line.key, line)


def propose(paths: Sequence[Path | str], *, local: bool = True) -> Proposal:
    """Return a proposed mapping for the files of one import.

    Column names and the levels of columns with few, short values are in it; values of columns that
    may name a person are not. Of a workbook every sheet is looked at. Parquet is read only where
    the caller is `local`. Raises InputError for a file that holds no table.
    """
    gathered = _Gathered()
    for source in group_sources([Path(path) for path in paths]):
        if source.omop:
            _omop(source, gathered)
            continue
        taken, skipped, book = chosen(tables_of(source.paths[0], local))
        for one in taken:
            if one.table is not None:
                _file(one.table, one.notes, source, gathered)
        gathered.files += skipped
        gathered.books += [book] if book is not None else []
    return Proposal(tuple(gathered.files), tuple(_sections(gathered)))


def _omop(source: Source, gathered: _Gathered) -> None:
    gathered.files += [FoundFile(path.name, OMOP_NOTE, 0) for path in source.paths[:1]]
    line = Line("PHQ9-TOTAL", "phq9", "a source value of your site that stands for a total?", False)
    gathered.shaped.append(Section("omop.codes", (line,)))


def _file(table: Table, more: tuple[str, ...], source: Source, gathered: _Gathered) -> None:
    if is_dictionary(table.header):
        gathered.files.append(FoundFile(table.name, "a data dictionary of REDCap", table.rows))
        return
    gathered.tables.append(table)
    notes = (
        more if table.complete else (f"only the first {table.rows:,} rows were looked at", *more)
    )
    if {EVENT, FORM} & set(table.header):
        what = _redcap(table, _dictionary(source.companions), gathered)
    else:
        what = _plain_file(table, gathered)
    gathered.files.append(FoundFile(table.name, what, table.rows, notes, table.header))


def _redcap(table: Table, known: Dictionary | None, gathered: _Gathered) -> str:
    """Add an export of REDCap, with its dictionary where it is known, and say what it is."""
    sections, values, scores = redcap_sections(table, known)
    gathered.shaped += sections
    gathered.add_values(values)
    gathered.scores += scores
    lines = [line for section in sections for line in section.lines]
    named = {str(line.value) for line in lines if line.key in DATES}
    gathered.dates += [table.columns[name] for name in table.header if name in named]
    what = "a flat export of REDCap"
    return what if known is None else f"{what} with the dictionary {known.name}"


def _dictionary(companions: Iterable[Path]) -> Dictionary | None:
    for path in companions:
        table = read_profile(path, keep_rows=True)
        return dictionary(table.name, table.header, table.kept)
    return None


def _plain_file(table: Table, gathered: _Gathered) -> str:
    """Add a table of our shape, or a wide one, and say what it is."""
    shape = shape_of(table)
    found, sections, taken = shape.found, shape.sections, shape.taken
    gathered.shaped += sections
    gathered.scales |= {section.name.split(".")[1] for section in sections}
    gathered.scores += [table.columns[name] for name in taken]
    _add_columns(table, found, gathered)
    gathered.add_values(found.values)
    gathered.ignore += [name for name in found.ignore if name not in gathered.ignore]
    if found.visit_column is not None and gathered.visits is None and not sections:
        gathered.visits = (found.visit_column, found.visit_days)
    for ours, theirs in found.places.items():
        if ours in ("score", *ITEMS):
            gathered.scores.append(table.columns[theirs])
        if ours in DATES:
            gathered.dates.append(table.columns[theirs])
    if "instrument" in found.places:
        levels = table.columns[found.places["instrument"]].levels
        renamed = {line.key: str(line.value) for line in found.values.get("instrument", [])}
        gathered.scales |= {renamed.get(level, level) for level in levels}
    return "a column per visit" if sections else "a row per record"


def _add_columns(table: Table, found: Found, gathered: _Gathered) -> None:
    """Add what the columns are called; a second name for one column is a question."""
    for line in found.columns:
        before = gathered.ours.get(line.key)
        if before is not None and before != line.value:
            why = f"in {table.name}; another file calls it {before}: use a mapping for each"
            line = Line(line.key, line.value, why, False)
            gathered.columns.setdefault(f"{line.key} in {table.name}", line)
        elif line.key not in gathered.columns or not gathered.columns[line.key].sure:
            gathered.columns[line.key] = line
    for ours, theirs in found.places.items():
        before = gathered.ours.setdefault(ours, theirs)
        if before != theirs == ours:
            why = f"in {table.name}; another file calls it {before}: use a mapping for each"
            gathered.columns[f"{ours} in {table.name}"] = Line(ours, theirs, why, False)


def _sections(gathered: _Gathered) -> Iterable[Section]:
    """Yield the sections that have a line, in the order of the documentation."""
    yield from _section("file", _file_lines(gathered))
    yield from _section("columns", gathered.columns.values())
    for name, lines in gathered.values.items():
        yield from _section(f"values.{name}", lines.values())
    if gathered.visits is not None:
        column, days = gathered.visits
        yield Section("visits", (column,))
        yield from _section("visits.days", days)
    yield from _merged(gathered.shaped)
    if gathered.ignore:
        why = "not known here: leave them out, rename them in [values.instrument] or declare them"
        yield Section("ignore", (Line("instruments", tuple(gathered.ignore), why, False),))
    yield from _section("missing", _missing_lines(gathered))


def _merged(sections: Iterable[Section]) -> list[Section]:
    """Return sections with each name once, as TOML wants it, and each line of them once."""
    merged: dict[tuple[object, ...], Section] = {}
    for section in sections:
        key = (section.name, section.lines if section.repeated else None)
        lines = {line.key: line for line in section.lines}
        if key in merged:
            lines |= {line.key: line for line in merged[key].lines}
        merged[key] = replace(section, lines=tuple(lines.values()))
    return list(merged.values())


def _section(name: str, lines: Iterable[Line]) -> Iterable[Section]:
    if kept := tuple(lines):
        yield Section(name, kept)


def _file_lines(gathered: _Gathered) -> list[Line]:
    """Return what [file] must say of how the files are written; nothing for plain CSV UTF-8."""
    lines = sheet_lines(gathered.books)
    encodings = {table.encoding for table in gathered.tables}
    if encodings - {None}:
        name = next(table.name for table in gathered.tables if table.encoding)
        why = f"{name} is not UTF-8: are its umlauts and accents right?"
        lines.append(Line("encoding", "windows-1252", why, False))
    delimiters = sorted({table.delimiter for table in gathered.tables})
    if delimiters not in ([], [","]):
        sure = len(delimiters) == 1
        why = "" if sure else "the files are separated in different ways"
        lines += [Line("delimiter", sign, why, sure) for sign in delimiters]
    commas = sum(column.comma for column in gathered.scores)
    if commas:
        sure = not any(column.point for column in gathered.scores)
        lines.append(Line("decimal", ",", f"{commas:,} values have a comma", sure))
    return lines + _date_lines(gathered.dates)


def _date_lines(columns: list[Column]) -> list[Line]:
    """Return the form of the dates, or one question for each form that fits them all."""
    if any(column.serial for column in columns):
        why = "45750 is 2025-04-03; in workbooks of old Macs, 1904: 2029-04-04"
        return [Line("excel_epoch", 1900, why, False)]
    columns = [column for column in columns if ISO not in column.date_forms]
    if not columns:
        return []
    fitting = set.intersection(*(set(column.date_forms) for column in columns))
    names = ", ".join(dict.fromkeys(column.name for column in columns))
    if any(column.two_digit_year for column in columns):
        return [
            Line("dates", "DD/MM/YYYY", f"{names}: years need four digits: export again", False)
        ]
    sure = len(fitting) == 1
    why = "every date fits" if sure else "every date fits this form, and the other too"
    if any(column.mixed_dates for column in columns):
        # a workbook takes 04/03 for the 3rd of April where it can, and leaves 25/03 a text
        why, sure = "for its texts; are day and month of its real dates in the right places?", False
    return [Line("dates", form, f"{names}: {why}", sure) for form in sorted(fitting)]


def _missing_lines(gathered: _Gathered) -> list[Line]:
    highs = [REGISTRY[scale].high for scale in gathered.scales if scale in REGISTRY]
    words, numbers = missing_codes(gathered.scores, max(highs, default=HIGHEST))
    lines = [Line("codes", tuple(words), "words that stand for no score")] if words else []
    if numbers:
        why = f"do {', '.join(numbers)} stand for no score?"
        why += " Then this line instead of the one above" if words else ""
        lines.append(Line("codes", (*words, *numbers), why, False))
    return lines
