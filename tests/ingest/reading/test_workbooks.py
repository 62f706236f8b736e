"""Workbooks, most of them written by another program: sheets, cells, dates, what is kept aside."""

import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from analysis.errors import InputError
from analysis.ingest import import_files, read_mapping
from analysis.ingest.reading import kinds, workbook
from analysis.ingest.reading.cells import shows_day

HEADER = ["episode_id", "instrument", "day", "score"]
ROW = ["E1", "phq9", 0, 20]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(book) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def book_of(**sheets):
    """Return a workbook with the rows of each sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def changed(content: bytes, part: str, before: str, after: str) -> bytes:
    """Return a workbook with a text of one of its parts replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name).decode()
            if name == part:
                assert before in data
                data = data.replace(before, after)
            target.writestr(name, data)
    return buffer.getvalue()


CELLS = {
    "text": ("00123", "00123"),
    "text that looks like a formula": ("'=1+1", "'=1+1"),
    "whole number": (12, "12"),
    "whole number as a decimal": (12.0, "12"),
    "one decimal": (60.3, "60.3"),
    "a decimal that is no binary number": (0.1 + 0.2, "0.3"),
    "decimal": (Decimal("10.5"), "10.5"),
    "negative": (-7, "-7"),
    "fifteen digits": (123456789012345, "123456789012345"),
    "true": (True, "TRUE"),
    "date": (date(2025, 4, 3), "2025-04-03"),
    "date and time": (datetime(2025, 4, 3, 14, 30), "2025-04-03 14:30:00"),
    "time of day": (time(12, 0), "0.5"),
    "empty": (None, None),
    "blanks": ("  ", None),
    "other letters": ("Zürich", "Zürich"),
    "full width": ("\uff11\uff12", "12"),
    "two lines": ("a\nb", "a\nb"),
    "quotes and commas": ('a "b", c', 'a "b", c'),
}


@pytest.mark.parametrize(("value", "text"), CELLS.values(), ids=CELLS)
def test_a_cell_is_read_as_it_is_written(reader, value, text):
    (staged,) = reader(saved(book_of(Scores=[[*HEADER, "note"], [*ROW, value]])), "x.xlsx")
    assert reader.rows(staged) == [(2, "E1", "phq9", "0", "20", text)]
    assert staged.name == "x.xlsx"


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_c14_a_date_is_counted_from_the_day_0_of_its_workbook(reader, epoch):
    book = book_of(Scores=[["episode_id", "instrument", "date", "score"]])
    if epoch == 1904:
        book.epoch = CALENDAR_MAC_1904
    book["Scores"].append(["E1", "phq9", date(2025, 4, 3), 20])
    (staged,) = reader(saved(book), "x.xlsx")
    assert reader.rows(staged) == [(2, "E1", "phq9", "2025-04-03", "20")]


@pytest.mark.parametrize(("code", "day"), [
    ("dd/mm/yyyy", True), ("d-mmm", True), ("[$-409]mmmm d, yyyy;@", True), ("yyyy", True),
    ("mmm", True), ("General", False), ("0.00", False), ('0 "days"', False), ("h:mm", False),
    ("[h]:mm:ss", False), ("mm:ss", False), ('#,##0\\ "d"', False), ("[Red]0", False),
    ("@", False), ("dd.mm.yyyy hh:mm", True), ("0.00E+00", False),
])  # fmt: skip
def test_a_number_format_shows_a_day_or_does_not(code, day):
    assert shows_day(code) is day


def test_a_formula_counts_with_the_value_that_was_stored(reader):
    """A14: one that was never calculated keeps its row aside; no empty value is stored for it."""
    book = book_of(Scores=[HEADER, ROW, ["E1", "phq9", 7, "=1+1"], ["E1", "phq9", 9, "=2+3"]])
    content = _with_value(saved(book))
    (staged,) = reader(content, "x.xlsx")
    assert reader.rows(staged) == [(2, *map(str, ROW)), (4, "E1", "phq9", "9", "5")]
    assert reader.malformed(staged) == [(3, "formula_without_value")]


