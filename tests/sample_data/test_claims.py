"""What is often said of these treatments, held against the sample data.

Each claim is counted again here from the CSV files in a few lines of pandas, and then asked of the
engine, which must give the same n and denominator with the window, interval and definition. The
sample data is synthetic: a claim that holds here says nothing about any treatment.
"""

from pathlib import Path

import pandas as pd
import pytest

from analysis import Cohort, Definition, rates
from analysis.curves import curves
from analysis.timepoints import TIMEPOINTS

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
Z = 1.959963984540054


def wilson(met: int, counted: int) -> tuple[float, float]:
    """The Wilson interval in its textbook form."""
    p, extra = met / counted, Z**2 / counted
    half = Z * (p * (1 - p) / counted + extra / (4 * counted)) ** 0.5
    return (p + extra / 2 - half) / (1 + extra), (p + extra / 2 + half) / (1 + extra)


def only(modality: str) -> Cohort:
    return Cohort.of({"modality": [modality]})


def test_a_third_of_rtms_patients_reach_remission(sample_store, phq9) -> None:
    own = phq9[phq9["modality"] == "rtms"]
    eligible = own[own["baseline"] >= 10]
    mature = eligible[eligible["follow_up_days"] > 84]
    assessed = mature.dropna(subset=["acute"])
    met = int((assessed["acute"] < 5).sum())

    answer = rates(sample_store, only("rtms"), Definition(), ("remission",))

    (row,), (flow,) = answer.rows, answer.flow
    assert (row.numerator, row.denominator, row.unknown) == (met, len(assessed), 31)
    assert (row.numerator, row.denominator) == (79, 260)
    assert (row.conf_low, row.conf_high) == pytest.approx(wilson(met, len(assessed)), abs=1e-12)
    assert row.completeness == len(assessed) / len(mature)
    assert (flow.episodes, flow.eligible, flow.mature) == (len(own), len(eligible), len(mature))
    assert flow.patients == own["patient_id"].nunique()
    assert answer.definition_sentence == (
        "PHQ-9. Baseline: last score on day -14 to 0. Eligible: baseline at least 10. Endpoint: "
        "last score on day 14 to 84. Missing: episodes without an endpoint are left out."
    )
    assert dict(answer.rules)["remission"].startswith("PHQ-9 below 5 at the endpoint (rule phq9_")
    # a third lies in the interval of those assessed, and above that of all who were due
    low, high = wilson(met, len(assessed))
    assert low < 1 / 3 < high
    everybody = Definition(missing="nonresponse")
    (due,) = rates(sample_store, only("rtms"), everybody, ("remission",)).rows
    assert (due.numerator, due.denominator) == (met, len(mature))
    assert (due.conf_low, due.conf_high) == pytest.approx(wilson(met, len(mature)), abs=1e-12)
    assert wilson(met, len(mature))[1] < 1 / 3


def test_about_half_lose_suicidal_thoughts_within_a_day_of_ketamine(sample_store, episodes) -> None:
    own = episodes[episodes["modality"] == "iv_ketamine"]
    # the last MADRS item 10 up to day 0, and that of day 1; totals play no part
    rows = pd.read_csv(SAMPLE / "assessments.csv", index_col="episode_id").sort_values("day")
    item = rows[rows["instrument"] == "madrs"].dropna(subset=["item_10"])
    before = item[item["day"].between(-14, 0)].groupby(level=0)["item_10"].last()
    before = before.reindex(own.index).dropna()
    asked = before[before > 0].index
    mature = asked[own.loc[asked, "follow_up_days"] > 1]
    after = item[item["day"] == 1]["item_10"].reindex(mature).dropna()
    met = int((after == 0).sum())

    at_24_hours = Definition(instrument="madrs", timepoint=TIMEPOINTS["hours_24"])
    answer = rates(sample_store, only("iv_ketamine"), at_24_hours, ("suicidality_resolved",))

    (row,), (flow,) = answer.rows, answer.flow
    assert (row.numerator, row.denominator) == (met, len(after)) == (25, 47)
    assert row.unknown == len(mature) - len(after)
    assert (row.conf_low, row.conf_high) == pytest.approx(wilson(met, len(after)), abs=1e-12)
    assert (flow.episodes, flow.with_baseline) == (len(own), len(before))
    assert (flow.eligible, flow.mature) == (len(asked), len(mature))
    assert answer.definition_sentence == (
        "MADRS item 10. Baseline: last score on day -14 to 0. Eligible: item above 0 at baseline. "
        "Endpoint: last score on day 1. Missing: episodes without an endpoint are left out."
    )
    low, high = wilson(met, len(after))
    assert low < 1 / 2 < high
    # only half of them were assessed on day 1: the claim is about those alone
    assert row.completeness == len(after) / len(mature) < 0.6


