"""A run that fails or is killed at any point leaves the store as it was, or as it is afterwards.

Nobody has to mend anything: the store opens at once, and the same run then succeeds. What is left
in the folder decides about both, so each kind of remains is opened, and built upon, once.
"""

import hashlib
import json
import random
import re
import shutil
import signal

import pytest

from analysis.errors import InputError, OutcomesError
from analysis.store.backup import restore
from tests.faults.failpoints import count_points, failing
from tests.faults.runs import BEGINNINGS, RUNS, SAVED, _refusal
from tests.long_loops import WHOLE

SEED = 1
# The runs of which every statement is visited where long loops go all the way, each with the number
# of parts it is visited in; of the others, which are imports too, some are drawn.
EVERY = {"import": 3, "withdrawal": 2, "refusal": 1, "upgrade": 1, "backup": 1, "restore": 1}
DRAWN = 12
OF_EVERY = None if WHOLE else 40


def chosen(seen, statements=None):
    """Return the points to stop at: all acts on the disk, and all statements or so many of them."""
    sql = [n for n, what in enumerate(seen) if what.startswith("sql")]
    if statements is not None:
        sql = random.Random(SEED).sample(sql, min(statements, len(sql)))
    return sorted({*sql, *(n for n, what in enumerate(seen) if not what.startswith("sql"))})


def carry_out(run, store, file):
    """Do a run to its end; a file that is to be refused ends with its sentence."""
    if RUNS[run] is _refusal:
        with pytest.raises(InputError, match="refused"):
            RUNS[run](store, file, lambda step: None)
    else:
        RUNS[run](store, file, lambda step: None)


def pointer(store):
    try:
        return json.loads((store / "current.json").read_text("utf-8"))
    except FileNotFoundError:
        return {"file": None, "schema_version": None}


def digests(store):
    """The bytes of the pointer, the mark and the snapshot that is pointed to, and of a backup."""
    names = ("current.json", "highest-batch", pointer(store)["file"] or "", f"../{SAVED}")
    files = [(name, store / name) for name in names if (store / name).is_file()]
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files}


def remains(store):
    """What is in the folders: of what counts its bytes, of what is left behind that it is there."""
    counts = digests(store)
    left = {
        re.sub("[0-9a-z_]{8}$|[0-9a-f]{8}(?=[.])", "*", path.name)
        for path in [*store.parent.glob("*"), *store.glob("*")]
        if path.name not in counts
    }
    return frozenset({*counts.items(), *left})


class Trial:
    """A run on a store that can be laid out anew, and what the store may hold after any fault."""

    def __init__(self, run, folder, drawn, content):
        self.run, self.folder, self.drawn, self.content = run, folder, drawn, content
        self.store, self.file = folder / "store", drawn / "more.csv"
        self.known = {}
        self.anew()
        self.before = self.held()
        self.seen = count_points(lambda: carry_out(run, self.store, self.file))
        self.after = self.held()
        assert self.after != self.before
        self.anew()

    def anew(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        beginning = BEGINNINGS.get(self.run, "store")
        if beginning is not None:
            shutil.copytree(self.drawn / beginning, self.store)

    def held(self):
        """The store's content, or that it still has its earlier layout; and what a backup holds."""
        saved = self.folder / SAVED
        if pointer(self.store)["schema_version"] == 2:
            return digests(self.store)
        if not saved.exists():
            return self.content(self.store), None
        again = self.folder / "again"
        restore(saved, again)
        kept = self.content(again)
        shutil.rmtree(again)
        return self.content(self.store), kept

    def check(self):
        """Return whether all is as before; then the same run succeeds. The store is laid out anew.

        Of each kind of remains that is done once.
        """
        left = remains(self.store)
        if left not in self.known:
            found = self.held()
            assert found in (self.before, self.after)
            self.known[left] = found == self.before
            if found == self.before:
                carry_out(self.run, self.store, self.file)
                assert self.held() == self.after
                tidy = {path.suffix for path in self.store.iterdir()}
                assert tidy == {"", ".duckdb", ".json", ".lock"}
                beside = {path.name.rstrip("123") for path in self.folder.iterdir()}
                assert beside <= {"store", SAVED, "store.before-restore-"}
        self.anew()
        return self.known[left]


@pytest.fixture
def begin(drawn, tmp_path, content):
    return lambda run: Trial(run, tmp_path / "place", drawn, content)


def stop_at_each(trial, points, ever_after):
    """Fail at each of the points; return whether the store was as before, of each."""
    outcomes = set()
    for n in points:
        told = ""
        try:
            with failing(n, ever_after=ever_after):
                RUNS[trial.run](trial.store, trial.file, lambda step: None)
        except OutcomesError as error:
            told = str(error)
        assert "\n" not in told, trial.seen[n]
        as_before = trial.check()
        if trial.run != "backup":  # it never changes the store of which that is said
            assert as_before or "stays as it was" not in told, trial.seen[n]
        outcomes.add(as_before)
    return outcomes


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("run", "part"),
    [pytest.param(r, p, id=f"{r}, part {p}") for r in RUNS for p in range(EVERY.get(r, 1))],
)
def test_f01_a_failure_at_any_point(run, part, begin):
    trial = begin(run)
    points = chosen(trial.seen, OF_EVERY if run in EVERY else DRAWN)[part :: EVERY.get(run, 1)]
    assert stop_at_each(trial, points, ever_after=False) == {True, False}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("run", RUNS)
def test_f01_a_failure_at_any_point_and_ever_after(run, begin):
    trial = begin(run)
    assert stop_at_each(trial, chosen(trial.seen, 4), ever_after=True) == {True, False}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("run", RUNS)
def test_f01_a_kill_at_any_point(run, begin, runner):
    trial = begin(run)
    outcomes = set()
    for n in chosen(trial.seen, DRAWN):
        runner.order(run, trial.store, trial.file, at=n)
        assert runner.ended() == -signal.SIGKILL, trial.seen[n]
        outcomes.add(trial.check())
    assert outcomes == {True, False}
