"""What is loaded and may still surprise: told with the report, never refused."""

import duckdb

from analysis.ingest.swift import Swift

# More rows than this of one patient are worth a second look at the ids.
MANY_ROWS = 1000
EARLIEST_BASELINE = -14


def warnings(con: duckdb.DuckDBPyConnection, swift: Swift | None) -> tuple[str, ...]:
    """Return sentences on scores outside the course, missing baselines and unusual ids.

    They count the assessments that this import reads and accepts, those already stored among them;
    the rows themselves are all kept.
    """
    plain = "select null, null, 0, 0, false where false" if swift is None else swift.courses()
    con.execute(
        f"""
        create temp table course as
        select episode_id, instrument, sum(fresh) as fresh, sum(early) as early,
            bool_or(based) as based
        from (
            select episode_id, instrument, count(*) as fresh,
                count_if(study_day < {EARLIEST_BASELINE}) as early,
                bool_or(study_day between {EARLIEST_BASELINE} and 0) as based
            from checked_assessment where fault is null group by episode_id, instrument
            union all
            ({plain})
        ) parts
        group by episode_id, instrument
        """
    )
    early, bare = _counts(
        con,
        f"""
        select sum(early), count_if(not based and not exists (
            select 1 from every_assessment t
            where t.episode_id = c.episode_id and t.instrument = c.instrument
                and t.score is not null and t.day between {EARLIEST_BASELINE} and 0
        )) from course c
        """,
    )
    patients, single, busy = _counts(
        con,
        f"""
        select count(*), count_if(scores = 1), count_if(scores > {MANY_ROWS}) from (
            select k.patient_id, sum(c.fresh) as scores
            from course c join known_episode k on k.episode_id = c.episode_id
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


def _counts(con: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    return [int(number or 0) for number in con.execute(sql).fetchone() or ()]


def _number(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
