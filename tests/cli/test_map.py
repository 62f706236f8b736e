"""`trd-outcomes map`: a mapping that can be used at once, or says what is to be decided."""

import openpyxl
import pytest

HEADER = "Subject,Arm,Scale,StudyDay,Total,Ward\n"
CLEAR = HEADER + "P1,rTMS,PHQ-9,0,20,Miller\nP1,rTMS,PHQ-9,42,4,Miller\nP2,ECT,PHQ-9,0,18,Baker\n"


@pytest.fixture
def written(tmp_path):
    def write(text: str, name: str = "theirs.csv"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_clear_file_is_mapped_and_imported_without_an_edit(run, written, tmp_path):
    file, mapping = written(CLEAR), tmp_path / "map.toml"
    result = run("map", file, "--to", mapping)
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{mapping} is written: nothing is left to decide.\n"
    imported = run("import", tmp_path / "store", file, "--mapping", mapping)
    assert "rows read 3 = loaded 3 + quarantined 0 + exact duplicates 0" in imported.out
    assert "columns not stored: Ward" in imported.out


def test_it_prints_the_same_and_stores_nothing(run, written, tmp_path):
    file, mapping = written(CLEAR), tmp_path / "map.toml"
    printed = run("map", file).out
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.csv"]
    run("map", file, "--to", mapping)
    assert mapping.read_text("utf-8") == printed
    assert "Miller" not in printed


def test_what_is_left_to_decide_is_counted(run, written, tmp_path):
    file = written(CLEAR.replace("ECT", "TMS"))
    result = run("map", file, "--to", tmp_path / "map.toml")
    assert '1 to decide, on lines that begin with "# ?"' in result.out


def test_a_mapping_that_is_there_is_never_written_over(run, written, tmp_path):
    mapping = written("[study]\n", "map.toml")
    result = run("map", written(CLEAR), "--to", mapping)
    assert result.code == 2
    assert result.err == f"trd-outcomes: {mapping} is there already: name another file.\n"
    assert mapping.read_text("utf-8") == "[study]\n"


def test_a_place_that_cannot_be_written_is_told(run, written, tmp_path):
    result = run("map", written(CLEAR), "--to", tmp_path / "no" / "map.toml")
    assert result.code == 2
    assert "cannot be written: No such file or directory." in result.err
    assert "Traceback" not in result.err


def test_a_file_that_is_not_there_is_told(run, tmp_path):
    result = run("map", tmp_path / "none.csv")
    assert result.code == 2
    assert "none.csv: there is no such file." in result.err


def test_a_refused_wide_file_loads_with_its_proposed_mapping(run, written, tmp_path):
    file = written("patient_id,modality,phq9_w0,phq9_w6\nP1,rtms,20,4\n")
    refused = run("import", tmp_path / "store", file)
    assert (refused.code, "trd-outcomes map theirs.csv" in refused.err) == (2, True)
    mapping = tmp_path / "map.toml"
    run("map", file, "--to", mapping)
    loaded = run("import", tmp_path / "store", file, "--mapping", mapping)
    assert "rows read 2 = loaded 2 " in loaded.out


def test_a_workbook_is_mapped_and_imported_without_an_edit(run, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Scores"
    for line in CLEAR.splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell for cell in line.split(",")])
    book.create_sheet("Notes").append(["to do"])
    book.save(tmp_path / "theirs.xlsx")
    file, mapping = tmp_path / "theirs.xlsx", tmp_path / "map.toml"
    result = run("map", file, "--to", mapping)
    assert result.out == f"{mapping} is written: nothing is left to decide.\n"
    assert 'sheets = ["Scores"]' in mapping.read_text("utf-8")
    assert "Miller" not in mapping.read_text("utf-8")
    imported = run("import", tmp_path / "store", file, "--mapping", mapping)
    assert "rows read 3 = loaded 3 + quarantined 0 + exact duplicates 0" in imported.out
