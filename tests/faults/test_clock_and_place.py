"""Clocks, time zones and languages of a machine change nothing of what is stored."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.ingest import import_files
from analysis.store import batches, open_store
from analysis.store.as_of import open_as_of, withdraw
from analysis.store.batches import read_batches

ROOT = Path(__file__).resolve().parents[2]
# Days on which clocks change in Europe and America, the last day of a year, a leap day.
EPISODES = (
    "episode_id,patient_id,modality,start_date,sex\n"
    "I1,i1,rtms,2024-03-31,female\nİ2,\u01312,ect,2024-10-27,male\nI3,I3,iv_ketamine,2024-02-29,\n"
)
SCORES = (
    "episode_id,instrument,date,score\n"
    "I1,phq9,2024-03-31,20\nI1,phq9,2024-05-12,7\nİ2,phq9,2024-11-03,15\n"
    "İ2,phq9,2024-12-31,4\nI3,phq9,2024-03-10,21\nI3,phq9,2024-04-11,20.0\n"
)
CHILD = """
import locale, sys
locale.setlocale(locale.LC_ALL, "")
from analysis.ingest import import_files
report = import_files(sys.argv[1], sys.argv[2:])
print(report.snapshot, sum(f.loaded for f in report.files), locale.localeconv()["decimal_point"])
"""
HALF = "patient_id,modality,instrument,day,score\nP3,rtms,phq9,0,20\nP3,rtms,phq9,42,19\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, text in (("episodes", EPISODES), ("scores", SCORES)):
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return [folder / "episodes.csv", folder / "scores.csv"]


@pytest.fixture(scope="module")
def languages(tmp_path_factory):
    """A folder of languages that were made for this test, where the machine can make them."""
    folder = tmp_path_factory.mktemp("languages")
    if shutil.which("localedef"):
        for name in ("de_DE", "tr_TR"):
            made = ["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")]
            subprocess.run(made, capture_output=True, check=False)
    return folder


def imported(store, files, **environment):
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(store), *map(str, files)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.fixture(scope="module")
def expected(files, tmp_path_factory):
    report = import_files(tmp_path_factory.mktemp("expected") / "store", files)
    assert sum(file.loaded for file in report.files) == 9
    return report.snapshot


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"]
)
def test_f14_time_zones(zone, files, expected, tmp_path):
    assert imported(tmp_path / "store", files, TZ=zone)[:2] == [expected, "9"]


@pytest.mark.parametrize("language", ["de_DE.UTF-8", "tr_TR.UTF-8"])
def test_f14_languages(language, files, expected, languages, tmp_path):
    if not (languages / language).is_dir():
        pytest.skip(f"{language} cannot be made on this machine")
    found = imported(tmp_path / "store", files, LC_ALL=language, LOCPATH=str(languages))
    assert found == [expected, "9", ","]


def test_f14_a_clock_that_goes_back_a_day(store, more, content, monkeypatch, tmp_path):
    """Batches are in the order of their numbers, whatever the clock says."""
    usual = shutil.copytree(store, tmp_path / "usual")
    import_files(usual, [more])
    first = content(store)

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=1)

    monkeypatch.setattr(batches, "datetime", Yesterday)
    import_files(store, [more])
    with open_store(store) as opened:
        assert opened.snapshot == content(usual)[0]
        logged = read_batches(opened.connection)
    assert [batch.batch for batch in logged] == [1, 2]
    assert datetime.fromisoformat(logged[1].when) < datetime.fromisoformat(logged[0].when)
    with open_as_of(store, 1) as opened:
        assert opened.snapshot == first[0]
    withdraw(store, 2)
    with open_store(store) as opened:
        assert opened.snapshot == first[0]
        assert opened.manifest.batch == 3


def test_f14_files_dated_in_the_future(store, more, content):
    """The dates of a store's own files mean nothing."""
    before = content(store)
    later = (datetime.now(UTC) + timedelta(days=400)).timestamp()
    for path in store.iterdir():
        os.utime(path, (later, later))
    assert content(store) == before
    assert import_files(store, [more]).batch == 2


def library() -> str | None:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return str(found[0]) if found else None


@pytest.mark.skipif(library() is None, reason="libfaketime is not installed")
@pytest.mark.parametrize("shift", ["-1d", "+1d"])
def test_f14_the_clock_of_the_whole_process(shift, files, expected, tmp_path):
    found = imported(
        tmp_path / "store",
        files,
        LD_PRELOAD=str(library()),
        FAKETIME=shift,
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )
    assert found[:2] == [expected, "9"]
