"""Damaged, foreign and older files: refused with a sentence, or the same answers."""

import os
import random
import shutil
import tempfile
import time

import duckdb
import pytest

from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.errors import StoreDamaged
from analysis.ingest import import_files
from analysis.measures import rates
from analysis.store import open_store
from analysis.store.spill import spilling

FLIPS = 500
CUTS = 100
# Seconds after which the loops end, on a machine that is too busy for all of them.
LONGEST = 240


def answers(store):
    """What a page would show, or the sentence that refuses the store."""
    try:
        opened = open_store(store)
    except StoreDamaged:
        return None
    with opened:
        rows = rates(opened, Cohort(), Definition(), by=("modality",)).rows
        return [(row.measure, row.group, row.numerator, row.denominator) for row in rows]


def snapshot_file(store):
    (file,) = store.glob("snapshot-*.duckdb")
    return file


@pytest.mark.slow
def test_f07_flipped_bits(store):
    file, right = snapshot_file(store), answers(store)
    size, dice, begun = file.stat().st_size, random.Random(7), time.monotonic()
    refused = done = 0
    assert right
    with file.open("rb+", buffering=0) as handle:
        for number in range(FLIPS):
            at = dice.randrange(size if number % 2 else 16_384)
            good = os.pread(handle.fileno(), 1, at)
            os.pwrite(handle.fileno(), bytes([good[0] ^ (1 << dice.randrange(8))]), at)
            found = answers(store)
            os.pwrite(handle.fileno(), good, at)
            assert found in (None, right), at
            refused += found is None
            done += 1
            if time.monotonic() - begun > LONGEST:
                break
    assert done >= FLIPS // 5
    assert refused
    assert answers(store) == right


def log_of(folder, file, statements):
    """The log that another tool leaves beside a copy of a file when it dies after a change."""
    copy = shutil.copy(file, folder / "copy.duckdb")
    con = duckdb.connect(str(copy), config={"checkpoint_threshold": "1TB"})
    con.execute("set debug_skip_checkpoint_on_commit = true")
    for statement in statements:
        con.execute(statement)
    content = (folder / "copy.duckdb.wal").read_bytes()
    con.close()
    return content


def test_f08_a_publication_leaves_no_log(store, more):
    import_files(store, [more])
    with pytest.raises(Exception, match="refused"):
        import_files(store, [more.with_name("refused.csv")])
    assert not list(store.glob("*.wal*"))
    assert not list(store.glob("*.part*"))


@pytest.mark.slow
def test_f08_a_log_of_changes_cut_at_any_point(store, tmp_path):
    """Rows that another tool took away are never missing without a word."""
    file, right = snapshot_file(store), answers(store)
    gone = ["delete from assessment", "delete from observation", "delete from endpoint"]
    log = log_of(tmp_path, file, gone)
    beside = file.with_name(f"{file.name}.wal")
    found = []
    for at in sorted({*(len(log) * n // CUTS for n in range(CUTS)), len(log)}):
        beside.write_bytes(log[:at])
        found.append(answers(store))
        assert found[-1] in (None, right), at
    assert found[-1] is None
    beside.unlink()
    assert answers(store) == right


@pytest.mark.parametrize("content", ["another database", "garbage", "zeros", "nothing"])
def test_f08_a_log_that_is_not_its_own(content, store, tmp_path, more):
    file, right = snapshot_file(store), answers(store)
    logs = {"garbage": random.Random(8).randbytes(5000), "zeros": bytes(5000), "nothing": b""}
    if content == "another database":
        con = duckdb.connect(str(tmp_path / "other.duckdb"))
        con.execute("create table assessment (a integer)")
        con.close()
        log = log_of(tmp_path, tmp_path / "other.duckdb", ["insert into assessment values (1)"])
    else:
        log = logs[content]
    beside = file.with_name(f"{file.name}.wal")
    beside.write_bytes(log)
    assert answers(store) in (None, right)
    assert beside.read_bytes() == log
    beside.unlink()
    assert import_files(store, [more]).changed


def test_f10_an_earlier_pointer_with_its_snapshot_is_refused(store, more, tmp_path):
    earlier = shutil.copytree(store, tmp_path / "earlier")
    import_files(store, [more])
    snapshot_file(store).unlink()
    for name in ("current.json", snapshot_file(earlier).name):
        shutil.copy(earlier / name, store / name)
    with pytest.raises(StoreDamaged, match="an older copy was put in its place") as refused:
        open_store(store)
    assert "batch 1 " in str(refused.value)
    assert "batch 2" in str(refused.value)
    with pytest.raises(StoreDamaged, match="an older copy"):
        import_files(store, [more])


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe", b"1.5"], ids=repr)
def test_f10_a_mark_that_is_no_number_is_refused(content, store):
    (store / "highest-batch").write_bytes(content)
    assert answers(store) is None


@pytest.mark.parametrize("content", [b"", b"garbage" * 500], ids=["empty", "garbage"])
def test_f10_a_file_of_another_kind_is_refused(content, store, more):
    file = snapshot_file(store)
    file.write_bytes(content)
    assert answers(store) is None
    with pytest.raises(StoreDamaged):
        import_files(store, [more])
    assert file.read_bytes() == content


def test_f10_the_snapshot_of_another_store_is_refused(store, more, tmp_path):
    import_files(tmp_path / "other", [more])
    shutil.copy(snapshot_file(tmp_path / "other"), snapshot_file(store))
    assert answers(store) is None


def test_f01_what_a_killed_run_left_in_the_temporary_folder_is_cleared_away(
    store, more, tmp_path, monkeypatch
):
    """It may be a copy of a file; what other stores have there is theirs."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with spilling(tmp_path / "another store") as others, spilling(store) as own:
        (others / "plain.csv").write_text("theirs")
        shutil.copytree(own, left := own.with_name(own.name + "left"))
        (left / "plain.csv").write_text("ours")
        import_files(store, [more])
        assert not left.exists()
        assert (others / "plain.csv").read_text() == "theirs"
