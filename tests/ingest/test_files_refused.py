"""Files that cannot be read as they stand: refused whole, with one sentence, before any row."""

import hashlib

import pytest

from analysis.errors import DefinitionError, InputError, OutcomesError
from analysis.ingest import import_files

HEADER = "episode_id,instrument,day,score\n"
ROW = "E1,phq9,0,20\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00!\x00:&\xe8\x97"
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"

REFUSED = {
    "empty": (b"", "x.csv: is empty."),
    "header only": (HEADER, "x.csv: has a header and no rows."),
    "header only, blank lines": (HEADER + "\n\n", "x.csv: has a header and no rows."),
    "one line end": (b"\n", "x.csv, line 1: the first line holds no column names. (E201)"),
    "picture": (PNG, "x.csv: is a PNG picture, not a table: "),
    "zip": (ZIP, "x.csv: is a zip archive that is damaged or cut off: "),
    "old workbook": (XLS, "x.csv: is an old Office document, not a table: "),
    "pdf": (PDF, "x.csv: is a PDF document, not a table: "),
    "UTF-16 that is cut in the middle of a sign": (
        b"\xff\xfe" + (HEADER + ROW).encode("utf-16-le")[:-1],
        "x.csv: is not UTF-16 text throughout: export it as UTF-8. (E105)",
    ),
    "UTF-16 without a mark": (
        (HEADER + ROW).encode("utf-16-le"),
        "x.csv, line 1: holds a NUL byte: it is not a CSV file. (E108)",
    ),
    "NUL in a row": (
        HEADER + ROW + "E1,ph\0q9,1,20\n",
        "x.csv, line 3: holds a NUL byte: it is not a CSV file.",
    ),
    "header in Latin-1": (
        "episode_id,instrument,day,score,größe\n".encode("latin-1") + b"E1,phq9,0,20,\n",
        "x.csv, line 1: the header is not UTF-8 text in CSV form: save it as CSV UTF-8, or write ",
    ),
    "header with an open quote": (
        'episode_id,instrument,day,"score\nE1,phq9,0,20\n',
        "x.csv, line 1: the header is not UTF-8 text in CSV form: save it as CSV UTF-8.",
    ),
    "semicolons": (
        HEADER.replace(",", ";") + ROW.replace(",", ";"),
        "x.csv, line 1: fields seem to be separated by semicolons, and commas are expected: write "
        'delimiter = ";" under [file] of the mapping file, and decimal = "," where ',
    ),
    "tabs": (
        HEADER.replace(",", "\t") + ROW.replace(",", "\t"),
        "x.csv, line 1: fields seem to be separated by tabs, and commas are expected: write "
        'delimiter = "\\t" under [file] of the mapping file. (E208)',
    ),
    "the same column twice": (
        "episode_id,instrument,day,score,score\nE1,phq9,0,20,20\n",
        'x.csv, line 1: a column ("score") is there twice: remove or rename one. (E202)',
    ),
    "the same column twice but for blanks": (
        "episode_id,instrument,day,score, score \nE1,phq9,0,20,20\n",
        'x.csv, line 1: a column ("score") is there twice but for blanks or capitals, which is ',
    ),
    "a column without a name": (
        "episode_id,instrument,day,score,\nE1,phq9,0,20,\n",
        'x.csv, line 1: a column ("") has no name.',
    ),
    "columns of no kind": (
        "name,colour\nann,red\n",
        "x.csv, line 1: its columns fit no kind of file. Scores need patient_id (or episode_id), "
        "modality, instrument, day and score; name theirs in [columns] of a mapping file. "
        "Columns found: name, colour.",
    ),
    "columns that are nearly right": (
        "patientid,modality,instrument,day,total\nP1,rtms,phq9,0,20\n",
        'For patient_id did you mean "patientid"? ',
    ),
    "one column per visit": (
        "patient_id,modality,phq9_w0,phq9_w6\nP1,rtms,20,4\n",
        "x.csv, line 1: has a column per visit (phq9_w0, phq9_w6). ",
    ),
    "scores without a day": (
        "episode_id,instrument,score\nE1,phq9,20\n",
        "x.csv, line 1: is read as assessments and lacks day (or date, or a visit column declared "
        "in [visits]). Columns found: episode_id, instrument, score.",
    ),
    "scores of nobody": (
        "instrument,day,score\nphq9,0,20\n",
        "x.csv, line 1: is read as assessments and lacks episode_id or patient_id. ",
    ),
    "long form without a patient": (
        "modality,instrument,day,score\nrtms,phq9,0,20\n",
        "x.csv, line 1: is read as assessments and lacks episode_id or patient_id. ",
    ),
}


@pytest.fixture(scope="module")
def loaded(clinic_of_this_file, two_episodes):
    clinic_of_this_file.load(episodes=two_episodes, assessments=HEADER + ROW)
    return clinic_of_this_file


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_a_file_is_refused_whole_and_the_store_stays(loaded, content, message):
    before, batches = loaded.snapshot(), loaded.rows("select count(*) from batch")[0][0]
    with pytest.raises(InputError) as refused:
        loaded.load(x=content)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert loaded.snapshot() == before
    text = content if isinstance(content, bytes) else content.encode()
    assert loaded.rows("select kind, sha256 from batch_file order by batch desc limit 1") == [
        ("refused", hashlib.sha256(text).hexdigest())
    ]
    assert loaded.rows("select count(*) from batch") == [(batches + 1,)]
    assert loaded.scores() == [("E1", "phq9", 0, 20)]
    assert not list(loaded.store.glob("*.part*"))


def test_one_refused_file_refuses_the_whole_import(loaded):
    with pytest.raises(InputError, match="is empty"):
        loaded.load(assessments=HEADER + "E2,phq9,0,15\n", x=b"")
    assert loaded.scores() == [("E1", "phq9", 0, 20)]


def test_a_missing_file_is_named(loaded):
    missing = loaded.folder / "missing.csv"
    with pytest.raises(InputError) as refused:
        import_files(loaded.store, [missing])
    assert str(refused.value) == f"{missing}: there is no such file."


def test_a_folder_is_no_file(loaded):
    with pytest.raises(InputError, match="there is no such file"):
        import_files(loaded.store, [loaded.folder])


def test_an_import_of_nothing_is_refused(loaded):
    with pytest.raises(DefinitionError, match="Name at least one file"):
        import_files(loaded.store, [])


def test_a_refused_first_import_leaves_no_store(clinic):
    with pytest.raises(InputError):
        clinic.load(x=b"")
    assert not (clinic.store / "current.json").exists()
    assert not list(clinic.store.glob("snapshot-*"))


def test_a_store_that_is_a_file_is_refused_with_a_sentence(clinic, two_episodes):
    place = clinic.write("store", "a file")
    with pytest.raises(OutcomesError):
        import_files(place, [clinic.write("episodes.csv", two_episodes)])
    assert place.read_text() == "a file"
