"""The page that compares groups: its numbers are the engine's, and no gate is passed over."""

import json
import re

import pytest

from analysis import Cohort, Definition
from analysis.compare import Comparison, Named, compare
from analysis.compare.plan import MOST_GROUPS
from analysis.saved_cohorts import save_cohort
from analysis.stats.two_rates import Rate, risk_difference
from dashboard import data_compare

KINDS = ("rates", "change", "visits", "time")
BY_SITE = {"compare_by": "site"}
# rTMS and ECT are compared; four people had VNS, too few for any difference.
PROGRAM = {"rtms": (40, 40), "ect": (30, 20), "vns": (3, 1)}
FEW = {"rtms": (5, 4), "ect": (3, 4)}
P_VALUE = re.compile(r"\bp(-value)? ?[=<]|\bp_value\b")


def compared(store, cohort=None, **question):
    asked = {"by": None if "a" in question else "site", **question}
    return compare(store, Cohort.of(cohort or {}), Definition(), Comparison(**asked))


def percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"


def table_with(page, *headings):
    return next(table for table in page.tables if set(headings) <= set(table.columns))


# ---- what is shown -------------------------------------------------------------------------------


def test_the_groups_as_counted_are_the_engines(open_page, sample_store):
    page = open_page("Compare", sample_store.path, link=BY_SITE)
    table = table_with(page, "Rate", "Completeness").set_index("Group")
    rows = [row for row in compared(sample_store).rows if row.measure == "response"]
    assert len(rows) == len(table) == 3
    for row in rows:
        shown = table.loc[row.group]
        assert shown["Rate"] == percent(row.estimate)
        assert shown["n / N"] == f"{row.numerator} / {row.denominator}"
        assert shown["Unknown"] == str(row.unknown)
        assert shown["Completeness"] == percent(row.completeness)


def test_the_differences_are_the_engines_in_picture_and_table(open_page, sample_store):
    page = open_page("Compare", sample_store.path, link=BY_SITE)
    found = [c for c in compared(sample_store).contrasts if c.measure == "risk_difference"]
    forest = page.figures[1]["data"][0]
    assert forest["x"] == [round(100 * c.estimate, 1) for c in found]
    table = table_with(page, "Pair", "Percentage points")
    assert list(table["p"]) == [f"{c.p_value:.3f}" for c in found]
    assert list(table["p (Holm)"]) == [f"{c.p_holm:.3f}" for c in found]
    assert list(table["Pair"]) == [f"{c.group} less {c.against}" for c in found]


def test_the_limits_stand_before_any_number(open_page, sample_store):
    page = open_page("Compare", sample_store.path, link=BY_SITE)
    kinds = [element.type for element in page.app.main]
    first = next(e for e in page.app.main if e.type == "markdown")
    assert first.value.startswith("Patients were not assigned to these groups by chance")
    assert kinds.index("markdown") < kinds.index("plotly_chart")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("repeated", ["first", "clustered"])
def test_each_kind_opens_and_says_what_it_is_about(open_page, sample_store, kind, repeated):
    link = {**BY_SITE, "compare_kind": kind, "compare_repeated": repeated}
    page = open_page("Compare", sample_store.path, link=link)
    assert not page.app.exception
    assert not page.app.error
    assert not page.app.info
    assert page.warning == ""
    assert len(page.figures) >= 2
    assert f"Snapshot {sample_store.snapshot}" in page.text
    for figure in page.figures:
        assert f"snapshot {sample_store.snapshot}" in figure["layout"]["title"]["text"].replace(
            "<br>", " "
        )
    assert all(len(chart.proto.alt) > 20 for chart in page.app.get("plotly_chart"))
    for element in page.app.main:
        if element.type == "expander" and element.label == "How to read this page":
            break
    else:
        pytest.fail("the page has no help")


@pytest.mark.parametrize("kind", ["rates", "change"])
@pytest.mark.parametrize("adjust", ["overlap", "inverse"])
def test_weights_come_with_balance_overlap_and_sizes(open_page, sample_store, kind, adjust):
    link = {**BY_SITE, "compare_kind": kind, "compare_adjust": adjust}
    page = open_page("Compare", sample_store.path, link=link)
    assert not page.app.exception
    answer = compared(sample_store, kind=kind, adjust=adjust)
    sizes = table_with(page, "Effective n, first")
    assert list(sizes["Effective n, first"]) == [
        f"{a.effective_group:.1f}" for a in answer.adjustments
    ]
    names = [trace.get("name") for figure in page.figures for trace in figure["data"]]
    assert {"Groups as they are", "Weighted groups"} <= set(names)
    assert {"Before weighting", "After weighting"} <= set(names)
    assert ("(E-value)" in page.text) == (kind == "rates")


