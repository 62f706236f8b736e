"""Instruments and methods: what the registry and the rules say, and nothing else."""

import csv
import io

import pytest

from analysis import OUTCOMES
from analysis.instruments import REGISTRY
from analysis.instruments.catalogue import sourced
from analysis.timepoints import TIMEPOINTS

PAGE = "Instruments and methods"


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_figure_of_every_instrument_stands_there_with_its_source(
    open_page, sample_store, name
):
    page = open_page(PAGE, sample_store.path, chosen={"scale": name})
    assert not page.app.exception
    assert page.app.subheader[0].value.replace("\\", "") == REGISTRY[name].label
    shown = page.listings[1]
    expected = sorted(
        (figure.text + (" – the default" if figure.default else ""), figure.source)
        for figure in REGISTRY[name].figures
    )
    assert sorted(shown[["Figure", "Source"]].itertuples(index=False, name=None)) == expected
    verified, known = sourced(REGISTRY[name])
    assert f"{verified} of {known} figures have a source" in page.text


def test_an_unverified_figure_is_marked_by_the_word(open_page, sample_store):
    shown = open_page(PAGE, sample_store.path, chosen={"scale": "phq9"}).listings[1]
    assert set(shown.loc[shown["Topic"] == "Missing items", "Source"]) == {"unverified"}
    unverified = [f for f in REGISTRY["phq9"].figures if not f.verified]
    assert list(shown["Source"]).count("unverified") == len(unverified) > 0


def test_the_page_starts_with_the_instrument_of_the_sidebar_and_follows_it(open_page, sample_store):
    page = open_page(PAGE, sample_store.path)
    assert page.app.subheader[0].value == "PHQ-9"
    page.app.selectbox(key="instrument").select("gad7")
    assert page.again().app.subheader[0].value == "GAD-7"
    assert "scale" not in page.app.query_params


def test_an_instrument_without_scores_here_can_be_read_about(open_page, sample_store):
    assert "moca" not in sample_store.recorded
    page = open_page(PAGE, sample_store.path, link={"scale": "moca"})
    assert page.warning == ""
    assert page.app.subheader[0].value == "MoCA"
    assert page.app.query_params["scale"] == "moca"


def test_all_instruments_are_listed_and_can_be_filtered_by_family(open_page, sample_store):
    page = open_page(PAGE, sample_store.path, chosen={"section": "registry"})
    (table,) = page.tables
    assert len(table) == len(REGISTRY)
    row = table.set_index("Instrument").loc["PHQ-9"]
    verified, known = sourced(REGISTRY["phq9"])
    assert list(row) == [
        "Depression",
        "self",
        "0 to 27",
        "worse",
        "below 5",
        "6 points",
        f"{verified} of {known}",
    ]
    page.app.multiselect(key="families").set_value(["mania"])
    assert set(page.again().tables[0]["Instrument"]) == {"ASRM", "YMRS"}
    assert page.app.query_params["families"] == "mania"


def test_an_unverified_rule_is_called_so_in_the_list_of_instruments(open_page, sample_store):
    page = open_page(PAGE, sample_store.path, chosen={"section": "registry"})
    table = page.tables[0].set_index("Instrument")
    assert table.loc["MADRS", "Remission, default"] == "at or below 10 (unverified)"


def test_the_file_of_the_registry_holds_every_figure(open_page, sample_store):
    page = open_page(PAGE, sample_store.path, chosen={"section": "registry"})
    rows = list(csv.DictReader(io.StringIO(page.files["trd-outcomes-instruments.csv"])))
    assert len(rows) == sum(len(REGISTRY[name].figures) for name in REGISTRY)


def rules(page):
    return page.listings[0].set_index("Outcome")


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_outcome_has_a_rule_or_a_reason_on_every_instrument(open_page, sample_store, name):
    page = open_page(PAGE, sample_store.path, chosen={"section": "rules", "scale": name})
    assert not page.app.exception
    assert list(rules(page).index) == [outcome.label for outcome in OUTCOMES.values()]
    assert "nan" not in " ".join(rules(page)["Rule"]).split()


def test_the_rules_are_those_of_the_definition_on_the_left(open_page, sample_store):
    chosen = {"section": "rules", "reliable_change": "9", "horizon": "365"}
    shown = rules(open_page(PAGE, sample_store.path, chosen=chosen))
    assert shown.loc["Reliable improvement", "Rule"] == (
        "PHQ-9 better by at least 9 points (chosen; unverified)."
    )
    assert "up to day 365" in shown.loc["Sustained response", "Rule"]


def test_where_there_is_no_rule_the_page_says_why(open_page, sample_store):
    chosen = {"section": "rules", "scale": "promis_dep"}
    shown = rules(open_page(PAGE, sample_store.path, chosen=chosen))
    assert shown.loc["Response", "Rule"].startswith(
        "Not defined for this instrument: Percent change is not defined on PROMIS-D"
    )


def test_timepoints_missing_rules_and_statistics_are_listed(open_page, sample_store):
    page = open_page(PAGE, sample_store.path, chosen={"section": "rules"})
    events, timepoints, missing, statistics = page.listings[1:]
    assert list(events["Event"]) == ["Response", "Remission", "Relapse"]
    assert list(timepoints["Endpoint"]) == [one.sentence for one in TIMEPOINTS.values()]
    assert len(missing) == 3
    sources = " ".join(statistics["Source"])
    for name in ("Wilson 1927", "Kaplan & Meier 1958", "Aalen & Johansen 1978"):
        assert name in sources


def test_what_a_program_declares_itself_is_listed_as_text(open_page, small_program):
    mapping = '[instruments.mood]\nlabel = "<b>Mood</b> [x](y)"\nrange = [0, 10]\n'
    store = small_program({"ect": (3, 3)}, mapping=mapping)
    page = open_page(PAGE, store.path, chosen={"scale": "mood"})
    assert not page.app.exception
    assert page.app.subheader[0].value == "\\<b\\>Mood\\</b\\> \\[x\\](y)"
    assert set(page.listings[1]["Source"]) == {"unverified"}
    assert "0 of 2 figures have a source" in page.text
    every = open_page(PAGE, store.path, chosen={"section": "registry"}).tables[0]
    assert list(every["Family"])[-1] == "Declared by this program"
