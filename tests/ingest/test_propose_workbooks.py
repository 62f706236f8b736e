"""Mappings proposed for workbooks and Parquet: what is proposed loads the rows, sheet by sheet."""

import tomllib
from datetime import date
from typing import Any

import duckdb
import openpyxl
import pytest

from analysis.errors import InputError
from analysis.ingest import check_files, read_mapping
from analysis.ingest.propose import as_toml, propose

HEADER = ["Subject", "Arm", "Scale", "Visit date", "Total"]
SCORES: list[list[Any]] = [
    HEADER,
    ["P1", "rTMS", "PHQ-9", date(2025, 3, 4), 20],
    ["P1", "rTMS", "PHQ-9", date(2025, 4, 15), 4],
    ["P2", "ECT", "PHQ-9", date(2025, 3, 25), 18],
]
FIRST = {"P1": date(2025, 3, 4), "P2": date(2025, 3, 25)}
STARTED = [[*HEADER, "Start date"], *([*row, FIRST[row[0]]] for row in SCORES[1:])]
DAYS: list[list[Any]] = [
    ["Subject", "Arm", "Scale", "StudyDay", "Total"],
    ["P1", "rTMS", "PHQ-9", 0, 20],
    ["P1", "rTMS", "PHQ-9", 42, 4],
]
LEGEND = [["Word", "Meaning"], ["PHQ-9", "a questionnaire"]]


