"""Imports that race with each other, and readers that race with an import."""

import json
import random
import shutil
import threading

import pytest

from analysis.ingest import import_files
from analysis.store import as_of, manifest, open_store, reader
from analysis.store.as_of import open_as_of
from analysis.store.batches import read_batches
from tests.faults.failpoints import points
from tests.faults.runs import runner as another_runner

ROUNDS = 10


def write(folder, name, patient, score=9):
    path = folder / f"{name}.csv"
    rows = "".join(f"{patient},rtms,phq9,{day},{score}\n" for day in (0, 42))
    path.write_text("patient_id,modality,instrument,day,score\n" + rows, "utf-8")
    return path


def numbers(store):
    with open_store(store) as opened:
        return [batch.batch for batch in read_batches(opened.connection)]


@pytest.mark.slow
def test_f11_two_processes_import_at_once(store, tmp_path, runner):
    dice, lost = random.Random(11), 0
    with another_runner() as other:
        for turn in range(ROUNDS):
            before = numbers(store)
            for who, number in ((runner, 1), (other, 2)):
                path = write(tmp_path, f"file-{turn}-{number}", f"R{turn}-{number}")
                who.order("import", store, path)
                who.until("pid")
                if number == 1 and dice.random() < 0.3:
                    who.until("step")
            codes = runner.ended(), other.ended()
            assert set(codes) <= {0, 2}
            assert 0 in codes
            lost += codes.count(2)
            assert numbers(store) == [
                *before,
                *range(len(before) + 1, len(before) + 3 - sum(codes) // 2),
            ]
    with open_store(store) as opened:
        rows = opened.rows("select count(*) from episode where patient_id like 'R%'")
        assert rows == [(2 * ROUNDS - lost,)]


@pytest.mark.slow
def test_f11_readers_never_fail_while_imports_publish(store, tmp_path, runner, content):
    published, seen, done = {content(store)[:2]}, [], threading.Event()
    failures = []

    def read():
        try:
            while not done.is_set():
                with open_store(store) as opened:
                    seen.append((opened.snapshot, opened.manifest.batch))
        except Exception as error:
            failures.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        for number in range(5):
            runner.order("import", store, write(tmp_path, f"n{number}", f"N{number}"))
            assert runner.ended() == 0
            published.add(content(store)[:2])
    finally:
        done.set()
        reading.join()
    assert not failures
    assert set(seen) <= published
    assert [batch for _, batch in seen] == sorted(batch for _, batch in seen)
    assert len(set(seen)) > 1


def test_f11_a_reader_at_every_moment_of_a_publication(store, more, content):
    before, seen = content(store), []
    looking = False

    def look(what):
        nonlocal looking
        if not looking and not what.startswith(("sql", "connect", "close")):
            looking = True
            seen.append(content(store))
            looking = False

    with points(look):
        import_files(store, [more])
    after = content(store)
    assert all(found in (before, after) for found in seen)
    turned = seen.index(after)
    assert seen == [before] * turned + [after] * (len(seen) - turned)


def test_f11_a_snapshot_published_between_the_looks_of_a_reader(store, tmp_path, monkeypatch):
    """The file that the pointer named is gone when it is to be opened; several times over."""
    read, turns = manifest.read_manifest, iter(range(3))

    def overtaken(folder):
        found = read(folder)
        number = next(turns, None)
        if number is not None:
            with monkeypatch.context() as meanwhile:
                meanwhile.setattr(reader, "read_manifest", read)
                import_files(store, [write(tmp_path, f"n{number}", f"N{number}")])
        return found

    monkeypatch.setattr(reader, "read_manifest", overtaken)
    with open_store(store) as opened:
        assert opened.manifest.batch == 4
        assert opened.is_current()


def test_f11_a_mark_written_between_the_looks_of_a_reader(store, more, monkeypatch, tmp_path):
    """A store that is published while its pointer is read is no older copy."""
    newer = shutil.copytree(store, tmp_path / "newer")
    import_files(newer, [more])
    parse = json.loads

    def overtaken(text, **options):
        monkeypatch.setattr(json, "loads", parse)
        shutil.copytree(newer, store, dirs_exist_ok=True)
        return parse(text, **options)

    monkeypatch.setattr(json, "loads", overtaken)
    with open_store(store) as opened:
        assert opened.manifest.batch in (1, 2)


def test_f11_a_snapshot_published_while_an_earlier_state_is_worked_out(
    store, more, monkeypatch, content
):
    snapshot = content(store)[0]
    opening, turns = open_store, iter(range(1))

    def overtaken(path):
        opened = opening(path)
        if next(turns, None) is not None:
            import_files(store, [more])
        return opened

    monkeypatch.setattr(as_of, "open_store", overtaken)
    with open_as_of(store, 1) as opened:
        assert opened.snapshot == snapshot


def test_f16_two_writers_of_the_same_row(store, tmp_path, runner):
    """Whoever is second is told of the conflict; both scores are kept and neither is used."""
    first = write(tmp_path, "first", "K1", score=9)
    second = write(tmp_path, "second", "K1", score=7)
    codes = []

    def meanwhile(step):
        if step == "Checking every row":
            runner.order("import", store, second)
            codes.append(runner.ended())

    assert import_files(store, [first], progress=meanwhile).changed
    assert codes == [2]
    with open_store(store) as opened:
        (stored,) = opened.rows(
            "select distinct score from assessment join episode using (episode) "
            "where patient_id = 'K1'"
        )
    assert stored == (9,)
    report = import_files(store, [second])
    assert [row.rule for row in report.quarantined] == ["conflicting_scores"] * 2
    with open_store(store) as opened:
        rows = opened.rows(
            "select day, score from assessment join episode using (episode) "
            "where patient_id = 'K1' order by all"
        )
        used = opened.rows(
            "select count(*) from observation join episode using (episode) where patient_id = 'K1'"
        )
    assert rows == [(0, 7), (0, 9), (42, 7), (42, 9)]
    assert used == [(0,)]
