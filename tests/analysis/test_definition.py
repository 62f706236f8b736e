"""Definitions: presets, parsing, links, and ids that change with the meaning."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import (
    Definition,
    DefinitionError,
    Timepoint,
    UnknownName,
    Window,
    definition_from_query,
)
from analysis.definition import parse_min_baseline
from analysis.instruments import REGISTRY
from analysis.timepoints import TIMEPOINTS, parse_timepoint, parse_window

# ---- presets -----------------------------------------------------------------------------------


def test_the_presets_are_those_of_the_definitions() -> None:
    table = """
        acute         | last score on day 14 to 84
        week_1        | score nearest to day 7 on day 4 to 10
        week_2        | score nearest to day 14 on day 11 to 17
        week_4        | score nearest to day 28 on day 25 to 31
        week_6        | score nearest to day 42 on day 35 to 49
        week_8        | score nearest to day 56 on day 49 to 63
        week_12       | score nearest to day 84 on day 77 to 91
        month_6       | score nearest to day 183 on day 153 to 213
        month_12      | score nearest to day 365 on day 335 to 395
        end_of_course | last score on day 1 to 14 days after the course
        hours_24      | last score on day 1
        last          | last score on day 1 or later
    """
    rows = (line.split("|") for line in table.strip().splitlines())
    expected = {name.strip(): sentence.strip() for name, sentence in rows}
    assert {name: t.sentence for name, t in TIMEPOINTS.items()} == expected


def test_the_default_definition() -> None:
    default = Definition()
    assert default.to_query() == {
        "instrument": "phq9",
        "timepoint": "acute",
        "baseline": "-14:0",
        "missing": "observed",
        "min_baseline": "moderate",
    }
    assert definition_from_query({}) == default


def test_the_definition_in_plain_words() -> None:
    assert Definition().sentence(REGISTRY["phq9"]) == (
        "PHQ-9. Baseline: last score on day -14 to 0. Eligible: baseline at least 10. "
        "Endpoint: last score on day 14 to 84. "
        "Missing: episodes without an endpoint are left out."
    )


def test_the_best_score_is_called_best_ever() -> None:
    definition = definition_from_query({"timepoint": "14:84:best", "min_baseline": "none"})
    sentence = definition.sentence(REGISTRY["phq9"])
    assert "best ever score on day 14 to 84" in sentence
    assert "any baseline score" in sentence


# ---- parsing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "window"),
    [("-14:0", (-14, 0)), (" -30 : -1 ", (-30, -1)), ("0:0", (0, 0)), ("7:28", (7, 28))],
)
def test_a_window_is_two_days(text, window) -> None:
    assert parse_window(text) == Window(*window)


@pytest.mark.parametrize("text", ["", "-14", "a:b", "1:2:3", "1.5:2", "-14:0x", "1;2", "--1:2"])
def test_what_is_no_window_says_how_to_write_one(text) -> None:
    with pytest.raises(DefinitionError, match="write FROM:TO, such as -14:0"):
        parse_window(text)


@pytest.mark.parametrize("text", ["0:-14", "84:14"])
def test_a_window_never_runs_backwards(text) -> None:
    with pytest.raises(DefinitionError, match="cannot run backwards"):
        parse_window(text)
    with pytest.raises(DefinitionError, match="cannot run backwards"):
        parse_timepoint(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("28:56", ("28:56", 28, 56, "last", None)),
        ("28:56:last", ("28:56:last", 28, 56, "last", None)),
        ("28:56:first", ("28:56:first", 28, 56, "first", None)),
        ("28:56:best", ("28:56:best", 28, 56, "best", None)),
        ("28:56:nearest@42", ("28:56:nearest@42", 28, 56, "nearest", 42)),
        ("-7:7:nearest@-1", ("-7:7:nearest@-1", -7, 7, "nearest", -1)),
    ],
)
def test_a_timepoint_can_be_written_out(text, expected) -> None:
    assert parse_timepoint(text) == Timepoint(*expected)


@pytest.mark.parametrize(
    "text", ["28:56:nearest", "28:56:worst", "28:56:nearest@", "28:", ":56", "28:56:last:x"]
)
def test_what_is_no_timepoint_says_how_to_write_one(text) -> None:
    with pytest.raises(DefinitionError, match="such as 28:56:nearest@42"):
        parse_timepoint(text)


@pytest.mark.parametrize(
    ("text", "value"), [("moderate", "moderate"), ("none", "none"), ("15", 15), ("-1", -1)]
)
def test_a_minimum_baseline_is_a_word_or_a_score(text, value) -> None:
    assert parse_min_baseline(text) == value


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"instrument": "phq_9"}, 'There is no instrument "phq_9"; did you mean "phq9"'),
        ({"instrument": "hamd_17"}, 'did you mean "hamd17"'),
        ({"timepoint": "week6"}, 'There is no timepoint "week6"; did you mean "week_6"'),
        ({"missing": "non_response"}, 'did you mean "nonresponse"'),
        ({"min_baseline": "moderat"}, 'did you mean "moderate"'),
        ({"min_baseline": "ten"}, "a score"),
        ({"baseline": "-14"}, "is not a window"),
        ({"remission": "phq9_5"}, "is not a remission rule"),
        ({"remission": "gad7_lt5"}, "is not one of PHQ-9. Known: phq9_lt5"),
        ({"remission": "phq9_lt99"}, "outside the range of PHQ-9, 0 to 27"),
    ],
)
def test_a_slip_is_named_together_with_what_there_is(query, message) -> None:
    with pytest.raises((UnknownName, DefinitionError)) as raised:
        definition_from_query(query)
    assert message in str(raised.value)


def test_an_unknown_name_lists_what_exists() -> None:
    with pytest.raises(UnknownName) as raised:
        definition_from_query({"timepoint": "quarter_1"})
    assert raised.value.known == sorted(TIMEPOINTS)
    assert all(name in str(raised.value) for name in TIMEPOINTS)


# ---- links -------------------------------------------------------------------------------------

DAYS = st.integers(-400, 400)
WINDOWS = st.tuples(DAYS, DAYS).map(sorted)
WRITTEN_OUT = st.builds(
    lambda window, pick: f"{window[0]}:{window[1]}{pick}",
    WINDOWS,
    st.sampled_from(["", ":last", ":first", ":best"]) | DAYS.map(":nearest@{}".format),
)


@st.composite
def queries(draw):
    instrument = draw(st.sampled_from(sorted(n for n in REGISTRY if REGISTRY[n].scored)))
    low, high = REGISTRY[instrument].low, REGISTRY[instrument].high
    scores = st.integers(math.ceil(low), math.floor(high))
    rule = st.builds(
        lambda op, cut: f"{instrument}_{op}{cut}", st.sampled_from(["lt", "le"]), scores
    )
    query = {
        "instrument": instrument,
        "timepoint": draw(st.sampled_from(sorted(TIMEPOINTS)) | WRITTEN_OUT),
        "baseline": "{}:{}".format(*draw(WINDOWS)),
        "missing": draw(st.sampled_from(["observed", "locf", "nonresponse"])),
        "min_baseline": draw(st.sampled_from(["moderate", "none"]) | scores.map(str)),
    }
    return query | ({"remission": draw(rule)} if draw(st.booleans()) else {})


@given(queries())
def test_a_definition_survives_the_link(query) -> None:
    definition = definition_from_query(query)
    assert definition.to_query() == query
    again = definition_from_query(definition.to_query())
    assert again == definition
    assert again.id == definition.id


@given(queries(), queries())
def test_two_definitions_share_an_id_only_when_they_are_equal(one, other) -> None:
    same = definition_from_query(one).id == definition_from_query(other).id
    assert same == (one == other)


CHANGED = {
    "instrument": {"instrument": "gad7"},
    "preset": {"timepoint": TIMEPOINTS["week_6"]},
    "pick": {"timepoint": parse_timepoint("14:84:first")},
    "baseline": {"baseline": Window(-7, 0)},
    "missing": {"missing": "nonresponse"},
    "no minimum": {"min_baseline": "none"},
    "minimum": {"min_baseline": 10},
    "remission": {"remission": "phq9_le5"},
    "minimal important": {"minimal_important": "32%"},
    "reliable change": {"reliable_change": "r=0.8"},
    "cut-off": {"cutoff": "lt10"},
    "horizon": {"horizon": 365},
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_the_id_changes_with_every_part(change) -> None:
    assert replace(Definition(), **change).id != Definition().id


@pytest.mark.parametrize(
    "timepoint",
    [
        Timepoint("acute", 10, 84),
        Timepoint("acute", 14, 90),
        Timepoint("acute", 14, 84, "first"),
        Timepoint("acute", 14, 84, "nearest", 42),
    ],
)
def test_a_window_under_the_name_of_a_preset_is_another_definition(timepoint) -> None:
    assert Definition(timepoint=timepoint).id != Definition().id


def test_the_id_changes_with_the_version_of_the_rules(monkeypatch) -> None:
    before = Definition().id
    monkeypatch.setattr("analysis.definition.DEFINITION_VERSION", 2)
    assert Definition().id != before


def test_the_id_is_short_and_stays_the_same() -> None:
    assert Definition().id == Definition().id
    assert len(Definition().id) == 8
    assert set(Definition().id) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "wrong",
    [{"missing": "ignore"}, {"min_baseline": "mild"}, {"min_baseline": "10"}],
)
def test_a_definition_made_in_code_is_checked_too(wrong) -> None:
    with pytest.raises(UnknownName):
        Definition(**wrong)


def test_a_pick_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownName, match="Known: best, first, last, nearest"):
        Timepoint("mine", 1, 5, "newest")


def test_a_minimum_with_many_digits_comes_back_as_it_was() -> None:
    query = {"min_baseline": "1234.567"}
    assert definition_from_query(query).to_query()["min_baseline"] == "1234.567"
