"""The log-rank test against R (survdiff), by hand, and what always holds."""

import json
import time as clock
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.log_rank import log_rank
from analysis.stats.rmst import rmst_difference
from analysis.stats.survival import kaplan_meier, restricted_mean

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = json.loads(
    (ROOT / "tests" / "reference" / "time_comparisons_golden.json").read_text("utf-8")
)["groups"]


def floats(values):
    return np.array(values, dtype=np.float64)


def whole(values):
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize("case", GOLDEN, ids=[case["case"] for case in GOLDEN])
def test_it_is_the_test_of_r(case) -> None:
    rows, expected = case["rows"], case["log_rank"]
    found = log_rank(
        rows["group"],
        floats(rows["time"]),
        whole(rows["events"]),
        whole(rows["censored"]),
        case["groups"],
    )
    assert [one.group for one in found.groups] == case["groups"]
    assert [one.observed for one in found.groups] == expected["observed"]
    assert [one.expected for one in found.groups] == pytest.approx(expected["expected"], abs=1e-9)
    assert found.statistic == pytest.approx(expected["statistic"], abs=1e-9)
    assert found.p_value == pytest.approx(expected["p_value"], abs=1e-9)
    assert found.df == len(case["groups"]) - 1


def test_no_case_of_r_is_passed_over() -> None:
    assert len(GOLDEN) == 8
    assert sorted(len(case["groups"]) for case in GOLDEN) == [2] * 6 + [3, 5]


def test_a_test_worked_out_by_hand() -> None:
    # day 7: 1 of 2 in a, 0 of 2 in b; day 14: 0 of 1 in a, 1 of 2 in b
    found = log_rank(
        ["a", "b", "a", "b"],
        floats([7, 14, 21, 21]),
        whole([1, 1, 0, 0]),
        whole([0, 0, 1, 1]),
        "ab",
    )
    assert [(one.people, one.observed) for one in found.groups] == [(2, 1), (2, 1)]
    assert found.groups[0].expected == pytest.approx(1 / 2 + 1 / 3)
    assert found.statistic == pytest.approx((1 / 6) ** 2 / (1 / 4 + 2 / 9))


def test_a_group_that_left_before_any_event_takes_no_part() -> None:
    both = log_rank("aabb", floats([7, 9, 8, 9]), whole([1, 0, 1, 1]), whole([0, 2, 0, 1]), "ab")
    with_it = log_rank(
        "aabbc", floats([7, 9, 8, 9, 3]), whole([1, 0, 1, 1, 0]), whole([0, 2, 0, 1, 5]), "abc"
    )
    assert with_it.statistic == pytest.approx(both.statistic)
    assert with_it.df == 1
    assert (with_it.groups[2].people, with_it.groups[2].expected) == (5, 0)


@pytest.mark.parametrize(
    ("events", "censored"),
    [([0, 0], [3, 4]), ([0, 2], [3, 0]), ([0, 0], [0, 0])],
)
def test_without_events_among_both_there_is_no_test(events, censored) -> None:
    # b's events come after everybody of a has left
    found = log_rank("ab", floats([3, 9]), whole(events), whole(censored), "ab")
    assert (found.statistic, found.p_value) == (None, None)


@pytest.mark.parametrize(
    ("group", "time", "events", "groups", "fault"),
    [
        ("ab", [1, 2], [1, 1], "a", "two groups or more"),
        ("ab", [1, 2], [1, 1], "aa", "two groups or more"),
        ("ac", [1, 2], [1, 1], "ab", "not compared"),
        ("ab", [1, 2], [1, -1], "ab", "count is negative"),
        ("ab", [1, -2], [1, 1], "ab", "time is negative"),
        ("ab", [1, np.nan], [1, 1], "ab", "not finite"),
        ("a", [1, 2], [1, 1], "ab", "differ in length"),
    ],
)
def test_impossible_counts_are_a_fault_of_the_program(group, time, events, groups, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        log_rank(group, floats(time), whole(events), whole([0] * len(events)), groups)


ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 20), st.integers(0, 4), st.integers(0, 4)),
    max_size=20,
)


