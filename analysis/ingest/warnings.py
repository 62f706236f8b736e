"""What is loaded and may still surprise: told with the report, never refused."""

import duckdb

from analysis.ingest.report import count

# More rows than this of one patient are worth a second look at the ids.
MANY_ROWS = 1000
EARLIEST_BASELINE = -14


def warnings(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Return sentences on scores outside the course, missing baselines and unusual ids.

    They count the assessments that this import loads; the rows themselves are all kept.
    """
    loaded = "from checked_assessment where fault is null and not duplicate"
    early = count(con, f"select count(*) {loaded} and study_day < {EARLIEST_BASELINE}")
    bare = count(
        con,
        f"with scores as (select episode_id, instrument, day from every_assessment where score is "
        f"not null), touched as (select distinct episode_id, instrument {loaded}) "
        "select count(*) from touched t where not exists (select 1 from scores s "
        "where s.episode_id = t.episode_id and s.instrument = t.instrument "
        f"and s.day between {EARLIEST_BASELINE} and 0)",
    )
    rows = (
        "from (select own_patient, count(*) as scores from checked_assessment "
        "where fault is null group by own_patient) patients"
    )
    busy = count(con, f"select count(*) {rows} where scores > {MANY_ROWS}")
    single = count(con, f"select count(*) {rows} where scores = 1")
    patients = count(con, f"select count(*) {rows}")
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


def _number(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
