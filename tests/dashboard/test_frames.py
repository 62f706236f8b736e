"""The engine's answers as words and numbers ready to draw."""

import pandas as pd
import pytest

from analysis import release_rates, release_trajectories, trajectories
from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.modality import MODALITIES
from dashboard import frames, words

NOBODY = {"modality": ["psilocybin"], "adequate_trials": ["8"]}


def test_no_answer_is_an_empty_frame(answered, sample_store):
    nobody = answered(sample_store, NOBODY, by=("site",))
    assert frames.rate_frame([nobody], MODALITIES).empty
    assert frames.rate_frame([], MODALITIES).empty
    means = trajectories(sample_store, Cohort.of(NOBODY), Definition(), ("site",))
    assert frames.mean_frame(means, MODALITIES).empty


def test_a_rate_frame_shows_the_fraction_rate_interval_and_completeness(answered, one_episode):
    frame = frames.rate_frame([answered(one_episode, outcomes=("response",))], MODALITIES)
    (row,) = frame.to_dict("records")
    assert row["group_label"] == "All episodes"
    assert row["measure_label"] == "Response"
    assert row["n_text"] == "1 / 1"
    assert row["rate_text"] == "100.0 %"
    assert row["interval_text"] == "20.7 to 100.0 %"
    assert row["unknown_text"] == "0"
    assert row["completeness_text"] == "100.0 %"


def test_a_rate_frame_holds_no_more_digits_than_are_shown(answered, sample_store):
    frame = frames.rate_frame([answered(sample_store, by=("modality",))], MODALITIES)
    for name in ("percent", "percent_low", "percent_high"):
        assert (frame[name] == frame[name].round(1)).all()


def test_a_withheld_row_has_no_number_at_all(answered, one_episode):
    shared = release_rates(answered(one_episode), "shared")
    frame = frames.rate_frame([shared], MODALITIES)
    assert frame[["percent", "percent_low", "percent_high"]].isna().all(axis=None)
    assert set(frame["rate_text"]) == set(frame["n_text"]) == {"withheld"}


def test_a_rate_table_puts_both_counts_of_a_group_together(answered, sample_store):
    both = [answered(sample_store, by=("site",), missing=m) for m in ("observed", "nonresponse")]
    table = frames.rate_table(frames.rate_frame(both, MODALITIES))
    assert list(table["Group"]) == sorted(table["Group"])
    assert list(table.columns) == [
        "Group",
        "Outcome",
        "Rate",
        "n / N",
        "95 % interval",
        "Counted",
        "Unknown",
        "Completeness",
    ]


def test_a_flow_frame_says_what_each_step_lost(answered, sample_store):
    flow = answered(sample_store).flow[0]
    frame = frames.flow_frame(flow, {"Met: response": 542})
    assert list(frame["step"]) == [*words.FLOW_STEPS.values(), "Met: response"]
    lost = [text.partition("(−")[2].rstrip(")") for text in frame["text"]]
    assert lost[0] == lost[-1] == ""
    assert 1500 - sum(int(number) for number in lost[1:5]) == flow.with_endpoint


def test_a_flow_frame_never_says_what_a_withheld_step_lost(answered, one_episode):
    flow = release_rates(answered(one_episode), "shared").flow[0]
    frame = frames.flow_frame(flow, {"Met: response": None})
    assert set(frame["text"]) == {"withheld"}
    assert frame["episodes"].isna().all()


def test_a_flow_table_lists_episodes_patients_and_every_step(answered, sample_store):
    table = frames.flow_table(answered(sample_store, by=("site",)), MODALITIES)
    assert list(table.columns) == [
        "Group",
        "Episodes in cohort",
        "Patients",
        "With baseline",
        "Eligible",
        "Mature",
        "With endpoint",
    ]
    assert list(table["Group"]) == ["harbour", "north", "valley"]


def test_a_mean_frame_of_one_person_has_a_mean_and_no_interval(one_episode):
    answer = trajectories(one_episode, Cohort(), Definition(), ("modality",))
    table = frames.mean_table(frames.mean_frame(answer, MODALITIES))
    assert table.iloc[0].to_list() == ["ECT", "Baseline", "1", "20.0", "– to –", "–", "20.0"]
    assert table.iloc[1]["Episodes"] == "0"
    assert table.iloc[1]["Mean"] == "–"


def test_a_withheld_mean_has_no_number_at_all(one_episode):
    answer = trajectories(one_episode, Cohort(), Definition(), ("modality",))
    frame = frames.mean_frame(release_trajectories(answer, "shared"), MODALITIES)
    assert frame[["estimate", "conf_low", "conf_high", "sd", "median"]].isna().all(axis=None)
    assert set(frame["n_text"]) == {"withheld"}


def test_a_mean_frame_holds_no_more_digits_than_are_shown(sample_store):
    answer = trajectories(sample_store, Cohort(), Definition(), ("modality",))
    frame = frames.mean_frame(answer, MODALITIES)
    numbers = frame[["estimate", "conf_low", "conf_high", "sd", "median"]]
    pd.testing.assert_frame_equal(numbers, numbers.round(1))


@pytest.mark.parametrize(
    ("by", "group", "label"),
    [
        ((), (), "All episodes"),
        (("modality",), ("rtms+psychotherapy",), "rTMS + Psychotherapy"),
        (("site", "modality"), ("north", "ect"), "north, ECT"),
        (("episode_length",), ("over_24_months",), "over 24 months"),
        (("sex",), ("unknown",), "unknown"),
    ],
)
def test_groups_in_words(by, group, label):
    assert frames.group_label(by, group, MODALITIES) == label


@pytest.mark.parametrize(
    ("number", "text"), [(None, "withheld"), (0, "0"), (7, "7"), (1264, "1,264")]
)
def test_counts_in_words(number, text):
    assert words.count(number) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(None, "–"), (0.0, "0.0 %"), (0.4887, "48.9 %"), (1.0, "100.0 %")]
)
def test_rates_in_words(rate, text):
    assert words.percent(rate) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (None, None, "–"),
        (0.1, None, "–"),
        (0.0, 1.0, "0.0 to 100.0 %"),
        (0.459, 0.5183, "45.9 to 51.8 %"),
    ],
)
def test_intervals_in_words(low, high, text):
    assert words.interval(low, high) == text


def test_every_timepoint_and_missing_rule_has_words():
    from analysis.definition import MISSING_RULES
    from analysis.timepoints import TIMEPOINTS

    assert set(words.TIMEPOINTS) == set(TIMEPOINTS)
    assert set(words.MISSING_RULES) == set(MISSING_RULES)
