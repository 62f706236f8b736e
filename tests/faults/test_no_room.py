"""Full and read-only disks: a sentence, the store as before, and then it works.

The disks are small file systems in memory, which only root can mount; without root they skip.
"""

import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest

from analysis.errors import InputError, OutcomesError, StoreError
from analysis.ingest import import_files
from analysis.store import open_store
from analysis.store.as_of import withdraw
from analysis.store.exports import note_export, read_exports
from analysis.store.write_out import write_out
from dashboard.cli import main
from tests.faults.small_disk import MEBIBYTE, a_sentence, room_for, small_disk

ROOT = Path(__file__).resolve().parents[2]


# What a run needs is between one and a few megabytes beside the store: from too little for its
# first block to too little for its last words.
@pytest.mark.parametrize("free", [0, 4096, 300_000, 1_000_000, 2_000_000, 2_700_000])
def test_f04_the_disk_of_the_store_is_full(free, drawn, more, tmp_path, content):
    place = tmp_path / "disk"
    with small_disk(place, 64 * MEBIBYTE) as remount:
        store = place / "store"
        import_files(store, [drawn / "episodes.csv", drawn / "scores.csv"])
        before = content(store)
        remount(room_for(place, free))
        for run in (
            partial(import_files, store, [more]),
            partial(import_files, store, [drawn / "refused.csv"]),
            partial(withdraw, store, 1),
        ):
            try:
                run()
            except OutcomesError as error:
                a_sentence(error)
            else:
                assert free > MEBIBYTE
                continue
            if content(store) != before:  # the refusal found room for its line
                assert free > MEBIBYTE
                break
            assert not list(store.glob("next-*"))
        remount(f"size={64 * MEBIBYTE}")
        found = content(store)
        report = import_files(store, [more])
        assert report.changed or found != before


def test_f04_a_refusal_that_cannot_be_noted_still_says_why(drawn, tmp_path, content):
    place = tmp_path / "disk"
    with small_disk(place, 64 * MEBIBYTE) as remount:
        store = place / "store"
        import_files(store, [drawn / "episodes.csv", drawn / "scores.csv"])
        before = content(store)
        remount(room_for(place, 400_000))
        with pytest.raises(StoreError) as refused:
            import_files(store, [drawn / "refused.csv"])
        assert "refused.csv, line 1" in a_sentence(refused.value)
        assert "No space left" in str(refused.value)
        assert content(store) == before


def test_f04_the_command_line_says_that_the_disk_is_full(drawn, more, tmp_path, content):
    place = tmp_path / "disk"
    with small_disk(place, 64 * MEBIBYTE) as remount:
        store = place / "store"
        import_files(store, [drawn / "episodes.csv", drawn / "scores.csv"])
        before = content(store)
        remount(room_for(place, 400_000))
        run = subprocess.run(
            [sys.executable, "-m", "dashboard.cli", "import", str(store), str(more)],
            cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert run.returncode == 2
        assert "Traceback" not in run.stderr
        assert run.stderr.splitlines()[-1].startswith("trd-outcomes: ")
        assert "stays as it was" in run.stderr
        assert content(store) == before


@pytest.mark.parametrize("noted", [0, 1, 14])
def test_f04_no_export_without_room_for_its_line(noted, drawn, tmp_path, content):
    """The log is full: nothing leaves, and questions are answered; with room it goes on."""
    place, who = tmp_path / "disk", "ann" * 30
    with small_disk(place, 64 * MEBIBYTE) as remount:
        store = shutil.copytree(drawn / "store", place / "store")
        before = content(store)
        with open_store(store) as opened:
            for _ in range(noted):
                note_export(store, "all", opened.snapshot, who)
            remount(room_for(place, 0))
            lines, refused = noted, None
            while refused is None:  # the last block of the log may have room for some
                try:
                    write_out(opened, tmp_path / "out", who=who)
                except InputError as error:
                    refused = error
                else:
                    shutil.rmtree(tmp_path / "out")
                    lines += 1
                assert lines < noted + 40
            assert "No space left" in a_sentence(refused, code="E508")
            assert not (tmp_path / "out").exists()
            assert [line.export for line in read_exports(store)] == list(range(1, lines + 1))
            assert opened.rows("select count(*) from assessment") == [(4,)]
            assert content(store) == before
            remount(f"size={64 * MEBIBYTE}")
            assert write_out(opened, tmp_path / "out", who=who).files
            assert len(read_exports(store)) == lines + 1


def test_f04_no_export_from_a_read_only_folder(drawn, tmp_path, capsys):
    place = tmp_path / "disk"
    with small_disk(place, 64 * MEBIBYTE) as remount:
        store = shutil.copytree(drawn / "store", place / "store")
        remount("ro")
        assert main(["export", str(store), "--to", "csv", str(tmp_path / "out")]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert "ead-only" in told
        assert "nothing is exported" in told
        assert not (tmp_path / "out").exists()
        assert main(["rates", str(store)]) == 0


@pytest.mark.parametrize("size", [4096, 200_000])
def test_f04_the_temporary_folder_is_full(size, store, big, tmp_path, content, monkeypatch):
    place = tmp_path / "spill"
    before = content(store)
    with small_disk(place, size) as remount:
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        with pytest.raises(StoreError) as full:
            import_files(store, [big])
        assert "stays as it was" in a_sentence(full.value)
        assert "No space left" in str(full.value)
        assert content(store) == before
        assert not list(place.iterdir())
        remount(f"size={64 * MEBIBYTE}")
        assert import_files(store, [big]).changed


def test_f04_there_is_no_temporary_folder(store, more, tmp_path, content, monkeypatch):
    before = content(store)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(StoreError) as gone:
        import_files(store, [more])
    a_sentence(gone.value)
    assert content(store) == before


def test_f04_a_read_only_folder(drawn, more, tmp_path, content):
    place = tmp_path / "disk"
    with small_disk(place, 64 * MEBIBYTE) as remount:
        store = place / "store"
        import_files(store, [drawn / "episodes.csv", drawn / "scores.csv"])
        before = content(store)
        remount("ro")
        for run in (
            partial(import_files, store, [more]),
            partial(import_files, store, [drawn / "refused.csv"]),
            partial(withdraw, store, 1),
            partial(import_files, place / "another", [more]),
        ):
            with pytest.raises(StoreError) as refused:
                run()
            assert "ead-only" in a_sentence(refused.value)
            assert content(store) == before
        remount("rw")
        assert import_files(store, [more]).changed
