"""Work on a further connection, while the first goes on: what it does, and how it ends."""

import time
from contextlib import closing, suppress
from threading import Timer

import duckdb
import pytest

from analysis.progress import Meter
from analysis.store.beside import beside

# Takes minutes, unless it is ended.
LONG = "select count(*) from range(1000000) a, range(1000000) b where a.range < b.range"
WRONG = "select cast('x' as integer)"
SOON = 20


@pytest.fixture
def con(tmp_path):
    with closing(duckdb.connect(str(tmp_path / "first.duckdb"))) as own:
        own.execute("create table number (n integer)")
        yield own


def asking(sql):
    def work(own):
        own.execute(sql).fetchall()

    return work


def then_again(sql):
    """Ask something short first, and go on where that is interrupted."""

    def work(own):
        with suppress(duckdb.InterruptException):
            own.execute("select 1").fetchall()
        own.execute(sql).fetchall()

    return work


def putting(n):
    return asking(f"insert into number values ({n})")


def all_beside(con, works, progress=print, then=None):
    with beside(con, progress) as further:
        for work in works:
            further(work)
        if then is not None:
            then()


def test_work_is_done_in_turn_on_the_same_database(con, tmp_path):
    con.execute(f"attach '{tmp_path / 'other.duckdb'}' as other")
    con.execute("use other")
    con.execute("create table number (n integer)")
    all_beside(con, map(putting, range(20)))
    assert con.execute("select n from number").fetchall() == [(n,) for n in range(20)]
    assert con.execute("select count(*) from first.number").fetchone() == (0,)


def test_what_the_first_connection_reads_stays_what_it_was(con):
    con.begin()
    con.execute("select count(*) from number").fetchall()
    all_beside(con, [putting(1)])
    assert con.execute("select count(*) from number").fetchone() == (0,)
    con.commit()
    assert con.execute("select count(*) from number").fetchone() == (1,)


@pytest.mark.parametrize("more", [[], [putting(1)]])
def test_what_goes_wrong_there_is_raised_here(con, more):
    with pytest.raises(duckdb.ConversionException):
        all_beside(con, [asking(WRONG), *more])
    assert con.execute("select count(*) from number").fetchone() == (0,)


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_what_goes_wrong_here_ends_the_work_there(con, seconds):
    def wrong():
        time.sleep(seconds)
        raise ZeroDivisionError

    start = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        all_beside(con, [then_again(LONG)], then=wrong)
    assert time.monotonic() - start < SOON


def test_a_stop_ends_the_work_there(con):
    meter = Meter()
    meter.look(con.query_progress, con.interrupt)
    start = time.monotonic()
    with pytest.raises(duckdb.InterruptException):
        all_beside(con, [asking(LONG)], meter, Timer(0.3, meter.stop).start)
    assert time.monotonic() - start < SOON
    assert meter.stopped
