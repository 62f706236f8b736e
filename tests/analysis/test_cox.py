"""Cox's model of groups against R (coxph, cox.zph), statsmodels, and what always holds."""

import json
import time as clock
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats.cox import cox
from analysis.stats.log_rank import log_rank

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = json.loads(
    (ROOT / "tests" / "reference" / "time_comparisons_golden.json").read_text("utf-8")
)["groups"]
TESTS = ("likelihood_ratio", "score", "wald", "proportional")


def floats(values):
    return np.array(values, dtype=np.float64)


def whole(values):
    return np.array(values, dtype=np.int64)


def near(value):
    return pytest.approx(value, abs=1e-8, rel=1e-8)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("case", GOLDEN, ids=[case["case"] for case in GOLDEN])
def test_it_is_the_model_of_r(case, ties) -> None:
    rows, expected = case["rows"], case[ties]
    found = cox(
        rows["group"],
        floats(rows["time"]),
        whole(rows["events"]),
        whole(rows["censored"]),
        case["groups"],
        ties,
    )
    assert found.reference == case["groups"][0]
    assert [one.group for one in found.groups] == case["groups"][1:]
    for name in ("conf_low", "conf_high", "se", "p_value"):
        assert [getattr(one.ratio, name) for one in found.groups] == near(expected[name]), name
    assert [one.ratio.estimate for one in found.groups] == near(expected["ratio"])
    for name in TESTS:
        test = getattr(found, name)
        assert [test.statistic, test.df, test.p_value] == near(expected[name]), name


def test_no_case_of_r_is_passed_over() -> None:
    assert len(GOLDEN) == 8


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_it_is_the_model_of_statsmodels(ties) -> None:
    from statsmodels.duration.hazard_regression import PHReg

    rng = np.random.default_rng(11)
    group = rng.integers(0, 3, 400)
    days = np.ceil(rng.exponential(30 + 15 * group) / 7) * 7
    event = (days <= 84).astype(np.int64)
    days = np.minimum(days, 84)
    columns = np.column_stack([group == 1, group == 2]).astype(np.float64)
    theirs = PHReg(days, columns, status=event, ties=ties).fit()
    ours = cox(np.array(["a", "b", "c"])[group], days, event, 1 - event, "abc", ties)
    assert [one.ratio.estimate for one in ours.groups] == pytest.approx(
        np.exp(theirs.params), rel=1e-5
    )
    assert [one.ratio.se for one in ours.groups] == pytest.approx(theirs.bse, rel=1e-5)


def test_a_group_without_events_has_no_ratio_and_the_others_keep_theirs() -> None:
    time, events, censored = floats([7, 9, 8, 14, 14]), [2, 1, 1, 2, 0], [0, 4, 3, 1, 6]
    found = cox("aabba", time, whole(events), whole(censored), "ab")
    with_it = cox("aabbac", floats([*time, 14]), whole([*events, 0]), whole([*censored, 9]), "abc")
    assert with_it.groups[0].ratio == found.groups[0].ratio
    assert with_it.groups[1].ratio.estimate is None
    assert (with_it.groups[1].people, with_it.groups[1].events) == (9, 0)
    assert with_it.score.df == 2
    assert with_it.score.p_value is not None
    assert with_it.wald.p_value is None


def test_without_events_of_the_reference_no_ratio_is_finite() -> None:
    found = cox("ab", floats([9, 7]), whole([0, 3]), whole([5, 5]), "ab")
    assert found.groups[0].ratio.estimate is None
    assert found.score.p_value is not None


def test_an_infinite_hazard_is_none() -> None:
    # everybody of b has the event before anybody of a
    found = cox("bbaa", floats([1, 2, 3, 4]), whole([3, 3, 3, 3]), whole([0] * 4), "ab")
    assert (found.groups[0].ratio.estimate, found.wald.p_value) == (None, None)
    assert found.score.p_value is not None
    assert found.score.p_value < 0.01


@pytest.mark.parametrize("events", [[0, 0], [0, 2]])
def test_where_nobody_is_left_to_compare_there_is_no_model(events) -> None:
    found = cox("ab", floats([3, 9]), whole(events), whole([3, 1]), "ab")
    assert found.groups[0].ratio.estimate is None
    assert {getattr(found, name).p_value for name in TESTS} == {None}


def test_one_day_of_events_cannot_tell_whether_hazards_are_proportional() -> None:
    found = cox("ab", floats([7, 7]), whole([3, 5]), whole([4, 2]), "ab")
    assert found.groups[0].ratio.estimate is not None
    assert found.proportional.p_value is None


def test_another_treatment_of_ties_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="'exact' is neither"):
        cox("ab", floats([7, 7]), whole([3, 5]), whole([4, 2]), "ab", "exact")  # type: ignore[arg-type]


ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(1, 12), st.integers(0, 3), st.integers(0, 3)),
    min_size=4,
    max_size=20,
)


def columns(rows) -> tuple[Any, Any, Any, Any]:
    table = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, 3)
    return [row[0] for row in rows], table[:, 0].astype(np.float64), table[:, 1], table[:, 2]


@settings(deadline=None)
@given(ROWS)
def test_swapped_groups_turn_the_ratio_over(rows) -> None:
    one, other = cox(*columns(rows), groups="ab"), cox(*columns(rows), groups="ba")
    ours, theirs = one.groups[0].ratio, other.groups[0].ratio
    assert (ours.estimate is None) == (theirs.estimate is None)
    if ours.estimate is not None and theirs.estimate is not None:
        assert theirs.estimate == pytest.approx(1 / ours.estimate, rel=1e-6)
        assert theirs.p_value == pytest.approx(ours.p_value, abs=1e-6)
        assert theirs.se == pytest.approx(ours.se, rel=1e-6)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=4, max_size=25))
def test_without_ties_the_score_test_is_the_log_rank_test(people) -> None:
    rows = [(g, day, int(had), 1 - int(had)) for day, (g, had) in enumerate(people)]
    model, test = cox(*columns(rows), groups="ab"), log_rank(*columns(rows), groups="ab")
    if test.statistic is not None:
        assert model.score.statistic == pytest.approx(test.statistic, abs=1e-9)


def test_a_million_people_are_compared_at_once() -> None:
    rng = np.random.default_rng(3)
    days = np.tile(np.arange(1.0, 366.0), 4)
    events, censored = rng.poisson(400, days.size), rng.poisson(300, days.size)
    began = clock.process_time()
    found = cox(np.repeat(list("abcd"), 365), days, events, censored, "abcd")
    assert clock.process_time() - began < 10  # half a second on a quiet machine
    assert found.groups[0].ratio.estimate == pytest.approx(1, abs=0.05)
