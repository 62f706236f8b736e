"""The page of one outcome under many definitions: numbers, picture and words against the engine."""

import csv
import io

import numpy as np
import pytest

from analysis import Cohort, bounds, definition_from_query, sensitivity
from analysis.deciding import Tables
from analysis.modality import MODALITIES
from analysis.sensitivity import bounds_of, sensitivity_of
from dashboard import frames_sensitivity as frames
from dashboard.charts import bounds as bounds_chart
from dashboard.charts import specification as chart

CAPTION = "Episodes with site <b>north</b>. PHQ-9. Definition 0a1b2c3d, snapshot 00ff."


@pytest.fixture
def varied(sample_store):
    """Return a function that asks the engine for one outcome under every definition."""

    def ask(outcome="remission", by=(), store=sample_store, cohort=None, **definition):
        chosen = definition_from_query(definition, store.instruments)
        return sensitivity(store, Cohort.of(cohort or {}), chosen, outcome, by)

    return ask


def drawn(answer, store, group=""):
    """Return the frame and the figure of one group."""
    frame = frames.variant_frame(answer, group, store.instruments)
    matrix = frames.matrix_frame(frame)
    options = frames.option_order(answer, store.instruments)
    return frame, chart.figure(frame, matrix, options, CAPTION)


def percents(rates):
    """Return rates as they are drawn."""
    return [round(100 * rate, 1) for rate in rates]


# ---- frames --------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["north", "valley"])
def test_every_definition_is_listed_once_with_the_engines_rate(varied, sample_store, group):
    answer = varied(by=("site",))
    frame, _ = drawn(answer, sample_store, group)
    expected = {}
    for variant in answer.variants:
        (row,) = (row for row in variant.rows if row.group == (group,))
        expected[variant.definition.id] = (
            "–" if row.estimate is None else f"{100 * row.estimate:.1f} %",
            f"{row.numerator:,} / {row.denominator:,}",
            "–" if row.completeness is None else f"{100 * row.completeness:.1f} %",
        )
    listed = {
        row.definition_id: (row.rate_text, row.n_text, row.completeness_text)
        for row in frame.itertuples()
    }
    assert listed == expected
    assert len(frame) == len(answer.variants)


def test_definitions_stand_in_the_order_of_their_rates(varied, sample_store):
    frame, _ = drawn(varied(), sample_store)
    assert list(frame["place"]) == list(range(1, len(frame) + 1))
    assert frame["percent"].is_monotonic_increasing
    assert list(frame["chosen"]).count(True) == 1


def test_definitions_that_decide_nobody_come_last_and_have_no_rate(one_episode, varied):
    answer = varied("response", store=one_episode)
    frame, figure = drawn(answer, one_episode)
    unknown = frame["percent"].isna()
    assert unknown.any()
    assert not unknown.iloc[: (~unknown).sum()].any()
    assert set(frame.loc[unknown, "rate_text"]) == {"–"}
    rates = [rate for trace in figure.data if trace.error_y.array is not None for rate in trace.y]
    assert sum(np.isnan(rates)) == unknown.sum()
    assert rates.count(0) == (frame["percent"] == 0).sum()
    assert "more decide no episode" in frames.range_sentence(frame)


def test_the_sentence_names_both_ends_and_the_chosen_one(varied, sample_store):
    answer = varied()
    frame, _ = drawn(answer, sample_store)
    rates = [100 * variant.rows[0].estimate for variant in answer.variants]
    assert frames.range_sentence(frame) == (
        f"Between {min(rates):.1f} % and {max(rates):.1f} % over {len(rates)} definitions; the "
        f"chosen one gives {rates[0]:.1f} % ({frame[frame['chosen']]['n_text'].iloc[0]})."
    )


def test_only_what_differs_has_rows_and_the_rest_is_said(varied, sample_store):
    frame, figure = drawn(varied("response", instrument="gad7"), sample_store)
    assert frames.varying(frame) == ["timepoint", "missing", "min_baseline"]
    assert frames.same_everywhere(frame).startswith("The same in all of them: instrument GAD-7")
    assert list(figure.layout.yaxis2.ticktext) == [
        "<b>Timepoint</b>",
        "Acute (day 14 to 84)",
        "Week 6",
        "Week 12",
        "End of course",
        "<b>Missing endpoints</b>",
        "Episodes with an endpoint",
        "Last score carried forward",
        "All due, missing = not met",
        "<b>Baseline severity</b>",
        "Moderate or worse",
        "Any",
    ]


def test_the_rules_of_an_instrument_are_rows_too(varied, sample_store):
    frame, figure = drawn(varied(instrument="madrs"), sample_store)
    madrs = frame[frame["instrument"] == "MADRS"]
    assert set(madrs["rule"]) == {"MADRS ≤ 10", "MADRS ≤ 12", "MADRS ≤ 9", "MADRS ≤ 5"}
    assert "<b>Rule</b>" in figure.layout.yaxis2.ticktext


