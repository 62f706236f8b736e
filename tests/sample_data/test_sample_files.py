"""The sample files keep their promises of shape, and the generator writes them again exactly."""

import csv
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
FILES = ("episodes.csv", "assessments.csv", "sessions.csv", "events.csv", "trials.csv")
MAXIMUM = {"phq9": 27, "gad7": 21, "qids_sr16": 27, "madrs": 60, "hamd17": 52, "bdi2": 63}
# Of the columns episode_id, instrument, day and score. Whoever changes these totals on purpose
# computes the expected results again (tests/reference/sample_golden.R).
TOTALS_SHA256 = "67b53d7ce6a30b2797d542e8d0f886fc466a1acd6550d8e2ebd6e737882df487"
FLAGS = [
    "psychotic_features", "prior_ect", "prior_tms", "comorbid_anxiety", "comorbid_ptsd",
    "comorbid_ocd", "comorbid_adhd", "comorbid_substance_use", "chronic_illness",
    "concurrent_medication", "pharmacogenetic_testing",
]  # fmt: skip
DRUG_CLASSES = {
    "ssri", "snri", "tca", "maoi", "bupropion", "mirtazapine", "vortioxetine", "augmentation",
    "other",
}  # fmt: skip
LEVELS = {
    "modality": {
        "rtms", "accelerated_tms", "ect", "iv_ketamine", "esketamine", "psilocybin",
        "medication_switch", "augmentation", "psychotherapy", "vns", "rtms+psychotherapy",
        "iv_ketamine+psychotherapy", "medication_switch+psychotherapy",
    },
    "site": {"north", "harbour", "valley"},
    "start_year": {"2022", "2023", "2024", "2025"},
    "age_band": {"18-29", "30-39", "40-49", "50-59", "60-69", "70+", ""},
    "sex": {"female", "male", "other", ""},
    "diagnosis": {"unipolar", "bipolar"},
    "episode_length": {"under_6_months", "6_to_24_months", "over_24_months", ""},
    "setting": {"outpatient", "inpatient"},
    "treatment_setting": {"clinic", "home", ""},
    "adequate_trials": {"", *"012345678"},
}  # fmt: skip


def test_generator_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    command = [sys.executable, str(SAMPLE / "generate.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_totals_stay_the_same_whatever_is_added_beside_them() -> None:
    with (SAMPLE / "assessments.csv").open(encoding="utf-8", newline="") as file:
        rows = [",".join(row[:4]) + "\n" for row in csv.reader(file)]
    assert rows[0] == "episode_id,instrument,day,score\n"
    assert hashlib.sha256("".join(rows).encode()).hexdigest() == TOTALS_SHA256


def test_files_are_plain_utf8_with_unix_line_ends() -> None:
    for name in FILES:
        raw = (SAMPLE / name).read_bytes()
        assert raw.isascii(), name
        assert raw.endswith(b"\n"), name
        assert not set(b'\r"') & set(raw), name


def test_episode_values_are_the_listed_ones(episodes) -> None:
    assert episodes.index.is_unique
    for column, allowed in LEVELS.items():
        assert set(episodes[column]) <= allowed, column
    for column in FLAGS:
        assert set(episodes[column]) == {"yes", "no", ""}, column
    for column in ("induction_end_day", "planned_sessions"):
        known = episodes.loc[episodes[column] != "", column].astype(int)
        assert 0 < len(known) < len(episodes), column
        assert known.between(0, 200).all(), column
    assert episodes["follow_up_days"].between(0, 1460).all()
    ids = (*episodes.index, *episodes["patient_id"])
    assert all(re.fullmatch(r"E\d{5}|P\d{4}", code) for code in ids)


def test_ids_tell_nothing_about_site_or_start(episodes) -> None:
    number = episodes.index.str[1:].astype(int).to_series(index=episodes.index)
    assert abs(number.corr(episodes["follow_up_days"], method="pearson")) < 0.08
    site_means = number.groupby(episodes["site"]).mean() / number.mean()
    assert (site_means - 1).abs().max() < 0.1


def test_scores_are_whole_in_range_and_on_days_already_past(episodes, raw_assessments) -> None:
    rows = raw_assessments
    assert not rows.duplicated(["episode_id", "instrument", "day"]).any()
    assert set(rows["instrument"]) == set(MAXIMUM)
    given = rows[rows["score"] != ""].astype({"score": int})
    assert (given["score"] >= 0).all()
    assert (given["score"] <= given["instrument"].map(MAXIMUM)).all()
    assert 0.003 < (rows["score"] == "").mean() < 0.007
    follow_up = rows["episode_id"].map(episodes["follow_up_days"])
    assert (rows["day"] <= follow_up).all()


def test_sessions_are_numbered_in_order_and_absent_for_medication(episodes, sessions) -> None:
    assert set(sessions["phase"]) == {"induction", "continuation", "maintenance", "retreatment"}
    in_order = sessions.sort_values(["episode_id", "session"]).groupby("episode_id")
    assert (in_order["session"].agg(list).map(lambda n: n == list(range(1, len(n) + 1)))).all()
    assert in_order["day"].is_monotonic_increasing.all()
    assert (sessions["day"] <= sessions["episode_id"].map(episodes["follow_up_days"])).all()
    modality = sessions["episode_id"].map(episodes["modality"])
    assert not set(modality) & {"medication_switch", "augmentation", "vns"}


def test_events_are_known_and_deaths_very_few(episodes, raw_assessments, sessions, events) -> None:
    counts = events["event"].value_counts()
    assert set(counts.index) == {"hospitalisation", "switch", "drop_out", "death", "retreatment"}
    assert 1 <= counts["death"] <= 5
    follow_up = events["episode_id"].map(episodes["follow_up_days"])
    assert (events["day"] <= follow_up).all()
    deaths = events[events["event"] == "death"].set_index("episode_id")["day"]
    days = pd.concat([raw_assessments, sessions, events])
    assert all(days.loc[days["episode_id"] == e, "day"].max() <= day for e, day in deaths.items())


def test_trials_are_of_known_classes_and_episodes(episodes, trials) -> None:
    assert set(trials["drug_class"]) == DRUG_CLASSES
    assert set(trials["adequate"]) == {"yes", "no", ""}
    assert set(trials["episode_id"]) <= set(episodes.index)


def test_scales_follow_one_severity(scores) -> None:
    wide = scores.pivot(index=["episode_id", "day"], columns="instrument", values="score")
    with_phq9 = wide.corr()["phq9"]
    assert with_phq9[["madrs", "hamd17", "qids_sr16", "bdi2"]].min() > 0.85
    assert 0.6 < with_phq9["gad7"] < 0.9
