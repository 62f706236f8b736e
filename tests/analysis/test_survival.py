"""Time to event, against R: made-up data of the project, and real trials kept beside it."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.survival import (
    Incidence,
    cumulative_incidence,
    kaplan_meier,
    quantile,
    restricted_mean,
)

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
GOLDEN = json.loads((ROOT / "tests" / "reference" / "survival_golden.json").read_text("utf-8"))
CURVE = ("time", "at_risk", "events", "censored", "estimate", "se", "conf_low", "conf_high")
BAND = ("estimate", "se", "conf_low", "conf_high")


def floats(values):
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def whole(values):
    return np.array(list(values), dtype=np.int64)


def same(values, tolerance=1e-9):
    """Return an approximation of R's values, its NA being NaN."""
    return pytest.approx(floats(values), abs=tolerance, rel=1e-9, nan_ok=True)


# ---- by hand -------------------------------------------------------------------------------------


def test_a_curve_worked_out_by_hand() -> None:
    curve = kaplan_meier(floats([14, 7, 21, 28]), whole([1, 1, 1, 0]), whole([1, 0, 0, 1]))
    #                              day  at risk  events  censored  share without the event
    assert list(zip(curve.time, curve.at_risk, curve.events, curve.censored, strict=True)) == [
        (7, 5, 1, 0),  #                                           4/5
        (14, 4, 1, 1),  # who is censored on day 14 is at risk     4/5 * 3/4
        (21, 2, 1, 0),  #                                          4/5 * 3/4 * 1/2
        (28, 1, 0, 1),  #                                          and so it stays
    ]
    assert curve.estimate == pytest.approx([0.8, 0.6, 0.3, 0.3], abs=1e-12)
    assert quantile(curve)[0] == 21
    assert restricted_mean(curve, 21)[0] == pytest.approx(7 + 0.8 * 7 + 0.6 * 7, abs=1e-12)


def test_a_competing_event_is_not_a_censored_one() -> None:
    # two people switch on day 7, one of the other two responds on day 14
    time, responded, switched = floats([7, 14]), whole([0, 1]), whole([2, 0])
    found = cumulative_incidence(time, responded, switched, whole([0, 1]))
    assert found.event.estimate == pytest.approx([0, 1 / 4], abs=1e-12)
    assert found.competing_event.estimate == pytest.approx([1 / 2, 1 / 2], abs=1e-12)
    assert found.free == pytest.approx([1 / 2, 1 / 4], abs=1e-12)
    # taken for censored, they would be thought to respond as often as those who stayed
    as_censored = kaplan_meier(time, responded, switched + whole([0, 1]))
    assert 1 - as_censored.estimate[-1] == pytest.approx(1 / 2, abs=1e-12)


def test_nobody_gives_empty_curves() -> None:
    curve = kaplan_meier(floats([]), whole([]), whole([]))
    assert all(getattr(curve, name).size == 0 for name in CURVE)
    assert quantile(curve) == (None, None, None)
    assert restricted_mean(curve, 84) == (None, None, None, None)
    found = cumulative_incidence(floats([]), whole([]), whole([]), whole([]))
    assert found.time.size == found.free.size == found.event.estimate.size == 0


def test_a_time_at_which_nobody_left_is_no_step() -> None:
    curve = kaplan_meier(floats([3, 7, 9]), whole([0, 1, 0]), whole([0, 0, 2]))
    assert curve.time.tolist() == [7, 9]


def test_the_mean_stays_unknown_beyond_the_last_day_anyone_was_seen() -> None:
    still_going = kaplan_meier(floats([10, 30]), whole([1, 0]), whole([0, 1]))
    assert restricted_mean(still_going, 31) == (None, None, None, None)
    assert restricted_mean(still_going, 30)[0] == 20
    all_done = kaplan_meier(floats([10, 30]), whole([1, 1]), whole([0, 0]))
    assert restricted_mean(all_done, 365) == restricted_mean(all_done, 30)
    assert restricted_mean(all_done, 5) == (5, 5, 5, 0)


