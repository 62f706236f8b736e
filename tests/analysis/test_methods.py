"""The methods are read off the code: every rule, every source, nothing invented beside them."""

import csv
import io
import re
from pathlib import Path

import pytest

import analysis.stats
from analysis import EVENTS, OUTCOMES, Definition
from analysis.definition import MISSING_RULES
from analysis.export import instruments_csv
from analysis.instruments import REGISTRY, declared_instrument
from analysis.instruments.catalogue import FAMILIES, about, by_family, figure_records, sourced
from analysis.instruments.in_words import TOPICS, in_words
from analysis.instruments.load import BLOCKS, LISTS
from analysis.methods import (
    STATISTICS,
    event_methods,
    for_instrument,
    missing_methods,
    outcome_methods,
    statistics,
    timepoint_methods,
)
from analysis.timepoints import TIMEPOINTS

every_instrument = pytest.mark.parametrize("name", sorted(REGISTRY))
STATS = Path(analysis.stats.__file__).parent


# ---- figures in words ----------------------------------------------------------------------------


def test_every_topic_of_a_file_has_a_heading() -> None:
    assert set(TOPICS) == {*BLOCKS, *LISTS}


@pytest.mark.parametrize(
    ("topic", "block", "words"),
    [
        ("range", {"low": 0, "high": 27}, "0 to 27"),
        ("range", {"low": 0, "high": 5, "units_per_point": 10}, "0 to 5, in steps of 0.1"),
        ("items", {"count": 9, "low": 0, "high": 3}, "9 items of 0 to 3"),
        ("items", {"count": 1, "low": 1, "high": 7}, "one item of 1 to 7"),
        ("items", {"count": 2, "lows": [0, 0], "highs": [2, 4]}, "2 items of 0 to 2 or 0 to 4"),
        ("bands", {"none": [0, 4], "very_mild": [5, 5]}, "none 0 to 4, very mild 5"),
        ("floor", {"score": 1}, "1"),
        ("caseness", {"cut": 10}, "10 or above"),
        ("recovery", {"operator": "lt", "cut": 10}, "below 10"),
        ("recovery", {"operator": "le", "cut": 13}, "at or below 13"),
        ("suicidality", {"items": [9], "low": 0, "high": 3}, "item 9, 0 to 3"),
        (
            "suicidality",
            {"items": [14, 15], "low": 0, "high": 4},
            "items 14 and 15 (the higher one counts), 0 to 4",
        ),
        ("loinc", {"total": "44261-6", "panel": "44249-1"}, "total 44261-6, panel 44249-1"),
        ("recall", {"text": "2 weeks"}, "2 weeks"),
    ],
)  # fmt: skip
def test_a_block_in_words(topic, block, words) -> None:
    assert in_words(topic, {**block, "source": "a book"}, higher_is_worse=True) == words


def test_where_higher_is_better_the_sides_are_mirrored() -> None:
    assert in_words("caseness", {"cut": 50}, higher_is_worse=False) == "50 or below"
    assert in_words("recovery", {"operator": "lt", "cut": 50}, higher_is_worse=False) == "above 50"
    rule = next(f for f in REGISTRY["who5"].figures if f.topic == "remission")
    assert rule.text == "above 50 (who5_lt50)"


@every_instrument
def test_no_figure_is_left_as_code(name) -> None:
    for figure in REGISTRY[name].figures:
        assert not re.search(r"[{}\[\]]|\bTrue\b|\bFalse\b|\bnan\b", figure.text)


@every_instrument
def test_at_most_one_figure_of_a_topic_is_the_default(name) -> None:
    defaults = [f.topic for f in REGISTRY[name].figures if f.default]
    assert len(set(defaults)) == len(defaults)


def test_each_default_is_marked() -> None:
    marked = {f.topic: f.text for f in REGISTRY["phq9"].figures if f.default}
    assert marked["remission"] == "below 5 (phq9_lt5)"
    assert set(marked) == {"remission", "minimal_important", "reliable_change"}


# ---- the catalogue -------------------------------------------------------------------------------


def test_all_instruments_are_listed_once_by_family() -> None:
    listed = by_family(REGISTRY)
    assert sorted(scale.id for scale in listed) == sorted(REGISTRY)
    families = [scale.family for scale in listed]
    assert list(dict.fromkeys(families)) == [f for f in FAMILIES if f in families]


