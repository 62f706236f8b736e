"""Cohorts kept by name: what is saved is there again, whole, in its order, and nothing is lost."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import Cohort, DefinitionError, InputError, StoreError, StoreMissing, UnknownName
from analysis.errors import StoreBusy
from analysis.saved_cohorts import (
    cohort_name,
    forget_cohort,
    named_cohort,
    put_back,
    read_cohorts,
    save_cohort,
    saved_cohorts,
)
from analysis.store import locking
from analysis.store.backup import backup, restore

ROOT = Path(__file__).resolve().parents[2]
NORTH = Cohort.of({"site": ["north"]})
RESISTANT = Cohort.of({"treatment_resistant": ["yes"], "modality": ["rtms", "ect"]})


@pytest.fixture
def store(sample_store, tmp_path):
    """A copy of the store of the sample data, of which a test may change the saved cohorts."""
    return shutil.copytree(sample_store.path, tmp_path / "store")


def test_a_store_has_none_at_first(store):
    assert saved_cohorts(store) == {}


def test_what_is_saved_is_there_again_in_its_order(store):
    save_cohort(store, "North", NORTH, "Anna")
    save_cohort(store, " A resistant group ", RESISTANT, "Ben")
    assert list(read_cohorts(store).items()) == [("North", NORTH), ("A resistant group", RESISTANT)]
    first = saved_cohorts(store)["North"]
    assert first.who == "Anna"
    assert first.when.endswith("+00:00")
    assert first.named.name == "North"


def test_the_file_is_read_by_people_and_by_any_reader_of_toml(store):
    save_cohort(store, "North", NORTH, "Anna")
    text = (store / "cohorts.toml").read_text("utf-8")
    assert '[cohorts."North"]\nwhere = { site = ["north"] }\n' in text
    assert tomllib.loads(text)["cohorts"]["North"]["where"] == {"site": ["north"]}
    assert not list(store.glob("*.part"))


@pytest.mark.parametrize("character", ['"', "\\", "\x7f", "\t", "'", "#", "ü", "\u2028", ","])
def test_any_level_comes_back(store, character):
    cohort = Cohort.of({"site": [f"a{character}b"], "a field": ["x"]})
    save_cohort(store, "Odd", cohort)
    assert read_cohorts(store)["Odd"] == cohort


def test_the_same_cohort_again_changes_nothing(store):
    save_cohort(store, "North", NORTH, "Anna")
    before = (store / "cohorts.toml").stat().st_mtime_ns
    assert save_cohort(store, "North", NORTH, "Ben").who == "Anna"
    assert (store / "cohorts.toml").stat().st_mtime_ns == before


def test_a_name_never_changes_its_meaning(store):
    save_cohort(store, "North", NORTH)
    with pytest.raises(DefinitionError, match="with other filters"):
        save_cohort(store, "North", RESISTANT)
    assert read_cohorts(store) == {"North": NORTH}


def test_all_episodes_need_no_name(store):
    with pytest.raises(DefinitionError, match="without filters"):
        save_cohort(store, "Everyone", Cohort())


@pytest.mark.parametrize(
    "name", ["", "   ", "=cmd()", "+1", "-1", "@x", "a\nb", "a\x00b", "a\u202eb", "x" * 61, "a=b"]
)
def test_names_that_cannot_be(store, name):
    with pytest.raises(DefinitionError):
        save_cohort(store, name, NORTH)
    assert not (store / "cohorts.toml").exists()


def test_a_letter_is_written_in_one_way(store):
    save_cohort(store, "Zoe\u0308", NORTH)
    assert list(read_cohorts(store)) == ["Zo\u00eb"]
    assert forget_cohort(store, "Zoe\u0308").name == "Zo\u00eb"


@given(st.text(max_size=70))
def test_a_name_is_kept_as_it_is_or_refused(text):
    try:
        name = cohort_name(text)
    except DefinitionError:
        return
    assert cohort_name(name) == name
    assert 1 <= len(name) <= 60
    assert name == name.strip()


def test_what_is_forgotten_can_be_put_back_where_it_was(store):
    for number in range(3):
        save_cohort(store, f"Cohort {number}", Cohort.of({"site": [str(number)]}))
    # as if they had been saved a second apart
    text = (store / "cohorts.toml").read_text("utf-8")
    moments = saved_cohorts(store)
    for number, saved in enumerate(moments.values()):
        own = f'by = "{saved.who}"'
        head, _, rest = text.partition(f'saved = "{saved.when}"\n{own}')
        text = f'{head}saved = "2026-01-0{number + 1}T00:00:00+00:00"\n{own} {rest}'
    (store / "cohorts.toml").write_text(text, "utf-8")
    before = saved_cohorts(store)
    gone = forget_cohort(store, "Cohort 1")
    assert list(saved_cohorts(store)) == ["Cohort 0", "Cohort 2"]
    put_back(store, gone)
    put_back(store, gone)
    assert list(saved_cohorts(store).items()) == list(before.items())


def test_what_is_put_back_does_not_take_a_name_that_was_given_again(store):
    save_cohort(store, "North", NORTH)
    gone = forget_cohort(store, "North")
    save_cohort(store, "North", RESISTANT)
    with pytest.raises(DefinitionError, match="by now"):
        put_back(store, gone)
    assert read_cohorts(store) == {"North": RESISTANT}


def test_an_unknown_name_lists_those_that_there_are(store):
    save_cohort(store, "North", NORTH)
    with pytest.raises(UnknownName, match=r'did you mean "North".* Known: North\.'):
        forget_cohort(store, "Nort")


def test_no_store_is_made_by_saving(tmp_path):
    with pytest.raises(StoreMissing):
        save_cohort(tmp_path / "nowhere", "North", NORTH)
    assert not (tmp_path / "nowhere").exists()


DAMAGED = {
    "no TOML": "[cohorts",
    "bytes": b"\xff\xfe\x00",
    "another table": "[other]\nx = 1\n",
    "no table": "cohorts = 3\n",
    "a value instead of an entry": '[cohorts]\n"North" = 3\n',
    "without filters": '[cohorts."North"]\nsaved = "x"\nby = "y"\n',
    "levels that are numbers": '[cohorts."N"]\nwhere = { site = [1] }\nsaved = "x"\nby = "y"\n',
    "a level instead of levels": '[cohorts."N"]\nwhere = { site = "n" }\nsaved = "x"\nby = "y"\n',
    "a time that is no text": '[cohorts."N"]\nwhere = { site = ["n"] }\nsaved = 1\nby = "y"\n',
    "a name that cannot be": '[cohorts."+N"]\nwhere = { site = ["n"] }\nsaved = "x"\nby = "y"\n',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_said_and_never_written_over(store, content):
    data = content if isinstance(content, bytes) else content.encode()
    (store / "cohorts.toml").write_bytes(data)
    for act in (saved_cohorts, lambda s: save_cohort(s, "North", NORTH)):
        with pytest.raises(InputError, match=r"cohorts\.toml: .*\(E511\)") as caught:
            act(store)
        assert "\n" not in str(caught.value)
    assert (store / "cohorts.toml").read_bytes() == data


def test_many_savers_at_once_lose_nothing(store):
    def save(number: int) -> None:
        save_cohort(store, f"Cohort {number}", Cohort.of({"site": [str(number)]}))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(save, range(24)))
    assert set(read_cohorts(store)) == {f"Cohort {number}" for number in range(24)}


SAVER = """
import sys
from analysis import Cohort
from analysis.saved_cohorts import save_cohort
for number in range(5):
    save_cohort(sys.argv[1], f"{sys.argv[2]} {number}", Cohort.of({"site": [str(number)]}))
