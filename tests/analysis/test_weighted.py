"""Weighted comparisons: against R, by hand, and whether they find a known effect."""

import json
import time as clock
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats.balance import gate_quantities
from analysis.stats.design import Numeric, categorical
from analysis.stats.e_value import e_values
from analysis.stats.weighted import weighing, weighted_effect

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = json.loads((ROOT / "tests" / "reference" / "weighting_golden.json").read_text("utf-8"))
NAMES = [case["case"] for case in GOLDEN]


def floats(values):
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def near(value):
    return pytest.approx(value, abs=1e-6, rel=1e-6)


@pytest.mark.parametrize("kind", ["overlap", "inverse"])
@pytest.mark.parametrize("case", GOLDEN, ids=NAMES)
def test_effects_and_intervals_are_those_of_r(case, kind) -> None:
    people = case["people"]
    fields = [categorical(name, people[name]) for name in ("failures", "setting", "sex")]
    severity = Numeric("severity", floats(people["severity"]))
    weighed = weighing(np.array(people["a"]) == 1, [*fields, severity], kind)
    inside = [setting != "day clinic" for setting in people["setting"]]
    patients = {who for who, has in zip(people["patient"], inside, strict=True) if has}
    for outcome in ("y", "score"):
        expected = case["effects"][kind][outcome]
        found = weighted_effect(floats(people[outcome]), weighed, people["patient"])
        assert [found.a.estimate, found.b.estimate] == near([expected["a"], expected["b"]])
        assert [found.a.se, found.b.se] == near([expected["se_a"], expected["se_b"]])
        one = found.difference
        assert [one.estimate, one.conf_low, one.conf_high, one.p_value, one.se] == near(
            [expected[name] for name in ("difference", "low", "high", "p_value", "se")]
        )
        if outcome == "score":
            assert (found.ratio.estimate, found.e_value.estimate) == (None, None)
            continue
        one = found.ratio
        assert [one.estimate, one.conf_low, one.conf_high, one.p_value] == near(
            [expected["ratio"][name] for name in ("estimate", "low", "high", "p_value")]
        )
        assert [found.a.conf_low, found.a.conf_high] == near(expected["a_limits"])
        assert found.e_value == e_values(found.ratio)
        assert found.method.startswith(f"{kind} ")
        assert found.people_a + found.people_b == sum(inside)
        assert found.clusters == len(patients)


def test_no_case_of_r_is_passed_over() -> None:
    assert NAMES == ["small", "clustered", "unknowns", "one_sided"]
    assert all(set(case["effects"]) == {"overlap", "inverse"} for case in GOLDEN)


def drawn(seed, size=80):
    rng = np.random.default_rng(seed)
    severity = rng.normal(25, 5, size)
    in_a = rng.random(size) < 1 / (1 + np.exp(-(severity - 25) / 8))
    outcome = (rng.random(size) < 0.4 + 0.2 * in_a).astype(np.float64)
    return in_a, [Numeric("severity", severity)], outcome


def test_with_one_field_the_rates_are_those_of_its_levels_weighed_alike() -> None:
    # mild: 2 of 4 in a, 3 of 12 in b; severe: 3 of 12 in a, 1 of 4 in b
    parts = [("mild", True, 2, 4), ("mild", False, 3, 12), ("severe", True, 3, 12),
             ("severe", False, 1, 4)]  # fmt: skip
    levels, in_a, outcome = [], [], []
    for level, group, met, people in parts:
        levels += [level] * people
        in_a += [group] * people
        outcome += [1.0] * met + [0.0] * (people - met)
    found = weighted_effect(
        floats(outcome), weighing(np.array(in_a), [categorical("severity", levels)])
    )
    # e is 1/4 and 3/4: both levels count as much
    assert found.a.estimate == pytest.approx((2 / 4 + 3 / 12) / 2)
    assert found.b.estimate == pytest.approx((3 / 12 + 1 / 4) / 2)
    assert found.difference.estimate == pytest.approx((2 / 4 - 3 / 12 + 3 / 12 - 1 / 4) / 2)
    assert (found.people_a, found.people_b, found.clusters) == (16, 16, 32)