@pytest.fixture
def workbook(tmp_path):
    """Write a workbook with the rows of each sheet; some of its sheets hidden."""

    def write(name: str = "clinic.xlsx", hidden: tuple[str, ...] = (), **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            if title in hidden:
                sheet.sheet_state = "hidden"
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def loaded(tmp_path):
    """Propose a mapping and check the files with it; return its text, what it says, the report."""

    def run(*files, local: bool = True):
        text = as_toml(propose(files, local=local))
        mapping = tmp_path / "map.toml"
        mapping.write_text(text, "utf-8")
        return text, tomllib.loads(text), check_files(files, read_mapping(mapping))

    return run


def rows_of(report) -> tuple[int, int]:
    files = report.files
    return sum(file.loaded for file in files), sum(file.quarantined for file in files)


def test_a_sheet_with_real_dates_loads_without_a_decision(workbook, loaded):
    text, said, report = loaded(workbook(Scores=STARTED))
    assert "# ? " not in text
    assert said["columns"] | {"date": "Visit date", "start_date": "Start date"} == said["columns"]
    assert "file" not in said
    assert rows_of(report) == (3, 0)


def test_sheets_that_can_be_mapped_are_written_out_and_the_others_told(workbook, loaded):
    path = workbook(North=DAYS, Legend=LEGEND, Empty=[], Head=[DAYS[0]],
                    South=[DAYS[0], ["P7", "ECT", "PHQ-9", 0, 9]])  # fmt: skip
    text, said, report = loaded(path)
    assert said["file"] == {"sheets": ["North", "South"]}
    assert "# 2 of 5 sheets of clinic.xlsx" in text
    for told in (
        "#   clinic.xlsx [North]: a row per record, 2 rows",
        "#   clinic.xlsx [Legend]: skipped: its columns fit no kind of file, 1 rows",
        "#   clinic.xlsx [Empty]: skipped: is empty, 0 rows",
        "#   clinic.xlsx [Head]: skipped: has a header and no rows, 0 rows",
    ):
        assert told in text
    assert rows_of(report) == (3, 0)
    assert [file.file for file in report.files] == ["clinic.xlsx [North]", "clinic.xlsx [South]"]


def test_a_hidden_sheet_is_a_question_where_a_visible_one_can_be_mapped(workbook, loaded):
    text, said, report = loaded(workbook(hidden=("Old",), Scores=DAYS, Old=DAYS))
    assert said["file"] == {"sheets": ["Scores"]}
    assert '# ? sheets = ["Scores", "Old"]' in text
    assert "[Old]: skipped: is hidden and could be mapped too" in text
    assert rows_of(report) == (2, 0)


def test_a_hidden_sheet_is_taken_and_noted_where_no_other_can_be_mapped(workbook, loaded):
    text, said, report = loaded(workbook(hidden=("Data",), Cover=LEGEND, Data=DAYS))
    assert said["file"] == {"sheets": ["Data"]}
    assert "#     the sheet is hidden; it was read" in text
    assert rows_of(report) == (2, 0)


def test_formulas_that_were_never_calculated_are_told(workbook, loaded):
    rows = [[*DAYS[0], "Change"], [*DAYS[1], "=E2-E3"], [*DAYS[2], "=E3-E2"]]
    rows[2][4] = "=2+2"
    text, said, report = loaded(workbook(Scores=rows))
    assert "#     Total: 1 formulas were never calculated" in text
    assert "#     Change: 2 formulas were never calculated" in text
    assert said["columns"]["score"] == "Total"
    assert rows_of(report) == (1, 1)


def test_a_column_of_formulas_alone_is_a_question(workbook):
    rows = [DAYS[0], *([*row[:4], "=1+1"] for row in DAYS[1:])]
    text = as_toml(propose([workbook(Scores=rows)]))
    assert '# ? score = "Total"' in text
    assert "2 cells hold formulas without a value, or errors" in text


def test_texts_beside_real_dates_are_asked_since_days_may_be_swapped(workbook):
    rows = [*SCORES, ["P2", "ECT", "PHQ-9", "25/04/2025", 3]]
    text = as_toml(propose([workbook(Scores=rows)]))
    assert '# ? dates = "DD/MM/YYYY"' in text
    assert "are day and month of its real dates in the right places?" in text
    assert tomllib.loads(text)["columns"]["date"] == "Visit date"


def test_a_wide_sheet_loads(workbook, loaded):
    wide = [["patient_id", "modality", "phq9_w0", "phq9_w6"], ["P1", "rtms", 20, 4]]
    more = [["patient_id", "modality", "phq9_w0", "phq9_w12"], ["P2", "ect", 18, 3]]
    _, said, report = loaded(workbook(One=wide, Two=more, Legend=LEGEND))
    assert said["wide"]["phq9"]["columns"] == {"phq9_w0": 0, "phq9_w6": 42, "phq9_w12": 84}
    assert said["file"] == {"sheets": ["One", "Two"]}
    assert rows_of(report) == (4, 0)


def test_a_wide_sheet_without_a_mapping_says_what_to_declare(workbook):
    wide = [["patient_id", "modality", "phq9_w0", "phq9_w6"], ["P1", "rtms", 20, 4]]
    with pytest.raises(InputError, match=r"\[wide\.phq9\].*trd-outcomes map") as refused:
        check_files([workbook(Data=wide)])
    assert refused.value.code == "E211"


def test_formulas_beside_the_visits_of_a_wide_sheet_keep_no_row_aside(workbook, loaded):
    header = ["patient_id", "modality", "phq9_w0", "phq9_w6", "Change"]
    rows = [header, ["P1", "rtms", 20, 4, "=C2-D2"], ["P2", "rtms", 20, "=2+2", "=1"]]
    text, _, report = loaded(workbook(Data=rows))
    assert "#     phq9_w6: 1 formulas were never calculated" in text
    assert rows_of(report) == (2, 1)


def test_the_first_row_of_a_sheet_without_a_header_is_not_shown(workbook, loaded):
    text, _, report = loaded(workbook(Data=DAYS, People=[["Miller", "Miller"], ["Baker", "a"]]))
    assert "[People]: skipped: its first row is no header" in text
    assert "Miller" not in text
    assert rows_of(report) == (2, 0)


def test_workbooks_with_other_sheets_are_a_question(workbook):
    one, two = workbook("one.xlsx", A=DAYS, Legend=LEGEND), workbook("two.xlsx", B=DAYS, C=LEGEND)
    text = as_toml(propose([one, two]))
    assert "file" not in tomllib.loads(text)
    assert '# ? sheets = ["A"]' in text
    assert "other workbooks have others: import them one after the other" in text


def test_what_stands_above_the_header_is_told(workbook):
    with pytest.raises(InputError, match="remove what stands above the header"):
        propose([workbook(Scores=[["Scores of 2025"], *DAYS])])


def test_columns_of_unknown_names_leave_the_sheets_open(workbook):
    text = as_toml(propose([workbook(A=LEGEND, B=LEGEND)]))
    assert "a row per record, 1 rows" in text
    assert "skipped" not in text


def test_an_empty_workbook_is_told(workbook):
    with pytest.raises(InputError, match="is empty") as refused:
        propose([workbook(A=[], B=[])])
    assert refused.value.code == "E101"


@pytest.mark.parametrize("local", [True, False])
def test_parquet_is_looked_at_on_the_command_line_only(tmp_path, loaded, local):
    path = tmp_path / "clinic.parquet"
    with duckdb.connect() as con:
        con.execute(
            "copy (select * from (values ('P1', 'rTMS', 'PHQ-9', 0, 20), "
            "('P1', 'rTMS', 'PHQ-9', 42, 4)) t(Subject, Arm, Scale, StudyDay, Total)) "
            f"to '{path}' (format parquet)"
        )
    if not local:
        with pytest.raises(InputError, match="read on the command line only"):
            propose([path], local=False)
        return
    text, said, report = loaded(path)
    assert "# ? " not in text
    assert said["columns"]["day"] == "StudyDay"
    assert rows_of(report) == (2, 0)
