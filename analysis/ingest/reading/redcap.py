"""Flat exports of REDCap: rows of events and repeating forms become assessments and episodes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import InputError, did_you_mean
from analysis.ingest.declared_tables import Redcap, RedcapScore
from analysis.ingest.reading.dictionary import Dictionary, check_fields
from analysis.ingest.reading.reshape import cell, deal, header_for, set_aside, sql
from analysis.ingest.reading.staged import Staged
from analysis.store.quoting import column, literal

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping

EVENT, FORM = "redcap_event_name", "redcap_repeat_instrument"
# It may hold a name or an address of the person who was asked: it is not looked at.
NEVER_READ = "redcap_survey_identifier"
# What REDCap itself writes in the row of labels under the header, or into a header of labels.
LABELS = {
    EVENT: "event name",
    FORM: "repeat instrument",
    "redcap_repeat_instance": "repeat instance",
    "redcap_data_access_group": "data access group",
    NEVER_READ: "survey identifier",
}
COMPLETE_LABEL, RECORD_LABEL = "complete?", "record id"
RAW = "Export the data again as CSV / Microsoft Excel (raw data), with variable names in the header"
KEPT_OUT = re.compile(r"\w+___\w+|\w+_timestamp|\w+_complete|redcap_\w+")


def is_redcap(staged: Staged, mapping: Mapping) -> bool:
    """Return whether a table is a flat export of REDCap, by its columns or by the mapping.

    A table that has a column for the instrument is one row per assessment, whatever wrote it.
    """
    own = {ours: mapping.columns.get(ours, ours) for ours in ("instrument", "score")}
    if set(own.values()) <= set(staged.header):
        return False
    declared = mapping.tables.redcap
    if declared is not None and declared.id in staged.header:
        named = [*declared.episode.values()]
        for score in declared.scores:
            named += [*score.items, *([score.total] if score.total else [])]
        if set(named) & set(staged.header):
            return True
    lowered = {name.lower() for name in staged.header}
    return bool({EVENT, FORM} & set(staged.header)) or {"event name", "record id"} <= lowered


def reshape_redcap(
    con: duckdb.DuckDBPyConnection, staged: Staged, mapping: Mapping, known: Dictionary | None
) -> list[Staged]:
    """Return the assessments of an export and, where [redcap.episode] is given, its episodes.

    A form in which nothing is answered is no assessment. Raises InputError where no section says
    which fields hold scores, where a field is not there, and for an export with labels.
    """
    redcap = _declared(staged, mapping)
    _check_header(staged, redcap)
    if known is not None:
        check_fields(redcap, known)
    _labels_row(con, staged, redcap)
    raw = set_aside(con, staged)
    names, query = _episodes(raw, redcap, mapping)
    records = f"{raw.table}_records"
    con.execute(f"create or replace temp table {records} as {query}")
    tables = []
    if redcap.scores:
        tables.append(_assessments(con, raw, redcap, mapping, known, records))
    if redcap.episode:
        cells = "".join(f", {column(name)} as c{at}" for at, name in enumerate(names, 2))
        query = (
            "select file_line, place, source, rule, allowed, episode_id as c0, patient_id as c1"
            f"{cells} from {records}"
        )
        header = header_for(mapping, ("episode_id", "patient_id", *names))
        table = f"{staged.table}_2" if tables else staged.table
        episodes = deal(con, raw, table, header, query, with_malformed=not tables)
        tables.append(replace(episodes, notes=()) if tables else episodes)
    con.execute(f"drop table {records}")
    return [table for table in tables if table.rows] or tables[:1]


def _declared(staged: Staged, mapping: Mapping) -> Redcap:
    if {name.lower() for name in staged.header} >= {"event name", "record id"}:
        raise InputError(
            staged.name, f"is a REDCap export with labels for names. {RAW}.", line=1, code="E212"
        )
    if mapping.tables.redcap is None:
        raise InputError(
            staged.name,
            "is a flat export of REDCap. Say in [redcap] of the mapping file which fields hold "
            f"the scores; trd-outcomes map {staged.name} proposes it.",
            line=1,
            code="E213",
        )
    return mapping.tables.redcap


def _check_header(staged: Staged, redcap: Redcap) -> None:
    """Refuse an export that lacks a field which the mapping names."""
    named = [redcap.id, *redcap.episode.values()]
    for score in redcap.scores:
        named += [name for name in (score.total, score.date, *score.items) if name is not None]
    if redcap.events and not all(score.date for score in redcap.scores):
        named.append(EVENT)
    for name in named:
        if name not in staged.header:
            hint = did_you_mean(name, staged.header)
            raise InputError(
                staged.name,
                f'lacks the field "{name}" that [redcap] of the mapping file names. '
                f"{hint or 'Export all forms that hold scores, or leave it out of the mapping.'}",
                line=1,
                code="E214",
            )


def _labels_row(con: duckdb.DuckDBPyConnection, staged: Staged, redcap: Redcap) -> None:
    """Skip a second row with labels where that is declared; refuse one that is not."""
    first = con.execute(f"select * from {staged.table} order by line limit 1").fetchone()
    if redcap.labels_row:
        con.execute(
            f"delete from {staged.table} where line = (select min(line) from {staged.table})"
        )
        return
    for name, value in zip(staged.header, (first or ())[1:], strict=False):
        label = (value or "").lower()
        if (
            (name in LABELS and label == LABELS[name])
            or (name.endswith("_complete") and label == COMPLETE_LABEL)
            or (name == redcap.id and label == RECORD_LABEL)
        ):
            raise InputError(
                staged.name,
                f"has a row of labels under the header. {RAW}, or write labels_row = true in "
                "[redcap] of the mapping file.",
                line=2,
                code="E212",
            )


def _assessments(
    con: duckdb.DuckDBPyConnection,
    raw: Staged,
    redcap: Redcap,
    mapping: Mapping,
    known: Dictionary | None,
    records: str,
) -> Staged:
    most = max(len(score.items) for score in redcap.scores)
    queries = [
        _score(raw, redcap, score, known, records, place, most)
        for place, score in enumerate(redcap.scores)
    ]
    header = header_for(
        mapping,
        ("episode_id", "patient_id", "instrument", "day", "date", "score",
         *(f"item_{number}" for number in range(1, most + 1))),
    )  # fmt: skip
    filled = " or ".join(f"({_filled(raw, score)})" for score in redcap.scores)
    without = con.execute(
        f"select count(*) from {raw.table} where not coalesce({filled}, false)"
    ).fetchone() or (0,)
    notes = [f"{without[0]:,} rows hold no score and give no assessment."] if without[0] else []
    if redcap.labels_row:
        notes.append("The row of labels under the header was skipped.")
    notes += _not_stored(raw, redcap)
    query = " union all ".join(f"({query})" for query in queries)
    return deal(con, raw, raw.table.removesuffix("_raw"), header, query, tuple(notes))


def _score(
    raw: Staged,
    redcap: Redcap,
    score: RedcapScore,
    known: Dictionary | None,
    records: str,
    place: int,
    most: int,
) -> str:
    event, date = cell(raw, EVENT), cell(raw, score.date)
    days = {name: f"when {literal(name)} then '{day}'" for name, day in redcap.events.items()}
    events = ", ".join(map(literal, redcap.events)) or "''"
    complete = f"{score.form}_complete"
    incomplete = "false"
    if score.complete and score.form is not None and complete in raw.header:
        incomplete = f"coalesce(lower({cell(raw, complete)}) not in ('2', 'complete'), true)"
    items = [_coded(cell(raw, item), item, known) for item in score.items]
    items += ["cast(null as varchar)"] * (most - len(items))
    return sql(
        "redcap_scores",
        raw=raw.table,
        episodes=records,
        place=str(place),
        episode_id="e.episode_id" if redcap.episode else "cast(null as varchar)",
        form=literal(score.form or score.instrument),
        id=cell(raw, redcap.id),
        event=event,
        date=date,
        total=cell(raw, score.total),
        filled=_filled(raw, score),
        incomplete=incomplete,
        undated=f"({date} is null and coalesce({event} not in ({events}), true))",
        days=" ".join(days.values()) or "when '' then cast(null as varchar)",
        instrument=literal(score.instrument),
        items="".join(f", {item} as c{at}" for at, item in enumerate(items, 6)),
    )


def _filled(raw: Staged, score: RedcapScore) -> str:
    fields = [*score.items, *([score.total] if score.total else [])]
    return " or ".join(f"{cell(raw, name)} is not null" for name in fields)


def _coded(value: str, item: str, known: Dictionary | None) -> str:
    """Return the code of an item's answer where the export holds its label."""
    codes = {} if known is None else known.codes(item)
    whens = " ".join(f"when {literal(a)} then {literal(code)}" for a, code in codes.items())
    return f"case {value} {whens} else {value} end" if whens else value


