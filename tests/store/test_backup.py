"""A store as one file, and back. F19: hashes equal, and a corrupted backup is refused."""

import json
import random
import zipfile

import pytest

from analysis.errors import InputError, StoreDamaged, StoreError, StoreMissing
from analysis.ingest import import_files
from analysis.store import open_store
from analysis.store.backup import backup, restore
from dashboard.cli import main


@pytest.fixture(scope="module")
def saved(drawn, tmp_path_factory):
    """The backup of a store."""
    file = tmp_path_factory.mktemp("backup") / "store.zip"
    backup(drawn / "store", file)
    return file


@pytest.mark.parametrize("case", ["F19"])
def test_a_restored_store_is_the_one_that_was_backed_up(drawn, saved, tmp_path, everything, case):
    restored = restore(saved, tmp_path / "again")
    assert restored.kept_aside is None
    before, after = everything(drawn / "store"), everything(tmp_path / "again")
    assert after[1] == before[1]
    assert (after[0].tables, after[0].snapshot, after[0].batch) == (
        before[0].tables,
        before[0].snapshot,
        before[0].batch,
    )
    assert [f.name for f in saved.parent.iterdir()] == [saved.name]


def test_a_backup_lists_the_hash_of_each_member(saved):
    with zipfile.ZipFile(saved) as archive:
        contents = json.loads(archive.read("backup.json"))
        assert {*contents["members"], "backup.json"} == set(archive.namelist())
        assert {"current.json", "highest-batch"} < set(contents["members"])
    assert all(len(sha256) == 64 for sha256 in contents["members"].values())


def test_an_older_state_may_be_restored_and_imported_into(store, more, tmp_path, everything):
    backup(store, tmp_path / "old.zip")
    before = everything(store)[1]
    import_files(store, [more])
    newer = everything(store)
    restored = restore(tmp_path / "old.zip", store, replace_store=True)
    assert everything(store)[1] == before
    assert (store / "highest-batch").read_text() == "1"
    assert restored.kept_aside == tmp_path / "store.before-restore-1"
    assert everything(restored.kept_aside) == newer
    assert import_files(store, [more]).batch == 2


def test_a_store_is_not_overwritten_without_a_word(store, saved):
    before = {f.name: f.read_bytes() for f in store.iterdir()}
    with pytest.raises(StoreError, match=r"say --replace .* \(E504\)"):
        restore(saved, store)
    assert {f.name: f.read_bytes() for f in store.iterdir()} == before


def test_a_damaged_store_can_be_replaced(store, saved, everything, drawn):
    (snapshot,) = store.glob("snapshot-*")
    snapshot.write_bytes(b"garbage")
    (store / "highest-batch").write_text("many")
    restored = restore(saved, store, replace_store=True)
    assert everything(store)[1] == everything(drawn / "store")[1]
    assert (restored.kept_aside / snapshot.name).read_bytes() == b"garbage"


@pytest.mark.parametrize("seed", range(2))
def test_a_flipped_bit_of_a_backup_is_refused_or_changes_nothing(
    saved, tmp_path, everything, drawn, seed
):
    whole, dice, good = saved.read_bytes(), random.Random(seed), everything(drawn / "store")[1]
    codes = []
    for number in range(8):
        damaged = bytearray(whole)
        at = dice.randrange(len(whole)) if number % 2 else len(whole) - 1 - dice.randrange(500)
        damaged[at] ^= 1 << dice.randrange(8)
        file = tmp_path / f"{number}.zip"
        file.write_bytes(bytes(damaged))
        try:
            restore(file, tmp_path / f"store-{number}")
        except InputError as error:
            codes.append(error.code)
        else:
            assert everything(tmp_path / f"store-{number}")[1] == good
    assert codes
    assert set(codes) <= {"E501", "E506"}
    made = [f.parent.name for f in tmp_path.glob("store-*/current.json")]
    assert len(made) + len(codes) == 8


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.999])
def test_a_backup_cut_short_is_refused(saved, tmp_path, share):
    whole = saved.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match=r"is no backup of a store, or is damaged.*\(E501\)"):
        restore(tmp_path / "cut.zip", tmp_path / "store")
    assert not list((tmp_path / "store").glob("*.json"))


