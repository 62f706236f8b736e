"""What follows from the assessments: usable scores with their baselines, and endpoints.

A day with two different scores is a conflict and is not usable; equal scores on one day count once.
The item on suicidal thoughts is a series of its own by the same rules. The scores of each series
are sorted once, as whole numbers of episode, day and score in that order, so that what comes
before and after a score stands in the place before and after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.instruments.model import ITEM_SUFFIX
from analysis.store.arrays import Numbers, Words, ahead, as_table, starts, whole_numbers
from analysis.store.beside import beside
from analysis.store.packed import fill_words
from analysis.store.quoting import column, literal
from analysis.timepoints import DEFAULT_BASELINE, TIMEPOINTS, Timepoint

if TYPE_CHECKING:
    import duckdb

    from analysis.store.beside import Work
    from analysis.store.packed import Packed, Packing

FOLDER = Path(__file__).parent
BASELINE = Timepoint("baseline", DEFAULT_BASELINE.from_day, DEFAULT_BASELINE.to_day)
DAY_SHIFT, EPISODE_SHIFT, OFFSET = 16, 32, 1 << 15
LOW = (1 << DAY_SHIFT) - 1
NO_DAY = np.iinfo(np.int32).min
LATEST = np.iinfo(np.int16).max


@dataclass(frozen=True)
class Scores:
    """The usable scores of one series, sorted by episode and day; episodes count from 1."""

    episode: Numbers
    day: Numbers
    score: Numbers

    def picked(self, timepoint: Timepoint, ends: Numbers) -> Numbers:
        """Return the score of each episode at a timepoint, masked where it has none.

        `ends` are the last days of the courses, NO_DAY where unknown.
        """
        day, last = self.day, LATEST if timepoint.to_day is None else timepoint.to_day
        inside = (day >= timepoint.from_day) & (day <= last)
        if timepoint.ends_with_course:
            inside &= day <= (ends + 14)[self.episode - 1]
        at = np.flatnonzero(inside)
        rank = day[at].astype(np.int64)
        if timepoint.pick == "nearest":
            ahead = rank - (timepoint.target or 0)
            rank = (ahead >= 0) - 2 * np.abs(ahead)
        best = np.full(len(ends), np.iinfo(np.int64).min)
        # rank and score are one whole number, so that the highest of them holds the score
        ranked = (rank << DAY_SHIFT) + self.score[at] + OFFSET
        episode = self.episode[at]
        first = np.flatnonzero(starts(episode))
        if len(first):
            best[episode[first] - 1] = np.maximum.reduceat(ranked, first)
        scores = ((best & LOW) - OFFSET).astype(np.int16)
        return np.ma.masked_array(scores, best == np.iinfo(np.int64).min)

    def followed(self, baselines: Numbers) -> dict[str, Numbers]:
        """Return the columns of observation, with the baseline of each episode."""
        last = np.roll(starts(self.episode), -1)
        return {
            "episode": self.episode,
            "day": self.day,
            "next_day": np.ma.masked_array(np.roll(self.day, -1), last),
            "score": self.score,
            "baseline": baselines[self.episode - 1],
        }


def work_out_courses(
    con: duckdb.DuckDBPyConnection,
    fields: list[str],
    packed: Packed | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> None:
    """Fill observation and endpoint from the assessments, and add the packed ones to these.

    Endpoint is filled beside the two others. No day has assessments of both kinds.
    """
    names = (BASELINE.name, *TIMEPOINTS)
    parts = {
        "timepoints": "".join(f", p.{name}" for name in names),
        "fields": "".join(f", e.{column(name)}" for name in fields),
    }
    ends = _course_ends(con)

    def worked_out(item: tuple[str, Words]) -> tuple[str, dict[str, Numbers], dict[str, Numbers]]:
        series, words = item
        scores = _usable(words)
        picked = {t.name: scores.picked(t, ends) for t in (BASELINE, *TIMEPOINTS.values())}
        return series, scores.followed(picked[BASELINE.name]), picked

    def filling(table: str, series: str, columns: dict[str, Numbers]) -> Work:
        sql = (FOLDER / f"{table}.sql").read_text("utf-8").format(**parts, series=literal(series))

        def fill(own: duckdb.DuckDBPyConnection) -> None:
            with as_table(own, "worked_out", columns):
                own.execute(sql)

        return fill

    con.begin()  # from its first question on, what is read here stays what it was
    series = _series(con, packed, _listed(con, packed))
    with beside(con, progress) as observation, beside(con, progress) as endpoint:
        if packed is not None:
            observation(partial(fill_words, packed=packed))
        for name, followed, picked in ahead(worked_out, series):
            endpoint(filling("endpoint", name, picked))
            observation(filling("observation", name, followed))
    con.commit()


def _course_ends(con: duckdb.DuckDBPyConnection) -> Numbers:
    return whole_numbers(
        con, f"select coalesce(course_end, {NO_DAY}) from episode order by episode"
    )


def _listed(con: duckdb.DuckDBPyConnection, packed: Packed | None) -> list[tuple[str, str, bool]]:
    """Return the series that any assessment has, in their order: instrument, name, of its item."""
    suffix = literal(ITEM_SUFFIX)
    of_packed = {} if packed is None else packed.by_instrument()
    found = f"[{', '.join(map(literal, of_packed))}]"
    return con.execute(
        "select instrument::varchar, instrument, false as of_item from assessment group by all "
        f"union select unnest({found}::varchar[]), unnest({found}::instrument_id[]), false "
        f"union all select instrument::varchar, (instrument::varchar || {suffix})::instrument_id, "
        "true from assessment where suicidality is not null group by all order by 2"
    ).fetchall()


def _series(
    con: duckdb.DuckDBPyConnection, packed: Packed | None, listed: list[tuple[str, str, bool]]
) -> Iterator[tuple[str, Words]]:
    """Return each of the listed series with its words, sorted."""
    of_packed = {} if packed is None else packed.by_instrument()
    items = (FOLDER / "item_scores.sql").read_text("utf-8")
    for name, series, of_item in listed:
        if of_item:
            yield series, np.sort(_words(con, items.format(instrument=literal(name))))
            continue
        words = _words(
            con,
            f"select episode, day, score from assessment where instrument = {literal(name)} "
            "and score is not null",
        )
        if packed is not None and name in of_packed:
            words = np.concatenate([_course_words(packed.packing, of_packed[name]), words])
        # where it is in order already, or two such parts, it is merged
        yield series, np.sort(words, kind="stable")


def _words(con: duckdb.DuckDBPyConnection, source: str) -> Words:
    """Return the scores of a series as whole numbers of episode, day and score."""
    return whole_numbers(
        con,
        f"select (cast(episode as bigint) << {EPISODE_SHIFT}) "
        f"| ((cast(day as bigint) + {OFFSET}) << {DAY_SHIFT}) "
        f"| (cast(score as bigint) + {OFFSET}) from ({source}) s",
    )


def _course_words(pack: Packing, words: Words) -> Words:
    """Return the packed words of a series as those that courses are worked out from."""
    return (
        (pack.episodes(words) << EPISODE_SHIFT)
        | ((pack.days(words) + OFFSET) << DAY_SHIFT)
        | (pack.scores(words) + OFFSET)
    )


def _usable(words: Words) -> Scores:
    """Return the usable ones of the sorted scores of a series."""
    words = words[starts(words)]
    alone = starts(words >> DAY_SHIFT)  # different from the day before, and from the one after
    words = words[alone & np.append(alone[1:], True)[: len(words)]]
    return Scores(
        (words >> EPISODE_SHIFT).astype(np.int32),
        (((words >> DAY_SHIFT) & LOW) - OFFSET).astype(np.int16),
        ((words & LOW) - OFFSET).astype(np.int16),
    )
