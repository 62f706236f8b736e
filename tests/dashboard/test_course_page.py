"""The Course page: sessions against plan, later phases, treatment resistance, testing, setting."""

import csv
import io

import numpy as np
import pytest

from analysis import Cohort, course
from analysis.case_mix import case_mix
from dashboard import frames_course
from dashboard.charts import course as course_chart

RULES = ("treatment_resistant_1", "treatment_resistant", "treatment_resistant_4")


@pytest.fixture
def treated(clinic):
    """Return a function that makes episodes: modality, planned, received, how many."""

    def build(*groups):
        episodes, scores, sessions = [], [], []
        for modality, planned, received, number in groups:
            for n in range(number):
                name = f"{modality}-{planned}-{received}-{n}"
                episodes.append(
                    {
                        "episode_id": name,
                        "patient_id": f"patient_of_{name}",
                        "modality": modality,
                        "planned_sessions": planned,
                        "follow_up_days": "400",
                    }
                )
                scores.append({"episode_id": name, "instrument": "phq9", "day": "0", "score": "20"})
                sessions += [
                    {"episode_id": name, "day": str(day), "phase": "induction"}
                    for day in range(received)
                ]
        return clinic(episodes, scores, sessions)

    return build


@pytest.mark.parametrize("by", ["modality", "site", "start_year"])
def test_sessions_are_the_engines(open_page, sample_store, by):
    page = open_page("Course", sample_store.path, chosen={"course_by": by})
    table = page.tables[0]
    rows = [*course(sample_store, Cohort()).rows, *course(sample_store, Cohort(), (by,)).rows]
    assert list(table["Episodes"]) == [f"{row.episodes:,}" for row in rows]
    assert list(table["With sessions"]) == [f"{row.with_sessions:,}" for row in rows]
    assert list(table["n / N"]) == [
        f"{row.completed:,} / {row.with_plan:,}" if row.with_plan else "–" for row in rows
    ]
    assert list(table["Not known"]) == [
        f"{(row.episodes or 0) - (row.with_plan or 0):,}" for row in rows
    ]
    assert list(table["Sessions, median"]) == [
        "–"
        if row.median is None
        else f"{row.median:g} ({row.lower_quartile:g} to {row.upper_quartile:g})"
        for row in rows
    ]


def test_by_hand(open_page, treated):
    store = treated(
        ("rtms", "3", 3, 4), ("rtms", "3", 2, 1), ("rtms", "", 5, 2), ("ect", "2", 0, 3)
    )
    table = open_page("Course", store.path).tables[0].set_index("Group")
    assert list(table.loc["rTMS"]) == [
        "7",
        "7",
        "3 (3 to 4)",
        "80.0 %",
        "4 / 5",
        "37.6 to 96.4 %",
        "2",
    ]
    # nobody wrote down any session: whether there was none is not known
    assert list(table.loc["ECT"]) == ["3", "0", "–", "–", "–", "–", "3"]
    assert table.loc["All episodes", "n / N"] == "4 / 5"


def test_the_drawn_shares_are_those_of_the_table(open_page, sample_store):
    page = open_page("Course", sample_store.path)
    dots, counts = page.figures[0]["data"]
    table = page.tables[0].iloc[1:]
    listed = [None if t == "–" else float(t[:-2]) for t in table["At least as planned"]]
    assert dots["x"] == listed  # a group without any plan is a gap, not a zero
    assert counts["text"] == list(table["n / N"])
    assert None in listed


def test_phases_are_the_engines(open_page, sample_store):
    page = open_page("Course", sample_store.path)
    table = next(t for t in page.tables if "Maintenance" in t)
    rows = [
        *course(sample_store, Cohort()).rows,
        *course(sample_store, Cohort(), ("modality",)).rows,
    ]
    for name in ("continuation", "maintenance", "retreatment"):
        shown = [cell.split(" (")[0] for cell in table[name.capitalize()]]
        assert shown == [f"{getattr(row, name):,}" for row in rows]


def test_treatment_resistance_is_told_by_each_rule(open_page, sample_store):
    page = open_page("Course", sample_store.path)
    whole, grouped = (t for t in page.tables if "Rule" in t)
    answer = case_mix(sample_store, Cohort(), RULES)
    assert list(whole["Rule"]) == [sample_store.fields[rule] for rule in RULES]
    for level in ("yes", "no", "unknown"):
        counted = [
            next(r.episodes for r in answer.rows if (r.field, r.level) == (rule, level))
            for rule in RULES
        ]
        assert [cell.split(" (")[0] for cell in whole[level.capitalize()]] == [
            f"{n:,}" for n in counted
        ]
    assert len(grouped) == 13 * len(RULES)