@pytest.mark.parametrize(
    ("time", "events", "censored", "fault"),
    [
        ([1, 2], [1], [0], "differ in length"),
        ([1], [-1], [2], "count is negative"),
        ([-1], [1], [0], "time is negative"),
        ([np.nan], [1], [0], "not finite"),
        ([np.inf], [1], [0], "not finite"),
    ],
)
def test_impossible_counts_are_a_fault_of_the_program(time, events, censored, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        kaplan_meier(floats(time), whole(events), whole(censored))


@pytest.mark.parametrize("p", [0, 1, -0.1, np.nan])
def test_a_share_that_is_none_has_no_quantile(p) -> None:
    curve = kaplan_meier(floats([1]), whole([1]), whole([0]))
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        quantile(curve, p)


@pytest.mark.parametrize("until", [0, -7, np.nan])
def test_a_mean_needs_a_time_to_end_at(until) -> None:
    curve = kaplan_meier(floats([1]), whole([1]), whole([0]))
    with pytest.raises(ValueError, match="is not a positive time"):
        restricted_mean(curve, until)


# ---- R on made-up data: tests/reference/survival_golden.R ----------------------------------------


ANSWERS = [(case, answer) for case in GOLDEN for answer in case["answers"]]
NAMES = [f"{case['case']}-{answer['confidence']}" for case, answer in ANSWERS]


@pytest.mark.parametrize(("case", "answer"), ANSWERS, ids=NAMES)
def test_a_curve_is_that_of_r(case, answer) -> None:
    # to R's curve a competing event is a censored one
    left = whole(case["competing"]) + whole(case["censored"])
    curve = kaplan_meier(floats(case["time"]), whole(case["events"]), left, answer["confidence"])
    assert int(curve.at_risk[0]) == case["people"]
    for name in CURVE:
        assert getattr(curve, name) == same(answer["curve"]["steps"][name]), name
    assert floats(quantile(curve)) == same(answer["curve"]["median"])
    for asked in answer["curve"]["restricted_mean"]:
        mean, _, _, se = restricted_mean(curve, asked["until"])
        assert floats([mean, se]) == same([asked["mean"], asked["se"]])


@pytest.mark.parametrize(("case", "answer"), ANSWERS, ids=NAMES)
def test_other_quantiles_are_those_of_r(case, answer) -> None:
    left = whole(case["competing"]) + whole(case["censored"])
    curve = kaplan_meier(floats(case["time"]), whole(case["events"]), left, answer["confidence"])
    asked = answer["curve"]["quantiles"]
    assert [question["p"] for question in asked] == [0.1, 0.25, 0.6]
    for question in asked:
        assert floats(quantile(curve, question["p"])) == same(question["limits"]), question["p"]


@pytest.mark.parametrize(("case", "answer"), ANSWERS, ids=NAMES)
def test_incidence_where_events_compete_is_that_of_r(case, answer) -> None:
    events, competing, censored = (whole(case[n]) for n in ("events", "competing", "censored"))
    found = cumulative_incidence(
        floats(case["time"]), events, competing, censored, answer["confidence"]
    )
    expected = answer["incidence"]
    if expected is None:
        assert not found.competing.any()
        assert found.competing_event.estimate == same([0] * found.time.size)
        assert np.isnan(found.competing_event.conf_high).all()
        return
    for name in ("time", "at_risk", "censored", "free"):
        assert getattr(found, name) == same(expected[name]), name
    for name in BAND:
        assert getattr(found.competing_event, name) == same(expected["competing_event"][name])
        if found.events.any():
            assert getattr(found.event, name) == same(expected["event"][name]), name
    if not found.events.any():  # to R an event that nobody had is none
        assert "event" not in expected
        assert found.event.estimate == same([0] * found.time.size)


def test_no_case_of_r_is_passed_over() -> None:
    assert len({case["case"] for case in GOLDEN}) == 17
    assert len(ANSWERS) == 2 * 17
    assert sum(answer["incidence"] is not None for _, answer in ANSWERS) == 2 * 8


# ---- what always holds ---------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)),
    max_size=25,
)


def columns(rows):
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return table[:, 0].astype(np.float64), table[:, 1], table[:, 2], table[:, 3]


def all_numbers(found: Incidence):
    bands = [getattr(b, name) for b in (found.event, found.competing_event) for name in BAND]
    return np.concatenate([found.time, found.at_risk, found.free, *bands])


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, order) -> None:
    mixed = list(rows)
    order.shuffle(mixed)
    one, other = cumulative_incidence(*columns(rows)), cumulative_incidence(*columns(mixed))
    assert np.array_equal(all_numbers(one), all_numbers(other), equal_nan=True)


@given(ROWS, st.data())
def test_people_may_come_in_one_row_or_in_two(rows, data) -> None:
    split = []
    for day, *counts in rows:
        parts = [data.draw(st.integers(0, count)) for count in counts]
        split += [(day, *parts), (day, *(c - p for c, p in zip(counts, parts, strict=True)))]
    one, other = cumulative_incidence(*columns(rows)), cumulative_incidence(*columns(split))
    assert np.array_equal(all_numbers(one), all_numbers(other), equal_nan=True)


@given(ROWS)
def test_without_competing_events_incidence_is_what_the_curve_leaves(rows) -> None:
    time, events, _, censored = columns(rows)
    curve = kaplan_meier(time, events, censored)
    found = cumulative_incidence(time, events, np.zeros_like(events), censored)
    assert found.time == pytest.approx(curve.time)
    assert 1 - found.event.estimate == pytest.approx(curve.estimate, abs=1e-12)
    # Greenwood's variance belongs to both; R calls it undefined once the curve is at 0
    alive = curve.estimate > 0
    assert found.event.se[alive] == pytest.approx(curve.se[alive], abs=1e-9)


