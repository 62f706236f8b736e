"""What follows from the assessments: usable scores with their baselines, and endpoints."""

from pathlib import Path

import duckdb

from analysis.instruments.model import ITEM_SUFFIX
from analysis.store.packed import series_names
from analysis.store.quoting import column, literal
from analysis.timepoints import TIMEPOINTS, Timepoint

FOLDER = Path(__file__).parent


def work_out_courses(con: duckdb.DuckDBPyConnection, fields: list[str]) -> None:
    """Fill observation and endpoint from the assessments."""
    parts = {
        "item_suffix": literal(ITEM_SUFFIX),
        "instruments": f"[{', '.join(f'{literal(n)}::instrument_id' for n in series_names(con))}]",
        "timepoints": " ".join(_timepoint_aggregate(t) for t in TIMEPOINTS.values()),
        "timepoint_names": "".join(f", p.{name}" for name in TIMEPOINTS),
        "fields": "".join(f", e.{column(name)}" for name in fields),
    }
    parts["course_end"], parts["course"] = _course(con)
    for name in ("observation", "picked"):
        con.execute((FOLDER / f"{name}.sql").read_text("utf-8").format(**parts))
    con.execute("drop table followed_score")
    series = con.execute(
        "select distinct instrument::varchar, instrument from assessment union "
        f"select distinct instrument::varchar || {literal(ITEM_SUFFIX)}, "
        f"cast(instrument::varchar || {literal(ITEM_SUFFIX)} as instrument_id) "
        "from assessment where suicidality is not null order by 2"
    ).fetchall()
    endpoint = (FOLDER / "endpoint.sql").read_text("utf-8")
    for name, _ in series:
        con.execute(endpoint.format(**parts, series=literal(name)))
    con.execute("drop table picked_score")


def _course(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Return the SQL for the end of each score's course, and the join that it takes."""
    (ends,) = con.execute("select count(course_end) from episode").fetchone() or (0,)
    if not ends:
        return "cast(null as integer)", ""
    course = "select episode, course_end from episode where course_end is not null"
    return "e.course_end", f"left join ({course}) e on e.episode = (f.word >> 31) & 16777215"


def _timepoint_aggregate(timepoint: Timepoint) -> str:
    last_day = "course_end + 14" if timepoint.ends_with_course else str(timepoint.to_day or 32767)
    rank = "day"
    if timepoint.pick == "nearest":
        late = f"case when day >= {timepoint.target} then 1 else 0 end"
        rank = f"{late} - 2 * abs(day - {timepoint.target})"
    return (
        f", cast((max(cast({rank} as bigint) * 65536 + score) filter ("
        f"where day >= {timepoint.from_day} and day <= {last_day}) & 65535) - 32768 as smallint) "
        f"as {timepoint.name}"
    )
