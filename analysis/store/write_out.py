"""What counts in a store written out as files in our own column names, to be imported again.

Cells are written as they are, without anything put before those that a spreadsheet would run as a
formula: imported again, they must give back exactly what they were.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.fields import EPISODE_FIELDS, STATED_FIELDS, UNKNOWN
from analysis.store.exports import begin_export
from analysis.store.quoting import column, literal
from analysis.store.reader import Store, read_settings

FORMATS = {"csv": "(format csv, header, delimiter ',')"}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Written:
    """The files of an export with their rows, the mapping, and episodes that lost their date."""

    files: Mapping[Path, int]
    mapping: Path
    undated: int


def write_out(
    store: Store,
    folder: Path,
    form: str = "csv",
    *,
    dates: bool = False,
    who: str | None = None,
    progress: Progress = lambda step: None,
) -> Written:
    """Write episodes, assessments, sessions, events, trials and the mapping that they need.

    A kind without rows has no file. Assessments that lack the column of an item have files of
    their own, since an empty column would say that the item was not answered. With `dates` an
    episode whose follow-up age was worked out from its start date has that date, else its age as
    `follow_up_days`, which does not grow any more. First of all the export is noted in the store's
    log of exports, by `who` (the user's name where None). Raises InputError where the log cannot be
    written, and where the folder holds files already or cannot be written.
    """
    try:
        what = f"what counts as of batch {store.manifest.batch}, {form}"
        what += ", start dates" if dates else ", no dates"
        begin_export(folder, store.path, what, store.snapshot, who)
        folder.mkdir(parents=True, exist_ok=True)
        with store.connection.cursor() as con:
            settings = read_settings(con)
            queries = {"episodes": _episodes(store, dates)} | _assessments(store) | _others()
            files = {}
            for name, query in queries.items():
                row = con.execute(f"select count(*) from ({query}) counted").fetchone()
                if row is None or not row[0]:
                    continue
                progress(f"Writing {name}.{form}")
                path = folder / f"{name}.{form}"
                con.execute(f"copy ({query}) to {literal(str(path))} {FORMATS[form]}")
                files[path] = int(row[0])
            lost = con.execute("select count(*) from episode where dated").fetchone() or (0,)
        mapping = folder / "mapping.toml"
        mapping.write_text(mapping_text(settings), "utf-8")
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {error.strerror}.") from error
    return Written(files, mapping, 0 if dates else int(lost[0]))


def _episodes(store: Store, dates: bool) -> str:
    own = (name for name in store.fields if name not in EPISODE_FIELDS)
    known = (*(name for name in STATED_FIELDS if name != "modality"), *own)
    attributes = "".join(
        f", nullif({column(n)}::varchar, {literal(UNKNOWN)}) as {column(n)}" for n in known
    )
    age, start = "case when follow_up_age < 0 then 0 else follow_up_age end", ""
    if dates and store.as_of is not None:
        day = f"date {literal(store.as_of)} - follow_up_age"
        start = f", case when dated then ({day})::varchar end as start_date"
        age = f"case when not dated then {age} end"
    return (
        f"select episode_id, patient_id, modality::varchar as modality {start}, "
        f"{age} as follow_up_days, induction_end as induction_end_day, planned_sessions, "
        f"stated_trials as adequate_trials {attributes} from episode order by episode_id"
    )


def _assessments(store: Store) -> dict[str, str]:
    """Return a query for each set of item columns that assessments came with."""
    patterns = store.rows(
        f"select shape, max(places) from ({_shaped(store)}) shaped group by shape order by shape"
    )
    queries: dict[str, str] = {}
    for shape, places in patterns:
        name = "assessments" if not queries else f"assessments_{len(queries) + 1}"
        columns = [n for n in range(1, places + 1) if not shape or shape.split()[n - 1] != "."]
        cells = "".join(f", nullif(cells[{n}], '-') as item_{n}" for n in columns)
        queries[name] = (
            f"select episode_id, instrument, day, score {cells} from ({_shaped(store)}) shaped "
            f"where shape = {literal(shape)} order by instrument, episode_id, day, score"
        )
    return queries


def _shaped(store: Store) -> str:
    """Return a query for assessments with their cells and the shape of their item columns.

    The shape is a text with `x` for a column that there is and `.` for one that there is not;
    empty where the row has no items, or all of its instrument: such rows share one file. A mean of
    two assessments has no items, but may have the item on suicidal thoughts.
    """
    counts, asked, units = [], [], []
    for name in store.recorded:
        scale = store.instruments[name]
        units.append(f"when {literal(name)} then {scale.units_per_point}")
        if scale.items is not None:
            counts.append(f"when {literal(name)} then {scale.items.count}")
        if scale.suicidality is not None:
            places = max(scale.suicidality.items) - 1
            asked.append(f"when {literal(name)} then {literal('. ' * places)}")

    def by_instrument(branches: list[str]) -> str:
        return f"case instrument::varchar {' '.join(branches)} end" if branches else "null"

    return f"""
        with given as (
            select
                e.episode_id,
                a.instrument::varchar as instrument,
                a.day,
                regexp_replace((a.score / {by_instrument(units)})::varchar, '\\.0$', '') as score,
                coalesce(
                    a.items,
                    case when a.suicidality is not null
                        then {by_instrument(asked)} || a.suicidality end
                ) as items,
                {by_instrument(counts)} as item_count
            from assessment a join episode e on e.episode = a.episode
        ),
        split as (
            select *, case when items is not null then string_split(items, ' ') end as cells
            from given
        )
        select
            *,
            coalesce(len(cells), 0) as places,
            case
                when items is null or (len(cells) = item_count and not list_contains(cells, '.'))
                    then ''
                else array_to_string(
                    list_transform(cells, lambda c: case when c = '.' then '.' else 'x' end), ' '
                )
            end as shape
        from split
    """


def _others() -> dict[str, str]:
    joined = "join episode e on e.episode = t.episode order by all"
    return {
        "sessions": f"select episode_id, session, day, phase from session t {joined}",
        "events": f"select episode_id, day, event from event t {joined}",
        "trials": "select episode_id, drug_class, case adequate when true then 'yes' "
        f"when false then 'no' end as adequate from prior_trial t {joined}",
    }


def mapping_text(settings: Mapping[str, Any]) -> str:
    """Return the mapping file that declares what a store knows beyond the registry."""
    lines = ["# Declares what these files need to be imported again.", "[study]"]
    if settings["as_of"] is not None:
        lines.append(f"as_of = {_toml(settings['as_of'])}")
    if settings["fields"]:
        lines += ["", "[fields]", *(f"{name} = {_toml(name)}" for name in settings["fields"])]
    for name, label in settings["modalities"].items():
        lines += ["", f"[modalities.{name}]", f"label = {_toml(label)}"]
    for name, block in settings["instruments"].items():
        lines += ["", f"[instruments.{name}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in block.items()]
    return "\n".join(lines) + "\n"


def _toml(value: str | int | list[Any]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
