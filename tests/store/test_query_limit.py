"""A question that takes too long is stopped, and nothing else is."""

from threading import Thread

import pytest

from analysis import Cohort, Definition, rates
from analysis.errors import OutcomesError, QuestionTooLong
from analysis.store import open_store
from analysis.store.limits import within
from analysis.timepoints import parse_timepoint

ENDLESS = "select count(*) from range(1000000000) a, range(1000) b where a.range % 7 = b.range % 5"


def test_a_question_is_stopped_at_its_limit_and_the_next_is_answered(sample_store):
    asked = (Cohort(), Definition(timepoint=parse_timepoint("28:56:nearest@42")), ("response",))
    with open_store(sample_store.path) as store:
        wanted = rates(store, *asked)
        with pytest.raises(QuestionTooLong, match="narrow the cohort, or choose a preset") as told:
            rates(store.limited(1e-6), *asked)
        assert isinstance(told.value, OutcomesError)
        assert rates(store.limited(60), *asked) == wanted
        assert rates(store, *asked) == wanted


def test_only_the_cursor_that_took_too_long_is_stopped(sample_store):
    with open_store(sample_store.path) as store:
        found = []

        def other() -> None:
            with store.connection.cursor() as cursor:
                sql = "select sum(hash(range)) is not null from range(40000000)"
                found.append(cursor.execute(sql).fetchone())

        beside = Thread(target=other)
        beside.start()
        with (
            store.connection.cursor() as cursor,
            pytest.raises(QuestionTooLong),
            within(0.05, cursor.interrupt),
        ):
            cursor.execute(ENDLESS).fetchall()
        beside.join()
        assert found == [(True,)]
        with store.connection.cursor() as cursor:
            assert cursor.execute("select 1").fetchone() == (1,)


def test_several_processes_share_memory_and_cores(sample_store):
    asked = "select current_setting('memory_limit'), current_setting('threads')"
    with open_store(sample_store.path) as store:
        alone, cores = store.rows(asked)[0]
        store.limited(None, processes=4)
        shared, fewer = store.rows(asked)[0]
        assert float(shared.split()[0]) == pytest.approx(float(alone.split()[0]) / 4, rel=0.02)
        assert fewer == max(1, cores // 4)
