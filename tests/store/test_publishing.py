"""Imports that die, imports side by side, and readers while a new snapshot is published."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.errors import StoreBusy
from analysis.ingest import import_files
from analysis.store import open_store

ROOT = Path(__file__).resolve().parents[2]
KILLS = 15


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]


class Stop(Exception):
    """Raised from outside in the middle of an import."""


@pytest.fixture(scope="module")
def steps(drawn, tmp_path_factory):
    """The steps that an import reports, in their order."""
    seen: list[str] = []
    import_files(tmp_path_factory.mktemp("steps"), [drawn / "more.csv"], progress=seen.append)
    return seen


def test_an_import_reports_its_steps(steps):
    assert steps == [
        "Reading more.csv",
        "Checking every row",
        "Sorting the scores",
        "Working out baselines and endpoints",
        "Publishing",
    ]


@pytest.mark.parametrize("position", range(5))
def test_an_import_that_dies_leaves_the_store_as_it_was(store, more, everything, steps, position):
    before = everything(store)
    files = sorted(store.iterdir())

    def stop(step):
        if step == steps[position]:
            raise Stop

    with pytest.raises(Stop):
        import_files(store, [more], progress=stop)
    assert everything(store) == before
    assert [f for f in sorted(store.iterdir()) if f.name != "importing.lock"] == [
        f for f in files if f.name != "importing.lock"
    ]
    assert import_files(store, [more]).changed
    assert not list(store.glob("*.part*"))
    assert len(list(store.glob("snapshot-*"))) == 1


def test_what_a_dead_import_left_behind_is_cleared_away(store, more):
    (store / "next-0.part").write_bytes(b"half")
    (store / "next-0.part.wal").write_bytes(b"half")
    (store / "current.json.part").write_bytes(b"half")
    (store / "snapshot-of-nobody.duckdb").write_bytes(b"half")
    import_files(store, [more])
    assert not list(store.glob("*.part*"))
    assert len(list(store.glob("snapshot-*"))) == 1


@pytest.mark.skipif(os.name != "posix", reason="a limit on file size is a posix matter")
def test_a_full_disk_leaves_the_store_as_it_was(store, more, everything):
    before = everything(store)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
        "from dashboard.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", limited, "import", str(store), str(more)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert run.stderr.splitlines()[-1].startswith("trd-outcomes: ")
    assert everything(store) == before
    assert import_files(store, [more]).changed


@pytest.mark.parametrize("case", ["F11"])
def test_of_two_imports_at_once_the_second_is_told_to_wait(store, more, drawn, case):
    told = []

    def meanwhile(step):
        if step == "Checking every row":
            told.append(
                subprocess.run(
                    command("import", store, drawn / "scores.csv"),
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
            )
            with pytest.raises(StoreBusy, match=f"in use by pid {os.getpid()}: "):
                import_files(store, [more])

    assert import_files(store, [more], progress=meanwhile).changed
    assert [run.returncode for run in told] == [3]
    sentence = f"is in use by pid {os.getpid()}: wait until it ends, then try again."
    assert sentence in told[0].stderr
    assert "Traceback" not in told[0].stderr


def test_a_reader_keeps_answering_while_a_new_snapshot_is_published(store, more, answer):
    with open_store(store) as reader:
        before = answer(reader)
        assert reader.is_current()
        import_files(store, [more])
        assert not reader.is_current()
        assert answer(reader) == before
        with open_store(store) as newer:
            assert newer.is_current()
            assert newer.snapshot != reader.snapshot
            assert answer(newer)[("response", "rtms")] == (1, 2)
        assert answer(reader) == before


def test_a_reader_during_an_import_sees_the_old_snapshot(store, more, answer, everything):
    before = everything(store)
    seen = []
    import_files(store, [more], progress=lambda step: seen.append(everything(store) == before))
    assert seen == [True] * 5
    assert everything(store) != before


def test_an_import_of_the_same_file_keeps_readers_current(store, drawn):
    with open_store(store) as reader:
        report = import_files(store, [drawn / "episodes.csv", drawn / "scores.csv"])
        assert not report.changed
        assert reader.is_current()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a posix matter")
def test_a_killed_import_leaves_the_store_before_or_after(store, everything, tmp_path):
    """Killed at random moments between its first step and its end, without any repair between."""
    big = tmp_path / "big.csv"
    dice = random.Random(20)
    before, outcomes = everything(store), []
    took = 0.6
    for number in range(KILLS):
        rows = "".join(f"K{number}-{n},rtms,phq9,{d},9\n" for n in range(400) for d in (0, 42))
        big.write_text("patient_id,modality,instrument,day,score\n" + rows, "utf-8")
        process = subprocess.Popen(
            command("import", store, big),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert process.stderr.readline() == "Reading big.csv\n"
        begun = time.monotonic()
        try:
            process.wait(timeout=dice.uniform(0, took))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        else:
            took = min(took, 0.9 * (time.monotonic() - begun))
        process.stderr.close()
        after = everything(store)
        if after != before:
            assert after[0].tables["episode"].rows == before[0].tables["episode"].rows + 400
            assert after[0].tables["assessment"].rows == before[0].tables["assessment"].rows + 800
            assert after[0].tables["batch_file"].rows == before[0].tables["batch_file"].rows + 1
        outcomes.append(after != before)
        before = after
    assert False in outcomes
    import_files(store, [big])
    assert not list(store.glob("*.part*"))
    assert len(list(store.glob("snapshot-*"))) == 1
