"""A damaged store is refused with a sentence, or answers as before; never a wrong number."""

import json
import os
import random
import shutil
import signal
from dataclasses import asdict

import pytest

from analysis.errors import StoreDamaged, StoreMissing
from analysis.ingest import import_files
from analysis.store import open_store

GOOD = {
    ("response", "rtms"): (1, 1),
    ("remission", "rtms"): (1, 1),
    ("response", "ect"): (0, 1),
    ("remission", "ect"): (0, 1),
}
FLIPS = 40


def snapshot_file(store):
    (file,) = store.glob("snapshot-*.duckdb")
    return file


def refused(store, kind=StoreDamaged) -> str:
    with pytest.raises(kind) as error:
        open_store(store)
    sentence = str(error.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_a_good_store_opens(store, answer):
    with open_store(store) as opened:
        assert answer(opened) == GOOD
        assert opened.is_current()


@pytest.mark.parametrize("place", ["nowhere", "nowhere/deeper"])
def test_no_store(tmp_path, place):
    assert f"There is no store at {tmp_path / place}" in refused(tmp_path / place, StoreMissing)


def test_an_empty_folder_is_no_store(tmp_path):
    assert "There is no store at" in refused(tmp_path, StoreMissing)


def test_a_file_is_no_store(tmp_path):
    (tmp_path / "store").write_text("a file")
    refused(tmp_path / "store")


POINTERS = {
    "empty": "",
    "half": '{"schema_version": 1, "snap',
    "no JSON": "hello",
    "a list": "[]",
    "a number": "1",
    "null": "null",
    "an empty object": "{}",
    "not UTF-8": b"\xff\xfe{}",
}


@pytest.mark.parametrize("content", POINTERS.values(), ids=POINTERS)
def test_a_pointer_that_is_garbage(store, content):
    data = content if isinstance(content, bytes) else content.encode()
    (store / "current.json").write_bytes(data)
    assert str(store) in refused(store)


def change_pointer(store, **changes):
    pointer = store / "current.json"
    data = json.loads(pointer.read_text("utf-8"))
    pointer.write_text(json.dumps({**data, **changes}), "utf-8")


@pytest.mark.parametrize(
    ("version", "mend"),
    [
        (0, "Import the files again into a new store."),
        (1, "Import the files again into a new store."),
        (2, "Run trd-outcomes upgrade {store}."),
        (4, "Use the newer program that wrote it."),
        (99, "Use the newer program that wrote it."),
        ("3", "Import the files again into a new store."),
        (None, "Import the files again into a new store."),
    ],
    ids=lambda value: f"F13 {value}" if not isinstance(value, str) else None,
)
def test_a_layout_of_another_version_is_refused_with_both_numbers(store, version, mend):
    change_pointer(store, schema_version=version)
    sentence = refused(store)
    assert f"has layout version {version}" in sentence
    assert "reads version 3" in sentence
    assert mend.format(store=store) in sentence


def test_an_import_into_a_store_of_an_earlier_layout_says_so_and_changes_nothing(store, more):
    change_pointer(store, schema_version=1)
    before = {file: file.read_bytes() for file in store.iterdir() if file.suffix != ".lock"}
    with pytest.raises(StoreDamaged, match="layout version 1; this program reads version 3"):
        import_files(store, [more])
    assert {file: file.read_bytes() for file in store.iterdir() if file.suffix != ".lock"} == before


@pytest.mark.parametrize(
    "changes",
    [
        {"file": "snapshot-gone.duckdb"},
        {"file": "current.json"},
        {"file": 5},
        {"file": None},
        {"snapshot": None},
        {"tables": {}},
        {"tables": []},
        {"tables": {"episode": {"rows": 2}}},
        {"tables": {"episode": 2}},
    ],
    ids=str,
)
def test_a_pointer_that_is_wrong(store, changes):
    change_pointer(store, **changes)
    refused(store)


@pytest.mark.parametrize("table", ["episode", "assessment", "observation", "endpoint", "setting"])
@pytest.mark.parametrize("state", ["rows", "content"])
def test_a_table_that_is_not_what_the_manifest_says(store, table, state):
    with open_store(store) as opened:
        tables = {name: asdict(t) for name, t in opened.manifest.tables.items()}
    tables[table][state] = 77 if state == "rows" else "0" * 16
    change_pointer(store, tables=tables)
    assert "is not what its manifest says" in refused(store)


def test_a_pointer_of_an_earlier_import_is_refused(store, more):
    old = (store / "current.json").read_bytes()
    import_files(store, [more])
    (store / "current.json").write_bytes(old)
    assert "an older copy was put in its place" in refused(store)


def test_a_snapshot_of_an_earlier_import_is_refused(store, more):
    """An older copy under the newer name has fewer rows than the manifest says."""
    old = snapshot_file(store).read_bytes()
    import_files(store, [more])
    snapshot_file(store).write_bytes(old)
    assert "is not what its manifest says" in refused(store)


def test_a_snapshot_that_is_gone(store):
    snapshot_file(store).unlink()
    assert "has lost its file" in refused(store)


def test_a_snapshot_that_is_a_folder(store):
    file = snapshot_file(store)
    file.unlink()
    file.mkdir()
    assert "has lost its file" in refused(store)


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"\0" * 12288])
def test_a_snapshot_that_is_garbage(store, content):
    snapshot_file(store).write_bytes(content)
    refused(store)