def test_scales_of_the_family_stand_beside_it_each_under_its_own_rule(varied, sample_store):
    frame, figure = drawn(varied(), sample_store)
    rules = {scale: set(own["rule"]) for scale, own in frame.groupby("instrument", sort=False)}
    assert rules["PHQ-9"] == {"PHQ-9 < 5"}
    assert set(rules) == {"PHQ-9", "MADRS", "HAM-D17", "QIDS-SR16", "BDI-II"}
    assert all(len(own) == 1 for own in rules.values())
    assert "<b>Instrument</b>" in figure.layout.yaxis2.ticktext


# ---- picture -------------------------------------------------------------------------------------


def test_each_definition_has_a_dot_in_each_aspect_where_it_belongs(varied, sample_store):
    frame, figure = drawn(varied(instrument="madrs"), sample_store)
    texts = figure.layout.yaxis2.ticktext
    dots = {
        (place, texts[row])
        for trace in figure.data
        if trace.error_y.array is None
        for place, row in zip(trace.x, trace.y, strict=True)
    }
    expected = {
        (row["place"], row[name])
        for _, row in frame.iterrows()
        for name in ("instrument", "timepoint", "rule", "missing", "min_baseline")
    }
    assert {(place, option.replace("&lt;", "<")) for place, option in dots} == expected


def test_the_chosen_definition_is_marked_by_more_than_colour(varied, sample_store):
    frame, figure = drawn(varied(), sample_store)
    other, chosen = (trace for trace in figure.data if trace.showlegend is not False)
    assert (other.name, chosen.name) == ("Another definition", "The chosen definition")
    assert other.marker.symbol != chosen.marker.symbol
    assert list(chosen.x) == list(frame.loc[frame["chosen"], "place"])
    assert {shape.x0 for shape in figure.layout.shapes} == set(chosen.x)


@pytest.mark.parametrize("copies", [1, 2])
def test_many_definitions_stay_readable(varied, sample_store, copies):
    """From 120 definitions to 240: the numbers under the axis thin out, the height stays."""
    frame, _ = drawn(varied(), sample_store)
    many = frame.loc[frame.index.repeat(copies)].reset_index(drop=True)
    many["place"] = many.index + 1
    options = frames.option_order(varied(), sample_store.instruments)
    figure = chart.figure(many, frames.matrix_frame(many), options, CAPTION)
    ticks = figure.layout.xaxis2.tickvals
    assert len(ticks) <= 13
    assert ticks[0] == 1
    assert figure.layout.height < 1000
    if len(many) > 120:
        assert len(ticks) <= 10


def test_the_pictures_carry_no_more_digits_than_are_shown(varied, sample_store):
    _, figure = drawn(varied(), sample_store)
    for trace in figure.data:
        if trace.error_y.array is not None:
            for values in (trace.y, trace.error_y.array, trace.error_y.arrayminus):
                assert np.allclose(10 * values, np.round(10 * values), atol=1e-6)


def test_the_bounds_are_a_line_from_low_to_high_with_the_observed_rate(sample_store):
    found = bounds(sample_store, Cohort(), definition_from_query({}), "response", ("site",))
    frame = frames.bounds_frame(found, ("site",), MODALITIES)
    figure = bounds_chart.figure(frame, 60, CAPTION)
    line, low, observed, high = figure.data
    assert list(low.x) == percents(row.low for row in found)
    assert list(observed.x) == percents(row.observed for row in found)
    assert list(high.x) == percents(row.high for row in found)
    assert line.x[:3] == (low.x[0], high.x[0], None)
    assert len({trace.marker.symbol for trace in (low, observed, high)}) == 3
    assert figure.layout.shapes[0].x0 == 60


def test_a_group_of_whom_nobody_is_due_has_no_place_and_no_zero(sample_store):
    definition = definition_from_query({"instrument": "hamd17"}, sample_store.instruments)
    found = bounds(sample_store, Cohort(), definition, "response", ("modality",), reach=0.5)
    frame = frames.bounds_frame(found, ("modality",), MODALITIES)
    figure = bounds_chart.figure(frame, 50, CAPTION)
    due = [row for row in found if row.due]
    assert 0 < len(due) < len(found)
    assert len(figure.data[1].x) == len(due)
    table = frames.bounds_table(frame, 50)
    assert list(table["To reach 50 %"]).count("nobody is due") == len(found) - len(due)
    assert list(table["If none met"]).count("–") == len(found) - len(due)


