"""What is loaded and may still surprise: told with the report, never refused."""

import duckdb
import numpy as np

from analysis.ingest.swift import Swift
from analysis.store.arrays import Words, as_table, by_pieces, starts, whole_numbers
from analysis.timepoints import DEFAULT_BASELINE as BASELINE

# More rows than this of one patient are worth a second look at the ids.
MANY_ROWS = 1000
# One row per score of this import, and per stored one beside them.
SCORES = """
    select episode_id, instrument, study_day as day, 1 as fresh
    from checked_assessment where fault is null
    union all
    select episode_id, instrument, day, 0 from every_assessment where score is not null
    """


def warnings(con: duckdb.DuckDBPyConnection, swift: Swift | None) -> tuple[str, ...]:
    """Return sentences on scores outside the course, missing baselines and unusual ids.

    They count the assessments that this import reads and accepts, those already stored among them;
    the rows themselves are all kept.
    """
    early, bare, patients, single, busy = _by_text(con) if swift is None else _swiftly(con, swift)
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


def _by_text(con: duckdb.DuckDBPyConnection) -> list[int]:
    """Count early scores, courses without a baseline, and patients: all, with one score, many."""
    con.execute(
        f"""
        create temp table course as
        select
            episode_id, sum(fresh) as fresh,
            sum(fresh) filter (where day < {BASELINE.from_day}) as early,
            bool_or(day between {BASELINE.from_day} and {BASELINE.to_day}) as based
        from ({SCORES}) scores group by episode_id, instrument
        """
    )
    courses = _counts(
        con, "select sum(early), count_if(fresh > 0 and not coalesce(based, false)) from course"
    )
    people = _people(con, "course c join known_episode k using (episode_id)", "c.fresh")
    con.execute("drop table course")
    return courses + people


def _swiftly(con: duckdb.DuckDBPyConnection, swift: Swift) -> list[int]:
    """Count the same on words, since there are millions of them; the rows as text join them."""
    pack, newest = swift.packing, swift.batch.batch
    text = whole_numbers(
        con,
        f"select {pack.word('i.code', 'n.number', 't.day', '0', f't.fresh * {newest}')} "
        f"from ({SCORES}) t join numbered_episode n on n.episode_id = t.episode_id "
        "join packed_instrument i on i.name = t.instrument",
    )
    # two sorted parts are merged, not sorted again
    words = np.sort(np.concatenate([swift.words, np.sort(text)]), kind="stable")

    def counted(piece: Words) -> tuple[int, int, Words, Words]:
        """Return early scores, courses without a baseline, and the fresh scores per course."""
        fresh, day = pack.batches(piece) >= newest, pack.days(piece)
        early = int(np.count_nonzero(fresh & (day < BASELINE.from_day)))
        based = (day >= BASELINE.from_day) & (day <= BASELINE.to_day)
        first = np.flatnonzero(starts(piece >> pack.episode_at))
        told = np.add.reduceat(fresh, first, dtype=np.int64)
        bare = int(np.count_nonzero((told > 0) & ~np.logical_or.reduceat(based, first)))
        return early, bare, pack.episodes(piece[first]), told

    early, bare, episodes, told = zip(*by_pieces(counted, words, pack.episode_at), strict=True)
    scores = np.bincount(np.concatenate(episodes), np.concatenate(told)).astype(np.int64)
    number = np.flatnonzero(scores)
    with as_table(con, "fresh_score", {"number": number, "scores": scores[number]}):
        people = _people(con, "fresh_score c join numbered_episode k using (number)", "c.scores")
    return [sum(early), sum(bare), *people]


def _people(con: duckdb.DuckDBPyConnection, source: str, scores: str) -> list[int]:
    return _counts(
        con,
        f"""
        select count(*), count_if(scores = 1), count_if(scores > {MANY_ROWS}) from (
            select k.patient_id, sum({scores}) as scores from {source} group by k.patient_id
        ) people where scores > 0
        """,
    )


def _counts(con: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    return [int(number or 0) for number in con.execute(sql).fetchone() or ()]


def _number(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