def test_a_patient_with_two_episodes_is_one_person() -> None:
    in_a, fields, outcome = drawn(1)
    twice = [Numeric("severity", np.repeat(fields[0].values, 2))]
    alone = weighted_effect(outcome, weighing(in_a, fields))
    both = weighing(np.repeat(in_a, 2), twice)
    patients = [f"p{i // 2}" for i in range(160)]
    clustered = weighted_effect(np.repeat(outcome, 2), both, patients)
    assert clustered.difference.se == pytest.approx(alone.difference.se, rel=1e-9)
    assert (clustered.people_a + clustered.people_b, clustered.clusters) == (160, 80)
    assert "clustered by patient" in clustered.method
    without_codes = weighted_effect(np.repeat(outcome, 2), both, [None] * 160)
    apart = weighted_effect(np.repeat(outcome, 2), both)
    assert without_codes.difference == apart.difference
    assert apart.difference.se == pytest.approx((alone.difference.se or 0) / 2**0.5, rel=0.01)
    assert "clustered" not in apart.method


def test_where_nobody_differs_there_is_no_interval() -> None:
    in_a, fields, outcome = drawn(2)
    weighed = weighing(in_a, fields)
    nobody_of_a = weighted_effect(np.where(in_a, 0.0, outcome), weighed)
    assert nobody_of_a.a.estimate == 0
    assert (nobody_of_a.a.conf_low, nobody_of_a.difference.conf_low) == (None, None)
    assert nobody_of_a.b.conf_low is not None
    assert (nobody_of_a.ratio.estimate, nobody_of_a.e_value.estimate) == (None, None)
    everybody = weighted_effect(np.ones(80), weighed)
    assert everybody.ratio.estimate == pytest.approx(1)
    assert (everybody.ratio.conf_low, everybody.e_value.limit) == (None, None)


def test_without_a_propensity_model_nothing_is_compared() -> None:
    severity = np.arange(80.0)
    weighed = weighing(severity > 40, [Numeric("severity", severity)])
    found = weighted_effect(np.tile([0.0, 1.0], 40), weighed)
    assert {found.a.estimate, found.difference.estimate, found.ratio.estimate} == {None}
    assert (found.people_a, found.people_b, found.e_value.estimate) == (0, 0, None)


def test_impossible_outcomes_are_a_fault_of_the_program() -> None:
    in_a, fields, outcome = drawn(3)
    weighed = weighing(in_a, fields)
    with pytest.raises(ValueError, match="outcome is missing"):
        weighted_effect(np.where(in_a, np.nan, outcome), weighed)
    with pytest.raises(ValueError, match="differ in length"):
        weighted_effect(outcome[1:], weighed)
    with pytest.raises(ValueError, match="differ in length"):
        weighted_effect(outcome, weighed, ["one"])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["overlap", "inverse"]))
def test_neither_order_nor_the_name_of_a_group_matters(seed, kind) -> None:
    in_a, fields, outcome = drawn(seed)
    one = weighted_effect(outcome, weighing(in_a, fields, kind))
    other = weighted_effect(outcome, weighing(~in_a, fields, kind))
    mixed = np.random.default_rng(seed).permutation(80)
    again = [Numeric("severity", fields[0].values[mixed])]
    shuffled = weighted_effect(outcome[mixed], weighing(in_a[mixed], again, kind))
    assert other.difference.estimate == pytest.approx(-(one.difference.estimate or 0), abs=1e-8)
    assert other.difference.se == pytest.approx(one.difference.se, rel=1e-6)
    assert other.ratio.estimate == pytest.approx(1 / (one.ratio.estimate or 1), rel=1e-6)
    assert shuffled.difference.conf_low == pytest.approx(one.difference.conf_low, abs=1e-8)


# ---- does it find what is there? -----------------------------------------------------------------

EFFECT = 0.15
RUNS = 500
PEOPLE = 600