@every_instrument
def test_every_instrument_says_who_rates_it_and_what_it_measures(name) -> None:
    said = about(REGISTRY[name])
    assert {"Name", "What it measures", "Who rates", "Direction"} <= set(said)
    assert all(text.strip() for text in said.values())


@every_instrument
def test_the_figures_with_a_source_are_counted(name) -> None:
    scale = REGISTRY[name]
    verified, known = sourced(scale)
    assert known == len(scale.figures) > 0
    assert known - verified == [f.source for f in scale.figures].count("unverified")


def test_a_declared_instrument_is_listed_with_nothing_verified() -> None:
    scale = declared_instrument("mood", {"label": "Mood", "range": [0, 10]})
    both = by_family({**REGISTRY, "mood": scale})
    assert both[-1] is scale
    assert about(scale) == {"Name": "Mood", "Direction": "higher is worse"}
    assert sourced(scale)[0] == 0


def test_the_file_holds_every_figure_with_its_source() -> None:
    rows = list(csv.DictReader(io.StringIO(instruments_csv(REGISTRY))))
    assert len(rows) == sum(len(REGISTRY[name].figures) for name in REGISTRY)
    assert {row["instrument"] for row in rows} == set(REGISTRY)
    assert all(row["source"] and row["figure"] for row in rows)
    assert [row["topic"] for row in rows] == [r["topic"] for r in figure_records(REGISTRY)]


# ---- rules ---------------------------------------------------------------------------------------


@every_instrument
def test_every_outcome_has_a_rule_or_a_reason_on_every_instrument(name) -> None:
    scale = REGISTRY[name]
    definition = for_instrument(Definition(), scale)
    methods = outcome_methods(scale, definition)
    assert [method.id for method in methods] == list(OUTCOMES)
    for method in methods:
        assert len(method.text) > 10
        assert "nan" not in method.text.split()
        assert scale.label in method.text


def test_the_definition_in_force_is_told_on_its_own_instrument_only() -> None:
    chosen = Definition(reliable_change="9", horizon=120)
    told = {m.id: m.text for m in outcome_methods(REGISTRY["phq9"], chosen)}
    assert "at least 9 points" in told["reliable_improvement"]
    assert "up to day 120" in told["sustained_response"]
    other = REGISTRY["gad7"]
    told = {m.id: m.text for m in outcome_methods(other, for_instrument(chosen, other))}
    assert "at least 4 points" in told["reliable_improvement"]
    assert "up to day 120" in told["sustained_response"]


@pytest.mark.parametrize(
    ("instrument", "outcome", "why"),
    [
        ("promis_dep", "response", "Percent change is not defined on PROMIS-D"),
        ("phq2", "remission", "PHQ-2 has no remission rule"),
        ("phq2", "recovered", "PHQ-2 has no reliable-change points"),
        ("gad7", "suicidality_resolved", "GAD-7 has no item on suicidal thoughts"),
        ("athf_sf", "any_improvement", "ATHF-SF / ATHF-SF2 has no total score"),
    ],
)
def test_where_there_is_no_rule_the_reason_is_given(instrument, outcome, why) -> None:
    scale = REGISTRY[instrument]
    methods = {m.id: m for m in outcome_methods(scale, for_instrument(Definition(), scale))}
    assert not methods[outcome].defined
    assert why in methods[outcome].text


def test_relapse_is_not_told_where_there_is_no_response_to_lose() -> None:
    scale = REGISTRY["promis_dep"]
    events = {m.id: m for m in event_methods(scale, for_instrument(Definition(), scale))}
    assert list(events) == list(EVENTS)
    assert not events["relapse"].defined
    assert events["remission"].defined


def test_timepoints_and_missing_rules_are_all_there() -> None:
    assert [m.id for m in timepoint_methods()] == list(TIMEPOINTS)
    assert {m.id: m.text for m in missing_methods()} == MISSING_RULES


# ---- statistics ----------------------------------------------------------------------------------


def test_every_statistic_names_its_source() -> None:
    assert len(statistics()) == len(STATISTICS)
    for method in statistics():
        assert len(method.source) > 5, method.id
        assert "\n" not in method.source


def test_a_source_is_the_one_in_the_code() -> None:
    sources = {method.id: method.source for method in statistics()}
    assert sources["wilson"] == "Wilson 1927, doi:10.1080/01621459.1927.10502953"
    code = (STATS / "survival.py").read_text("utf-8")
    assert sources["cumulative_incidence"].split(",")[0] in code
