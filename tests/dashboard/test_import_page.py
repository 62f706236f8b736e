"""The page of imports in all its states, each file read by a real child process."""

import csv
import io
import re

import pytest
import streamlit as st

from analysis import open_store
from analysis.ingest.saved import saved_mappings
from analysis.store.batches import read_batches
from dashboard import import_wizard
from dashboard.cli import main
from dashboard.data_import import WIZARD

PAGE = "Import"
SCORES = b"patient_id,modality,instrument,day,score,ward\n" + b"".join(
    f"P{number},rtms,phq9,{day},{score},W{number}\n".encode()
    for number in range(4)
    for day, score in ((0, 20), (42, 5))
)
WITH_FAULTS = SCORES + b"P9,rtms,phq9,0,28,W9\nP9,rtms,phq10,0,20,W9\n" + SCORES.splitlines(True)[1]
THEIRS = SCORES.replace(b"patient_id,modality,instrument,day,score", b"sub,arm,scale,nominal,total")
LIMIT = 60


def settle(page):
    """Run the page until nothing runs behind it any more."""
    while (job := page.app.session_state[WIZARD].job) is not None:
        assert job.wait(LIMIT), "the run behind the page does not end"
        page.app.run()
    page.app.run()
    assert not page.app.exception
    return page


def upload(page, *files):
    for name, content in files:
        page.app.file_uploader[0].upload(name, content)
    page.app.run()
    return settle(page)


def press(page, key):
    page.app.button(key=key).click()
    page.app.run()
    return settle(page)


def titles(page):
    return [
        element.proto.title
        for kind in ("info", "error", "warning", "success")
        for element in getattr(page.app, kind)
    ]


def again(page):
    """Open the page once more in the same session, with the files of its buttons kept."""
    button = st.download_button

    def keep(label, data, *rest, **options):
        page.files[options["file_name"]] = data()
        return button(label, data, *rest, **options)

    st.download_button = keep
    try:
        page.app.run()
    finally:
        st.download_button = button
    return page


@pytest.fixture
def empty(open_page, tmp_path):
    """The page on a store that is not there yet."""
    return open_page(PAGE, tmp_path / "store")


def test_without_a_store_there_is_the_page_of_imports_alone(empty):
    assert not empty.app.exception
    assert [title.value for title in empty.app.title] == [PAGE]
    assert titles(empty) == ["There is nothing to show yet"]
    assert "None yet." in empty.text


def test_files_are_looked_at_checked_imported_and_withdrawn(empty, tmp_path):
    upload(empty, ("scores.csv", WITH_FAULTS))
    wizard = empty.app.session_state[WIZARD]
    assert (wizard.refused, wizard.problem) == (None, None)
    assert "11 rows read = 8 to load + 2 kept aside + 1 exact duplicates" in empty.text
    assert "Not stored: ward" in empty.text
    preview, rules, aside = empty.tables[3:6]  # after the tables of the form
    assert list(preview.columns) == ["patient_id", "modality", "instrument", "day", "score"]
    assert list(preview.iloc[0]) == ["P0", "rtms", "phq9", "0", "20"]
    assert set(rules["Rule"]) == {"score_out_of_range", "unknown_instrument"}
    assert list(aside["Line"]) == ["10", "11"]
    name, text = next(iter(again(empty).files.items()))
    assert name == "scores.batch-1.csv"
    assert [row["score"] for row in csv.DictReader(io.StringIO(text))] == ["28", "20"]
    assert not (tmp_path / "store").exists()
    press(empty, "import_load")
    (done,) = empty.app.success
    assert "Batch 1 is in the store: 8 rows loaded." in done.value.replace("\\", "")
    with open_store(tmp_path / "store") as store:
        assert store.recorded == {"phq9": 8}
        assert store.snapshot in done.value
    spool = empty.app.session_state[WIZARD].spool.folder
    assert not (spool / "files").exists()
    batches = empty.tables[-1]
    assert batches.loc[0, "File"] == "scores.csv"
    assert batches.loc[0, "Loaded"] == "8"
    press(empty, "import_withdraw")
    assert "8 rows that batch 1 loaded" in empty.warning
    (sure,) = (b for b in empty.app.button if b.label == "Withdraw batch 1")
    sure.click()
    empty.app.run()
    settle(empty)
    assert list(empty.tables[-1]["Batch"]) == ["2", "1"]
    assert empty.tables[-1].loc[1, "What"] == "Import, does not count any more"


