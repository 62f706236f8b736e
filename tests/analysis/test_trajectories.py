"""Mean scores over time: the last score of each interval, of eligible episodes."""

from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from analysis import Cohort, Definition, DefinitionError, Timepoint, Window, trajectories

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
PEOPLE = """
    A | ect  | -14:12 0:20 7:18 14:16 15:14 28:10 29:8 56:4
    B | ect  | -3:16 14:12 29:6
    C | ect  | 0:10 1:24 30:22
    D | ect  | 0:9 7:3
    E | ect  | -15:20 7:3
    F | rtms | 0:27 42:12 42:15 43:11
    G | rtms | 0:18
"""


@pytest.fixture
def store(clinic):
    rows = [[cell.strip() for cell in line.split("|")] for line in PEOPLE.strip().splitlines()]
    return clinic(
        [{"episode_id": e, "patient_id": e, "modality": modality} for e, modality, _ in rows],
        [
            {"episode_id": e, "instrument": "phq9", "day": day, "score": score}
            for e, _, scores in rows
            for day, score in (part.split(":") for part in scores.split())
        ],
    )


def means(answer):
    """Return (interval, from, to, n, mean, median) of the intervals in which somebody is."""
    return [
        (row.interval, row.from_day, row.to_day, row.n, row.estimate, row.median)
        for row in answer.rows
        if row.n
    ]


def test_the_last_score_of_each_interval_by_hand(store) -> None:
    ect = Cohort.of({"modality": ["ect"]})
    assert means(trajectories(store, ect, Definition())) == [
        # D is not eligible, E has no baseline
        (0, -14, 0, 3, pytest.approx((20 + 16 + 10) / 3), 16),
        (1, 1, 14, 3, pytest.approx((16 + 12 + 24) / 3), 16),
        (2, 15, 28, 1, 10, 10),
        (3, 29, 42, 3, pytest.approx((8 + 6 + 22) / 3), 8),
        (4, 43, 56, 1, 4, 4),
    ]


def test_a_day_with_two_scores_is_unusable(store) -> None:
    rtms = Cohort.of({"modality": ["rtms"]})
    assert means(trajectories(store, rtms, Definition())) == [
        (0, -14, 0, 2, 22.5, 22.5),
        (4, 43, 56, 1, 11, 11),
    ]


def test_without_a_minimum_everybody_with_a_baseline_counts(store) -> None:
    ect = Cohort.of({"modality": ["ect"]})
    rows = trajectories(store, ect, Definition(min_baseline="none")).rows
    assert [row.n for row in rows[:2]] == [4, 4]
    assert rows[1].estimate == (16 + 12 + 24 + 3) / 4


def test_an_interval_without_scores_has_no_mean_instead_of_zero(store) -> None:
    rows = trajectories(store, Cohort(), Definition(), intervals=8).rows
    assert len(rows) == 9
    empty = rows[8]
    assert (empty.n, empty.estimate, empty.conf_low, empty.sd, empty.median) == (0, *(None,) * 4)


def test_groups_stand_one_after_the_other(store) -> None:
    answer = trajectories(store, Cohort(), Definition(), ("modality",), intervals=2)
    assert [(row.group, row.interval) for row in answer.rows] == [
        ((modality,), interval) for modality in ("rtms", "ect") for interval in (0, 1, 2)
    ]


def test_the_interval_of_a_mean_is_the_t_interval(store) -> None:
    row = trajectories(store, Cohort.of({"modality": ["ect"]}), Definition()).rows[0]
    expected = stats.ttest_1samp([20, 16, 10], 0).confidence_interval(0.95)
    assert (row.conf_low, row.conf_high) == pytest.approx(tuple(expected), abs=1e-9)
    assert row.sd == pytest.approx(pd.Series([20, 16, 10]).std())


def test_the_timepoint_of_the_definition_does_not_matter(store) -> None:
    other = Definition(timepoint=Timepoint("28:56", 28, 56))
    rows = trajectories(store, Cohort(), Definition()).rows
    assert trajectories(store, Cohort(), other).rows == rows


def test_another_baseline_window_is_refused(store) -> None:
    with pytest.raises(DefinitionError, match="use the baseline window -14:0"):
        trajectories(store, Cohort(), Definition(baseline=Window(-30, 0)))


def test_where_higher_is_better_eligible_is_at_most_the_minimum(clinic) -> None:
    store = clinic(
        [{"episode_id": e, "patient_id": e, "modality": "ect"} for e in "AB"],
        [
            {"episode_id": e, "instrument": "wellbeing", "day": day, "score": score}
            for e, scores in {"A": (5, 15), "B": (20, 25)}.items()
            for day, score in zip((0, 7), scores, strict=True)
        ],
        mapping='[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n',
    )
    answer = trajectories(store, Cohort(), Definition("wellbeing", min_baseline=13), intervals=1)
    assert [(row.n, row.estimate) for row in answer.rows] == [(1, 5), (1, 15)]
    assert "baseline at most 13" in answer.definition_sentence


@pytest.fixture(scope="module")
def sample_scores():
    """The scores of the sample data with their baseline and modality, one per day."""
    scores, episodes = (
        pd.read_csv(SAMPLE / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("assessments", "episodes")
    )
    scores = scores[scores["score"] != ""].astype({"day": int, "score": int})
    scores = scores.merge(episodes[["episode_id", "modality"]], on="episode_id").sort_values(
        "day", kind="stable"
    )
    before = scores[scores["day"].between(-14, 0)].groupby(["episode_id", "instrument"])["score"]
    baselines = before.last().rename("baseline").reset_index()
    return scores.merge(baselines, on=["episode_id", "instrument"])


@pytest.mark.parametrize(("instrument", "least"), [("phq9", 10), ("madrs", 20), ("hamd17", 17)])
@pytest.mark.parametrize(("width", "intervals"), [(14, 8), (28, 13)])
def test_the_sample_data_against_pandas(
    sample_store, sample_scores, instrument, least, width, intervals
) -> None:
    own = sample_scores[
        (sample_scores["instrument"] == instrument)
        & (sample_scores["baseline"] >= least)
        & sample_scores["day"].between(-14, width * intervals)
    ]
    own = own.assign(interval=-(-own["day"].clip(lower=0) // width))
    last = own.groupby(["modality", "interval", "episode_id"])["score"].last()
    expected = last.groupby(["modality", "interval"]).agg(["size", "mean", "std", "median"])
    answer = trajectories(
        sample_store,
        Cohort(),
        Definition(instrument),
        ("modality",),
        width=width,
        intervals=intervals,
    )
    found = {(*row.group, row.interval): row for row in answer.rows if row.n}
    assert set(found) == set(expected.index)
    for key, size, mean, sd, median in expected.itertuples():
        row = found[key]
        assert (row.n, row.median) == (size, median)
        assert row.estimate == pytest.approx(mean, abs=1e-9)
        assert row.sd == (None if size == 1 else pytest.approx(sd, abs=1e-9))