def _with_value(content: bytes) -> bytes:
    part = "xl/worksheets/sheet1.xml"
    return changed(content, part, "<f>2+3</f><v />", "<f>2+3</f><v>5</v>")


def test_an_error_keeps_its_row_aside(reader):
    (staged,) = reader(saved(book_of(Scores=[HEADER, ROW, ["E1", "phq9", 7, "#N/A"]])), "x.xlsx")
    assert reader.malformed(staged) == [(3, "error_cell")]
    assert len(reader.rows(staged)) == 1


def test_c03_a_number_that_was_rounded_is_no_id(reader):
    rows = [[n, *ROW[1:]] for n in (9007199254740993, 9007199254740992, "9007199254740993")]
    (staged,) = reader(saved(book_of(Scores=[HEADER, *rows])), "x.xlsx")
    assert reader.malformed(staged) == [(2, "rounded_number"), (3, "rounded_number")]
    assert [row[1] for row in reader.rows(staged)] == ["9007199254740993"]


def test_a_column_that_is_not_read_keeps_no_row_aside(reader):
    book = book_of(Scores=[[*HEADER, "note"], [*ROW, "=A1"], [*ROW, "#REF!"]])
    (staged,) = reader(saved(book), "x.xlsx")
    assert reader.malformed(staged) == []
    assert [row[-1] for row in reader.rows(staged)] == [None, None]


def test_rows_keep_the_numbers_that_the_workbook_shows(reader):
    book = book_of(Scores=[[], [], HEADER, [], ROW, [], [], ["E1", "phq9", 42, 4]])
    (staged,) = reader(saved(book), "x.xlsx")
    assert [row[0] for row in reader.rows(staged)] == [5, 8]


def test_a_cell_beside_the_table_keeps_its_row_aside(reader):
    (staged,) = reader(saved(book_of(Scores=[HEADER, ROW, [*ROW, None, "note"]])), "x.xlsx")
    assert reader.malformed(staged) == [(3, "too_many_fields")]


def test_every_sheet_that_fits_is_read_and_the_others_are_named(reader):
    book = book_of(
        Legend=[["what", "meaning"], ["phq9", "PHQ-9"]],
        Episodes=[["episode_id", "patient_id", "modality"], ["E1", "P1", "rtms"]],
        Empty=[],
        Scores=[HEADER, ROW],
        Twice=[["a", "a"], [1, 2]],
        Template=[["episode_id", "day", "event"]],
    )
    staged = reader(saved(book), "x.xlsx")
    assert [s.name for s in staged] == ["x.xlsx [Episodes]", "x.xlsx [Scores]"]
    assert [s.table for s in staged] == ["t", "t_2"]
    assert len({s.sha256 for s in staged}) == 1
    assert staged[0].notes == (
        "sheet Legend was not read: its columns fit no kind of file",
        "sheet Empty was not read: it is empty",
        "sheet Twice was not read: its first row is no header",
        "sheet Template was not read: it has a header and no rows",
    )


def test_declared_sheets_alone_are_read(reader):
    book = book_of(Old=[HEADER, ["E1", "phq9", 0, 1]], Scores=[HEADER, ROW])
    (staged,) = reader(saved(book), "x.xlsx", '[file]\nsheets = ["Scores"]\n')
    assert reader.rows(staged) == [(2, *map(str, ROW))]


SHEETS = {
    "a sheet that is not there": ({"Scores": [HEADER, ROW]}, '["Score"]', "E116"),
    "a declared sheet that does not fit": (
        {"Legend": [["a", "b"], [1, 2]], "Scores": [HEADER, ROW]},
        '["Legend", "Scores"]',
        "E210",
    ),
    "no sheet fits": ({"Legend": [["a", "b"], [1, 2]]}, "[]", "E210"),
    "nothing in any sheet": ({"One": [], "Two": []}, "[]", "E101"),
    "a header and no rows": ({"Scores": [HEADER]}, "[]", "E102"),
    "our columns twice": (
        {"Scores": [[*HEADER, "score"], [*ROW, 1]], "Good": [HEADER, ROW]},
        "[]",
        "E202",
    ),
    "labels under the header": (
        {"Scores": [HEADER, ["Record", "Scale", "Study day", "Total"], ROW]},
        "[]",
        "E212",
    ),
}