def test_testing_and_settings_are_counted(open_page, sample_store):
    page = open_page("Course", sample_store.path)
    assert "Pharmacogenetic testing" in page.text
    assert "Where treatment is given" in page.text
    home = next(t for t in page.tables if "Home" in t)
    levels = sample_store.levels["treatment_setting"]
    assert home.loc[0, "Home"].startswith(f"{levels['home']:,} (")


def test_the_page_says_that_the_definition_plays_no_part(open_page, sample_store):
    page = open_page("Course", sample_store.path)
    before = [table.to_csv() for table in page.tables]
    assert "the definition of outcomes on the left plays no part here" in page.text
    page.app.selectbox(key="timepoint").select("month_6")
    page.app.selectbox(key="instrument").select("gad7")
    assert [table.to_csv() for table in page.again().tables] == before


def test_a_filter_changes_the_page(open_page, sample_store):
    page = open_page("Course", sample_store.path, chosen={"site": ["valley"]})
    assert "Episodes with site valley." in page.text
    assert page.tables[0].loc[0, "Episodes"] == f"{sample_store.levels['site']['valley']:,}"


def test_the_files_hold_the_groups_with_their_cohort(open_page, sample_store):
    page = open_page("Course", sample_store.path, chosen={"site": ["valley"], "course_by": "sex"})
    for text in page.files.values():
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["cohort"] for row in rows} == {"Episodes with site valley."}
        assert {row["snapshot"] for row in rows} == {sample_store.snapshot}
        assert {row["sex"] for row in rows} <= set(sample_store.levels["sex"])
    assert sorted(name.split("-")[2] for name in page.files) == ["case", "course"]


# ---- withheld ------------------------------------------------------------------------------------

LARGE = ("rtms", "3", 3, 60), ("rtms", "3", 2, 40)
SAME = ("esketamine", "3", 3, 4), ("esketamine", "3", 2, 4)
ONE = (
    *LARGE,
    *SAME,
    ("ect", "3", 3, 5),
    ("ect", "3", 2, 4),
    ("vns", "3", 3, 4),
    ("vns", "3", 2, 4),
)
OTHER = (
    *LARGE,
    *SAME,
    ("ect", "3", 3, 3),
    ("ect", "3", 2, 6),
    ("vns", "3", 3, 6),
    ("vns", "3", 2, 2),
)


def test_two_programs_that_differ_only_in_withheld_numbers_look_the_same(open_page, treated):
    one, other = treated(*ONE), treated(*OTHER)
    first = open_page("Course", one.path, release="shared").sent
    second = open_page("Course", other.path, release="shared").sent
    assert first.replace(one.snapshot, "") == second.replace(other.snapshot, "")
    local = open_page("Course", one.path).sent
    assert local.replace(one.snapshot, "") != open_page("Course", other.path).sent.replace(
        other.snapshot, ""
    )


def test_a_small_group_is_withheld_in_words_and_leaves_its_place_empty(open_page, treated):
    page = open_page("Course", treated(*ONE).path, release="shared")
    table = page.tables[0].set_index("Group")
    assert set(table.loc["ECT"]) == {"withheld"}
    assert table.loc["rTMS", "n / N"] == "60 / 100"
    assert page.figures[0]["data"][0]["x"] == [60.0, None, None, None]
    assert "Counts under 11, and whatever would give them back, are withheld." in page.text


def test_a_cohort_of_one_shows_no_number(open_page, one_episode):
    page = open_page("Course", one_episode.path, release="shared")
    cells = [cell for table in page.tables for cell in table.iloc[:, 1:].to_numpy().ravel()]
    assert cells
    assert not any(character.isdigit() for cell in cells for character in cell)


def test_the_figure_carries_no_more_digits_than_are_shown(sample_store):
    answer = course(sample_store, Cohort(), ("modality",))
    frame = frames_course.course_frame(answer, sample_store.modalities)
    dots = course_chart.figure(frame, "All episodes.").data[0]
    for value in dots.x[~np.isnan(dots.x)]:
        assert round(10 * value) == pytest.approx(10 * value, abs=1e-9)