@pytest.mark.parametrize("share", [0.001, 0.2, 0.5, 0.8, 0.99])
def test_a_snapshot_cut_short(store, share, answer):
    file = snapshot_file(store)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    try:
        opened = open_store(store)
    except StoreDamaged:
        return
    with opened:
        assert answer(opened) == GOOD


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_is_refused_or_changes_nothing(store, answer, tmp_path, seed):
    """One bit at a time, at places drawn over the whole file and its first blocks."""
    file = snapshot_file(store)
    whole = file.read_bytes()
    dice = random.Random(seed)
    seen = set()
    for number in range(FLIPS // 4):
        at = dice.randrange(len(whole) if number % 2 else 16_384)
        damaged = bytearray(whole)
        damaged[at] ^= 1 << dice.randrange(8)
        copy = shutil.copytree(store, tmp_path / f"flip-{number}")
        (copy / file.name).write_bytes(bytes(damaged))
        try:
            opened = open_store(copy)
        except StoreDamaged:
            seen.add("refused")
            continue
        with opened:
            assert answer(opened) == GOOD
        seen.add("the same")
    assert seen <= {"refused", "the same"}
    assert seen


def test_a_damaged_store_is_not_imported_into(store, more):
    snapshot_file(store).write_bytes(b"garbage")
    pointer = (store / "current.json").read_bytes()
    with pytest.raises(StoreDamaged):
        import_files(store, [more])
    assert (store / "current.json").read_bytes() == pointer
    assert snapshot_file(store).read_bytes() == b"garbage"


def altered(store):
    """Change the manifest so that only its age and its size are those of before."""
    pointer = store / "current.json"
    said, seen = pointer.read_text("utf-8"), pointer.stat()
    content = json.loads(said)["tables"]["endpoint"]["content"]
    pointer.write_text(said.replace(content, content[::-1]), "utf-8")
    os.utime(pointer, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def test_what_another_process_has_checked_is_not_compared_again(store, answer):
    with open_store(store) as opened:
        seal = opened.seal
    altered(store)
    with open_store(store, checked=seal) as opened:
        assert (answer(opened), opened.seal) == (GOOD, seal)
    refused(store)


@pytest.mark.parametrize("name", ["current.json", "highest-batch", "snapshot-*.duckdb"])
def test_what_was_touched_after_it_was_checked_is_compared(store, name):
    with open_store(store) as opened:
        seal = opened.seal
    altered(store)
    (file,) = store.glob(name)
    os.utime(file, ns=(0, 0))
    with pytest.raises(StoreDamaged, match="not what its manifest says"):
        open_store(store, checked=seal)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers as POSIX has them")
def test_a_ctrl_c_at_any_moment_of_opening_is_a_ctrl_c(store, answer):
    """The engine tells of one as an error of another kind."""
    stopped = 0
    usual = signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    try:
        for milliseconds in range(1, 60):
            try:
                signal.setitimer(signal.ITIMER_VIRTUAL, milliseconds / 1000)
                with open_store(store):
                    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            except KeyboardInterrupt:
                stopped += 1
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, usual)
    assert stopped
    with open_store(store) as opened:
        assert answer(opened) == GOOD
