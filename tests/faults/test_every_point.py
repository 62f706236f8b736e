"""A run that fails or is killed at any point leaves the store as it was, or as it is afterwards.

Nobody has to mend anything: the store opens at once, and the same run then succeeds.
"""

import random
import shutil
import signal

import pytest

from analysis.errors import InputError, OutcomesError
from tests.faults.failpoints import count_points, failing
from tests.faults.runs import RUNS, _refusal

SEED = 1


def chosen(seen, statements, repeats=8):
    """Return the points to stop at, each with whether the run is done again after it.

    All acts on the disk, and as many statements as asked for, drawn with a fixed seed; of the
    statements one in `repeats` is followed by the same run.
    """
    sql = [n for n, what in enumerate(seen) if what.startswith("sql")]
    drawn = random.Random(SEED).sample(sql, min(statements, len(sql)))
    acts = [n for n, what in enumerate(seen) if not what.startswith("sql")]
    again = {*acts[-20:], *drawn[::repeats]}
    return [(n, n in again) for n in sorted({*acts, *drawn})]


def carry_out(run, store, file):
    """Do a run to its end; a file that is to be refused ends with its sentence."""
    if RUNS[run] is _refusal:
        with pytest.raises(InputError, match="refused"):
            RUNS[run](store, file, lambda step: None)
    else:
        RUNS[run](store, file, lambda step: None)


@pytest.fixture
def begin(drawn, tmp_path, content):
    """Return functions that lay out the store of a run anew, and what it holds before and after."""

    def prepare(run):
        store = tmp_path / "store"

        def anew():
            shutil.rmtree(store, ignore_errors=True)
            if run != "first import":
                shutil.copytree(drawn / "store", store)

        anew()
        before = content(store)
        seen = count_points(lambda: carry_out(run, store, drawn / "more.csv"))
        after = content(store)
        assert after != before
        anew()
        return store, anew, before, after, seen

    return prepare


def check(run, store, file, anew, content, before, after, repeat):
    """Return whether the store is as before; then do the run again, where asked for."""
    found = content(store)
    assert found in (before, after)
    if found != before:
        anew()
    elif repeat:
        carry_out(run, store, file)
        assert content(store) == after
        assert sorted(path.suffix for path in store.iterdir()) == ["", ".duckdb", ".json", ".lock"]
        anew()
    return found == before


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("run", "statements", "ever_after"),
    [pytest.param(run, 60 if run == "import" else 12, False, id=f"{run}, once") for run in RUNS]
    + [pytest.param(run, 4, True, id=f"{run}, ever after") for run in RUNS],
)
def test_f01_a_failure_at_any_point(run, statements, ever_after, begin, more, content):
    store, anew, before, after, seen = begin(run)
    outcomes = set()
    for n, repeat in chosen(seen, statements):
        told = ""
        try:
            with failing(n, ever_after=ever_after):
                RUNS[run](store, more, lambda step: None)
        except OutcomesError as error:
            told = str(error)
        assert "\n" not in told, seen[n]
        if "stays as it was" in told:
            assert content(store) == before, seen[n]
        outcomes.add(check(run, store, more, anew, content, before, after, repeat))
    assert outcomes == {True, False}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("run", RUNS)
def test_f01_a_kill_at_any_point(run, begin, more, content, runner):
    store, anew, before, after, seen = begin(run)
    outcomes = set()
    for n, repeat in chosen(seen, 12, repeats=3):
        runner.order(run, store, more, at=n)
        assert runner.ended() == -signal.SIGKILL, seen[n]
        outcomes.add(check(run, store, more, anew, content, before, after, repeat))
    assert outcomes == {True, False}
