"""Charts draw exactly what the frame holds, and carry their caption inside the picture."""

import numpy as np
import pytest

from analysis import OUTCOMES, course, release_rates, release_trajectories, trajectories
from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.modality import MODALITIES
from analysis.stats.reliable_change import CLASSES
from dashboard import frames, frames_classes, frames_course, theme
from dashboard.charts import classes as class_chart
from dashboard.charts import course as course_chart
from dashboard.charts import flow as flow_chart
from dashboard.charts import rates as rate_chart
from dashboard.charts import trajectories as mean_chart

CAPTION = "Episodes with site <b>north</b>. PHQ-9. Definition 0a1b2c3d, snapshot 00ff."


def one_decimal(values) -> bool:
    known = np.asarray([v for v in values if v is not None and not np.isnan(v)], dtype=float)
    return bool(np.allclose(10 * known, np.round(10 * known), atol=1e-6))


@pytest.fixture
def rate_frame(answered, sample_store):
    both = [
        answered(sample_store, by=("modality",), missing=m) for m in ("observed", "nonresponse")
    ]
    return frames.rate_frame(both, MODALITIES)


@pytest.fixture
def mean_frame(sample_store):
    answer = trajectories(sample_store, Cohort(), Definition(), ("site",))
    return frames.mean_frame(answer, MODALITIES)


def mean_figure(frame):
    return mean_chart.figure(frame, "PHQ-9", (0, 27), CAPTION)


def test_rates_are_one_panel_per_outcome_with_both_counts(rate_frame):
    figure = rate_chart.figure(rate_frame, CAPTION)
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["Response (%)", "Remission (%)"]
    named = [(trace.name, trace.showlegend) for trace in figure.data]
    assert named == [
        ("Episodes with an endpoint", True),
        ("All due, missing = not met", True),
        ("Episodes with an endpoint", False),
        ("All due, missing = not met", False),
    ]


def test_rates_and_their_intervals_lie_where_the_table_says(rate_frame):
    figure = rate_chart.figure(rate_frame, CAPTION)
    own = rate_frame[(rate_frame["measure"] == "response") & (rate_frame["missing"] == "observed")]
    trace = figure.data[0]
    assert list(trace.x) == list(own["percent"])
    assert np.allclose(trace.x + trace.error_x.array, own["percent_high"])
    assert np.allclose(trace.x - trace.error_x.arrayminus, own["percent_low"])
    assert figure.layout.yaxis.ticktext[0] == "rTMS"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # first group on top


def test_the_two_counts_differ_in_more_than_colour(rate_frame):
    observed, everybody = rate_chart.figure(rate_frame, CAPTION).data[:2]
    assert observed.marker.symbol != everybody.marker.symbol
    assert observed.marker.color != everybody.marker.color


def test_a_rate_figure_carries_no_more_digits_than_are_shown(rate_frame):
    for trace in rate_chart.figure(rate_frame, CAPTION).data:
        assert one_decimal(trace.x)
        assert one_decimal(trace.error_x.array)
        assert one_decimal(trace.error_x.arrayminus)


def test_a_mean_figure_carries_no_more_digits_than_are_shown(mean_frame):
    lines = [trace for trace in mean_figure(mean_frame).data if trace.mode != "text"]
    assert lines
    for trace in lines:
        assert one_decimal(trace.y)
        assert one_decimal(trace.error_y.array)
        assert one_decimal(trace.error_y.arrayminus)


def test_every_figure_holds_its_caption_as_text(rate_frame, mean_frame, answered, sample_store):
    flow = frames.flow_frame(answered(sample_store).flow[0], {})
    for figure in (
        rate_chart.figure(rate_frame, CAPTION),
        mean_figure(mean_frame),
        flow_chart.figure(flow, CAPTION),
    ):
        printed = figure.layout.title.text.replace("<br>", " ")
        assert theme.safe(CAPTION) in printed
        assert "<b>" not in printed


def test_a_withheld_rate_leaves_its_place_empty(answered, one_episode):
    frame = frames.rate_frame([release_rates(answered(one_episode), "shared")], MODALITIES)
    for trace in rate_chart.figure(frame, CAPTION).data:
        assert np.isnan(trace.x).all()
        assert trace.customdata[0][1] == "withheld"


def test_a_withheld_mean_leaves_its_place_empty(one_episode):
    answer = trajectories(one_episode, Cohort(), Definition(), ("modality",))
    frame = frames.mean_frame(release_trajectories(answer, "shared"), MODALITIES)
    line, counts = mean_figure(frame).data
    assert np.isnan(line.y).all()
    assert set(counts.text) == {"withheld"}


