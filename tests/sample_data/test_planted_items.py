"""Item scores, suicidal thoughts and where treatment is given: what the README says is planted."""

import math
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "benchmarks.csv"
ITEMS = [f"item_{number}" for number in range(1, 11)]
# instrument: number of items, most points of an item, eligible from
FORMS = {"phq9": (9, 3, 10), "madrs": (10, 6, 20)}
SUICIDALITY = {"phq9": "item_9", "madrs": "item_10"}


def of(items, instrument: str):
    """The rows of one instrument, its items under their names, and how many are missing."""
    rows = items[items["instrument"] == instrument].sort_values("day")
    own = ITEMS[: FORMS[instrument][0]]
    return rows.assign(missing=rows[own].isna().sum(axis=1), total=rows[own].sum(axis=1))


def suicidality(items, instrument: str, first_day: int, last_day: int):
    """Score and suicidality item of the last assessment with a score in the window."""
    rows = of(items, instrument).dropna(subset=["score"])
    rows = rows[rows["day"].between(first_day, last_day)].groupby("episode_id").tail(1)
    rows = rows.set_index("episode_id")
    return rows[["score"]].assign(item=rows[SUICIDALITY[instrument]])


def change(items, instrument: str, first_day: int, last_day: int):
    """Suicidality item before treatment and in a window, where both are known."""
    before = suicidality(items, instrument, -14, 0)["item"]
    after = suicidality(items, instrument, first_day, last_day)["item"]
    return pd.DataFrame({"before": before, "after": after}).dropna()


# ---- items and totals ----------------------------------------------------------------------------


@pytest.mark.parametrize("instrument", FORMS)
def test_items_are_whole_in_range_and_add_up_to_the_total(items, instrument: str) -> None:
    count, most, _ = FORMS[instrument]
    rows = of(items, instrument)
    given = rows[ITEMS].stack().dropna()
    assert given.isin(range(most + 1)).all()
    assert rows[ITEMS[count:]].isna().all(axis=None)
    complete = rows[rows["missing"] == 0]
    assert len(complete) > 0.97 * len(rows)
    assert (complete["total"] == complete["score"]).all()


def test_other_instruments_have_no_items(raw_assessments) -> None:
    others = raw_assessments[~raw_assessments["instrument"].isin(list(FORMS))]
    assert len(others) > 10_000
    assert (others[ITEMS] == "").all(axis=None)


def test_one_phq9_in_a_hundred_is_prorated_from_seven_or_eight_items(items) -> None:
    rows = of(items, "phq9").dropna(subset=["score"])
    partial = rows[rows["missing"] > 0]
    assert set(partial["missing"]) == {1, 2}
    assert 0.007 < len(partial) / len(rows) < 0.013
    for row in partial.itertuples():
        assert row.score == math.floor(row.total / (9 - row.missing) * 9 + 0.5)


@pytest.mark.parametrize(("instrument", "missing"), [("phq9", 3), ("madrs", 2)])
def test_no_total_can_be_made_where_the_score_is_empty(items, instrument: str, missing) -> None:
    rows = of(items, instrument)
    unscored = rows[rows["score"].isna()]
    assert len(unscored) > 10
    assert unscored["missing"].min() >= missing
    assert (unscored["missing"] < FORMS[instrument][0]).any()


def test_every_item_follows_the_total(items) -> None:
    for instrument, (count, _, _) in FORMS.items():
        rows = of(items, instrument).dropna(subset=["score"])
        assert rows[ITEMS[:count]].corrwith(rows["score"]).min() > 0.4, instrument


# ---- suicidal thoughts ---------------------------------------------------------------------------


@pytest.mark.parametrize("instrument", FORMS)
def test_about_three_in_five_have_suicidal_thoughts_at_baseline(items, instrument: str) -> None:
    baseline = suicidality(items, instrument, -14, 0)
    eligible = baseline[baseline["score"] >= FORMS[instrument][2]].dropna()
    assert 0.60 <= (eligible["item"] > 0).mean() <= 0.65


@pytest.fixture(scope="module")
def resolved_on_day_1(items, episodes):
    """Of the ketamine episodes with suicidal thoughts before: none by MADRS a day later."""
    madrs = change(items, "madrs", 1, 1)
    ketamine = madrs[(madrs["before"] > 0) & (episodes["modality"][madrs.index] == "iv_ketamine")]
    return ketamine["after"] == 0


def test_suicidal_thoughts_cease_within_a_day_of_ketamine_in_about_half(resolved_on_day_1) -> None:
    assert len(resolved_on_day_1) >= 40
    assert 0.45 <= resolved_on_day_1.mean() <= 0.60


def test_that_half_lies_within_the_interval_of_the_published_rate(resolved_on_day_1) -> None:
    if not BENCHMARKS.exists():
        pytest.skip("the table of published outcomes is not beside the repository")
    table = pd.read_csv(BENCHMARKS)
    price = table[table["study"].str.startswith("Price 2014") & (table["is_control"] == 0)]
    rate = 100 * resolved_on_day_1.mean()
    assert price["wilson_low"].item() <= rate <= price["wilson_high"].item()


def test_suicidal_thoughts_of_half_are_gone_after_the_course_of_ketamine(items, episodes) -> None:
    phq9 = change(items, "phq9", 15, 29)
    ketamine = phq9[(phq9["before"] > 0) & (episodes["modality"][phq9.index] == "iv_ketamine")]
    assert 0.42 <= (ketamine["after"] == 0).mean() <= 0.60


def test_suicidal_thoughts_fall_more_slowly_under_medication(items, episodes) -> None:
    phq9 = change(items, "phq9", 1, 21)
    there = phq9[phq9["before"] > 0]
    resolved = (there["after"] == 0).groupby(episodes["modality"][there.index]).mean()
    assert resolved["iv_ketamine"] - resolved["medication_switch"] > 0.15
    assert resolved["esketamine"] - resolved["medication_switch"] > 0.15


def test_suicidal_thoughts_emerge_in_a_few(items) -> None:
    phq9 = change(items, "phq9", 14, 84)
    none = phq9[phq9["before"] == 0]
    assert 0.03 <= (none["after"] > 0).mean() <= 0.12


def test_suicidal_thoughts_have_a_course_of_their_own(items) -> None:
    rows = of(items, "madrs").dropna(subset=["score", "item_10"])
    assert 0.4 < rows["item_10"].corr(rows["score"]) < 0.7
    assert ((rows["score"] >= 30) & (rows["item_10"] == 0)).sum() > 50


# ---- where treatment is given --------------------------------------------------------------------


def test_devices_and_infusions_are_given_at_the_clinic_and_some_therapy_at_home(episodes) -> None:
    place = episodes["treatment_setting"]
    at_home = (place == "home").groupby(episodes["modality"]).mean()
    assert set(at_home.index[at_home > 0]) == {
        "psychotherapy", "medication_switch+psychotherapy", "medication_switch", "augmentation",
    }  # fmt: skip
    assert 0.15 < at_home["psychotherapy"] < 0.35
    assert 0.01 < (place == "").mean() < 0.05
