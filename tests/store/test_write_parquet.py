"""An export to Parquet: what is in it, and that it is complete or not there."""

import json
from pathlib import Path

import duckdb
import pytest

from analysis.errors import InputError, StoreError
from analysis.store import open_store, write_parquet
from analysis.store.exported import DESCRIPTION, EXPORTED, read_description
from analysis.store.exports import read_exports
from analysis.store.write_parquet import write_parquet as export_of
from dashboard.cli import main


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_command_writes_an_export_and_a_line_of_it(store, tmp_path, capsys):
    folder = tmp_path / "new" / "export"
    assert main(["export", str(store), "--to", "parquet", str(folder), "--who", "ann"]) == 0
    printed = capsys.readouterr()
    assert "endpoint: 2 rows" in printed.out
    assert "keep it as you keep the store" in printed.out
    assert printed.err.splitlines() == [f"Writing {table}" for table in EXPORTED]
    assert files_of(folder) == sorted(
        [DESCRIPTION, *(f"{table}/data_0.parquet" for table in EXPORTED)]
    )
    (line,) = read_exports(store)
    assert (line.who, line.what) == (
        "ann",
        f"what questions read as of batch 1, parquet, to {folder}",
    )


def test_it_has_the_rows_of_the_store_and_nobody_s_ids(store, tmp_path):
    with open_store(store) as opened:
        rows = export_of(opened, tmp_path / "export")
        described = read_description("here", (tmp_path / "export" / DESCRIPTION).read_text("utf-8"))
        assert described.manifest == opened.manifest
        assert described.settings["recorded"] == opened.recorded
        assert {field for field, *_ in described.levels} == set(opened.fields)
        for table in EXPORTED:
            read = f"read_parquet('{tmp_path / 'export' / table}/*.parquet')"
            with duckdb.connect() as con:
                found = con.execute(f"select * from {read}")
                names = [name for name, *_ in found.description]
                kinds = {str(kind) for _, kind, *_ in found.description}
                told = found.fetchall()
            assert len(told) == rows[table]
            assert {"episode_id", "patient_id", "batch"}.isdisjoint(names)
            assert not any("ENUM" in kind for kind in kinds)
            columns = ", ".join(f'"{name}"' for name in names)
            assert sorted(told, key=str) == sorted(
                opened.rows(f"select {columns} from {table}"), key=str
            )


def test_a_folder_with_content_is_refused_and_left_as_it_is(store, tmp_path, capsys):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("theirs")
    assert main(["export", str(store), "--to", "parquet", str(tmp_path / "there")]) == 2
    assert capsys.readouterr().err.endswith("holds files already: name a new folder. (E507)\n")
    assert files_of(tmp_path / "there") == ["file"]
    assert read_exports(store) == []


def test_an_empty_folder_is_taken(store, tmp_path):
    (tmp_path / "empty").mkdir()
    assert main(["export", str(store), "--to", "parquet", str(tmp_path / "empty")]) == 0
    assert (tmp_path / "empty" / DESCRIPTION).is_file()


def test_what_is_not_complete_is_not_there(store, tmp_path):
    folder = tmp_path / "out" / "export"

    def stop(step):
        if step == "Writing session":
            (part,) = folder.parent.iterdir()
            assert files_of(part)
            raise KeyboardInterrupt

    with open_store(store) as opened, pytest.raises(KeyboardInterrupt):
        export_of(opened, folder, progress=stop)
    assert list(folder.parent.iterdir()) == []


def test_no_room_is_a_sentence_and_leaves_nothing(store, tmp_path, monkeypatch):
    def full(file: Path) -> str:
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.setattr(write_parquet, "_sha256", full)
    with open_store(store) as opened, pytest.raises(StoreError, match="No space left on device"):
        export_of(opened, tmp_path / "out" / "export")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_place_below_a_file_is_a_sentence(store, tmp_path):
    (tmp_path / "file").write_text("")
    with open_store(store) as opened, pytest.raises(InputError, match="cannot be written"):
        export_of(opened, tmp_path / "file" / "below")


def test_dates_are_not_for_parquet(store, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["export", str(store), "--to", "parquet", str(out), "--dates"]) == 2
    assert "omit --dates" in capsys.readouterr().err
    assert not out.exists()


def test_an_earlier_state_says_as_of_which_batch_it_is(store, more, tmp_path):
    assert main(["import", str(store), str(more)]) == 0
    out = tmp_path / "out"
    assert main(["export", str(store), "--to", "parquet", str(out), "--as-of", "1"]) == 0
    described = read_description("here", (out / DESCRIPTION).read_text("utf-8"))
    assert described.batch is not None
    assert (described.batch.batch, described.batch.who) == (1, "")
    text = json.loads((out / DESCRIPTION).read_text("utf-8"))
    assert text["content"]["manifest"]["batch"] == 1
