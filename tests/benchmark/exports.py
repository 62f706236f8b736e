"""A made-up export of any size, and one import or bare copy of it in a process of its own.

`python -m tests.benchmark.exports import STORE FILE` and `... copy DATABASE FILE` print seconds,
processor seconds and peak memory as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

from analysis.ingest import import_files

HEADER = "episode_id,instrument,day,score"
TYPES = "episode_id varchar, instrument varchar, day smallint, score smallint"
EPISODES = """
copy (
    select
        printf('E%07d', i) as episode_id,
        printf('P%07d', i * 9 // 10) as patient_id,
        ['ect', 'rtms', 'esketamine', 'iv_ketamine'][1 + cast(hash(i) % 4 as integer)] as modality,
        'site_' || hash(i, 1) % 8 as site,
        ['female', 'male'][1 + cast(hash(i, 2) % 2 as integer)] as sex,
        2018 + hash(i, 3) % 7 as start_year,
        hash(i, 4) % 2500 as follow_up_days
    from range({episodes}) r(i)
    order by hash(i, 9)
) to '{file}' (header)
"""
# One episode in ten has something happen to it in its second or third month or later.
EVENTS = """
copy (
    select
        printf('E%07d', i) as episode_id,
        30 + hash(i, 21) % 300 as day,
        ['hospitalisation', 'retreatment', 'switch', 'drop_out'][
            1 + cast(hash(i, 22) % 4 as integer)
        ] as event
    from range({episodes}) r(i)
    where hash(i, 20) % 10 = 0
    order by hash(i, 23)
) to '{file}' (header)
"""
# Twelve scores an episode, about one in 10,000 faulty, some rows repeated and some contradicted,
# in the order of their dates, as exports have it.
SCORES = """
copy (
    with plain as (
        select
            i,
            k,
            printf('E%07d', i) as episode_id,
            ['phq9', 'madrs', 'gad7'][1 + k % 3] as instrument,
            [-14, 0, 42, 130][1 + k // 3]
            + cast(hash(i, k) % [14, 42, 88, 236][1 + k // 3] as integer) as day,
            hash(i, k, 7) % [28, 61, 22][1 + k % 3] as score
        from range({episodes}) r(i), range(12) q(k)
    ),
    slipped as (
        select *, case when hash(i, k, 11) % {one_in} = 0 then hash(i, k, 12) % 7 end as slip
        from plain
    ),
    written as (
        select
            i, k, day as on_day,
            case when slip = 0 then 'X' || episode_id else episode_id end as episode_id,
            case when slip = 1 then 'PHQQ' else instrument end as instrument,
            case slip when 2 then null when 3 then 'week 2' else cast(day as varchar) end as day,
            case slip when 4 then '99' when 5 then 'n/a' when 6 then '12.5'
                else cast(score as varchar) end as score
        from slipped
        union all
        select i, k, day, episode_id, instrument, cast(day as varchar), cast(score as varchar)
        from plain where hash(i, k, 13) % {one_in} = 0
        union all
        select i, k, day, episode_id, instrument, cast(day as varchar),
            cast(abs(cast(score as integer) - 1) as varchar)
        from plain where hash(i, k, 14) % (2 * {one_in}) = 0
    )
    select episode_id, instrument, day, score
    from written
    order by cast(hash(i, 5) % 2000 as integer) + on_day, hash(i, k)
) to '{file}' (header)
"""


def write_export(folder: Path, episodes: int, one_in: int = 10_000) -> tuple[Path, Path]:
    """Write an episodes file and a file with twelve scores for each episode."""
    files = folder / "episodes.csv", folder / "assessments.csv"
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute(f"set temp_directory = '{folder}'")
        for sql, file in zip((EPISODES, SCORES), files, strict=True):
            con.execute(sql.format(episodes=episodes, one_in=one_in, file=file))
    return files


def write_events(folder: Path, episodes: int) -> Path:
    """Write a file of clinical events of the same episodes."""
    file = folder / "events.csv"
    with duckdb.connect() as con:
        con.execute(EVENTS.format(episodes=episodes, file=file))
    return file


def copy(database: Path, file: Path) -> None:
    """Read a file into a typed table, as the engine does without any check."""
    with duckdb.connect(str(database)) as con:
        con.execute(f"create table assessment ({TYPES})")
        con.execute(
            f"copy assessment from '{file}' (header, auto_detect false, delim ',', quote '\"', "
            "escape '\"', ignore_errors true)"
        )
        con.execute("checkpoint")


def peak() -> int:
    """Return the most memory that this process has had, in bytes.

    What `getrusage` tells can be that of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(kind: str, target: str, file: str) -> None:
    """Do one of both and print what it took."""
    start, told = time.perf_counter(), {}
    if kind == "copy":
        copy(Path(target), Path(file))
    else:
        steps = []
        report = import_files(
            target, [file], progress=lambda step: steps.append((step, time.perf_counter() - start))
        )
        (counts,) = report.files
        told = {
            "rows": counts.rows_read,
            "loaded": counts.loaded,
            "quarantined": counts.quarantined,
            "exact_duplicates": counts.exact_duplicates,
            "steps": steps,
        }
    used = resource.getrusage(resource.RUSAGE_SELF)
    told |= {
        "seconds": time.perf_counter() - start,
        "processor": used.ru_utime + used.ru_stime,
        "peak": peak(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