"""


def test_two_processes_lose_nothing(store):
    savers = [
        subprocess.Popen([sys.executable, "-c", SAVER, str(store), name], cwd=ROOT) for name in "AB"
    ]
    assert [saver.wait(60) for saver in savers] == [0, 0]
    assert set(read_cohorts(store)) == {f"{name} {n}" for name in "AB" for n in range(5)}


def test_an_import_that_runs_is_said(store, monkeypatch):
    monkeypatch.setattr("analysis.saved_cohorts.PATIENCE", 0.1)
    with locking.writing(store), pytest.raises(StoreBusy, match=f"in use by pid {os.getpid()}"):
        save_cohort(store, "North", NORTH)
    assert saved_cohorts(store) == {}


def test_a_folder_that_can_only_be_read_gives_a_plain_sentence(store, tmp_path):
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # for whom permissions do not count
        place = tmp_path / "mounted"
        place.mkdir()
        mounted = subprocess.run(
            ["mount", "--bind", "-o", "ro", str(store), str(place)],
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            pytest.skip("nothing can be mounted here")
        undo = ["umount", "-l", str(place)]
    else:
        place, undo = store, ["chmod", "755", str(store)]
        store.chmod(0o555)
    try:
        with pytest.raises(StoreError, match=r"can only be read here.*\(E512\)$"):
            save_cohort(place, "North", NORTH)
        assert saved_cohorts(place) == {}
    finally:
        subprocess.run(undo, check=True)


def test_a_backup_carries_them_and_restoring_brings_them_back(store, tmp_path):
    save_cohort(store, "North", NORTH)
    backup(store, tmp_path / "b.zip")
    save_cohort(store, "Later", RESISTANT)
    restore(tmp_path / "b.zip", tmp_path / "new")
    assert read_cohorts(tmp_path / "new") == {"North": NORTH}
    restored = restore(tmp_path / "b.zip", store, replace_store=True)
    assert read_cohorts(store) == {"North": NORTH}
    assert restored.kept_aside is not None
    assert read_cohorts(restored.kept_aside) == {"North": NORTH, "Later": RESISTANT}


def test_a_backup_without_them_leaves_those_that_are_there(store, tmp_path):
    backup(store, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert "cohorts.toml" not in archive.namelist()
    save_cohort(store, "North", NORTH)
    restore(tmp_path / "b.zip", store, replace_store=True)
    assert read_cohorts(store) == {"North": NORTH}


def test_a_damaged_file_does_not_keep_a_backup_from_being_made(store, tmp_path):
    (store / "cohorts.toml").write_bytes(b"\xff")
    backup(store, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "new")
    assert (tmp_path / "new" / "cohorts.toml").read_bytes() == b"\xff"


def test_names_and_filters_are_joined_and_named_in_words(store):
    save_cohort(store, "North", NORTH)
    saved = saved_cohorts(store)
    both = named_cohort(["North", "modality=rtms,ect"], saved)
    assert both.cohort == Cohort.of({"site": ["north"], "modality": ["rtms", "ect"]})
    assert both.name == "North and modality ECT or rTMS"
    assert named_cohort(["site=valley"], saved).name == "site valley"
    assert named_cohort(["site=valley"], saved, "Valley").name == "Valley"
    with pytest.raises(DefinitionError, match="filtered twice"):
        named_cohort(["North", "site=valley"], saved)
    with pytest.raises(UnknownName, match="saved cohort"):
        named_cohort(["South"], saved)