@pytest.mark.parametrize(("sheets", "chosen", "code"), SHEETS.values(), ids=SHEETS)
def test_a_workbook_without_a_usable_sheet_is_refused(reader, sheets, chosen, code):
    with pytest.raises(InputError) as refused:
        reader(saved(book_of(**sheets)), "x.xlsx", f"[file]\nsheets = {chosen}\n")
    assert refused.value.code == code


def test_what_a_reader_does_not_see_is_noted(reader):
    book = book_of(Scores=[HEADER, ROW, ["E1", "phq9", 42, 4], ["E2", "phq9", 0, 9]], Two=[[]])
    sheet = book["Scores"]
    sheet.row_dimensions[3].hidden = True
    sheet.merge_cells("B3:B4")
    sheet.sheet_state = "hidden"
    (staged,) = reader(saved(book), "x.xlsx")
    assert staged.notes[:3] == (
        "the sheet is hidden; it was read",
        "hidden rows: 1; they were read",
        "merged cells: 1; the value counts in the first of them only",
    )
    assert reader.rows(staged)[2] == (4, "E2", None, "0", "9")


def by_hand(zipped, sheet: str, **more: str):
    """Return a small workbook with a sheet written out as XML."""
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="a" '
        f'Type="{OFFICE}/officeDocument" Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="sheets/one.xml"/><Relationship Id="rId2" '
        f'Type="{OFFICE}/sharedStrings" Target="strings.xml"/></Relationships>',
        "xl/sheets/one.xml": f'<x:worksheet xmlns:x="{MAIN}">{sheet}</x:worksheet>',
        "xl/strings.xml": f'<sst xmlns="{MAIN}"><si><r><t>E</t></r><r><t>1</t></r>'
        "<rPh><t>aid</t></rPh></si></sst>",
        **more,
    }
    return zipped(parts)


INLINE = "".join(
    f'<x:c t="inlineStr"><x:is><x:t>{name}</x:t></x:is></x:c>'
    for name in ("episode_id", "instrument", "day", "score")
)
HAND = (
    f"<x:sheetData><x:row>{INLINE}</x:row><x:row>"
    '<x:c t="s"><x:v>0</x:v></x:c><x:c t="str"><x:f>A1</x:f><x:v>phq9</x:v></x:c>'
    "<x:c><x:v>1E1</x:v></x:c><x:c><x:v>2.0000000000000000E+1</x:v></x:c></x:row></x:sheetData>"
)


def test_a_workbook_of_another_writer_is_read(reader, zipped):
    """Prefixed names, no cell references, rich and inline text, numbers with exponents."""
    (staged,) = reader(by_hand(zipped, HAND), "x.csv")
    assert reader.rows(staged) == [(2, "E1", "phq9", "10", "20")]


DAMAGED = {
    "no XML": {"xl/sheets/one.xml": "<worksheet"},
    "a document type": {
        "xl/sheets/one.xml": '<!DOCTYPE w [<!ENTITY a "b">]>'
        f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    },
    "an outside entity": {
        "xl/strings.xml": '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/hostname">]><sst>&a;</sst>'
    },
    "a text that is not there": {"xl/strings.xml": "<sst/>"},
    "no sheet part": {"xl/_rels/workbook.xml.rels": "<Relationships/>"},
    "rows out of order": {
        "xl/sheets/one.xml": "<worksheet><sheetData><row r='2'><c><v>1</v></c></row>"
        "<row r='2'><c><v>1</v></c></row></sheetData></worksheet>"
    },
    "a column beyond the last": {
        "xl/sheets/one.xml": "<worksheet><sheetData><row r='2'><c r='ZZZ2'><v>1</v></c></row>"
        "</sheetData></worksheet>"
    },
    "a row beyond the last": {
        "xl/sheets/one.xml": "<worksheet><sheetData><row r='99999999'><c><v>1</v></c></row>"
        "</sheetData></worksheet>"
    },
}