def test_a_margin_gets_a_verdict_per_pair(open_page, sample_store):
    link = {**BY_SITE, "compare_margin": "10"}
    page = open_page("Compare", sample_store.path, link=link)
    verdicts = compared(sample_store, margin=0.1).non_inferiority
    assert len(verdicts) == 3
    for verdict in verdicts:
        assert verdict.sentence in page.text


def test_visits_have_a_tab_each_and_the_covariance_is_named(open_page, sample_store):
    link = {**BY_SITE, "compare_kind": "visits", "compare_visits": "28,56,84"}
    page = open_page("Compare", sample_store.path, link=link)
    tabs = [tab.label for tab in page.app.tabs]
    assert {"Day 28", "Day 56", "Day 84"} <= set(tabs)
    assert "Covariance over visits:" in page.text


def test_the_code_is_the_engines_and_can_be_copied(open_page, sample_store):
    page = open_page("Compare", sample_store.path, link=BY_SITE)
    code = [element.value for element in page.app.code]
    answer = compared(sample_store)
    parts = (answer.code.command, answer.code.sql, answer.code.python)
    assert code == [part.strip() for part in parts]


def test_groups_are_never_ranked(open_page, sample_store):
    """Whatever their rates, groups keep the order of the store, in every table and picture."""
    page = open_page("Compare", sample_store.path, link=BY_SITE)
    order = list(compared(sample_store).groups)
    for table in page.tables:
        if "Group" in table:
            assert list(table["Group"]) == order
    for figure in (page.figures[0], page.figures[-1]):
        assert figure["layout"]["yaxis"]["ticktext"] == order


@pytest.mark.parametrize("adjust", ["none", "overlap"])
def test_the_page_claims_no_cause(open_page, sample_store, adjust):
    page = open_page("Compare", sample_store.path, link={**BY_SITE, "compare_adjust": adjust})
    said = page.sent.lower()
    for claim in ("better than", "works", "superior", "outperform", "because of treatment", "rank"):
        assert claim not in said.replace("shift of ranks", "")
    assert said.count("effect of") == said.count("not an effect of")


# ---- gates ---------------------------------------------------------------------------------------


def test_no_difference_and_no_p_value_leaves_where_every_gate_fails(open_page, small_program):
    page = open_page("Compare", small_program(FEW).path)
    assert [box.proto.title for box in page.app.info] == ["No difference is shown"]
    assert [len(figure["data"]) for figure in page.figures] == [1]
    assert not any("Pair" in table for table in page.tables)
    assert not P_VALUE.search(page.text)
    (text,) = (text for name, text in page.files.items() if "groups" in name)
    assert '"risk_difference' not in json.dumps(page.figures)
    difference = risk_difference(Rate(5, 9), Rate(3, 7)).estimate or 0.0
    assert f"{100 * difference:.1f}" not in page.sent.replace("\u2212", "-")
    assert f"{difference:.4f}" not in text


def test_a_gate_that_fails_says_what_would_mend_it_and_the_counts_stand(open_page, small_program):
    page = open_page("Compare", small_program(FEW).path)
    reasons = page.listings[0]
    assert list(reasons.columns) == ["Not shown because", "What would mend it"]
    assert "at least 15 are needed" in " ".join(reasons["Not shown because"])
    assert "Wait for more episodes" in " ".join(reasons["What would mend it"])
    assert set(page.tables[0]["n / N"]) == {"5 / 9", "3 / 7"}


def test_only_the_pairs_that_pass_are_compared(open_page, small_program):
    page = open_page("Compare", small_program(PROGRAM).path)
    assert set(page.tables[0]["n / N"]) == {"40 / 80", "30 / 50", "3 / 4"}
    pairs = [table for table in page.tables if "Pair" in table]
    assert len(pairs) == 4
    for table in pairs:
        assert not table["Pair"].str.contains("VNS").any()
    assert page.figures[1]["layout"]["yaxis"]["ticktext"] == ["rTMS less ECT"]
    assert "No difference is shown for rTMS and VNS; ECT and VNS." in page.text


# ---- what can be chosen --------------------------------------------------------------------------


