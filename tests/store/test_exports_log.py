"""What left a store is in its log before it has left. F04 (log), F14: in order by number."""

import json
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest

from analysis.errors import InputError, StoreDamaged
from analysis.ingest import import_files
from analysis.store import exports, open_store
from analysis.store.as_of import open_as_of
from analysis.store.backup import backup, restore
from analysis.store.batches import current_user
from analysis.store.exports import note_export, read_exports
from analysis.store.write_out import write_out
from dashboard.cli import main


def log_of(store):
    return (store / "exports.log").read_text("ascii").splitlines()


def test_each_export_has_its_line(store, more, tmp_path, capsys):
    assert read_exports(store) == []
    assert main(["export", str(store), "--to", "csv", str(tmp_path / "a"), "--who", "Zoë"]) == 0
    import_files(store, [more])
    with open_as_of(store, 1) as then:
        write_out(then, tmp_path / "b", dates=True)
        first = then.snapshot
    with open_store(store) as opened:
        second = opened.snapshot
    assert main(["export", str(store), "--to", "csv", str(tmp_path / "c"), "--who", "ann"]) == 0
    capsys.readouterr()
    found = read_exports(store)
    assert [(line.export, line.who, line.snapshot) for line in found] == [
        (1, "Zoë", first),
        (2, current_user(), first),
        (3, "ann", second),
    ]
    assert [line.what for line in found] == [
        f"what counts as of batch 1, csv, no dates, to {tmp_path / 'a'}",
        f"what counts as of batch 1, csv, start dates, to {tmp_path / 'b'}",
        f"what counts as of batch 2, csv, no dates, to {tmp_path / 'c'}",
    ]
    assert all(datetime.fromisoformat(line.when).utcoffset() == timedelta(0) for line in found)
    assert all(set(json.loads(line)) == {"export", "when", "who", "what", "snapshot"}
               for line in log_of(store))  # fmt: skip


def test_f14_the_order_is_that_of_the_numbers_when_the_clock_goes_back(store, monkeypatch):
    times = [datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)]
    for number, time in enumerate(times, 1):
        monkeypatch.setattr(exports, "now", time.isoformat)
        assert note_export(store, "all", "abc", "ann").export == number
    assert [line.when[:10] for line in read_exports(store)] == ["2026-03-02", "2026-03-01"]


def test_a_name_cannot_break_out_of_its_line(store):
    note_export(store, "all", "abc", 'ann\n{"export": 2}\u2028')
    note_export(store, "all", "abc", "ben")
    assert [line.export for line in read_exports(store)] == [1, 2]
    assert read_exports(store)[0].who == 'ann\n{"export": 2}\u2028'


def test_a_folder_that_holds_files_is_refused_without_a_line(store, tmp_path, capsys):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("theirs")
    assert main(["export", str(store), "--to", "csv", str(tmp_path / "there")]) == 2
    assert "(E507)" in capsys.readouterr().err
    assert not (store / "exports.log").exists()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_off_is_written_again(store, cut):
    """The process died while it wrote: that export never began."""
    first = note_export(store, "all", "abc", "ann")
    whole = (store / "exports.log").read_bytes()
    (store / "exports.log").write_bytes(whole + whole[:cut])
    assert read_exports(store) == [first]
    assert note_export(store, "all", "abc", "ben").export == 2
    assert [line.who for line in read_exports(store)] == ["ann", "ben"]


@pytest.mark.parametrize(
    "content",
    [b"garbage\n", b"\xff\xfe\n", b"{}\n", b"[1]\n", b'{"export": 1}\n', bytes(9) + b"\n"],
    ids=repr,
)  # fmt: skip
def test_a_log_that_is_not_one_blocks_exports(content, store, tmp_path, capsys):
    (store / "exports.log").write_bytes(content)
    assert main(["export", str(store), "--to", "csv", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "put back the one of the newest backup, or move it away" in told
    assert not (tmp_path / "out").exists()
    assert (store / "exports.log").read_bytes() == content
    # all else goes on
    assert main(["info", str(store)]) == 0


def test_a_line_that_was_taken_out_is_missed(store):
    for who in ("ann", "ben", "cat"):
        note_export(store, "all", "abc", who)
    lines = (store / "exports.log").read_bytes().splitlines(keepends=True)
    (store / "exports.log").write_bytes(lines[0] + lines[2])
    with pytest.raises(StoreDamaged, match="E509"):
        read_exports(store)


def test_an_export_that_fails_is_in_the_log(store, tmp_path):
    """It may have written a part of its files."""
    (tmp_path / "file").write_text("")
    with open_store(store) as opened, pytest.raises(InputError, match="cannot be written"):
        write_out(opened, tmp_path / "file" / "below", who="ann")
    assert [line.who for line in read_exports(store)] == ["ann"]


def test_exports_at_the_same_time_have_each_their_number(store):
    def many(who):
        for _ in range(10):
            note_export(store, "all", "abc", who)

    threads = [threading.Thread(target=many, args=(who,)) for who in ("ann", "ben", "cat")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_exports(store)) == 30


def test_another_export_is_not_waited_for_ever(store, monkeypatch):
    monkeypatch.setattr(exports, "PATIENCE", 0.05)
    with exports._held(store), pytest.raises(InputError, match="another export is writing"):
        note_export(store, "all", "abc", "ann")


def test_an_export_does_not_wait_for_an_import(store, more, tmp_path):
    done: list[int] = []

    def meanwhile(step):
        if step == "Checking every row" and not done:
            done.append(main(["export", str(store), "--to", "csv", str(tmp_path / "out")]))

    import_files(store, [more], progress=meanwhile)
    assert done == [0]
    assert [line.export for line in read_exports(store)] == [1]


def test_a_backup_carries_the_log(store, more, tmp_path):
    note_export(store, "all", "abc", "ann")
    backup(store, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "again")
    assert log_of(tmp_path / "again") == log_of(store)
    # what has left since then has left
    note_export(store, "all", "abc", "ben")
    restored = restore(tmp_path / "backup.zip", store, replace_store=True)
    assert [line.who for line in read_exports(store)] == ["ann", "ben"]
    assert log_of(restored.kept_aside) == log_of(store)
    (store / "exports.log").unlink()
    restore(tmp_path / "backup.zip", store, replace_store=True)
    assert [line.who for line in read_exports(store)] == ["ann"]


def test_a_store_without_a_log_is_a_good_one(store, tmp_path):
    shutil.rmtree(tmp_path / "again", ignore_errors=True)
    backup(store, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "again")
    assert not (tmp_path / "again" / "exports.log").exists()
    with open_store(tmp_path / "again") as opened:
        assert opened.manifest.batch == 1