def _episodes(raw: Staged, redcap: Redcap, mapping: Mapping) -> tuple[list[str], str]:
    """Return the attributes of episodes and the query that gathers them, one row per record."""
    fields = {name: theirs for name, theirs in mapping.fields.items() if theirs in raw.header}
    if not redcap.episode:
        fields = {}
    ids = ("episode_id", "patient_id")
    named = {n: theirs for n, theirs in redcap.episode.items() if n not in ids} | fields
    cells = {name: cell(raw, theirs) for name, theirs in named.items()}
    compared = [
        *cells.values(),
        *(cell(raw, redcap.episode[n]) for n in ids if n in redcap.episode),
    ]
    contradictions = " or ".join(f"coalesce(min({c}) <> max({c}), false)" for c in compared)
    query = sql(
        "redcap_episodes",
        raw=raw.table,
        id=cell(raw, redcap.id),
        episode_id=cell(raw, redcap.episode.get("episode_id")),
        patient_id=cell(raw, redcap.episode.get("patient_id")),
        contradictory=contradictions or "false",
        attributes="".join(f", max({c}) as {column(name)}" for name, c in cells.items()),
    )
    return list(cells), query


def _not_stored(raw: Staged, redcap: Redcap) -> list[str]:
    used = {redcap.id, EVENT, *redcap.episode.values()}
    for score in redcap.scores:
        used |= {score.total or "", score.date or "", *score.items}
        used |= {f"{score.form}_complete"} if score.form else set()
    left = [name for name in raw.header if name not in used]
    own = [name for name in left if KEPT_OUT.fullmatch(name)]
    rest = [name for name in left if name not in own]
    notes = []
    if rest:
        notes.append(f"Fields not stored: {', '.join(rest)}.")
    if own:
        notes.append(
            f"Checkboxes, timestamps and REDCap's own columns, not stored: {', '.join(own)}."
        )
    return notes