def waited_for_relapse(visits, happened, baseline: int) -> tuple[int | None, str]:
    """Return on which day after the first response one episode's waiting ends, and how."""
    days = [(day, 2 * score <= baseline) for day, score in visits if day > 0]
    response = next((day for day, responds in days if responds), None)
    if response is None:
        return None, "not started"
    later = [(day, score) for day, score in visits if day > response]
    ill = [(day, 2 * score > baseline and score >= 10) for day, score in later]
    relapse = None
    for place, (day, shows) in enumerate(ill):
        following = ill[place + 1] if place + 1 < len(ill) else (10**6, False)
        confirmed = any(
            day <= when <= following[0]
            for when, what in happened
            if what in ("hospitalisation", "retreatment", "switch")
        )
        if shows and (following[1] or confirmed):
            relapse = day
            break
    others = [when for when, what in happened if when > response and what != "hospitalisation"]
    if relapse is not None and (not others or relapse <= min(others)):
        return relapse - response, "relapse"
    if others:
        return min(others) - response, "other"
    return (later[-1][0] - response, "censored") if later else (None, "not seen again")


def share_with(ends, until: int) -> float:
    """The share with a relapse by a day, where whoever left otherwise cannot relapse any more."""
    free, share = 1.0, 0.0
    for day in sorted({day for day, _ in ends if day <= until}):
        at_risk = sum(other >= day for other, _ in ends)
        relapsed = ends.count((day, "relapse"))
        share += free * relapsed / at_risk
        free *= 1 - (relapsed + ends.count((day, "other"))) / at_risk
    return share


def test_relapse_after_ect_is_frequent(sample_store, phq9, scores, events) -> None:
    own = phq9[(phq9["modality"] == "ect") & (phq9["baseline"] >= 10)]
    rows = scores[scores["instrument"] == "phq9"]
    visits = {
        name: list(zip(g["day"], g["score"], strict=True)) for name, g in rows.groupby("episode_id")
    }
    marks = {
        name: list(zip(g["day"], g["event"], strict=True))
        for name, g in events.groupby("episode_id")
    }
    ended = [
        waited_for_relapse(visits[name], marks.get(name, []), baseline)
        for name, baseline in own["baseline"].items()
    ]
    ends = [(day, how) for day, how in ended if day is not None]

    answer = curves(sample_store, only("ect"), Definition(), "relapse")

    (row,) = answer.summaries
    kinds = pd.Series([kind for _, kind in ends]).value_counts()
    assert (row.eligible, row.followed) == (len(own), len(ends)) == (150, 75)
    assert row.started == sum(kind != "not started" for _, kind in ended) == 80
    assert (row.events, row.censored) == (kinds["relapse"], kinds["censored"]) == (28, 33)
    assert row.ends is not None
    assert sum(count for _, count in row.ends) == kinds["other"]
    marked = {mark.day: mark for mark in answer.landmarks}
    for day, mark in marked.items():
        assert mark.estimate == pytest.approx(share_with(ends, day), abs=1e-12)
        assert mark.at_risk == sum(last >= day for last, _ in ends)
    # within half a year of responding: more than a quarter, perhaps a half
    half_a_year = marked[183]
    found = [half_a_year.conf_low, half_a_year.estimate, half_a_year.conf_high]
    assert found == pytest.approx([0.273, 0.395, 0.515], abs=5e-4)
    assert answer.definition_sentence == (
        "PHQ-9. Baseline: last score on day -14 to 0. Eligible: baseline at least 10. Followed "
        "from the first response to the last assessment; death, switch, re-treatment and drop-out "
        "end it as competing events."
    )
    assert "on two consecutive assessments" in dict(answer.rules)["relapse"]