def test_the_store_is_asked_nothing_twice_for_variants_and_bounds(sample_store):
    definition, by = definition_from_query({}), ("site",)
    recording = sample_store.recording()
    tables = Tables(recording, Cohort(), by)
    assert sensitivity_of(tables, definition, "response") == sensitivity(
        sample_store, Cohort(), definition, "response", by
    )
    asked = len(recording.asked)
    assert bounds_of(tables, definition, "response", 0.5) == bounds(
        sample_store, Cohort(), definition, "response", by, reach=0.5
    )
    assert len(recording.asked) == asked == len({repr(one) for one in recording.asked})


# ---- page ----------------------------------------------------------------------------------------


def test_the_page_shows_the_engines_numbers(open_page, sample_store, varied):
    link = {"outcome": "remission", "sens_by": "site", "sens_group": "valley"}
    page = open_page("Sensitivity", sample_store.path, link=link)
    answer = varied(by=("site",))
    frame, _ = drawn(answer, sample_store, "valley")
    assert frames.range_sentence(frame) in page.text
    assert list(page.tables[0]["n / N"]) == list(frame["n_text"])
    assert page.tables[0]["Chosen"].tolist().count("chosen") == 1
    found = bounds(sample_store, Cohort(), answer.definition, "remission", ("site",), reach=0.5)
    assert list(page.tables[1]["Missing"]) == [str(row.missing) for row in found]
    assert list(page.tables[1]["If all met"]) == [
        f"{p:.1f} %" for p in percents(row.high for row in found)
    ]


@pytest.mark.parametrize("reach", ["10", "56", "57", "58", "60", "100"])
def test_the_tipping_point_follows_the_rate_that_is_typed(open_page, sample_store, reach):
    page = open_page("Sensitivity", sample_store.path, link={"reach": reach})
    definition = definition_from_query({}, sample_store.instruments)
    (row,) = bounds(sample_store, Cohort(), definition, "response", reach=int(reach) / 100)
    said = page.tables[1][f"To reach {reach} %"].iloc[0]
    if row.needed is None:
        assert said == f"cannot be reached, even by all {row.missing:,} missing"
    elif row.needed == 0:
        assert said == "reached whatever the missing did"
    else:
        assert said == f"{row.needed} of the {row.missing} missing would have to meet it"
        assert (row.met + row.needed) / row.due >= int(reach) / 100
        assert (row.met + row.needed - 1) / row.due < int(reach) / 100


def test_the_rate_to_reach_is_kept_and_reset(open_page, sample_store):
    page = open_page("Sensitivity", sample_store.path)
    assert page.app.number_input(key="reach_box").value == 50
    page.app.number_input(key="reach_box").set_value(72)
    assert "To reach 72 %" in page.again().tables[1].columns
    assert "To reach 72 %" in page.again().tables[1].columns
    next(b for b in page.app.button if b.label.startswith("Reset")).click()
    assert "To reach 50 %" in page.again().tables[1].columns


def test_the_outcome_is_that_of_the_outcomes_page(open_page, sample_store):
    page = open_page("Sensitivity", sample_store.path, chosen={"outcome": "partial_response"})
    assert "PHQ-9 reduced by at least 25 %" in page.text


def test_the_group_is_part_of_the_picture(open_page, sample_store):
    link = {"sens_by": "modality", "sens_group": "ect"}
    page = open_page("Sensitivity", sample_store.path, link=link)
    assert page.figures[0]["layout"]["title"]["text"].count("ECT. All episodes.") == 1
    assert "People are not assigned to groups by chance" in page.text


def test_a_definition_that_cannot_be_carried_out_is_a_sentence(open_page, sample_store):
    link = {"outcome": "sustained_response", "missing": "locf"}
    page = open_page("Sensitivity", sample_store.path, link=link)
    assert not page.app.exception
    assert not page.app.error
    assert page.app.info[0].proto.title == "Not shown"
    assert "cannot be decided by the last score carried forward" in page.app.info[0].value
    assert not page.tables


def test_every_row_of_the_file_carries_its_own_definition(open_page, sample_store, varied):
    page = open_page("Sensitivity", sample_store.path, link={"sens_by": "site"})
    (text,) = page.files.values()
    rows = list(csv.DictReader(io.StringIO(text)))
    answer = varied("response", ("site",))
    assert len(rows) == 3 * len(answer.variants)
    assert [row["definition_id"] for row in rows[::3]] == [v.definition.id for v in answer.variants]
    assert {row["site"] for row in rows} == {"harbour", "north", "valley"}


@pytest.mark.parametrize("link", [{}, {"sens_by": "modality"}, {"outcome": "remission"}])
def test_under_the_shared_release_the_page_says_why_it_shows_nothing(open_page, sample_store, link):
    page = open_page("Sensitivity", sample_store.path, release="shared", link=link)
    assert not page.app.exception
    assert page.app.info[0].proto.title == "Not shown"
    assert "would show what small counts differ by" in page.app.info[0].value
    assert not page.figures
    assert not page.tables
    assert not page.files
    assert not page.tiles
