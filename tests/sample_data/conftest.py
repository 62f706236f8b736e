"""The sample data as plain frames, with the PHQ-9 scores that decide the default outcome."""

from pathlib import Path

import pandas as pd
import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"


def read(name: str):
    return pd.read_csv(SAMPLE / name, dtype=str, keep_default_na=False)


@pytest.fixture(scope="session")
def trials():
    return read("trials.csv")


@pytest.fixture(scope="session")
def adequacy(trials):
    """Per episode with trials: how many were adequate (yes), not (no), and unknown ("")."""
    return pd.crosstab(trials["episode_id"], trials["adequate"])


@pytest.fixture(scope="session")
def episodes(adequacy):
    """With `trials`, the adequate trials: as recorded, else counted where every one is known."""
    frame = read("episodes.csv").set_index("episode_id")
    frame["follow_up_days"] = frame["follow_up_days"].astype(int)
    frame["year"] = frame["start_year"].astype(int)
    counted = adequacy["yes"][adequacy[""] == 0].reindex(frame.index)
    frame["trials"] = pd.to_numeric(frame["adequate_trials"]).fillna(counted)
    return frame


@pytest.fixture(scope="session")
def scores():
    frame = read("assessments.csv")
    frame = frame[frame["score"] != ""]
    return frame.astype({"day": int, "score": int}).sort_values("day")


@pytest.fixture(scope="session")
def sessions():
    return read("sessions.csv").astype({"session": int, "day": int})


@pytest.fixture(scope="session")
def phq9(episodes, scores):
    """Episodes with their PHQ-9 baseline and the last score of three windows."""
    rows = scores[scores["instrument"] == "phq9"]

    def last(first_day: int, last_day: int):
        inside = rows[rows["day"].between(first_day, last_day)]
        return inside.groupby("episode_id")["score"].last()

    return episodes.assign(
        baseline=last(-14, 0), acute=last(14, 84), month_6=last(153, 213), later=last(85, 9999)
    )


@pytest.fixture(scope="session")
def due(phq9):
    """Eligible episodes whose acute window has closed."""
    return phq9[(phq9["baseline"] >= 10) & (phq9["follow_up_days"] > 84)]


@pytest.fixture(scope="session")
def decided(due):
    frame = due.dropna(subset=["acute"])
    return frame.assign(
        response=frame["acute"] <= 0.5 * frame["baseline"], remission=frame["acute"] < 5
    )


@pytest.fixture(scope="session")
def events():
    return read("events.csv").astype({"day": int})


@pytest.fixture(scope="session")
def raw_assessments():
    """With the empty scores."""
    return read("assessments.csv").astype({"day": int})


@pytest.fixture(scope="session")
def items(raw_assessments):
    """PHQ-9 and MADRS rows with scores and items as numbers; what was left out is NaN."""
    rows = raw_assessments[raw_assessments["instrument"].isin(["phq9", "madrs"])]
    columns = ["score", *(name for name in rows if name.startswith("item_"))]
    return rows.assign(**{name: pd.to_numeric(rows[name]) for name in columns})