def columns(rows) -> tuple[Any, Any, Any, Any]:
    table = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, 3)
    return [row[0] for row in rows], table[:, 0].astype(np.float64), table[:, 1], table[:, 2]


@given(ROWS, st.randoms(use_true_random=False))
def test_neither_order_of_rows_nor_of_groups_matters(rows, order) -> None:
    mixed = list(rows)
    order.shuffle(mixed)
    one, other = log_rank(*columns(rows), groups="ab"), log_rank(*columns(mixed), groups="ba")
    assert (one.statistic is None) == (other.statistic is None)
    assert {row.group: (row.people, row.observed) for row in one.groups} == {
        row.group: (row.people, row.observed) for row in other.groups
    }
    if one.statistic is not None:
        assert other.statistic == pytest.approx(one.statistic, abs=1e-9, rel=1e-9)


@given(ROWS)
def test_as_many_events_are_expected_as_there_were(rows) -> None:
    found = log_rank(*columns(rows), groups="ab")
    observed = sum(one.observed for one in found.groups)
    assert sum(one.expected for one in found.groups) == pytest.approx(observed)
    assert found.p_value is None or 0 <= found.p_value <= 1


def test_a_million_people_are_compared_at_once() -> None:
    rng = np.random.default_rng(3)
    days = np.tile(np.arange(1.0, 366.0), 4)
    events = rng.poisson(400, days.size)
    censored = rng.poisson(300, days.size)
    groups = np.repeat(list("abcd"), 365)
    began = clock.perf_counter()
    found = log_rank(groups, days, events, censored, "abcd")
    assert clock.perf_counter() - began < 2  # a hundredth of it on a quiet machine
    assert sum(one.people for one in found.groups) > 1_000_000
    assert found.statistic is not None


# ---- restricted means of two groups --------------------------------------------------------------


def curve_of(rows):
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return kaplan_meier(table[:, 0].astype(np.float64), table[:, 1], table[:, 2])


def test_a_difference_of_mean_times_worked_out_by_hand() -> None:
    a, b = curve_of([(10, 1, 0), (20, 1, 2)]), curve_of([(5, 2, 0), (20, 0, 2)])
    found = rmst_difference(a, b, 20)
    assert found.difference.estimate == pytest.approx(17.5 - 12.5)
    assert found.ratio.estimate == pytest.approx(17.5 / 12.5)
    assert found.loss_ratio.estimate == pytest.approx(2.5 / 7.5)
    ses = [restricted_mean(curve, 20)[3] or 0 for curve in (a, b)]
    assert found.difference.se == pytest.approx(np.hypot(ses[0], ses[1]))


def test_without_time_lost_there_is_no_ratio_of_it() -> None:
    nothing, some = curve_of([(20, 0, 5)]), curve_of([(5, 2, 0), (20, 0, 2)])
    found = rmst_difference(nothing, some, 20)
    assert found.difference.estimate == pytest.approx(7.5)
    assert (found.loss_ratio.estimate, found.loss_ratio.p_value) == (None, None)
    short = rmst_difference(nothing, some, 21)
    assert (short.difference.estimate, short.ratio.estimate) == (None, None)


def test_without_any_spread_there_is_no_interval() -> None:
    alike = curve_of([(20, 0, 5)])
    found = rmst_difference(alike, alike, 20)
    assert (found.difference.estimate, found.difference.conf_low) == (0, None)


ONE = st.lists(st.tuples(st.integers(1, 20), st.integers(1, 4), st.integers(0, 4)), min_size=1)


@given(ONE, ONE)
def test_swapped_groups_turn_the_sign(rows, others) -> None:
    one = rmst_difference(curve_of(rows), curve_of(others), 10)
    other = rmst_difference(curve_of(others), curve_of(rows), 10)
    if one.difference.estimate is None:
        assert other.difference.estimate is None
        return
    assert other.difference.estimate == pytest.approx(-one.difference.estimate)
    assert other.difference.p_value == pytest.approx(one.difference.p_value)
    if one.ratio.estimate is not None:
        assert other.ratio.estimate == pytest.approx(1 / one.ratio.estimate)
