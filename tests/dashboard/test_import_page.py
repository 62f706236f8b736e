"""The page of imports in all its states, each file read by a real child process."""

import csv
import io
import time

import pytest
import streamlit as st

from analysis import open_store
from dashboard.data_import import WIZARD

PAGE = "Import"
SCORES = b"patient_id,modality,instrument,day,score,ward\n" + b"".join(
    f"P{number},rtms,phq9,{day},{score},W{number}\n".encode()
    for number in range(4)
    for day, score in ((0, 20), (42, 5))
)
WITH_FAULTS = SCORES + b"P9,rtms,phq9,0,28,W9\nP9,rtms,phq10,0,20,W9\n" + SCORES.splitlines()[1]
THEIRS = SCORES.replace(b"patient_id,modality,instrument,day,score", b"sub,arm,scale,nominal,total")
LIMIT = 60


def settle(page):
    """Run the page until nothing runs behind it any more."""
    end = time.monotonic() + LIMIT
    while page.app.session_state[WIZARD].running:
        assert time.monotonic() < end, "the run behind the page does not end"
        time.sleep(0.2)
        page.app.run()
    page.app.run()
    assert not page.app.exception
    return page


def upload(page, *files):
    for name, content in files:
        page.app.file_uploader(key="import_files").upload(name, content)
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
    assert "11 rows read = 8 to load + 2 kept aside + 1 exact duplicates" in empty.text
    assert "Not stored: ward" in empty.text
    preview, rules, aside = empty.tables[3:6]  # after the tables of the form
    assert list(preview.columns) == ["patient_id", "modality", "instrument", "day", "score"]
    assert list(preview.iloc[0]) == ["P0", "rtms", "phq9", "0", "20"]
    assert set(rules["Rule"]) == {"score_out_of_range", "unknown_instrument"}
    assert list(aside["Line"]) == ["10", "11"]
    listed = list(csv.DictReader(io.StringIO(again(empty).files["trd-outcomes-kept-aside.csv"])))
    assert [row["line"] for row in listed] == ["10", "11"]
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