def test_a_field_with_more_groups_than_can_be_compared_says_so(open_page, clinic):
    sites = [f"site_{letter}" for letter in "abcdefghijklmnopqr"]
    about = {"modality": "ect", "follow_up_days": "400"}
    store = clinic(
        [{"episode_id": s, "patient_id": f"p_{s}", "site": s, **about} for s in sites],
        [
            {"episode_id": site, "instrument": "phq9", "day": day, "score": score}
            for site in sites
            for day, score in (("0", "20"), ("42", "8"))
        ],
    )
    page = open_page("Compare", store.path, link=BY_SITE)
    assert f"Site has 18 groups, more than the {MOST_GROUPS} that are compared" in page.text
    assert len(page.app.multiselect(key="compare_shown").value) == MOST_GROUPS
    assert len(page.tables[0]) == MOST_GROUPS


def test_the_groups_that_are_chosen_are_those_that_are_compared(open_page, sample_store):
    link = {"compare_shown": ["ect", "vns"]}
    page = open_page("Compare", sample_store.path, link=link)
    assert set(page.tables[0]["Group"]) == {"ECT", "VNS"}
    assert "Episodes with modality ECT or VNS." in page.text
    assert [box.key for box in page.app.selectbox if box.key == "compare_against"] == []


def test_a_filter_on_the_left_limits_which_groups_can_be_chosen(open_page, sample_store):
    page = open_page("Compare", sample_store.path, chosen={"modality": ["ect", "vns", "rtms"]})
    assert set(page.app.multiselect(key="compare_shown").options) == {"ECT", "VNS", "rTMS"}
    assert set(page.tables[0]["Group"]) == {"ECT", "VNS", "rTMS"}


def test_many_groups_are_first_set_against_one_and_then_all_at_will(open_page, sample_store):
    page = open_page("Compare", sample_store.path)
    box = page.app.selectbox(key="compare_against")
    pairs = table_with(page, "Pair", "Percentage points")["Pair"]
    assert pairs.str.contains("rTMS").all()
    box.select("")
    page.again()
    assert len(table_with(page, "Pair", "Percentage points")) > 50
    assert "compare_against" in page.app.query_params


def test_one_group_alone_says_what_to_choose(open_page, one_episode):
    page = open_page("Compare", one_episode.path)
    assert [box.proto.title for box in page.app.info] == ["Fewer than two groups are chosen"]
    assert not page.figures
    assert not page.tables


def test_two_groups_of_ones_own_have_names_made_from_their_levels(open_page, sample_store):
    link = {
        "compare": "two",
        "compare_a_levels": ["ect", "iv_ketamine"],
        "compare_b_field": "sex",
        "compare_b_levels": "female",
    }
    page = open_page("Compare", sample_store.path, link=link)
    assert page.app.info[0].proto.title == "This cannot be compared"
    assert "are in both cohorts" in page.app.info[0].value

    link = {"compare": "two", "compare_a_levels": ["ect", "vns"], "compare_b_levels": "rtms"}
    page = open_page("Compare", sample_store.path, link=link)
    assert set(page.tables[0]["Group"]) == {"ECT or VNS", "rTMS"}
    a = Named("ECT or VNS", Cohort.of({"modality": ["ect", "vns"]}))
    b = Named("rTMS", Cohort.of({"modality": ["rtms"]}))
    rows = compared(sample_store, a=a, b=b).rows
    assert list(page.tables[0]["Rate"]) == [percent(row.estimate) for row in rows]
    assert "ECT or VNS – Episodes with modality ECT or VNS." in page.text


def test_filters_on_the_left_narrow_both_groups_of_ones_own(open_page, sample_store):
    link = {"compare": "two", "compare_a_levels": "ect", "compare_b_levels": "rtms"}
    page = open_page("Compare", sample_store.path, link={**link, "site": "north"})
    a, b = (Named(n, Cohort.of({"modality": [n]})) for n in ("ect", "rtms"))
    rows = compared(sample_store, {"site": ["north"]}, a=a, b=b).rows
    assert list(page.tables[0]["n / N"]) == [f"{r.numerator} / {r.denominator}" for r in rows]


@pytest.mark.parametrize(
    ("levels", "title"),
    [(("ect", "ect"), "Nothing to compare"), (("", "ect"), "A group is empty")],
)
def test_groups_that_cannot_be_compared_say_so(open_page, sample_store, levels, title):
    a, b = levels
    link = {"compare": "two", "compare_a_levels": a, "compare_b_levels": b}
    page = open_page("Compare", sample_store.path, link=link)
    assert [box.proto.title for box in page.app.info] == [title]
    assert not page.figures


