"""Checking gathered rows in SQL: what is right, what is kept aside and why, what is repeated."""

from collections.abc import Iterable
from collections.abc import Mapping as Pairs
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from analysis.errors import did_you_mean
from analysis.fields import YES_NO_FIELDS
from analysis.ingest.columns import (
    ATTRIBUTES,
    EARLIEST_DAY,
    EPISODE_COLUMNS,
    LATEST_DAY,
    PATIENT_ATTRIBUTES,
)
from analysis.ingest.conflicts import settle
from analysis.ingest.items import FAULT_MACROS, item_expressions
from analysis.ingest.mapping import Mapping
from analysis.ingest.scales import instrument_lookup, version_lookup
from analysis.ingest.swift import Swift
from analysis.ingest.without_rows import kinds_with_rows
from analysis.instruments import Instrument
from analysis.modality import combination
from analysis.store.quoting import column, literal

SQL = Path(__file__).parent / "sql"
LONGEST_LEVEL = 60
WHOLE = r"\d{1,5}(\.0+)?"
# Episode attributes with a form of their own: column, form, the rule it breaks, what is allowed.
FORMS = (
    ("start_date", r"\d{4}-\d{2}-\d{2}", "not_a_date", "a date such as 2025-03-31"),
    ("start_year", r"(19|20)\d{2}", "not_a_year", "a year such as 2025"),
    ("follow_up_days", WHOLE, "not_whole_number", "whole days from 0"),
    ("induction_end_day", WHOLE, "not_whole_number", "whole days from 0"),
    ("planned_sessions", WHOLE, "not_whole_number", "a whole number from 0"),
    ("adequate_trials", r"\d{1,2}(\.0+)?", "not_whole_number", "a whole number from 0"),
)
DRUG_CLASSES = (
    *("ssri", "snri", "tca", "maoi", "bupropion", "mirtazapine", "vortioxetine"),
    *("augmentation", "other"),
)
EVENTS = ("hospitalisation", "switch", "drop_out", "death", "retreatment")


