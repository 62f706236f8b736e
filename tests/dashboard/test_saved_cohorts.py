"""Saved cohorts in the sidebar: they fill the filters, and filters are saved and forgotten."""

import shutil

import pytest

from analysis import Cohort
from analysis.saved_cohorts import read_cohorts, save_cohort

NORTH = Cohort.of({"site": ["north"]})
RESISTANT = Cohort.of({"modality": ["ect", "rtms"], "treatment_resistant": ["yes"]})


@pytest.fixture
def store(sample_store, tmp_path):
    """A copy of the store of the sample data, of which a test may change the saved cohorts."""
    return shutil.copytree(sample_store.path, tmp_path / "store")


@pytest.fixture
def with_two(store):
    save_cohort(store, "North", NORTH)
    save_cohort(store, "Resistant", RESISTANT)
    return store


def sidebar_errors(page):
    return "\n".join(e.value for e in page.app.sidebar.error).replace("\\", "")


def button(page, label):
    (found,) = (b for b in page.app.sidebar.button if b.label.replace("\\", "") == label)
    return found


def labels(page):
    return [b.label.replace("\\", "") for b in page.app.sidebar.button]


def test_without_any_there_is_nothing_to_choose(open_page, store):
    page = open_page("Program", store)
    assert "Saved cohorts" not in [box.label for box in page.app.sidebar.selectbox]
    assert button(page, "Save").disabled


def test_choosing_one_fills_the_filters_and_the_link_follows(open_page, with_two):
    page = open_page("Outcomes", with_two)
    box = page.app.selectbox(key="saved_cohort")
    assert (box.options, box.value) == (["North", "Resistant"], None)
    box.select("Resistant")
    page.again()
    assert "Episodes with modality ECT or rTMS; treatment-resistant" in page.text
    assert page.app.query_params["modality"] == ["ect", "rtms"]
    assert page.app.query_params["treatment_resistant"] in ("yes", ["yes"])
    page.app.selectbox(key="saved_cohort").select("North")
    page.again()
    assert "Episodes with site north." in page.text
    assert "modality" not in page.app.query_params
    page.app.selectbox(key="saved_cohort").select(None)
    assert "All episodes." in page.again().text


def test_the_list_shows_the_cohort_that_the_filters_are(open_page, with_two):
    page = open_page("Program", with_two, link={"site": "north"})
    assert page.app.selectbox(key="saved_cohort").value == "North"
    page.app.multiselect(key="site").select("valley")
    assert page.again().app.selectbox(key="saved_cohort").value is None
    page.app.multiselect(key="site").unselect("valley")
    assert page.again().app.selectbox(key="saved_cohort").value == "North"
    button(page, "Reset filters and definition").click()
    assert page.again().app.selectbox(key="saved_cohort").value is None


def test_filters_are_saved_under_a_name(open_page, store):
    page = open_page("Program", store, link={"site": "north"})
    page.app.text_input(key="saved_cohort_name").set_value(" The *north* ")
    button(page, "Save").click()
    page.again()
    assert read_cohorts(store) == {"The *north*": NORTH}
    assert page.app.selectbox(key="saved_cohort").value == "The *north*"
    assert page.app.text_input(key="saved_cohort_name").value == ""
    assert sidebar_errors(page) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "1 to 60 characters"),
        ("=cmd()", 'cannot be called "=cmd()"'),
        ("North", "with other filters"),
    ],
)
def test_what_cannot_be_saved_is_said(open_page, with_two, name, words):
    page = open_page("Program", with_two, link={"site": "valley"})
    page.app.text_input(key="saved_cohort_name").set_value(name)
    button(page, "Save").click()
    assert words in sidebar_errors(page.again())
    assert list(read_cohorts(with_two)) == ["North", "Resistant"]
    assert not page.app.exception


def test_forgetting_can_be_undone(open_page, with_two):
    before = read_cohorts(with_two)
    page = open_page("Program", with_two, link={"site": "north"})
    button(page, "Forget North").click()
    page.again()
    assert list(read_cohorts(with_two)) == ["Resistant"]
    assert "Episodes with site north." in page.text
    button(page, "Undo").click()
    page.again()
    assert read_cohorts(with_two) == before
    assert "Undo" not in labels(page)
    assert page.app.selectbox(key="saved_cohort").value == "North"


def test_a_shared_dashboard_reads_the_list_and_changes_nothing(open_page, with_two):
    page = open_page("Program", with_two, release="shared", link={"site": "north"})
    assert page.app.selectbox(key="saved_cohort").value == "North"
    assert labels(page) == ["Reset filters and definition"]
    assert not page.app.sidebar.text_input
    page.app.selectbox(key="saved_cohort").select("Resistant")
    assert "modality ECT or rTMS" in page.again().text


def test_levels_that_a_later_import_took_away_are_said(open_page, with_two):
    save_cohort(with_two, "Gone", Cohort.of({"site": ["atlantis", "north"]}))
    page = open_page("Program", with_two, link={"site": "valley"})
    page.app.selectbox(key="saved_cohort").select("Gone")
    page.again()
    assert 'no site value "atlantis"' in sidebar_errors(page)
    assert "Episodes with site valley." in page.text
    assert page.app.selectbox(key="saved_cohort").value is None
    page.app.selectbox(key="saved_cohort").select("North")
    assert sidebar_errors(page.again()) == ""


@pytest.mark.parametrize("content", [b"[cohorts", b"\xff"])
def test_a_damaged_file_is_said_and_the_rest_goes_on(open_page, with_two, content):
    (with_two / "cohorts.toml").write_bytes(content)
    page = open_page("Program", with_two, link={"site": "north"})
    assert "E511" in page.app.sidebar.warning[0].value
    assert "Episodes with site north." in page.text
    assert not page.app.exception
    page.app.text_input(key="saved_cohort_name").set_value("X")
    button(page, "Save").click()
    assert "E511" in sidebar_errors(page.again())
    assert (with_two / "cohorts.toml").read_bytes() == content


def test_what_another_person_saves_is_there_at_the_next_step(open_page, with_two):
    page = open_page("Program", with_two)
    save_cohort(with_two, "Third", Cohort.of({"site": ["valley"]}))
    assert page.again().app.selectbox(key="saved_cohort").options == ["North", "Resistant", "Third"]
