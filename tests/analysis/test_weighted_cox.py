"""Hazard ratios of weighted people against R (coxph with weights and cluster), and their limits."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.stats.cox import cox
from analysis.stats.design import Numeric
from analysis.stats.estimates import NOTHING
from analysis.stats.weighted import weighing
from analysis.stats.weighted_cox import weighted_hazard_ratio

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = json.loads(
    (ROOT / "tests" / "reference" / "time_comparisons_golden.json").read_text("utf-8")
)["weighted"]
NAMES = [case["case"] for case in GOLDEN]


def of(people) -> tuple[Any, Any, Any, Any]:
    return (
        np.array(people["a"]) == 1,
        np.array(people["time"], dtype=np.float64),
        np.array(people["event"]) == 1,
        np.array(people["weight"], dtype=np.float64),
    )


@pytest.mark.parametrize("case", GOLDEN, ids=NAMES)
def test_it_is_the_ratio_of_r(case) -> None:
    for kind, patient in (("alone", None), ("clustered", case["people"]["patient"])):
        in_a, time, event, weights = of(case["people"])
        found = weighted_hazard_ratio(in_a, time, event, weights, patient, case["ties"])
        assert found.estimate == pytest.approx(case[kind]["ratio"], abs=1e-8), kind
        for name in ("conf_low", "conf_high", "se", "p_value"):
            assert getattr(found, name) == pytest.approx(case[kind][name], abs=1e-8), (kind, name)


def test_no_case_of_r_is_passed_over() -> None:
    assert NAMES == ["80 1 efron", "80 1 breslow", "200 14 efron", "200 14 breslow"]


def test_with_equal_weights_it_is_the_model_of_counts() -> None:
    in_a, time, event, _ = of(GOLDEN[2]["people"])
    found = weighted_hazard_ratio(in_a, time, event, np.full(in_a.size, 0.5))
    counted = cox(
        np.where(in_a, "a", "b"), time, event.astype(np.int64), (~event).astype(np.int64), "ba"
    )
    assert found.estimate == pytest.approx(counted.groups[0].ratio.estimate, rel=1e-9)
    assert found.se == pytest.approx(counted.groups[0].ratio.se, rel=0.2)


def test_people_without_weight_take_no_part() -> None:
    in_a, time, event, weights = of(GOLDEN[2]["people"])
    none = np.arange(in_a.size) % 5 == 0
    found = weighted_hazard_ratio(in_a, time, event, np.where(none, 0.0, weights))
    left = weighted_hazard_ratio(in_a[~none], time[~none], event[~none], weights[~none])
    assert found == left


def test_swapped_groups_turn_the_ratio_over() -> None:
    in_a, time, event, weights = of(GOLDEN[2]["people"])
    one = weighted_hazard_ratio(in_a, time, event, weights)
    other = weighted_hazard_ratio(~in_a, time, event, weights)
    assert other.estimate == pytest.approx(1 / (one.estimate or 1))
    assert other.p_value == pytest.approx(one.p_value)


def test_without_events_or_weights_there_is_no_ratio() -> None:
    in_a, time, event, weights = of(GOLDEN[0]["people"])
    assert weighted_hazard_ratio(in_a, time, event & in_a, weights) == NOTHING
    assert weighted_hazard_ratio(in_a, time, event, np.zeros(in_a.size)) == NOTHING
    order = np.arange(8.0)
    apart = weighted_hazard_ratio(order < 4, order, order >= 0, np.ones(8))
    assert apart == NOTHING


def test_overlap_weights_undo_confounding_by_severity() -> None:
    rng = np.random.default_rng(8)
    severity = rng.normal(size=20_000)
    in_a = rng.random(severity.size) < 1 / (1 + np.exp(-severity))
    # the hazard depends on severity and on nothing else
    time = np.ceil(rng.exponential(60 * np.exp(0.7 * severity)))
    event, time = time <= 84, np.minimum(time, 84)
    weights = weighing(in_a, [Numeric("severity", severity)]).weights.values
    crude = weighted_hazard_ratio(in_a, time, event, np.ones(severity.size))
    adjusted = weighted_hazard_ratio(in_a, time, event, weights)
    assert crude.estimate is not None
    assert crude.estimate < 0.7
    assert adjusted.conf_low is not None
    assert adjusted.conf_high is not None
    assert adjusted.conf_low < 1 < adjusted.conf_high


@pytest.mark.parametrize(
    ("time", "weights", "fault"),
    [
        ([1, -1], [1, 1], "negative or not finite"),
        ([1, 2], [1, -1], "negative or not finite"),
        ([1, 2], [1, np.nan], "negative or not finite"),
        ([1, 2], [1], "differ in length"),
    ],
)
def test_impossible_people_are_a_fault_of_the_program(time, weights, fault) -> None:
    both = np.array([True, False])
    with pytest.raises(ValueError, match=fault):
        weighted_hazard_ratio(
            both, np.array(time, dtype=float), both, np.array(weights, dtype=float)
        )
