"""Usable scores, baselines and endpoints against the same worked out one score at a time."""

import random
from contextlib import closing

import duckdb
import pytest

from analysis.store.courses import work_out_courses
from analysis.timepoints import TIMEPOINTS

EPISODES = 12
ITEM = "phq9:suicidality"
DAYS = (-40, -15, -14, -3, 0, 1, 7, 10, 13, 14, 18, 28, 84, 85, 153, 183, 213, 365, 500)


def tables(con, rows, ends):
    con.execute(f"create type instrument_id as enum ('madrs', 'phq9', '{ITEM}')")
    con.execute(
        "create table assessment (instrument instrument_id, episode integer, day smallint, "
        "score smallint, suicidality smallint)"
    )
    con.executemany("insert into assessment values (?, ?, ?, ?, ?)", rows)
    con.execute(
        "create table episode (episode integer, patient integer, follow_up_age integer, "
        "course_end integer, site varchar)"
    )
    con.executemany(
        "insert into episode values (?, ?, 400, ?, 'a')",
        [[number, number, end] for number, end in enumerate(ends, 1)],
    )
    con.execute(
        "create table observation (instrument instrument_id, episode integer, day smallint, "
        "next_day smallint, score smallint, baseline smallint)"
    )
    timepoints = ", ".join(f"{name} smallint" for name in TIMEPOINTS)
    con.execute(
        "create table endpoint (instrument instrument_id, episode integer, patient integer, "
        f"follow_up_age integer, course_end integer, baseline smallint, {timepoints}, site varchar)"
    )


def usable(rows, series, episode):
    """Return the usable scores of an episode as pairs of day and score."""
    instrument = series.split(":")[0]
    found = []
    for day in DAYS:
        here = [r for r in rows if r[:3] == [instrument, episode, day]]
        totals = {r[3] for r in here} - {None}
        items = {r[4] for r in here} - {None}
        values = items if series == ITEM else totals
        if len(values) == 1 and len(totals) <= 1:
            found.append((day, values.pop()))
    return found


def at(scores, timepoint, end):
    last = timepoint.to_day
    if timepoint.ends_with_course:
        last = -1000 if end is None else end + 14
    inside = [
        (day, score)
        for day, score in scores
        if timepoint.from_day <= day and (last is None or day <= last)
    ]
    if timepoint.pick == "nearest":
        inside.sort(key=lambda pair: (-abs(pair[0] - timepoint.target), pair[0]))
    return inside[-1][1] if inside else None


@pytest.mark.parametrize("seed", range(3))
def test_each_score_and_endpoint_is_the_one_that_the_rules_name(seed):
    draw = random.Random(seed)
    rows = [
        [
            draw.choice(("madrs", "phq9")),
            draw.randint(1, EPISODES),
            draw.choice(DAYS),
            draw.choice((None, 0, 1, 30)),
            None,
        ]
        for _ in range(300)
    ]
    for row in rows:
        if row[0] == "phq9":
            row[4] = draw.choice((None, 0, 3))
    ends = [draw.choice((None, 0, 30, 90)) for _ in range(EPISODES)]
    observations, endpoints = [], []
    for series in ("madrs", "phq9", ITEM):
        for episode, end in enumerate(ends, 1):
            scores = usable(rows, series, episode)
            baseline = next((s for d, s in reversed(scores) if -14 <= d <= 0), None)
            following = [day for day, _ in scores[1:]] + [None]
            observations += [
                (series, episode, day, after, score, baseline)
                for (day, score), after in zip(scores, following, strict=True)
            ]
            picked = [at(scores, timepoint, end) for timepoint in TIMEPOINTS.values()]
            endpoints.append((series, episode, episode, 400, end, baseline, *picked, "a"))
    with closing(duckdb.connect()) as con:
        tables(con, rows, ends)
        work_out_courses(con, ["site"])
        assert con.execute("from observation").fetchall() == observations
        assert con.execute("from endpoint").fetchall() == endpoints
    assert len(observations) > 100