def test_a_long_list_of_levels_is_shortened_in_a_name(open_page, sample_store):
    many = ["accelerated_tms", "ect", "esketamine", "iv_ketamine"]
    link = {"compare": "two", "compare_a_levels": many, "compare_b_levels": "rtms"}
    page = open_page("Compare", sample_store.path, link=link)
    assert "Accelerated TMS or ECT or 2 more" in set(page.tables[0]["Group"])


def test_saved_cohorts_are_offered_where_there_are_some(open_page, small_program):
    store = small_program(PROGRAM)
    ways = "compare"
    page = open_page("Compare", store.path)
    assert "Saved cohorts" not in page.app.button_group(key=ways).options
    save_cohort(store.path, "Our ECT", Cohort.of({"modality": ["ect"]}))
    page = open_page(
        "Compare",
        store.path,
        link={"compare": "saved", "compare_b_saved": "Our ECT", "modality": "rtms"},
    )
    assert page.warning == ""
    table = page.tables[0].set_index("Group")
    assert table.loc["Our ECT", "n / N"] == "30 / 50"
    assert table.loc["The episodes chosen on the left", "n / N"] == "40 / 80"


# ---- kept choices, small counts, speed -----------------------------------------------------------


def test_choices_are_kept_on_other_pages_and_stand_in_the_link(open_page, sample_store):
    link = {
        **BY_SITE,
        "compare_kind": "change",
        "compare_repeated": "clustered",
        "compare_margin_points": "2",
        "compare_against": "valley",
    }
    page = open_page("Compare", sample_store.path, link=link)
    assert page.warning == ""
    kept = {name: page.app.query_params[name] for name in link}
    assert kept == {name: [value] for name, value in link.items()} or kept == link
    page.app.selectbox(key="compare_kind").select("time")
    page.again()
    assert page.app.query_params["compare_kind"] in ("time", ["time"])
    page.app.selectbox(key="compare_by").select("modality")
    page.again()
    assert "compare_against" not in page.app.query_params  # belonged to the other field
    assert "compare_by" not in page.app.query_params


def test_two_programs_that_differ_in_withheld_numbers_look_the_same(open_page, small_program):
    large = {"rtms": (40, 40)}
    one = large | {"ect": (5, 4), "iv_ketamine": (3, 4), "esketamine": (4, 4), "vns": (4, 4)}
    other = large | {"ect": (2, 5), "iv_ketamine": (6, 3), "esketamine": (4, 4), "vns": (4, 4)}
    sent = []
    for program in (one, other):
        store = small_program(program)
        page = open_page("Compare", store.path, release="shared")
        assert not page.app.exception
        assert page.files
        for text in (store.snapshot, str(store.path)):
            page.files = {n: t.replace(text, "X") for n, t in page.files.items()}
        sent.append(page.sent.replace(store.snapshot, "X").replace(str(store.path), "X"))
    assert sent[0] == sent[1]


@pytest.mark.usefixtures("nothing_cached")
def test_an_answer_is_worked_out_once(open_page, sample_store, monkeypatch):
    asked = []

    def counting(*arguments, **options):
        asked.append(arguments[3])
        return compare(*arguments, **options)

    monkeypatch.setattr(data_compare, "compare", counting)
    page = open_page("Compare", sample_store.path, link=BY_SITE)
    page.again()
    assert len(asked) == 1
    page.app.button_group(key="compare_repeated").set_value("clustered")
    page.again()
    assert len(asked) == 2


@pytest.mark.parametrize("name", ["<b>ward</b>", "*one* $x$", "[click](evil)", ":red[x] # y | z"])
def test_names_out_of_the_data_stay_text(open_page, clinic, name):
    episodes = [
        {"episode_id": f"E{n}", "patient_id": f"P{n}", "modality": "ect", "site": site}
        | {"follow_up_days": "400"}
        for n, site in enumerate([name, "plain"] * 20)
    ]
    scores = [
        {"episode_id": e["episode_id"], "instrument": "phq9", "day": day, "score": score}
        for n, e in enumerate(episodes)
        for day, score in (("0", "20"), ("42", ("4", "8", "18")[n % 3]))
    ]
    store = clinic(episodes, scores)
    page = open_page("Compare", store.path, link=BY_SITE | {"compare_margin": "10"})
    assert not page.app.exception
    assert f"{name} less plain" in set(table_with(page, "Pair")["Pair"])
    assert f"{name} and plain: " in page.text
    for element in page.app.main:
        if element.type in ("markdown", "caption", "info"):
            assert name not in str(element.value)
    for figure in page.figures:
        assert "<b>" not in json.dumps(figure["layout"]["yaxis"])