def _sql(name: str, **parts: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8").format(**parts)


def check(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    modalities: dict[str, str],
    instruments: Pairs[str, Instrument],
    fields: tuple[str, ...],
    *,
    corrections: bool = False,
    swift: Swift | None = None,
) -> None:
    """Fill the checked_* and known_episode tables from the text tables.

    `modalities`, `instruments` and `fields` are those of the registry, the store and the mapping;
    the stored_* tables hold what counts without this import. With `corrections` a score differs
    from a stored one of its day without conflict. `swift` settles which plain rows are checked
    as text.
    """
    con.execute(
        "create temp macro fault(c, v, r, a) as "
        '{"column": c::varchar, "value": v::varchar, "rule": r::varchar, "allowed": a::varchar}'
    )
    for macro in FAULT_MACROS:
        con.execute(macro)
    _modality_lookup(con, mapping, modalities)
    names = _distinct(con, "instrument", ("text_assessment", "text_long"))
    if swift is not None:
        names = sorted({*names, *swift.names()})
    scales = instrument_lookup(con, names, instruments)
    _visit_lookup(con, mapping)
    attributes = (*ATTRIBUTES, *fields)
    present = kinds_with_rows(con)
    if "long" in present:
        _check_long(con, attributes)
    _check_episodes(con, attributes)
    _known_episodes(con)
    for kind in ("assessment", *(kind for kind in present if kind != "long")):
        source = f"text_{kind}"
        if kind == "prior_trial":  # before the episode, on no day of it: any day finds the episode
            source = f"(select * replace ('0' as day) from {source})"
        _place(con, source, f"placed_{kind}")
    if swift is not None:
        swift.settle(partial(_place, con))
    _check_patients(con, attributes)
    rivals = "false" if corrections else "true"
    con.execute(_sql("check_assessment", rivals=rivals, **item_expressions(scales)))
    if mapping.conflict_rule is not None:
        settle(con, mapping.conflict_rule, scales)
    _name_versions(con, instruments)
    if "session" in present:
        con.execute((SQL / "check_session.sql").read_text("utf-8"))
    for name, words in (("event", EVENTS), ("prior_trial", DRUG_CLASSES)):
        if name in present:
            listed, in_words = ", ".join(map(literal, words)), literal(", ".join(words))
            con.execute(_sql(f"check_{name}", known=listed, known_words=in_words))


def _place(con: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Find the episode and the day of each row of a text table."""
    days = {"earliest": str(EARLIEST_DAY), "latest": str(LATEST_DAY)}
    con.execute(_sql("placed", source=source, target=target, **days))


def _attribute_faults(names: Iterable[str]) -> str:
    """Return one branch for each form that an episode attribute must have."""
    branches = [
        f"when not regexp_full_match({name}, '{form}') "
        f"then fault('{name}', {name}, '{rule}', '{allowed}')"
        for name, form, rule, allowed in FORMS
    ]
    branches += [
        f"when {name} not in ('yes', 'no', 'unknown') then fault('{name}', left({name}, 20), "
        "'not_yes_or_no', 'yes, no or unknown; other words are renamed in [values]')"
        for name in YES_NO_FIELDS
    ]
    branches += [
        "when start_date is not null and try_cast(start_date as date) is null "
        "then fault('start_date', start_date, 'not_a_date', 'a date such as 2025-03-31')",
        "when try_cast(start_date as date) > current_date "
        "then fault('start_date', start_date, 'date_in_future', 'a date up to today')",
    ]
    branches += [
        f"when length({column(name)}) > {LONGEST_LEVEL} then fault({literal(name)}, "
        f"left({column(name)}, 20) || '...', 'text_too_long', "
        f"'a level of at most {LONGEST_LEVEL} characters')"
        for name in names
    ]
    return "\n".join(branches)


def _one_text(names: Iterable[str]) -> str:
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({column(n)}, chr(30))" for n in names) + ")"


def _check_long(con: duckdb.DuckDBPyConnection, attributes: tuple[str, ...]) -> None:
    """Split the one-file long form into episode rows and assessment rows."""
    names = tuple(dict.fromkeys((*EPISODE_COLUMNS[3:7], *attributes)))
    compared = ("patient_id", "known_modality", *names)
    con.execute(
        _sql(
            "check_long",
            contradictions=" or ".join(
                f"coalesce(min({column(n)}) <> max({column(n)}), false)" for n in compared
            ),
            attribute_faults=_attribute_faults(attributes),
        )
    )
    # an empty attribute says nothing: the value that some row has counts for all
    values = ", ".join(f"max({column(name)}) as {column(name)}" for name in names)
    con.execute(
        "insert into text_episode by name select min(file) as file, min(line) as line, "
        f"episode_id, max(patient_id) as patient_id, max(modality) as modality, {values} "
        "from checked_long where fault is null "
        "and episode_id not in (select episode_id from text_episode where episode_id is not null) "
        "group by episode_id"
    )
    con.execute(
        "insert into text_assessment by name select file, line, episode_id, patient_id, day, date, "
        "visit, time, instrument, score, items from checked_long where fault is null"
    )


def _check_episodes(con: duckdb.DuckDBPyConnection, attributes: tuple[str, ...]) -> None:
    names = ("patient_id", *EPISODE_COLUMNS[3:7], *attributes)
    con.execute(
        _sql(
            "check_episode",
            distinct_attributes=_one_text(dict.fromkeys(names)),
            attribute_faults=_attribute_faults(attributes),
        )
    )


def _known_episodes(con: duckdb.DuckDBPyConnection) -> None:
    """List the episodes that rows can belong to: those of this import and those stored."""
    con.execute(
        "create temp table known_episode as "
        "select episode_id, patient_id, start_day from checked_episode "
        "where fault is null and copy = 1 union all "
        "select episode_id, patient_id, start_day from stored_episode where episode_id not in "
        "(select episode_id from checked_episode where fault is null)"
    )


def _check_patients(con: duckdb.DuckDBPyConnection, attributes: tuple[str, ...]) -> None:
    names = [name for name in attributes if name in PATIENT_ATTRIBUTES or name not in ATTRIBUTES]
    con.execute(
        _sql(
            "check_patient",
            distinct_attributes=_one_text(names),
            attribute_faults=_attribute_faults(attributes),
        )
    )


def _distinct(con: duckdb.DuckDBPyConnection, name: str, tables: Iterable[str]) -> list[str]:
    union = " union ".join(f"select {name} as v from {table}" for table in tables)
    rows = con.execute(f"select v from ({union}) where v is not null order by v").fetchall()
    return [value for (value,) in rows]


def _modality_lookup(
    con: duckdb.DuckDBPyConnection, mapping: Mapping, known: dict[str, str]
) -> None:
    """Resolve each modality that occurs; a combination is resolved part by part."""
    con.execute("create temp table modality_lookup (theirs varchar, ours varchar, allowed varchar)")
    renamed = mapping.values.get("modality", {})
    for theirs in _distinct(con, "modality", ("text_episode", "text_long")):
        # a whole value that is renamed is not renamed again, part by part
        parts = [part.strip() for part in renamed.get(theirs, theirs).split("+")]
        if theirs not in renamed:
            parts = [renamed.get(part, part) for part in parts]
        unknown = [part for part in parts if part not in known]
        ours = None if unknown else combination(parts, known)
        allowed = did_you_mean(unknown[0], known) if unknown else ""
        if unknown and not allowed:
            allowed = "one of " + ", ".join(known)
        con.execute("insert into modality_lookup values (?, ?, ?)", [theirs, ours, allowed])


def _name_versions(con: duckdb.DuckDBPyConnection, known: Pairs[str, Instrument]) -> None:
    """Tell rows whose score is outside its range which other version it would fit."""
    names = con.execute(
        "select distinct instrument from checked_assessment "
        "where fault.rule = 'score_out_of_range' order by instrument"
    ).fetchall()
    if names:  # only then is the whole registry read
        version_lookup(con, [name for (name,) in names], known)
        con.execute((SQL / "versions.sql").read_text("utf-8"))


def _visit_lookup(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    con.execute("create temp table visit_lookup (visit varchar, visit_day integer)")
    for visit, day in mapping.visit_days.items():
        con.execute("insert into visit_lookup values (?, ?)", [visit, day])


def remove_ignored(con: duckdb.DuckDBPyConnection, mapping: Mapping, number: int, kind: str) -> int:
    """Remove the rows of instruments that the mapping ignores; return how many there were."""
    table = {"long": "text_long", "assessments": "text_assessment"}.get(kind)
    if table is None or not mapping.ignored_instruments:
        return 0
    renamed = mapping.values.get("instrument", {})
    ignored = {
        name
        for theirs in mapping.ignored_instruments
        for name in (theirs, renamed.get(theirs, theirs))
    }
    listed = ", ".join(map(literal, sorted(ignored)))
    condition = f"file = {number} and instrument in ({listed})"
    (rows,) = con.execute(f"select count(*) from {table} where {condition}").fetchone() or (0,)
    con.execute(f"delete from {table} where {condition}")
    return int(rows)


def latest_date(con: duckdb.DuckDBPyConnection, swift: Swift | None = None) -> date | None:
    """Return the latest date in the rows that break no rule, the default of the as-of date."""
    placed = "coalesce(on_date, start_day + cast(study_day as integer))"
    days = {"episode": "start_day"} | dict.fromkeys(("assessment", "session", "event"), placed)
    union = " union all ".join(
        f"select max({name}) as d from checked_{table} where fault is null"
        for table, name in days.items()
    )
    swiftly = None if swift is None else swift.latest_date()
    if swiftly is not None:
        union += f" union all select date {literal(swiftly.isoformat())}"
    latest: date | None
    (latest,) = con.execute(
        f"select case when max(d) > current_date then current_date else max(d) end from ({union})"
    ).fetchone() or (None,)
    return latest
