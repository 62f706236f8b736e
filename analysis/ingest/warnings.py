"""What is loaded and may still surprise: told with the report, never refused."""

import duckdb

from analysis.ingest.swift import Swift
from analysis.timepoints import DEFAULT_BASELINE

# More rows than this of one patient are worth a second look at the ids.
MANY_ROWS = 1000
EARLIEST_BASELINE = DEFAULT_BASELINE.from_day


def warnings(con: duckdb.DuckDBPyConnection, swift: Swift | None) -> tuple[str, ...]:
    """Return sentences on scores outside the course, missing baselines and unusual ids.

    They count the assessments that this import reads and accepts, those already stored among them;
    the rows themselves are all kept.
    """
    con.execute(f"create temp table course as {_courses(swift)}")
    early, bare = _counts(
        con, "select sum(early), count_if(fresh > 0 and not coalesce(based, false)) from course"
    )
    patient = "known_episode k on k.episode_id = c.episode"
    if swift is not None:
        patient = (
            "numbered_episode n on n.number = c.episode "
            "join known_episode k on k.episode_id = n.episode_id"
        )
    patients, single, busy = _counts(
        con,
        f"""
        select count(*), count_if(scores = 1), count_if(scores > {MANY_ROWS}) from (
            select k.patient_id, sum(c.scores) as scores
            from (
                select episode, sum(fresh) as scores from course where fresh > 0 group by episode
            ) c join {patient}
            group by k.patient_id
        ) people
        """,
    )
    con.execute("drop table course")
    told = []
    if early:
        lie = _number(early, "score lies", "scores lie")
        told.append(
            f"{lie} more than 14 days before the first treatment day: they are kept, and are "
            "neither baseline nor endpoint."
        )
    if bare:
        have = _number(bare, "course has", "courses have")
        told.append(
            f"{have} scores of an instrument and no baseline of it on day -14 to 0: no outcome is "
            "known, and they count in completeness."
        )
    if busy:
        have = _number(busy, "patient has", "patients have")
        told.append(f"{have} more than {MANY_ROWS:,} scores: do several people share an id?")
    if patients >= MANY_ROWS and single > patients / 2:
        told.append(
            f"{single:,} of {patients:,} patients have one score only: do ids change from visit to "
            "visit?"
        )
    return tuple(told)


def _courses(swift: Swift | None) -> str:
    """Return a query with a row per episode and instrument: fresh and early rows, any baseline.

    In the swift way episodes and courses are numbers, since there are millions of them.
    """
    early, baseline = f"< {EARLIEST_BASELINE}", f"between {EARLIEST_BASELINE} and 0"
    text = f"""
        select episode_id, instrument, 1 as fresh, cast(study_day {early} as integer) as early,
            study_day {baseline} as based
        from checked_assessment where fault is null
        union all
        select episode_id, instrument, 0, 0, day {baseline}
        from every_assessment where score is not null
        """
    totals = "sum(fresh) as fresh, sum(early) as early, bool_or(based) as based"
    if swift is None:
        return (
            f"select episode_id as episode, {totals} from ({text}) parts "
            "group by episode_id, instrument"
        )
    pack = swift.packing
    fresh, day = f"{pack.batch('word')} >= {swift.batch.batch}", pack.day("word")
    return f"""
        select any_value(number) as episode, {totals}
        from (
            select {pack.course("word")} as course, any_value({pack.episode("word")}) as number,
                count_if({fresh}) as fresh, count_if({fresh} and {day} {early}) as early,
                bool_or({day} {baseline}) as based
            from sorted_word where {swift.clear()} group by course
            union all
            select {pack.course_key("i.code", "n.number")}, n.number, t.fresh, t.early, t.based
            from ({text}) t
            join numbered_episode n on n.episode_id = t.episode_id
            join packed_instrument i on i.name = t.instrument
        ) parts
        group by course
        """


def _counts(con: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    return [int(number or 0) for number in con.execute(sql).fetchone() or ()]


def _number(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