@pytest.mark.parametrize("parts", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_workbook_is_refused_with_a_sentence(reader, zipped, parts):
    with pytest.raises(InputError) as refused:
        reader(by_hand(zipped, HAND, **parts), "x.xlsx")
    assert refused.value.code in ("E115", "E101")
    assert str(refused.value).startswith("x.xlsx: ")


def test_a_workbook_that_unpacks_to_too_much_is_refused(reader, zipped):
    """A bomb: half a gibibyte of blanks in half a mebibyte."""
    huge = "<x:sheetData/>" + " " * (workbook.MOST_UNPACKED + 1)
    content = by_hand(zipped, huge)
    assert len(content) < kinds.MIB
    with pytest.raises(InputError, match="unpacks to more than") as refused:
        reader(content, "x.xlsx")
    assert refused.value.code == "E111"


def test_one_endless_sign_is_refused(reader, zipped, monkeypatch):
    content = by_hand(zipped, f'<x:sheetData a="{"x" * 40_000_000}">{HAND}</x:sheetData>')
    with pytest.raises(InputError) as refused:
        reader(content, "x.xlsx")
    assert refused.value.code == "E115"


def test_many_texts_are_refused(reader, zipped, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_TEXTS", 100)
    with pytest.raises(InputError, match="of text") as refused:
        reader(by_hand(zipped, HAND), "x.xlsx")
    assert refused.value.code == "E111"


def test_a11_a_workbook_above_the_limit_is_refused(reader, monkeypatch):
    content = saved(book_of(Scores=[HEADER, ROW]))
    monkeypatch.setitem(kinds.MOST_BYTES, kinds.WORKBOOK, len(content) - 1)
    with pytest.raises(InputError, match="of a workbook") as refused:
        reader(content, "x.xlsx")
    assert refused.value.code == "E111"


def test_a_workbook_is_imported_like_its_sheets_as_text(new_clinic):
    one, other = new_clinic("one"), new_clinic("other")
    episodes = [
        ["episode_id", "patient_id", "modality", "start_date", "prior_ect"],
        ["00123", "P1", "rtms", date(2025, 3, 1), "Yes"],
        ["E2", "P2", "ect", date(2025, 3, 2), None],
    ]
    scores = [
        ["episode_id", "instrument", "date", "score"],
        ["00123", "phq9", datetime(2025, 4, 12, 9, 30), 7],
        ["E2", "phq9", date(2025, 3, 2), 15.0],
        ["E2", "phq9", date(2025, 3, 9), 99],
    ]
    other.load(
        episodes="episode_id,patient_id,modality,start_date,prior_ect\n"
        "00123,P1,rtms,2025-03-01,yes\nE2,P2,ect,2025-03-02,\n",
        x="episode_id,instrument,date,score\n00123,phq9,2025-04-12,7\nE2,phq9,2025-03-02,15\n"
        "E2,phq9,2025-03-09,99\n",
    )
    path = one.write("book.xlsx", saved(book_of(Episodes=episodes, Scores=scores)))
    report = import_files(one.store, [path], read_mapping(one.write("map.toml", "")))
    assert one.scores() == other.scores() == [("00123", "phq9", 42, 7), ("E2", "phq9", 0, 15)]
    assert one.levels("prior_ect") == other.levels("prior_ect")
    (aside,) = report.quarantined
    assert (aside.file, aside.line, aside.value) == ("book.xlsx [Scores]", 4, "99")
    for file in report.files:
        assert file.rows_read == file.loaded + file.quarantined + file.exact_duplicates
