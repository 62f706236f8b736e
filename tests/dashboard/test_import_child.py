"""F17: a reading process that crashes, hangs or eats memory is a sentence; the rest lives on."""

import os
import signal
import stat
import time

import openpyxl
import pytest

from analysis.store import open_store
from dashboard.jobs import Limits, begin
from dashboard.uploads import PREFIX, Spool, own_name, sweep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits are a posix matter")
CHOICES = {
    "who": None,
    "corrections": False,
    "replaces": None,
    "accept_absent": 0,
    "name": "monthly",
    "codes": None,
    "aside": True,
}
ROWS = "".join(f"K{n},rtms,phq9,{d},9\n" for n in range(20_000) for d in (0, 42))


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big.csv"
    path.write_text("patient_id,modality,instrument,day,score\n" + ROWS, "utf-8")
    return path


@pytest.fixture
def run(tmp_path, big):
    """Return a function that begins a run on a big file and a store that is not there."""

    def start(task="import", **limits):
        request = {"store": str(tmp_path / "store"), "files": [str(big)], "mapping": None}
        return begin(task, Spool(), request | CHOICES, Limits(**limits))

    return start


def begun(job):
    """Wait until the run has said its first step."""
    end = time.monotonic() + 30
    while not job.step and not job.ended:
        assert time.monotonic() < end
        time.sleep(0.02)


def unharmed(tmp_path):
    """The store has no snapshot, and nothing half made."""
    store = tmp_path / "store"
    assert not (store / "current.json").exists()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_f17_a_run_that_crashes_is_said_so(run, tmp_path, number):
    job = run()
    begun(job)
    job.process.send_signal(number)
    assert job.wait(30)
    assert job.answer is None
    expected = "ended unexpectedly (SIGKILL)" if number == signal.SIGKILL else "crashed"
    assert expected in job.fault
    assert "(E119)" in job.fault
    unharmed(tmp_path)


def test_f17_a_run_that_hangs_is_ended(run, tmp_path):
    job = run(silence=3.0)
    begun(job)
    job.process.send_signal(signal.SIGSTOP)
    assert job.wait(30)
    assert "gave no sign of life" in job.fault
    unharmed(tmp_path)


def test_f17_reading_that_never_ends_is_ended(run, tmp_path):
    job = run(reading=0.01 - 1.0)
    assert job.wait(30)
    assert "took too long to be read" in job.fault
    unharmed(tmp_path)


def test_f17_a_small_file_that_hangs_is_refused_within_30_seconds():
    limits = Limits()
    assert limits.silence < 30
    assert limits.reading + 1 < 30


def test_f17_a_run_that_needs_too_much_memory_is_refused(run, tmp_path):
    job = run(memory=700 << 20)
    assert job.wait(60)
    assert job.fault is not None
    assert "Traceback" not in job.fault
    unharmed(tmp_path)


def test_a_run_that_is_cancelled_leaves_nothing_behind(run, tmp_path):
    job = run()
    begun(job)
    job.cancel()
    assert job.wait(30)
    assert job.fault == "Stopped. Nothing was stored."
    unharmed(tmp_path)
    assert not list((tmp_path / "store").glob("next-*"))


def test_a_run_that_ends_well_has_its_answer(run, tmp_path):
    job = run()
    assert job.wait(120)
    assert job.fault is None
    assert job.answer["report"]["files"][0]["loaded"] == 40_000
    with open_store(tmp_path / "store") as store:
        assert store.snapshot == job.answer["report"]["snapshot"]


def looked_at(tmp_path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("Legend").append(["Word", "Meaning"])
    book.save(tmp_path / "theirs.xlsx")
    request = {"store": str(tmp_path / "store"), "files": [str(tmp_path / "theirs.xlsx")]}
    job = begin("look", Spool(), request | {"mapping": None} | CHOICES)
    assert job.wait(60)
    assert job.fault is None
    return job.answer


def test_a_workbook_is_looked_at_and_checked_with_what_is_proposed(tmp_path):
    header = ["Subject", "Arm", "Scale", "StudyDay", "Total"]
    answer = looked_at(tmp_path, header, ["P1", "rTMS", "PHQ-9", 0, 20])
    assert 'sheets = ["Sheet"]' in answer["toml"]
    assert answer["problem"] is None
    assert [file["loaded"] for file in answer["report"]["files"]] == [1]


def test_a_workbook_with_open_questions_offers_its_columns(tmp_path):
    answer = looked_at(tmp_path, ["Who", "Arm", "Scale", "Total"], ["P1", "rTMS", "PHQ-9", 20])
    assert answer["headers"] == ["Who", "Arm", "Scale", "Total"]
    assert answer["report"] is None
    assert answer["problem"]


NAMES = {
    "A17-path": ("../../etc/x.csv", "x.csv"),
    "A17-windows path": ("C:\\temp\\x.csv", "x.csv"),
    "A17-script": ("<script>alert(1)<x>.csv", "script_alert_1_x.csv"),
    "A17-bidi": ("a\u202evsc.csv", "a_vsc.csv"),
    "A17-long": ("x" * 300 + ".csv", "x" * 56 + ".csv"),
    "A17-hidden": (".csv", "file.csv"),
    "a plain name": ("Zürich 2025.csv", "Zürich_2025.csv"),
}


@pytest.mark.parametrize(("given", "kept"), NAMES.values(), ids=NAMES)
def test_an_uploaded_file_is_kept_under_a_name_of_our_own(given, kept):
    assert own_name(given) == kept
    assert len(own_name(given)) <= 60
    assert own_name(given, {kept.lower()}) != kept


class Sent:
    """What a browser sends."""

    def __init__(self, name, content):
        self.name, self._content = name, content

    def getbuffer(self):
        return memoryview(self._content)


def test_uploads_lie_in_a_private_folder_that_goes_with_its_owner():
    spool = Spool()
    (first,) = spool.keep([Sent("../a.csv", b"x")])
    assert first.path.parent.parent == spool.folder
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    one, two = spool.keep([Sent("b.csv", b"1"), Sent("B.csv", b"2")])
    assert one.name != two.name
    assert not first.path.exists()
    folder = spool.folder
    del spool
    assert not folder.exists()


def test_folders_of_processes_that_were_killed_are_swept_away(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone, mine = tmp_path / f"{PREFIX}999999999-x", tmp_path / f"{PREFIX}{os.getpid()}-x"
    gone.mkdir()
    mine.mkdir()
    sweep()
    assert not gone.exists()
    assert mine.exists()