def test_a_mapping_is_needed_given_as_text_and_checked_again(empty):
    upload(empty, ("theirs.csv", THEIRS.replace(b"scale", b"q").replace(b"total", b"n")))
    wizard = empty.app.session_state[WIZARD]
    assert not wizard.ready
    assert empty.app.button(key="import_load").disabled
    assert titles(empty)[-1] == "Not done"
    assert "its columns fit no kind of file" in wizard.problem
    assert {"sub", "arm", "q", "nominal", "n"} <= set(wizard.headers)
    wizard.use(
        '[columns]\npatient_id = "sub"\nmodality = "arm"\ninstrument = "q"\nday = "nominal"\n'
        'score = "n"\n'
    )
    empty.app.run()
    press(empty, "import_check")
    assert "8 rows read = 8 to load + 0 kept aside" in empty.text
    assert wizard.ready
    wizard.use(wizard.mapping + '[missing]\ncodes = ["-9"]\n')
    empty.app.run()
    assert not wizard.ready, "what was checked is not what is chosen now"
    assert empty.app.button(key="import_load").disabled


def test_the_form_offers_the_columns_of_the_files_and_keeps_the_rest_of_the_mapping(empty):
    upload(empty, ("theirs.csv", THEIRS))
    wizard = empty.app.session_state[WIZARD]
    wizard.use(wizard.mapping + '[instruments.own]\nlabel = "Own"\nrange = [0, 10]\n')
    empty.app.run()
    for label, theirs in (("Patient", "sub"), ("Day", "nominal"), ("Site", "ward")):
        next(b for b in empty.app.selectbox if b.label == label).select(theirs)
    next(b for b in empty.app.button if b.label == "Use this mapping").click()
    empty.app.run()
    settle(empty)
    assert 'site = "ward"' in wizard.mapping
    assert "range = [0, 10]" in wizard.mapping
    press(empty, "import_check")
    assert wizard.problem is None
    assert "site = ward" in list(empty.tables[3].columns)


REFUSED = {
    "Parquet": ("scores.csv", b"PAR1" + b"\0" * 40, "Parquet", "E112"),
    "A01 nothing in it": ("scores.csv", b"", "", ""),
}