def repacked(saved, target, change):
    """Write a backup again with other contents, as a hand that meddles would."""
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_a_member_that_was_exchanged_is_refused(saved, tmp_path):
    repacked(saved, tmp_path / "x.zip", lambda m: m.update({"highest-batch": b"7"}))
    with pytest.raises(InputError, match="E501"):
        restore(tmp_path / "x.zip", tmp_path / "store")


def test_a_member_outside_of_its_folder_is_refused(saved, tmp_path):
    def change(members):
        contents = json.loads(members["backup.json"])
        contents["members"]["../outside"] = "0" * 64
        members["backup.json"] = json.dumps(contents).encode()
        members["../outside"] = b""

    repacked(saved, tmp_path / "x.zip", change)
    with pytest.raises(InputError, match="E501"):
        restore(tmp_path / "x.zip", tmp_path / "store")
    assert not (tmp_path / "outside").exists()


def test_a_backup_of_another_layout_is_refused_with_both_numbers(saved, tmp_path):
    def change(members):
        contents = json.loads(members["backup.json"])
        members["backup.json"] = json.dumps({**contents, "schema_version": 9}).encode()

    repacked(saved, tmp_path / "x.zip", change)
    with pytest.raises(InputError, match=r"layout version 9; this program reads version 3.*E506"):
        restore(tmp_path / "x.zip", tmp_path / "store")


def test_a_damaged_store_is_not_backed_up(store, tmp_path):
    (snapshot,) = store.glob("snapshot-*")
    snapshot.write_bytes(b"garbage")
    with pytest.raises(StoreDamaged):
        backup(store, tmp_path / "x.zip")
    assert not list(tmp_path.glob("x.zip*"))


@pytest.mark.parametrize(
    "step", ["Checking the store", "Writing the backup", "Checking the backup"]
)
def test_a_backup_that_is_stopped_leaves_no_file(store, tmp_path, step):
    def stop(at):
        if at == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(store, tmp_path / "x.zip", stop)
    assert not list(tmp_path.glob("x.zip*"))
    backup(store, tmp_path / "x.zip")


@pytest.mark.parametrize("step", ["Checking the backup", "Publishing"])
def test_a_restore_that_is_stopped_leaves_the_store_as_it_was(store, saved, everything, step, more):
    import_files(store, [more])
    before = everything(store)

    def stop(at):
        if at == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(saved, store, replace_store=True, progress=stop)
    assert everything(store) == before
    assert not list(store.glob("restoring-*"))
    assert restore(saved, store, replace_store=True).manifest.batch == 1


def test_no_store_and_no_backup(tmp_path, saved):
    with pytest.raises(StoreMissing):
        backup(tmp_path / "nowhere", tmp_path / "x.zip")
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(InputError, match="no such file"):
        restore(tmp_path / "none.zip", tmp_path / "store")


def test_a_backup_is_not_overwritten(store, tmp_path):
    (tmp_path / "there.zip").write_bytes(b"another backup")
    with pytest.raises(InputError, match=r"is there already.*\(E502\)"):
        backup(store, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_bytes() == b"another backup"


def test_the_commands(store, tmp_path, capsys):
    assert main(["backup", str(store), str(tmp_path / "b.zip")]) == 0
    assert "up to batch 1, snapshot " in capsys.readouterr().out
    assert main(["restore", str(tmp_path / "b.zip"), str(store)]) == 2
    assert "say --replace" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "b.zip"), str(store), "--replace"]) == 0
    told = capsys.readouterr().out
    assert f"The store before is kept in {store}.before-restore-1." in told
    with open_store(store) as opened:
        assert f"is at batch 1 again, snapshot {opened.snapshot}." in told
