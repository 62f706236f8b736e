"""Every question gives the same counts on DuckDB and on Spark, to the last row."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from analysis import Cohort, Definition, Store, Window, open_store
from analysis.curves import event_table
from analysis.events import event
from analysis.store import change, course_table, episodes, patients, trajectory
from analysis.store.exported import EXPORTED
from analysis.store.reader import QUESTIONS
from analysis.store.visiting import visits
from analysis.timepoints import parse_timepoint

Ask = Callable[[Store], object]
BY = ("modality", "site")
EVERYONE = Cohort()
FILTERED = Cohort.of({"modality": ["rtms", "ect"]})
FIRST = FILTERED.first_episodes(EVERYONE)
PHQ9 = Definition()
EARLIER = replace(PHQ9, baseline=Window(-30, -1))
NEAREST = replace(PHQ9, timepoint=parse_timepoint("30:60:nearest@42"))
WITH_COURSE = replace(PHQ9, timepoint=parse_timepoint("end_of_course"))
CARRIED = WITH_COURSE.with_missing("locf").locf_timepoint
ANY_WINDOW = replace(PHQ9, timepoint=parse_timepoint("20:50"))
BEST, EARLIEST = parse_timepoint("1:99:best"), parse_timepoint("1:99:first")


def on(instrument):
    return replace(PHQ9, instrument=instrument, min_baseline="none")


# How each question is asked, in ways that use every part of it.
CASES: dict[str, list[Ask]] = {
    "change_preset": [
        lambda store: change(store, EVERYONE, PHQ9, BY, beside=("patient", "sex", "start_year")),
        lambda store: change(store, FIRST, PHQ9, ("site",)),
        lambda store: change(store, FILTERED, WITH_COURSE),
    ],
    "change_window": [
        lambda store: change(store, FILTERED, ANY_WINDOW, BY, beside=("site", "sex"))
    ],
    "change_course": [
        lambda store: change(store, FILTERED, WITH_COURSE, BY, timepoint=CARRIED),
        lambda store: change(store, FIRST, WITH_COURSE, timepoint=CARRIED, beside=("patient",)),
    ],
    "change_any": [
        lambda store: change(store, FIRST, EARLIER, BY, beside=("patient",)),
        lambda store: change(store, EVERYONE, NEAREST),
        lambda store: change(store, EVERYONE, replace(WITH_COURSE, baseline=Window(-9, 3))),
        lambda store: change(store, EVERYONE, PHQ9, BY, timepoint=BEST),
        lambda store: change(store, EVERYONE, PHQ9, BY, timepoint=EARLIEST),
    ],
    "change_sustained": [
        lambda store: change(store, FILTERED, PHQ9, BY, sustained=True, beside=("sex",)),
        lambda store: change(store, FIRST, NEAREST, sustained=True),
    ],
    "course": [lambda store: course_table(store, FILTERED, BY)],
    "episodes": [
        lambda store: episodes(store, EVERYONE, BY),
        lambda store: episodes(store, EVERYONE, ("site",)),
    ],
    "patients": [
        lambda store: patients(store, EVERYONE, "phq9"),
        lambda store: patients(store, FIRST, "phq9", BY),
    ],
    "trajectory": [
        lambda store: trajectory(store, EVERYONE, PHQ9, BY, width=14, intervals=8),
        lambda store: trajectory(store, FIRST, PHQ9, width=28, intervals=13),
    ],
    "first_met": [
        lambda store: event_table(store, EVERYONE, PHQ9, event("response"), BY),
        lambda store: event_table(store, FIRST, EARLIER, event("remission"), ()),
    ],
    "relapse": [
        lambda store: event_table(store, FILTERED, PHQ9, event("relapse"), BY),
        lambda store: event_table(store, EVERYONE, EARLIER, event("relapse"), ("site",)),
    ],
    "visits": [lambda store: visits(store, FIRST, PHQ9, BY, (14, 28, 56))],
}
# A scale where higher is better, and an item as a scale of its own.
OTHERS: list[Ask] = [
    lambda store: change(store, EVERYONE, on("wellbeing"), BY, sustained=True),
    lambda store: change(store, EVERYONE, on("wellbeing"), timepoint=BEST),
    lambda store: event_table(store, EVERYONE, on("wellbeing"), event("response"), ()),
    lambda store: change(store, EVERYONE, on("phq9:suicidality"), BY),
    lambda store: episodes(store, Cohort.of({"site": list(store.levels["site"])}), BY),
]


@pytest.fixture(scope="module")
def opened(spark, exports):
    """Return a function that opens a store of its name and its export, each once."""
    with ExitStack() as stack:

        @cache
        def both(name):
            store, export = exports(name)
            return (
                stack.enter_context(open_store(store)),
                stack.enter_context(open_store(export, "spark")),
            )

        yield both


@pytest.fixture
def engines(opened):
    """Return a function that asks both engines one thing, and compares what they were told."""

    def compare(name, ask):
        told = []
        for store in opened(name):
            heard: list[tuple[str, tuple[list[str], Counter[tuple[object, ...]]]]] = []
            ask(listening(store, heard))
            told.append(heard)
        assert [sql for sql, _ in told[0]] == [sql for sql, _ in told[1]]
        for (_, counts), (_, others) in zip(*told, strict=True):
            assert counts == others
        return told[0]

    return compare


def listening(store, heard):
    """Return a store that writes down each question with the rows it is answered with."""

    def run(sql, parameters):
        columns = store.engine.run(sql, parameters)
        heard.append((sql, rows_of(columns)))
        return columns

    return replace(store, engine=replace(store.engine, run=run))


def rows_of(columns):
    """Return the columns' names, and how often each row is among their rows, in any order."""
    values = [np.ma.asarray(column).tolist() for column in columns.values()]
    return list(columns), Counter(zip(*values, strict=True))


def is_question(name, sql):
    return sql.startswith((QUESTIONS / f"{name}.sql").read_text("utf-8").split("{")[0])


@pytest.mark.parametrize("name", sorted(file.stem for file in QUESTIONS.glob("*.sql")))
def test_a_question_has_the_same_answer_on_both_engines(name, engines):
    """A question without a case fails here: write how it is asked."""
    asked = [("sample", CASES[name][0]), *(("odd", ask) for ask in CASES[name])]
    for number, (store, ask) in enumerate(asked):
        ((sql, (_, rows)), *_) = engines(store, ask)
        assert is_question(name, sql)
        assert rows, f"case {number} counts nothing of {store}"


@pytest.mark.parametrize("ask", OTHERS)
def test_other_scales_and_odd_levels_have_the_same_answer(ask, engines):
    ((_, (_, rows)),) = engines("odd", ask)
    assert rows


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_million_scores_have_the_same_answers(engines):
    def every(store):
        for name in CASES:
            CASES[name][0](store)

    heard = engines("large", every)
    assert len(heard) == len(CASES)
    assert sum(len(rows) for _, (_, rows) in heard) > 200_000


def test_an_export_holds_every_table_that_a_question_reads(exports):
    _, export = exports("sample")
    assert {folder.name for folder in export.iterdir() if folder.is_dir()} == set(EXPORTED)
