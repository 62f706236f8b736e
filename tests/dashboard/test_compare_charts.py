"""Comparisons as frames, sentences and pictures: what is drawn is what the answer holds."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from analysis.compare.results import Gate, GroupRow
from analysis.modality import MODALITIES
from dashboard import files_compare, frames_balance, frames_compare, frames_contrasts, frames_gates
from dashboard.charts import forest, group_dots, love, overlap, shrunk, visit_means
from dashboard.frames_compare import DAYS, PERCENT, POINTS
from dashboard.frames_contrasts import CRUDE, SAME_BASELINE, WEIGHTED
from tests.dashboard import comparisons

CAPTION = "Episodes with site <b>north</b>. PHQ-9. Definition 0a1b2c3d, snapshot 00ff."
FIELDS = {"sex": "Sex", "site": "Site"}


def labels_of(answer):
    return frames_compare.labels_of(answer, MODALITIES)


def contrast_frame(answer, measure="risk_difference"):
    shown = frames_contrasts.shown(answer)
    return frames_contrasts.contrast_frame(answer, shown, measure, labels_of(answer))


def group_frame(answer, measure="response"):
    return frames_compare.group_frame(answer, measure, labels_of(answer))


# ---- numbers as words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "signed", "text"),
    [
        (0.1234, PERCENT, True, "+12.3"),
        (-0.1234, PERCENT, True, "−12.3"),
        (-0.0004, PERCENT, True, "0.0"),
        (0.0, PERCENT, True, "0.0"),
        (-6.25, POINTS, False, "−6.2"),
        (40.25, DAYS, False, "40.2"),
        (None, PERCENT, True, "–"),
    ],
)
def test_a_number_has_a_true_minus_and_nought_has_no_sign(value, unit, signed, text):
    assert frames_compare.number(value, unit, signed=signed) == text


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(None, "–"), (0.00049, "< 0.001"), (0.0005, "0.001"), (0.0312, "0.031"), (1.0, "1.000")],
)
def test_a_p_value_is_never_nought(p_value, text):
    assert frames_compare.p_text(p_value) == text


# ---- groups --------------------------------------------------------------------------------------


def test_groups_stand_in_their_order_with_all_that_was_counted():
    answer = comparisons.rates()
    table = frames_compare.group_table(group_frame(answer), "response")
    assert list(table["Group"]) == ["ECT", "IV ketamine", "rTMS"]
    assert list(table["Rate"]) == ["60.0 %", "50.0 %", "40.0 %"]
    assert list(table["n / N"]) == ["60 / 100", "45 / 90", "120 / 300"]
    assert set(table["Unknown"]) == {"7"}
    assert set(table["Completeness"]) == {"81.0 %"}


def test_a_withheld_group_has_no_number_in_frame_or_picture():
    rows = list(comparisons.counted())
    rows[1] = GroupRow("response", "iv_ketamine", "Wilson", *(None,) * 6, withheld=True)
    frame = group_frame(comparisons.rates(rows=tuple(rows)))
    withheld = frame[frame["group_label"] == "IV ketamine"].iloc[0]
    assert set(withheld[["value_text", "n_text", "interval_text", "unknown_text"]]) == {"withheld"}
    assert np.isnan(withheld["value"])
    figure = group_dots.figure(frame, "Response (%)", CAPTION, percent=True)
    assert np.isnan(figure.data[0].x[1])
    assert figure.layout.yaxis.ticktext[1] == "IV ketamine"


def test_columns_without_a_number_are_left_out():
    answer = comparisons.times()
    table = frames_compare.group_table(
        group_frame(answer, "mean_days_without_event"), "mean_days_without_event"
    )
    assert list(table.columns) == [
        *("Group", "Mean days without the event", "95 % interval", "n / N")
    ]
    assert table.iloc[0, 1] == "40.2 days"


def test_groups_of_ones_own_keep_their_names():
    answer = comparisons.visits()
    assert labels_of(answer) == {name: name for name in answer.groups}


# ---- differences ---------------------------------------------------------------------------------


def test_differences_lie_where_the_answer_says():
    answer = comparisons.rates()
    frame = contrast_frame(answer)
    figure = forest.figure(frame, "Difference", CAPTION)
    (dots,) = (trace for trace in figure.data if trace.mode == "markers")
    assert list(dots.x) == [10.0, 20.0, 10.0]
    assert np.allclose(dots.x + dots.error_x.array, [24.0, 31.0, 22.0])
    assert np.allclose(dots.x - dots.error_x.arrayminus, [-4.0, 9.0, -2.0])
    assert figure.layout.yaxis.ticktext[0] == "ECT less IV ketamine"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # first pair on top
    assert [line.x0 for line in figure.layout.shapes] == [0]


def test_where_the_interval_holds_none_the_smallest_that_would_show_stands_beside():
    frame = contrast_frame(comparisons.rates())
    assert list(frame["detectable_text"]) == ["14.3", "", "14.3"]
    figure = forest.figure(frame, "Difference", CAPTION)
    beside = {note.y: note.text for note in figure.layout.annotations}
    assert beside[0] == beside[2] == "± 14.3"
    assert 1 not in {note.y for note in figure.layout.annotations if "±" in note.text}


def test_crude_and_weighted_differ_in_more_than_colour():
    answer = comparisons.weighted()
    frame = frames_contrasts.drawn_frame(answer, answer.contrasts, 0, None, labels_of(answer))
    crude, weighted = forest.figure(frame, "Difference", CAPTION).data
    assert (crude.name, weighted.name) == (CRUDE, WEIGHTED)
    assert crude.marker.symbol != weighted.marker.symbol
    assert crude.marker.color != weighted.marker.color
    assert np.allclose(weighted.y - crude.y, 0.24)


def test_a_ratio_is_drawn_around_one_on_a_logarithmic_axis():
    frame = contrast_frame(comparisons.times(), "hazard_ratio")
    figure = forest.figure(frame, "Hazard ratio", CAPTION, ratio=True)
    assert figure.layout.xaxis.type == "log"
    assert [line.x0 for line in figure.layout.shapes] == [1]
    assert figure.layout.yaxis.ticktext[0] == "ECT to IV ketamine"
    low, high = figure.layout.xaxis.range
    assert 10**low < 0.9 < 1.9 < 10**high


@pytest.mark.parametrize("measure", ["risk_ratio", "odds_ratio"])
def test_a_ratio_has_two_decimals_and_no_sign(measure):
    frame = contrast_frame(comparisons.rates(), measure)
    assert list(frame["value_text"]) == ["1.20", "1.50", "1.25"]
    assert frame["interval_text"].iloc[0] == "0.90 to 1.60"
    assert set(frame["detectable_text"]) == {""}


def test_a_table_of_differences_holds_estimate_interval_and_all_three_p_values():
    frame = contrast_frame(comparisons.rates())
    table = frames_contrasts.contrast_table(frame, "risk_difference")
    assert list(table.columns) == [
        *("Pair", "Percentage points", "95 % interval", "p", "p (Holm)", "p (BH)"),
        "Would show from",
    ]
    assert frames_contrasts.method_sentence(frame) == "Method: Newcombe."
    assert list(table.iloc[0, :6]) == [
        *("ECT less IV ketamine", "+10.0", "−4.0 to +24.0", "0.020", "0.060", "0.030")
    ]


def test_a_test_without_an_estimate_is_a_table_of_its_statistic():
    answer = comparisons.times()
    table = frames_contrasts.contrast_table(contrast_frame(answer, "log_rank"), "log_rank")
    assert list(table.columns) == ["Pair", "Statistic", "p"]
    assert table["Statistic"].iloc[0] == "4.20 (df 1)"


def test_what_is_drawn_comes_first_then_estimates_then_tests():
    found = frames_contrasts.measures(comparisons.times().contrasts)
    assert found == ["hazard_ratio", "rmst_difference", "log_rank", "proportional_hazards"]
    found = frames_contrasts.measures(comparisons.rates().contrasts)
    assert found == ["risk_difference", "risk_ratio", "odds_ratio"]


def test_the_same_baseline_is_a_series_of_its_own_beside_the_groups_as_they_are():
    answer = comparisons.rates(
        contrasts=(
            *comparisons.apart("mean_difference"),
            *comparisons.apart("adjusted_mean_difference"),
        )
    )
    frame = frames_contrasts.drawn_frame(answer, answer.contrasts, 0, None, labels_of(answer))
    assert list(frame["series"]) == [CRUDE, SAME_BASELINE] * 3
    assert list(frame["pair_label"])[:2] == ["ECT less IV ketamine"] * 2


def test_only_the_pairs_of_one_group_are_about_it():
    pairs = frames_contrasts.about_pairs(comparisons.rates(), "rtms")
    assert {(c.group, c.against) for c in pairs} == {("ect", "rtms"), ("iv_ketamine", "rtms")}


def test_a_picture_of_visits_is_about_one_of_them():
    answer = comparisons.visits()
    days = frames_contrasts.visits_of(answer.contrasts)
    assert days == [14, 28, 84]
    drawn = frames_contrasts.drawn_frame(answer, answer.contrasts, 0, 84, labels_of(answer))
    assert list(drawn["visit"]) == [84]
    assert "on day 84" in frames_contrasts.drawn_title(answer.contrasts, 0, 84)


def test_the_day_up_to_which_means_are_taken_is_no_visit():
    answer = comparisons.times()
    assert frames_contrasts.visits_of(answer.contrasts) == []
    frame = contrast_frame(answer, "rmst_difference")
    table = frames_contrasts.contrast_table(frame, "rmst_difference")
    assert set(table["Up to day"]) == {"84"}
    assert list(table["Days"]) == ["−4.3"] * 3


# ---- gates ---------------------------------------------------------------------------------------


def test_nothing_of_a_gated_pair_is_left_to_draw():
    answer = comparisons.gated()
    assert frames_contrasts.shown(answer) == []
    for measure in ("risk_difference", "risk_ratio", "odds_ratio"):
        assert contrast_frame(answer, measure).empty


def test_a_gate_that_fails_says_why_and_what_would_mend_it():
    answer = comparisons.gated()
    table = frames_gates.failed(answer)
    assert list(table.columns) == ["Not shown because", "What would mend it"]
    assert table.to_numpy().tolist() == [[comparisons.GATE, comparisons.MEND]]
    assert frames_gates.passed(answer).empty
    assert len(frames_gates.passed(comparisons.rates())) == 1


def test_each_reason_names_its_pairs_once_and_is_not_said_twice():
    answer = comparisons.gated()
    (sentence,) = frames_gates.hidden_pairs(answer, labels_of(answer))
    assert sentence == (
        "No difference is shown for ECT and IV ketamine; ECT and rTMS; IV ketamine and rTMS."
    )
    (sentence,) = frames_gates.hidden_pairs(replace(answer, gates=()), labels_of(answer))
    assert sentence.endswith(comparisons.GATE)


def test_a_reason_that_ends_with_a_shorter_one_is_taken_off_whole():
    """ "x + y and z: ..." ends with "y and z: ...", when two groups are called like their parts."""
    short, whole = "y and z: not alike.", "x + y and z: not alike."
    gates = tuple(Gate("balance", ("a", "b"), 1, 0, False, text, "") for text in (short, whole))
    first, *others = comparisons.apart(adjusted=True)
    first = replace(first, estimate=None, not_shown=whole)
    answer = comparisons.rates(contrasts=(*comparisons.apart(), first, *others), gates=gates)
    assert frames_gates.hidden_pairs(answer, labels_of(answer)) == [
        "No weighted difference is shown for ECT and IV ketamine."
    ]


def test_what_is_hidden_as_it_is_is_not_said_again_of_the_weights():
    weighted = tuple(replace(c, not_shown="Weights.") for c in comparisons.apart(adjusted=True))
    answer = comparisons.gated()
    answer = replace(answer, contrasts=(*answer.contrasts, *weighted))
    (sentence,) = frames_gates.hidden_pairs(answer, labels_of(answer))
    assert "weighted" not in sentence


def test_a_single_method_that_fails_is_named_with_its_reason():
    ratio, *others = comparisons.apart("risk_ratio")
    ratio = replace(ratio, estimate=None, p_value=None, not_shown="nobody in either group met it")
    answer = comparisons.rates(contrasts=(*comparisons.apart(), ratio, *others))
    assert frames_gates.hidden_pairs(answer, labels_of(answer)) == [
        "No risk ratio is shown for ECT and IV ketamine. Because: nobody in either group met it."
    ]


# ---- weights -------------------------------------------------------------------------------------


def test_a_love_plot_holds_the_largest_of_each_field_before_and_after_and_the_line():
    frame = frames_balance.love_frame(comparisons.adjustment(), FIELDS, MODALITIES)
    assert list(frame["name"]) == ["Sex", "Site", "Baseline"]
    figure = love.figure(frame, CAPTION)
    before, after = figure.data
    assert list(before.x) == [0.202, 0.655, 0.84]
    assert list(after.x) == [0.0, 0.086, 0.02]
    assert before.marker.symbol != after.marker.symbol
    assert [line.x0 for line in figure.layout.shapes] == [0.1]


def test_a_field_of_which_all_is_withheld_has_no_place():
    adjustment = comparisons.adjustment()
    only = replace(adjustment, balance=adjustment.balance[-1:])
    frame = frames_balance.love_frame(only, FIELDS, MODALITIES)
    figure = love.figure(frame, CAPTION)
    assert list(figure.layout.yaxis.ticktext or ()) == []


def test_a_balance_table_shows_shares_and_scores_in_their_units():
    adjustment = comparisons.adjustment()
    frame = frames_balance.balance_frame(adjustment, FIELDS, MODALITIES)
    labels = labels_of(comparisons.weighted())
    table = frames_balance.balance_table(frame, adjustment, labels).set_index("Case mix")
    assert list(table.loc["Site: north"]) == [
        *("20.0 %", "50.0 %", "−0.655", "30.0 %", "34.0 %", "−0.086")
    ]
    assert list(table.loc["Baseline"])[:2] == ["21.4", "17.2"]
    assert set(table.loc["Site: valley"]) == {"withheld"}


def test_an_overlap_is_mirrored_and_a_withheld_count_has_no_bar():
    frame = frames_balance.overlap_frame(comparisons.adjustment())
    figure = overlap.figure(frame, ("ECT", "rTMS"), CAPTION)
    up, down = figure.data
    assert list(up.y) == [*range(0, 27, 3), 27]
    assert list(down.y)[:9] == [-(30 - 3 * n) for n in range(9)]
    assert np.isnan(down.y[9])
    assert frame["against_text"].iloc[9] == "withheld"
    assert not any(text.startswith("-") for text in figure.layout.yaxis.ticktext)
    assert up.marker.pattern.shape != down.marker.pattern.shape


@pytest.mark.parametrize("largest", [1, 3, 7, 12, 49, 130, 999, 4_321])
def test_an_overlap_has_few_round_ticks(largest):
    step = overlap._step(largest)
    assert largest / step <= 3
    assert str(step).rstrip("0") in ("1", "2", "5")


def test_effective_sizes_are_listed_per_pair():
    answer = comparisons.weighted()
    table = frames_balance.size_table(answer.adjustments, labels_of(answer))
    assert list(table["Pair"]) == ["ECT and rTMS", "ECT and IV ketamine"]
    assert list(table.iloc[0, 1:6]) == ["80.4", "210.9", "0.840", "0.086", "3.20"]


def test_an_e_value_is_a_sentence_or_a_dash_in_words():
    answer = comparisons.weighted()
    told, untold = (
        frames_gates.e_value_sentence(value, labels_of(answer)) for value in answer.e_values
    )
    assert "2.14 or more each" in told
    assert "no difference, 1.40" in told
    assert untold == "ECT and IV ketamine: no E-value can be told."


# ---- visits and small groups ---------------------------------------------------------------------


def test_visit_means_stand_at_their_days_in_order_and_names_stay_text():
    frame = group_frame(comparisons.visits(), "visit_mean")
    figure = visit_means.figure(frame, "PHQ-9", CAPTION)
    lines = [trace for trace in figure.data if trace.name]
    assert [line.name for line in lines] == ["ECT", "&lt;b&gt;Site&lt;/b&gt;: north"]
    assert [round(float(x)) for x in lines[0].x] == [14, 28, 84]
    assert list(lines[1].y) == [-2.0, -3.0, -7.0]
    assert list(figure.layout.xaxis.ticktext) == ["2", "4", "12"]


def test_small_groups_keep_their_order_and_show_both_rates():
    answer = comparisons.rates()
    frame = frames_gates.shrunk_frame(answer, labels_of(answer))
    figure = shrunk.figure(frame, CAPTION)
    raw, drawn, _ = figure.data
    assert list(raw.x) == [60.0, 50.0, 40.0]
    assert list(drawn.x) == [45.0] * 3
    assert list(figure.layout.yaxis.ticktext) == ["ECT", "IV ketamine", "rTMS"]
    assert raw.marker.symbol != drawn.marker.symbol


def test_small_groups_are_in_the_order_of_the_groups_whatever_the_answers_order():
    answer = comparisons.rates()
    turned = replace(answer, shrunk=answer.shrunk[::-1])
    frames = [frames_gates.shrunk_frame(one, labels_of(answer)) for one in (answer, turned)]
    assert frames[0].equals(frames[1])


# ---- every picture -------------------------------------------------------------------------------


def every_figure():
    rates, weighted = comparisons.rates(), comparisons.weighted()
    adjustment = comparisons.adjustment()
    visits = group_frame(comparisons.visits(), "visit_mean")
    return {
        "groups": group_dots.figure(group_frame(rates), "Response (%)", CAPTION, percent=True),
        "forest": forest.figure(contrast_frame(weighted), "Difference", CAPTION),
        "love": love.figure(frames_balance.love_frame(adjustment, FIELDS, MODALITIES), CAPTION),
        "overlap": overlap.figure(
            frames_balance.overlap_frame(adjustment), ("ECT", "rTMS"), CAPTION
        ),
        "visits": visit_means.figure(visits, "PHQ-9", CAPTION),
        "shrunk": shrunk.figure(frames_gates.shrunk_frame(rates, labels_of(rates)), CAPTION),
    }


@pytest.mark.parametrize("name", ["groups", "forest", "love", "overlap", "visits", "shrunk"])
def test_every_picture_says_what_it_shows_and_keeps_markup_as_text(name):
    figure = every_figure()[name]
    printed = figure.layout.title.text.replace("<br>", " ")
    assert "Episodes with site &lt;b&gt;north&lt;/b&gt;." in printed
    assert "snapshot 00ff" in printed


@pytest.mark.parametrize("name", ["groups", "forest", "love", "overlap", "visits", "shrunk"])
def test_no_picture_carries_more_digits_than_are_shown(name):
    digits = 3 if name in ("love", "overlap") else 1
    for trace in every_figure()[name].data:
        numbers = trace.y if name in ("overlap", "visits") else trace.x
        known = np.array([v for v in numbers if v is not None], dtype=float)
        known = known[~np.isnan(known)]
        assert np.allclose(known, known.round(digits), atol=1e-9)


# ---- files ---------------------------------------------------------------------------------------


def rows_of(answer, wanted):
    texts = {name: text() for name, _, text in files_compare.files(answer)}
    return list(csv.DictReader(io.StringIO(texts[wanted])))


def test_there_is_a_file_for_each_part_of_the_answer():
    names = [name for name, *_ in files_compare.files(comparisons.weighted())]
    assert names == ["groups", "balance", "drawn-together"]
    assert [name for name, *_ in files_compare.files(comparisons.visits())] == ["groups"]


@pytest.mark.parametrize("name", ["groups", "balance", "drawn-together"])
def test_each_row_of_a_file_says_what_it_is_about(name):
    answer = comparisons.weighted()
    rows = rows_of(answer, name)
    assert {row["definition_id"] for row in rows} == {answer.definition.id}
    assert {row["cohort"] for row in rows} == {answer.cohort}
    assert {row["snapshot"] for row in rows} == {answer.snapshot}


def test_a_file_of_balance_holds_the_answers_own_numbers():
    answer = comparisons.weighted()
    found = [
        (row["group"], row["against"], row["level"], row["smd_after"])
        for row in rows_of(answer, "balance")
    ]
    assert found[:2] == [("ect", "rtms", "female", "0.0"), ("ect", "rtms", "north", "-0.086")]
    assert found[3] == ("ect", "rtms", "valley", "")  # withheld: an empty cell, never 0
    assert len(found) == 8


def test_a_gated_pair_is_in_the_file_without_a_number():
    rows = [row for row in rows_of(comparisons.gated(), "groups") if row["row"] == "difference"]
    assert len(rows) == 9
    for row in rows:
        assert row["not_shown"] == comparisons.GATE
        assert {row[n] for n in ("estimate", "conf_low", "conf_high", "p_value", "p_holm")} == {""}
