"""Under the policy `shared` no withheld number reaches the browser, in whatever disguise."""

import csv
import io
import re

import pytest

PAGES = ("Program", "Outcomes", "Trajectories", "Durability")
LARGE = {"rtms": (40, 40)}
# The same program as far as anybody may know: only the small groups differ, and not in their sum.
ONE = LARGE | {"ect": (5, 4), "iv_ketamine": (3, 4), "esketamine": (4, 4), "vns": (4, 4)}
OTHER = LARGE | {"ect": (2, 5), "iv_ketamine": (6, 3), "esketamine": (4, 4), "vns": (4, 4)}


def without_identity(sent: str, store) -> str:
    return sent.replace(store.snapshot, "SNAPSHOT")


@pytest.mark.parametrize("page", PAGES)
def test_two_programs_that_differ_only_in_withheld_numbers_look_the_same(
    open_page, small_program, page
):
    one, other = small_program(ONE), small_program(OTHER)
    first = open_page(page, one.path, release="shared")
    second = open_page(page, other.path, release="shared")
    assert first.files
    assert without_identity(first.sent, one) == without_identity(second.sent, other)


@pytest.mark.parametrize("page", PAGES)
def test_the_same_two_programs_differ_where_nothing_is_withheld(open_page, small_program, page):
    one, other = small_program(ONE), small_program(OTHER)
    first, second = open_page(page, one.path), open_page(page, other.path)
    assert without_identity(first.sent, one) != without_identity(second.sent, other)


@pytest.mark.parametrize("page", PAGES)
def test_what_may_be_shown_is_still_shown(open_page, small_program, page):
    opened = open_page(page, small_program(ONE).path, release="shared")
    numbers = {"Trajectories": "80", "Durability": "80"}
    columns = {"Trajectories": "Episodes", "Durability": "Followed"}
    cells = opened.tables[0][columns.get(page, "n / N")]
    assert numbers.get(page, "40 / 80") in set(cells)


def test_withheld_is_said_in_words_and_never_shown_as_0(open_page, small_program):
    page = open_page("Outcomes", small_program(ONE).path, release="shared")
    rows = page.tables[0].set_index("Group").loc["ECT"]
    assert set(rows["n / N"]) == set(rows["Rate"]) == set(rows["Unknown"]) == {"withheld"}
    shown = page.figures[0]["data"][0]
    for rate, text in zip(shown["x"], shown["customdata"], strict=True):
        assert (rate is None) == (text[1] == "withheld")


def test_a_withheld_interval_and_completeness_are_called_withheld_too(open_page, small_program):
    """A dash means that there is no such number; here there is one, and it is kept back."""
    page = open_page("Outcomes", small_program(ONE).path, release="shared")
    rows = page.tables[0].set_index("Group").loc["ECT"]
    assert set(rows["95 % interval"]) == set(rows["Completeness"]) == {"withheld"}


def test_a_withheld_tile_says_so(open_page, small_program):
    page = open_page("Program", small_program({"ect": (4, 4)}).path, release="shared")
    assert set(page.tiles.values()) == {"withheld"}


def test_a_withheld_step_of_the_flow_has_no_bar(open_page, small_program):
    page = open_page("Program", small_program({"ect": (4, 4)}).path, release="shared")
    bars, words = page.figures[-1]["data"]
    assert set(bars["x"]) == {None}
    assert {word.strip() for word in words["text"]} == {"withheld"}


def test_a_withheld_mean_is_not_drawn_and_its_count_is_not_printed(open_page, small_program):
    page = open_page("Trajectories", small_program(ONE).path, release="shared")
    table = page.tables[0].set_index("Group")
    assert set(table.loc["ECT", "Episodes"]) == {"withheld"}
    lines = {t["name"]: t["y"] for t in page.figures[0]["data"] if t["mode"] != "text"}
    assert set(lines["ECT"]) == {None}


def test_a_mean_of_nobody_is_not_told_apart_from_a_withheld_one(open_page, small_program):
    page = open_page("Trajectories", small_program(ONE).path, release="shared")
    assert "0" not in set(page.tables[0]["Episodes"])


@pytest.mark.parametrize("page", PAGES)
def test_files_leave_withheld_cells_empty(open_page, small_program, page):
    opened = open_page(page, small_program(ONE).path, release="shared")
    for text in opened.files.values():
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["release"] for row in rows} == {"shared"}
        small = [row for row in rows if row.get("modality") == "ect"]
        assert small or "modality" not in rows[0] or "incidence" in rows[0]
        counted = ("numerator", "denominator", "unknown", "estimate", "completeness", "n", "sd")
        steps = ("episodes", "patients", "with_baseline", "eligible", "mature", "with_endpoint")
        for row in small:
            assert {row[name] for name in (*counted, *steps) if name in row} == {""}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_says_that_numbers_are_withheld(open_page, small_program, page):
    opened = open_page(page, small_program(ONE).path, release="shared")
    assert "Counts under 11, and whatever would give them back, are withheld." in opened.text
    local = open_page(page, small_program(ONE).path)
    assert "withheld" not in local.text


@pytest.mark.parametrize("page", PAGES)
def test_a_cohort_of_one_shows_no_number(open_page, one_episode, page):
    opened = open_page(page, one_episode.path, release="shared")
    assert not opened.app.exception
    counted = ["n / N", "Rate", "95 % interval", "Unknown", "Completeness", "Episodes", "Mean"]
    counted += ["Followed", "Response", "Censored", "Median days", "Share", "Still waited for"]
    cells = [cell for t in opened.tables for name in counted if name in t for cell in t[name]]
    assert cells or page == "Program"
    assert not re.search(r"\d", " ".join([*opened.tiles.values(), *cells]))


def test_the_formula_is_not_shown_where_its_numbers_are_withheld(open_page, small_program):
    page = open_page("Outcomes", small_program({"ect": (4, 4)}).path, release="shared")
    assert not page.app.code
    assert "too few episodes to show the numbers" in page.text


def test_an_unknown_policy_shows_nothing(open_page, sample_store):
    page = open_page("Program", sample_store.path, release="everything")
    assert "everything" in page.app.error[0].value
    assert not page.tiles
    assert not page.figures