@pytest.mark.parametrize(("name", "content", "words", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_why_and_shows_nothing_else(empty, name, content, words, code):
    upload(empty, (name, content))
    assert titles(empty)[-1] == "Refused: nothing of it was kept"
    (error,) = empty.app.error
    assert words in error.value.replace("\\", "")
    assert code in error.value
    assert [table for table in empty.tables if len(table)] == []
    assert list(empty.app.session_state[WIZARD].spool.folder.glob("files/*")) == []


NEEDLE = "Made Upname"


def test_a_file_that_may_identify_a_person_shows_its_refusal_and_nothing_else(empty):
    pytest.importorskip("analysis.ingest.gate")
    text = SCORES.replace(b"ward", b"Patient Name").replace(b",W", b"," + NEEDLE.encode())
    upload(empty, ("scores.csv", text))
    assert titles(empty)[-1] == "Refused: nothing of it was kept"
    assert NEEDLE not in empty.sent
    assert empty.app.session_state[WIZARD].mapping == ""
    assert [table for table in empty.tables if len(table)] == []
    assert list(empty.app.session_state[WIZARD].spool.folder.glob("files/*")) == []


def test_names_and_cells_from_files_are_text(empty):
    name = "<b>x<b> [a](www.evil.example) $y$.csv"
    content = SCORES.replace(b"ward", b"<i>w</i> $a$").replace(b"rtms", b":red[rtms]")
    upload(empty, (name, content))
    assert empty.app.session_state[WIZARD].files[0].name == "b_x_b_a_www.evil.example_y.csv"
    active = [t for t in empty.texts if t not in {part.value for part in empty.app.text}]
    for text in active:
        assert "<b>" not in text
        assert "](http" not in text
        assert "$y$" not in text
        if ":red[" in text:
            assert text in {part.value for part in empty.app.code}


def test_under_shared_release_the_page_is_absent(open_page, one_episode):
    page = open_page(PAGE, one_episode.path, release="shared")
    assert PAGE not in [title.value for title in page.app.title]


def test_a_store_that_is_there_has_the_page_beside_the_others(open_page, one_episode):
    page = open_page(PAGE, one_episode.path)
    assert not page.app.exception
    assert [title.value for title in page.app.title] == [PAGE]
    assert list(page.tables[-1]["Batch"]) == ["1", "1"]
    assert "There is nothing to show yet" not in titles(page)


def choose(page, label, option):
    next(box for box in page.app.selectbox if box.label == label).select(option)
    page.app.run()
    return settle(page)


NAMES = (
    '[columns]\npatient_id = "sub"\nmodality = "arm"\ninstrument = "scale"\nday = "nominal"\n'
    'score = "total"\n'
)


def upload_theirs(page, name):
    """Upload a file with columns of the clinic's own, and check it with a mapping for them."""
    upload(page, (name, THEIRS))
    page.app.session_state[WIZARD].use(NAMES)
    page.app.run()
    return press(page, "import_check")


def name_it(page, name):
    next(box for box in page.app.text_input if box.label.startswith("Keep")).set_value(name)
    page.app.run()
    return settle(page)


def test_a_mapping_is_kept_by_its_name_and_chosen_again(empty, tmp_path):
    upload_theirs(empty, "march.csv")
    assert "It will be kept as mapping@1." in empty.text
    name_it(empty, "monthly")
    assert "It will be kept as monthly@1." in empty.text
    press(empty, "import_load")
    assert "Mapping monthly, version 1." in empty.app.success[0].value
    wizard = empty.app.session_state[WIZARD]
    assert choose(empty, "Read with", "monthly@1")
    upload(empty, ("april.csv", THEIRS.replace(b"P", b"Q")))
    with open_store(tmp_path / "store") as store:
        (row,) = saved_mappings(store)
    assert (row[0], row[1], row[3]) == ("monthly", 1, wizard.mapping)
    assert wizard.proposed == ""
    assert "8 rows read = 8 to load + 0 kept aside" in empty.text
    assert "It is kept as monthly@1 already." in empty.text
    wizard.use(wizard.mapping + '[missing]\ncodes = ["-9"]\n')
    empty.app.run()
    assert "It will be kept as monthly@2." in empty.text
    press(empty, "import_check")
    press(empty, "import_load")
    assert "Mapping monthly, version 2." in empty.app.success[0].value
    assert [batch.mapping for batch in logged(tmp_path / "store")] == ["monthly@1", "monthly@2"]
    (box,) = (box for box in empty.app.selectbox if box.label == "Read with")
    assert box.options == [
        "a new mapping",
        "the mapping monthly@2",
        "the mapping monthly@1",
        "a mapping file that you have",
    ]


def logged(folder):
    with open_store(folder) as store:
        return read_batches(store.connection)


def test_files_that_a_kept_mapping_does_not_fit_can_be_read_with_a_new_one(empty):
    upload_theirs(empty, "march.csv")
    press(name_it(empty, "monthly"), "import_load")
    choose(empty, "Read with", "monthly@1")
    wizard = empty.app.session_state[WIZARD]
    upload(empty, ("other.csv", SCORES.replace(b"P", b"Q")))
    assert not wizard.ready
    assert "its columns fit no kind of file" in wizard.problem
    choose(empty, "Read with", "")
    assert wizard.problem is None
    assert "8 rows read = 8 to load + 0 kept aside" in empty.text
    assert "It will be kept as mapping@1." in empty.text


@pytest.mark.parametrize("name", ["a@2", "../up", "x.toml", "."])
def test_a_mapping_is_not_kept_by_a_name_that_finds_something_else(empty, tmp_path, name):
    upload_theirs(empty, "march.csv")
    name_it(empty, name)
    press(empty, "import_load")
    assert "cannot be kept by this name" in empty.app.error[0].value
    assert not (tmp_path / "store").exists()


def test_what_may_surprise_is_told_after_the_check_and_after_the_import(empty):
    upload(empty, ("late.csv", SCORES.replace(b",0,20", b",7,20")))
    bare = "4 courses have scores of an instrument and no baseline of it on day -14 to 0"
    assert bare in empty.warning
    press(empty, "import_load")
    assert empty.app.success
    assert bare in empty.warning
    upload(empty, ("scores.csv", SCORES.replace(b"P", b"Q")))
    assert empty.warning == ""


DATED = (
    b"patient_id,modality,instrument,start_date,date,score\n"
    b"P1,rtms,phq9,2025-03-01,2025-03-01,20\n"
    b"P1,rtms,phq9,2025-03-01,2025-04-12,28\n"
    b"P2,rtms,phq9,2025-03-01\n"
)


def test_rows_kept_aside_are_what_the_command_writes_and_can_be_mended(empty, tmp_path):
    upload(empty, ("dated.csv", DATED))
    shown = again(empty).files
    assert set(shown) == {"dated.batch-1.csv", "dated.batch-1.malformed.csv"}
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(empty.app.session_state[WIZARD].mapping, "utf-8")
    (tmp_path / "dated.csv").write_bytes(DATED)
    command = ["import", str(tmp_path / "other"), str(tmp_path / "dated.csv")]
    command += ["--mapping", str(mapping), "--aside", str(tmp_path / "aside")]
    assert main(command) == 0
    written = {file.name: file.read_bytes().decode() for file in (tmp_path / "aside").iterdir()}
    assert shown == written
    empty.files.clear()
    press(empty, "import_load")
    assert again(empty).files == written
    mended = written["dated.batch-1.csv"].replace(",28,", ",8,")
    upload(empty, ("mended.csv", mended.encode()))
    assert "1 rows read = 1 to load + 0 kept aside" in empty.text
    press(empty, "import_load")
    assert empty.app.session_state[WIZARD].problem is None
    assert empty.app.success
    with open_store(tmp_path / "store") as store:
        assert store.recorded == {"phq9": 2}
    assert empty.app.session_state[WIZARD].spool.aside() == []


RECORDS = b"mrn,modality,instrument,day,score\n" + b"".join(
    f"{4_000_000 + number * 7919},rtms,phq9,{day},{score}\n".encode()
    for number in range(12)
    for day, score in ((0, 20), (42, 5))
)
MORE_RECORDS = RECORDS + b"5000077,ect,phq9,0,21\n"
BY_RECORD = b'[columns]\npatient_id = "mrn"\n'


def give(page, label, name, content):
    next(box for box in page.app.file_uploader if box.label.startswith(label)).upload(name, content)
    page.app.run()
    return settle(page)


def want_codes(page):
    (box,) = (box for box in page.app.checkbox if box.label.startswith("Replace"))
    box.check()
    page.app.run()
    return settle(page)


def crosswalk_of(page):
    """Return the crosswalk that the page offers, and say that it was saved."""
    text = again(page).files.pop("crosswalk.csv")
    press(page, "import_crosswalk_saved")
    page.files.clear()
    assert "crosswalk.csv" not in again(page).files
    return text


def patients(folder):
    with open_store(folder) as store:
        return {patient for (patient,) in store.rows("select distinct patient_id from episode")}


def test_ids_become_study_codes_and_the_clinic_keeps_the_crosswalk(empty, tmp_path):
    upload(empty, ("scores.csv", RECORDS))
    assert titles(empty)[-1] == "Not done"
    choose(empty, "Read with", "file")
    give(empty, "Mapping file", "records.toml", BY_RECORD)
    assert titles(empty)[-1] == "Refused: nothing of it was kept"
    want_codes(empty)
    wizard = empty.app.session_state[WIZARD]
    assert (wizard.refused, wizard.problem) == (None, None)
    assert "24 rows read = 24 to load" in empty.text
    assert "4000000" not in empty.sent
    press(empty, "import_load")
    assert "the clinic must keep it" in empty.warning
    assert not [f for f in wizard.spool.folder.rglob("*") if "crosswalk" in f.name]
    assert not [f for f in (tmp_path / "store").rglob("*") if "crosswalk" in f.name]
    text = crosswalk_of(empty)
    rows = list(csv.DictReader(io.StringIO(text.partition("\n")[2])))
    assert patients(tmp_path / "store") == {row["code"] for row in rows}
    assert {row["theirs"] for row in rows} >= {"4000000", "4007919"}
    for file in (tmp_path / "store").rglob("*"):
        assert not file.is_file() or b"4007919" not in file.read_bytes()
    choose(empty, "Read with", "records@1")
    upload(empty, ("more.csv", MORE_RECORDS))
    assert "the store was filled with the crosswalk" in wizard.problem
    give(empty, "Crosswalk", "crosswalk.csv", text.encode())
    press(empty, "import_check")
    assert "25 rows read = 1 to load + 0 kept aside + 24 exact duplicates" in empty.text
    press(empty, "import_load")
    longer = crosswalk_of(empty)
    assert longer.startswith(text)
    assert len(patients(tmp_path / "store")) == 13


def test_nothing_is_imported_before_the_crosswalk_of_the_last_import_is_saved(empty):
    want_codes(empty)
    upload(empty, ("scores.csv", SCORES))
    press(empty, "import_load")
    assert again(empty).files["crosswalk.csv"].count("\n") == 6
    upload(empty, ("more.csv", SCORES.replace(b"P", b"Q")))
    give(empty, "Crosswalk", "crosswalk.csv", empty.files["crosswalk.csv"].encode())
    press(empty, "import_check")
    assert "8 rows read = 8 to load" in empty.text
    assert "Save the crosswalk of the last import first." in empty.text
    assert empty.app.button(key="import_load").disabled
    press(empty, "import_crosswalk_saved")
    assert not empty.app.button(key="import_load").disabled


def test_what_is_no_crosswalk_is_refused_by_the_name_of_the_file_alone(empty):
    want_codes(empty)
    give(empty, "Crosswalk", "mine.csv", b"column,theirs,code\n")
    upload(empty, ("scores.csv", SCORES))
    assert titles(empty)[-1] == "Not done"
    problem = empty.app.session_state[WIZARD].problem
    assert problem.startswith("crosswalk.csv: is not a crosswalk")
    assert "(E411)" in problem


def test_more_rows_kept_aside_than_can_be_given_are_left_to_the_command(empty, monkeypatch):
    wrong = b"".join(b"P9,rtms,phq9,%d,28,W\n" % (number % 700) for number in range(20_010))
    upload(empty, ("scores.csv", SCORES + wrong))
    assert again(empty).files["scores.batch-1.csv"].count("\n") == 20_001
    assert "These are the first 20,000." in empty.text
    monkeypatch.setattr(import_wizard, "MOST_ASIDE", 20_000)
    press(empty, "import_load")
    assert "20,010 rows were kept aside" in empty.app.success[0].value
    empty.files.clear()
    assert again(empty).files == {}


def test_with_study_codes_rows_kept_aside_come_with_the_import_alone(empty, tmp_path):
    want_codes(empty)
    upload(empty, ("scores.csv", SCORES + b"P8,rtms,phq9,0,28,W\nP8,rtms,phq9,7,3,W\n"))
    assert "9 to load + 1 kept aside" in empty.text
    assert again(empty).files == {}
    press(empty, "import_load")
    text = crosswalk_of(empty)
    (code,) = re.findall(r"^patient_id,P8,(.*)$", text, re.MULTILINE)
    aside = empty.files["scores.batch-1.csv"]
    assert aside.splitlines()[1].startswith(f"{code},rtms,phq9,0,28,")
    give(empty, "Crosswalk", "crosswalk.csv", text.encode())
    upload(empty, ("mended.csv", aside.replace(",28,", ",20,").encode()))
    assert "1 rows read = 1 to load + 0 kept aside" in empty.text
    press(empty, "import_load")
    assert crosswalk_of(empty) == text
    assert len(patients(tmp_path / "store")) == 5