@given(ROWS)
def test_event_competing_event_and_neither_add_up_to_everyone(rows) -> None:
    found = cumulative_incidence(*columns(rows))
    total = found.event.estimate + found.competing_event.estimate + found.free
    assert total == pytest.approx(np.ones(found.time.size), abs=1e-12)


@given(ROWS)
def test_estimates_lie_in_their_intervals(rows) -> None:
    time, events, competing, censored = columns(rows)
    found = cumulative_incidence(time, events, competing, censored)
    for band in (kaplan_meier(time, events, censored), found.event, found.competing_event):
        known = ~np.isnan(band.conf_low)
        assert np.array_equal(known, ~np.isnan(band.conf_high))
        low, high = band.conf_low[known], band.conf_high[known]
        assert ((low >= 0) & (high <= 1)).all()
        middle = band.estimate[known]
        assert ((low <= middle + 1e-12) & (middle <= high + 1e-12)).all()


# ---- R on real trials, beside the repository -----------------------------------------------------

# instrument, its baseline visit, the column of the arm, arms (reference first), ids to check
TRIALS = {
    "rbmi_antidepressant": ("HAMD17", "week0", "arm", ("PLACEBO", "DRUG"), 6),
    "btheb": ("BDI2", "month0", "arm", ("TAU", "BtheB"), 3),
    "reisby_imipramine": ("HAMD", "week0", "subgroup", ("nonendogenous", "endogenous"), 3),
}
MET = {
    "time_to_response": lambda score, baseline: score <= 0.5 * baseline,
    "time_to_remission": lambda score, baseline: score <= 7,
}


def first_days(name: str, met) -> dict[str, list[tuple[float, bool]]]:
    """Return (day, met or not) per patient of each arm: the first day met, else the last seen."""
    instrument, baseline_visit, by, arms, _ = TRIALS[name]
    baseline: dict[str, float] = {}
    later: dict[str, list[tuple[float, float]]] = {}
    arm: dict[str, str] = {}
    with (SHARED / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["instrument"] != instrument or not row["score"]:
                continue
            patient, score = row["patient_id"], float(row["score"])
            arm[patient] = row[by]
            if row["visit"] == baseline_visit:
                baseline[patient] = score
            else:
                later.setdefault(patient, []).append((float(row["day"]), score))
    found: dict[str, list[tuple[float, bool]]] = {name: [] for name in arms}
    for patient in baseline.keys() & later.keys():
        days = sorted(later[patient])
        first = [day for day, score in days if met(score, baseline[patient])]
        found[arm[patient]].append((first[0], True) if first else (days[-1][0], False))
    return found


@pytest.mark.skipif(
    not (SHARED / "reference").is_dir(), reason="the reference data are not beside the repository"
)
@pytest.mark.parametrize("name", TRIALS)
def test_real_trials_give_the_numbers_of_r(name) -> None:
    reference = json.loads((SHARED / "reference" / f"{name}.json").read_text("utf-8"))
    *_, arms, expected = TRIALS[name]
    checked = 0
    for result in reference["results"]:
        outcome, _, statistic = result["id"].partition(".")
        if outcome not in MET or statistic not in ("data", "km.log-log", "rmst"):
            continue
        people = first_days(name, MET[outcome])
        curves = {}
        for arm, days in people.items():
            time = floats(day for day, _ in days)
            met = whole(met for _, met in days)
            curves[arm] = kaplan_meier(time, met, 1 - met)
        value = result["value"]
        if statistic == "data":
            counts = {a: (int(c.at_risk[0]), int(c.events.sum())) for a, c in curves.items()}
            assert counts == {a: (v["n"], v["events"]) for a, v in value.items()}
        elif statistic == "km.log-log":
            check_steps(curves, value)
        else:
            (until,) = map(float, re.findall(r"tau = (\d+)", result["call"]))
            for arm, key in zip(arms, ("arm0", "arm1"), strict=True):
                asked = [value[key][n] for n in ("Est.", "lower .95", "upper .95", "se")]
                assert floats(restricted_mean(curves[arm], until)) == same(asked, 1e-6)
        checked += 1
    assert checked == expected


def check_steps(curves, value) -> None:
    """Compare every step and the median of each arm with those R prints."""
    names = ("time", "n.risk", "n.event", "n.censor", "surv", "std.err", "lower", "upper")
    assert len(value["table"]) == len(curves) == 2
    assert len(value["steps"]) == sum(curve.time.size for curve in curves.values())
    for arm, curve in curves.items():
        steps = [step for step in value["steps"] if step["strata"] == f"arm={arm}"]
        for ours, theirs in zip(CURVE, names, strict=True):
            assert getattr(curve, ours) == same([step[theirs] for step in steps], 1e-6), ours
        (row,) = (row for row in value["table"] if row["strata"] == f"arm={arm}")
        median = [row["median"], row["0.95LCL"], row["0.95UCL"]]
        assert floats(quantile(curve)) == same(median, 1e-6)
