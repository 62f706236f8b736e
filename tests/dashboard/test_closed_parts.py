"""Parts of a page that are closed: nothing of them is drawn, and what was chosen there counts."""

import pytest

PAGES = ("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity", "Compare", "Course")
CHOSEN = {"minimal_important": "3.7", "sex": ["female"]}


@pytest.fixture
def opened(open_page, sample_store):
    """Return a function that opens a page of the sample."""
    return lambda page="Program", **options: open_page(page, sample_store.path, **options)


def keys(page):
    return {box.key for box in (*page.app.multiselect, *page.app.selectbox)}


def parts_of(page):
    """Return the keys of the parts of a page that can be opened."""
    ids = [part.proto.id for part in (*page.app.sidebar, *page.app.main) if part.type == "expander"]
    return [name.split("-", 2)[2] for name in ids if name]  # $$ID-HASH-KEY


def set_to(is_open, page, parts):
    for part in parts:
        page.app.session_state[part] = is_open
    page.again()


@pytest.mark.parametrize("page", PAGES)
def test_closed_parts_are_not_drawn(opened, closed, page):
    found = opened(page)
    assert not found.app.exception
    assert not keys(found) & set(CHOSEN)
    tables = len(found.tables)
    set_to(True, found, parts_of(found))
    assert not found.app.exception
    assert keys(found) >= set(CHOSEN)
    assert len(found.tables) + len(found.listings) > tables


@pytest.mark.parametrize("options", ["chosen", "link"])
def test_what_was_chosen_in_a_closed_part_counts_and_is_linked(opened, closed, answered, options):
    found = opened("Outcomes", **{options: {**CHOSEN, "outcome": "minimal_important_improvement"}})
    assert "Episodes with sex female." in found.text
    assert "at least 3.7 points" in found.text
    labels = [part.label for part in found.app.sidebar if part.type == "expander"]
    assert "More fields (1 in use)" in labels
    for _ in range(2):
        found.again()
        assert found.app.query_params["sex"] == "female"
        assert found.app.query_params["minimal_important"] == "3.7"


def test_what_was_chosen_stays_when_the_part_is_closed_and_opened_again(opened, closed):
    found = opened()
    parts = ("open_more_fields", "open_Further rules")
    set_to(True, found, parts)
    found.app.multiselect(key="sex").set_value(["female"])
    found.app.selectbox(key="minimal_important").set_value("3.7")
    found.again()
    assert "sex" in keys(found)  # the part stays open when its label counts what is in use
    for is_open in (False, True, False):
        set_to(is_open, found, parts)
        for _ in range(2):
            found.again()
            assert ("sex" in keys(found)) == is_open
            assert "Episodes with sex female." in found.text
            assert found.app.query_params["minimal_important"] == "3.7"
    next(b for b in found.app.button if b.label.startswith("Reset")).click()
    found.again()
    assert "Episodes with sex female." not in found.text
    assert "sex" not in found.app.query_params
    assert "minimal_important" not in found.app.query_params


def test_a_slip_in_a_closed_part_is_not_used(opened, closed):
    found = opened(chosen={"minimal_important": "a lot"})
    assert not found.app.exception
    assert not found.app.error
    assert "minimal_important" not in found.app.query_params