def confounded(rng, steepness):
    """Return people of whom the more severe get a more often and respond less often.

    a adds the same share of responses at every severity, so EFFECT is the effect in any
    population, that of the overlap included.
    """
    severity = rng.normal(size=PEOPLE)
    failures = rng.integers(0, 3, PEOPLE)
    leaning = severity + 0.5 * (failures - 1)
    in_a = rng.random(PEOPLE) < 1 / (1 + np.exp(-np.clip(steepness * leaning, -700, 700)))
    response = 0.15 + 0.6 / (1 + np.exp(2 * leaning))
    outcome = (rng.random(PEOPLE) < response + EFFECT * in_a).astype(np.float64)
    named = np.array(["two", "three", "four"], dtype=object)[failures]
    return in_a, [categorical("failures", named), Numeric("severity", 25 + 5 * severity)], outcome


def crude(in_a, outcome) -> tuple[float, float]:
    """Return the difference of the rates as they are, and its standard error."""
    a, b = outcome[in_a], outcome[~in_a]
    variance = sum(part.mean() * (1 - part.mean()) / part.size for part in (a, b))
    return float(a.mean() - b.mean()), float(variance**0.5)


def passes(found) -> bool:
    largest, effective = gate_quantities(found.balance)
    return largest is not None and largest <= 0.1 and effective >= 15


@pytest.mark.slow
def test_confounding_by_severity_hides_an_effect_that_weighting_finds() -> None:
    rng = np.random.default_rng(20240401)
    crude_bias, crude_holds, estimates, ses, holds = [], 0, [], [], 0
    for _ in range(RUNS):
        in_a, fields, outcome = confounded(rng, 1.0)
        difference, se = crude(in_a, outcome)
        crude_bias.append(difference - EFFECT)
        crude_holds += abs(difference - EFFECT) <= 1.96 * se
        weighed = weighing(in_a, fields)
        assert passes(weighed)
        found = weighted_effect(outcome, weighed).difference
        assert None not in (found.conf_low, found.conf_high)
        holds += (found.conf_low or 1) <= EFFECT <= (found.conf_high or 0)
        estimates.append(found.estimate or 0)
        ses.append(found.se or 0)
    assert np.mean(crude_bias) < -0.1  # two thirds of the effect and more are hidden
    assert crude_holds < 0.2 * RUNS
    assert holds >= 0.93 * RUNS
    assert holds <= 0.985 * RUNS  # and not because intervals are needlessly wide
    assert abs(np.mean(estimates) - EFFECT) < 3 * np.std(estimates) / RUNS**0.5 + 1e-3
    assert np.mean(ses) == pytest.approx(np.std(estimates), rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("steepness", [1000, 100])
def test_runs_without_overlap_never_pass_the_gate(steepness) -> None:
    rng = np.random.default_rng(20240402)
    for _ in range(50):
        in_a, fields, _ = confounded(rng, steepness)
        assert not passes(weighing(in_a, fields))


@pytest.mark.slow
def test_a_hundred_thousand_patients_are_weighed_in_seconds() -> None:
    rng = np.random.default_rng(4)
    size = 100_000
    fields, leaning = [], np.zeros(size)
    for i in range(16):
        levels = rng.integers(0, 3 + i % 4, size)
        leaning += 0.1 * levels
        names = np.array([f"level {k}" for k in range(6)] + [None], dtype=object)
        fields.append(
            categorical(f"field {i}", names[np.where(rng.random(size) < 0.03, 6, levels)])
        )
    severity = rng.normal(25, 6, size)
    in_a = rng.random(size) < 1 / (1 + np.exp(-(leaning - leaning.mean())))
    outcome = (rng.random(size) < 0.3 + 0.1 * in_a).astype(np.float64)
    told: list[tuple[str, float]] = []
    began = clock.process_time()
    weighed = weighing(
        in_a, [*fields, Numeric("severity", severity)], progress=lambda *step: told.append(step)
    )
    found = weighted_effect(outcome, weighed, [f"p{i // 2}" for i in range(size)])
    assert clock.process_time() - began < 60  # a few seconds on a quiet machine
    assert passes(weighed)
    assert found.difference.estimate == pytest.approx(0.1, abs=0.015)
    assert found.clusters == size // 2
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], len(told) >= 5) == (0, 1, True)
