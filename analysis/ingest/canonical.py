"""From a clinic's columns to ours: which kind of file it is, and the same columns for each kind."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from analysis.errors import InputError, did_you_mean
from analysis.ingest.columns import (
    ASSESSMENTS,
    COLUMNS,
    EPISODE_COLUMNS,
    EPISODES,
    EVENTS,
    ITEMS,
    LONG,
    PATIENT_ATTRIBUTES,
    PATIENTS,
    PLACE,
    REQUIRED,
    SESSIONS,
    TRIALS,
)
from analysis.ingest.items import PLACE_MACRO, items_text
from analysis.ingest.mapping import Mapping
from analysis.ingest.reading.columns_read import as_read
from analysis.ingest.reading.shown import shown
from analysis.ingest.reading.staged import Staged
from analysis.store.quoting import column, literal


@dataclass(frozen=True)
class Layout:
    """What a file is, where each of our columns stands in it, and which columns are left out."""

    kind: str
    positions: dict[str, int]
    unused: tuple[str, ...]


def layout(file: Staged, mapping: Mapping) -> Layout:
    """Return the kind of a file and the place of our columns in it.

    A column that the mapping names and this file lacks is no error, since one mapping serves files
    of several kinds. Raises InputError where the columns fit no kind; the message lists what is
    there.
    """
    theirs = {name: position for position, name in enumerate(file.header)}
    ours_to_theirs = {**mapping.columns, **mapping.fields}
    if mapping.visit_column is not None:
        ours_to_theirs["visit"] = mapping.visit_column
    taken = set(ours_to_theirs.values())
    everything = {name for columns in COLUMNS.values() for name in columns} | set(mapping.fields)
    positions = {
        name: theirs[ours_to_theirs.get(name, name)]
        for name in everything
        if ours_to_theirs.get(name, name) in theirs
        and not (name not in ours_to_theirs and name in taken)
    }
    kind = _kind(file, mapping, positions)
    known = set(COLUMNS[kind]) | (
        set(mapping.fields) if kind in (LONG, EPISODES, PATIENTS) else set()
    )
    kept = {name: position for name, position in positions.items() if name in known}
    unused = tuple(name for name, at in theirs.items() if at not in kept.values())
    _check_place(file, mapping, kind, kept)
    return Layout(kind, kept, unused)


def _kind(file: Staged, mapping: Mapping, found: Iterable[str]) -> str:
    columns = set(found)
    if "instrument" in columns and columns & {"score", *ITEMS}:
        return LONG if {"modality", "patient_id"} <= columns else ASSESSMENTS
    if "event" in columns:
        return EVENTS
    if {"episode_id", "patient_id", "modality"} <= columns:
        return EPISODES
    if "drug_class" in columns:
        return TRIALS
    if {"session", "phase"} & columns:
        return SESSIONS
    about = columns & {*PATIENT_ATTRIBUTES, *mapping.fields}
    if "patient_id" in columns and about and not columns & {"episode_id", "instrument", "score"}:
        return PATIENTS
    missing = [name for name in REQUIRED[LONG] if name not in columns]
    hints = [did_you_mean(name, file.header) for name in missing]
    hint = next((f" For {m} {h}" for m, h in zip(missing, hints, strict=True) if h), "")
    raise InputError(
        file.name,
        "its columns fit no kind of file. Scores need patient_id (or episode_id), modality, "
        f"instrument, day and score; name theirs in [columns] of a mapping file.{hint} "
        f"Columns found: {', '.join(map(shown, file.header))}.",
        line=1,
        code="E210",
    )


def _check_place(file: Staged, mapping: Mapping, kind: str, found: dict[str, int]) -> None:
    missing = [name for name in REQUIRED[kind] if name not in found]
    if "score" in missing and set(ITEMS) & set(found):
        missing.remove("score")  # items can make the score
    if kind not in (EPISODES, PATIENTS):
        if not {"episode_id", "patient_id"} & set(found):
            missing.append("episode_id or patient_id")
        if kind != TRIALS and not {"day", "date", "visit"} & set(found):
            missing.append("day (or date, or a visit column declared in [visits])")
    if missing:
        raise InputError(
            file.name,
            f"is read as {kind} and lacks {'; '.join(missing)}. "
            f"Columns found: {', '.join(map(shown, file.header))}.",
            line=1,
        )


def _value(name: str, layout: Layout, mapping: Mapping) -> str:
    """Return the SQL for one of our columns: theirs, renamed by [values] and [missing]."""
    if name not in layout.positions:
        return "cast(null as varchar)"
    source = as_read(name, f"c{layout.positions[name]}", mapping.file)
    renamed = mapping.values.get(name, {})
    if renamed and name != "modality":  # modalities are renamed where combinations are resolved
        whens = " ".join(f"when {literal(t)} then {literal(o)}" for t, o in renamed.items())
        source = f"case {source} {whens} else {source} end"
    if mapping.missing and name not in PLACE:
        codes = ", ".join(map(literal, sorted(mapping.missing)))
        source = f"case when {source} in ({codes}) then null else {source} end"
    return source


def create_text_tables(con: duckdb.DuckDBPyConnection, fields: Iterable[str]) -> None:
    """Create the empty text tables that all files of an import are gathered in."""
    attributes = "".join(f", {column(name)} varchar" for name in (*EPISODE_COLUMNS[3:], *fields))
    con.execute(PLACE_MACRO)
    place = "file integer, line integer, episode_id varchar, patient_id varchar"
    days = "day varchar, date varchar, visit varchar"
    tables = {
        "text_episode": f"{place}, modality varchar{attributes}",
        "text_assessment": f"{place}, {days}, time varchar, instrument varchar, "
        "score varchar, items varchar",
        "text_session": f"{place}, {days}, session varchar, phase varchar",
        "text_event": f"{place}, {days}, event varchar",
        "text_patient": f"file integer, line integer, patient_id varchar{attributes}",
        "text_prior_trial": f"{place}, {days}, drug_class varchar, adequate varchar",
        "text_long": f"{place}, {days}, time varchar, instrument varchar, score varchar, "
        f"items varchar, modality varchar{attributes}",
        "quarantined": 'file integer, line integer, "column" varchar, value varchar, '
        "rule varchar, allowed varchar",
    }
    for name, columns in tables.items():
        con.execute(f"create temp table {name} ({columns})")


def gather(
    con: duckdb.DuckDBPyConnection,
    staged: str,
    number: int,
    layout: Layout,
    mapping: Mapping,
    fields: Iterable[str],
) -> None:
    """Add a staged file to the text table of its kind, under our names and values."""

    def value(name: str) -> str:
        return f"{_value(name, layout, mapping)} as {column(name)}"

    cells = [_value(n, layout, mapping) if n in layout.positions else None for n in ITEMS]
    scores = [value("time"), value("instrument"), value("score"), f"{items_text(cells)} as items"]
    attributes = [value(name) for name in (*EPISODE_COLUMNS[2:], *fields)]
    ids = [value("episode_id"), value("patient_id")]
    days = [value("day"), value("date"), value("visit")]
    table, columns = {
        EPISODES: ("text_episode", [*ids, *attributes]),
        ASSESSMENTS: ("text_assessment", [*ids, *days, *scores]),
        SESSIONS: ("text_session", [*ids, *days, value("session"), value("phase")]),
        EVENTS: ("text_event", [*ids, *days, value("event")]),
        PATIENTS: ("text_patient", [ids[1], *attributes[1:]]),
        TRIALS: ("text_prior_trial", [*ids, value("drug_class"), value("adequate")]),
        LONG: ("text_long", [*ids, *days, *scores, *attributes]),
    }[layout.kind]
    con.execute(
        f"insert into {table} by name select {number} as file, line, {', '.join(columns)} "
        f"from {staged}"
    )
