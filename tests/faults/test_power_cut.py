"""A power cut at any moment leaves the store as before or as afterwards."""

import shutil

import pytest

from analysis.ingest import import_files
from tests.faults.disk import watched
from tests.faults.test_every_point import carry_out


def rebuilt(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("run", ["import", "first import", "withdrawal", "refusal"])
def test_f20_a_power_cut_at_any_moment(run, store, drawn, more, content, tmp_path):
    if run == "first import":
        shutil.rmtree(store)
        store.mkdir()
    before = content(store)
    states: set[frozenset[tuple[str, bytes]]] = set()
    left: list[frozenset[tuple[str, bytes]]] = []

    def seen(disk):
        left.clear()
        for files in disk.after_a_cut():
            states.add(frozenset(files.items()))
            left.append(frozenset(files.items()))

    with watched(store, seen):
        carry_out(run, store, more)
    after = content(store)
    found = {}
    for state in states:
        place = rebuilt(tmp_path / "afterwards", dict(state))
        found[state] = content(place)
        assert found[state] in (before, after), sorted(dict(state))
    assert set(map(str, found.values())) == {str(before), str(after)}
    # once the run has said that it is done, it is done
    assert {str(found[state]) for state in left} == {str(after)}
    # those with the most left behind take the same run as if nothing had been
    for state in sorted((s for s in found if found[s] == before), key=len)[-2:]:
        place = rebuilt(tmp_path / "afterwards", dict(state))
        carry_out(run, place, more)
        assert content(place) == after


def test_f20_a_new_store_is_flushed_into_the_folder_above_it(drawn, tmp_path):
    """Else the power could take the whole folder after the import has said that it is done."""
    (tmp_path / "clinic").mkdir()
    lost = []
    with watched(tmp_path / "clinic", lambda disk: lost.append(dict(disk.names))):
        import_files(tmp_path / "clinic" / "store", [drawn / "more.csv"])
    assert list(lost[-1]) == ["store"]
