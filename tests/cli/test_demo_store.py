"""The demo's own store: what cannot be opened is made anew, anything else is kept."""

from analysis.ingest import import_files
from analysis.store import open_store
from dashboard.commands.serve import remove_damaged

SCORES = "patient_id,modality,instrument,day,score\nP1,rtms,phq9,0,20\n"


def demo_store(folder):
    file = folder / "scores.csv"
    file.write_text(SCORES)
    import_files(folder / "store", [file])
    return folder / "store"


def test_a_demo_store_that_cannot_be_opened_is_removed(tmp_path, capsys):
    store = demo_store(tmp_path)
    (store / "current.json").write_text("{}")
    remove_damaged(store)
    assert not store.exists()
    assert "it is made anew" in capsys.readouterr().out


def test_a_demo_store_that_can_be_opened_is_kept(tmp_path, capsys):
    store = demo_store(tmp_path)
    remove_damaged(store)
    with open_store(store) as opened:
        assert opened.recorded == {"phq9": 1}
    assert capsys.readouterr().out == ""


def test_where_there_is_no_demo_store_nothing_happens(tmp_path):
    remove_damaged(tmp_path / "store")
    assert not (tmp_path / "store").exists()