def test_one_row_draws_one_point(answered, one_episode):
    frame = frames.rate_frame([answered(one_episode, outcomes=("response",))], MODALITIES)
    (trace,) = rate_chart.figure(frame, CAPTION).data
    assert list(trace.x) == [100.0]


def test_a_flow_that_is_withheld_in_full_still_draws(answered, one_episode):
    flow = release_rates(answered(one_episode), "shared").flow[0]
    figure = flow_chart.figure(frames.flow_frame(flow, {}), CAPTION)
    assert np.isnan(figure.data[0].x).all()


def test_means_use_the_whole_scale_and_print_n_under_every_interval(mean_frame):
    figure = mean_figure(mean_frame)
    assert list(figure.layout.yaxis.range) == [0, 27]
    assert figure.layout.yaxis.title.text == "Mean PHQ-9"
    counts = [trace for trace in figure.data if trace.mode == "text"]
    assert len(counts) == 3
    assert all(len(trace.text) == 9 for trace in counts)
    assert list(figure.layout.xaxis.ticktext[:3]) == ["Baseline", "2", "4"]


def test_a_mean_without_scores_is_a_gap_and_not_a_zero(one_episode):
    answer = trajectories(one_episode, Cohort(), Definition(), ("modality",))
    line = mean_figure(frames.mean_frame(answer, MODALITIES)).data[0]
    assert np.isnan(line.y).sum() == 7
    assert not line.connectgaps


def test_eight_lines_are_told_apart_without_colour():
    assert len(set(theme.SYMBOLS)) == len(set(theme.DASHES)) == len(set(theme.GROUPS)) == 8


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("page", ["#ffffff", "#12181f"], ids=["light", "dark"])
@pytest.mark.parametrize("colour", [*theme.GROUPS, theme.WITH_ENDPOINT, theme.EVERYBODY])
def test_every_line_can_be_seen_in_light_and_dark(colour, page):
    lighter, darker = sorted((luminance(colour), luminance(page)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3


def test_long_names_are_broken_and_short_ones_are_not():
    assert theme.label("rTMS") == "rTMS"
    assert theme.label("Medication switch + Psychotherapy").count("<br>") == 1
    assert theme.label("") == " "


@pytest.fixture
def class_frame(answered, sample_store):
    answer = answered(sample_store, outcomes=CLASSES, by=("site",))
    return frames_classes.class_frame(answer, MODALITIES)


def test_the_classes_of_a_group_make_one_bar_of_a_hundred(class_frame):
    figure = class_chart.figure(class_frame, CAPTION)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert figure.layout.barmode == "stack"
    assert [trace.name for trace in bars] == [OUTCOMES[name].label for name in CLASSES]
    assert np.allclose(sum(np.asarray(trace.x, dtype=float) for trace in bars), 100, atol=0.3)
    assert all(one_decimal(trace.x) for trace in bars)


def test_the_classes_run_from_blue_over_grey_to_orange_and_are_read_without_colour():
    def lightness(colour):
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    fills = [fill for fill, _ in theme.CLASSES.values()]
    assert len(set(fills)) == len(CLASSES)
    assert set(theme.CLASSES) == set(CLASSES)
    for fill, ink in theme.CLASSES.values():
        assert abs(lightness(fill) - lightness(ink)) > 100  # the number on it can be read
    assert lightness(fills[0]) < lightness(fills[1])
    assert lightness(fills[4]) < lightness(fills[3])


def test_withheld_classes_leave_their_place_empty(answered, one_episode):
    answer = release_rates(answered(one_episode, outcomes=CLASSES), "shared")
    figure = class_chart.figure(frames_classes.class_frame(answer, MODALITIES), CAPTION)
    for trace in figure.data[:-1]:
        assert np.isnan(np.asarray(trace.x, dtype=float)).all()
    assert list(figure.data[-1].text) == ["withheld"]


def test_the_captions_of_the_newer_charts_are_inside_too(class_frame, sample_store):
    sessions = frames_course.course_frame(course(sample_store, Cohort(), ("site",)), MODALITIES)
    for figure in (
        class_chart.figure(class_frame, CAPTION),
        course_chart.figure(sessions, CAPTION),
    ):
        assert theme.safe(CAPTION) in figure.layout.title.text.replace("<br>", " ")
