"""Propensity models, weights and balance: by hand, against R (glm), and at their limits."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.stats.balance import balance, c_statistic, effective_size, gate_quantities
from analysis.stats.design import (
    OTHER,
    UNKNOWN,
    Categorical,
    Merged,
    Numeric,
    Term,
    categorical,
    design,
)
from analysis.stats.propensity import OneSided, fit_propensity, weigh
from analysis.stats.weighted import weighing

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = json.loads((ROOT / "tests" / "reference" / "weighting_golden.json").read_text("utf-8"))
NAMES = [case["case"] for case in GOLDEN]


def floats(values):
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def of(people):
    """Return the groups and the fields of a case in R."""
    fields = [categorical(name, people[name]) for name in ("failures", "setting", "sex")]
    return np.array(people["a"]) == 1, [*fields, Numeric("severity", floats(people["severity"]))]


# ---- the columns ---------------------------------------------------------------------------------


def test_levels_become_columns_and_the_most_frequent_is_the_reference() -> None:
    found = design([categorical("sex", ["f", "m", "f", None])], smallest_level=1)
    assert found.terms == (
        Term("sex", "f", True),
        Term("sex", "m", True),
        Term("sex", UNKNOWN, True),
    )
    assert found.columns.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert found.references == (("sex", "f"),)
    assert found.modelled.tolist() == [False, True, True]
    assert found.merged == ()


def test_rare_levels_become_one_and_that_is_reported() -> None:
    levels = ["a"] * 20 + ["b"] * 5 + ["c"] * 4 + ["d"] * 2 + [None]
    found = design([categorical("setting", levels)])
    assert found.merged == (Merged("setting", ("c", "d"), 6),)
    assert [term.level for term in found.terms] == ["a", "b", UNKNOWN, OTHER]
    assert found.columns.sum(axis=0).tolist() == [20, 5, 1, 6]


def test_one_rare_level_stays_what_it_is() -> None:
    found = design([categorical("setting", ["a"] * 20 + ["b"] * 2)])
    assert (found.merged, [term.level for term in found.terms]) == ((), ["a", "b"])


def test_a_level_that_nobody_has_is_no_column() -> None:
    found = design([Categorical("sex", np.array([0, 2, 2]), ("f", "x", "m"))], smallest_level=1)
    assert [term.level for term in found.terms] == ["f", "m"]


def test_a_number_has_its_square_and_the_unknown_a_level() -> None:
    found = design([Numeric("severity", floats([10, 20, None]))])
    assert [term.level for term in found.terms] == ["value", "squared", UNKNOWN]
    assert found.columns.tolist() == [[-1, 1, 0], [1, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ([], "no field"),
        ([categorical("x", "ab"), categorical("y", "abc")], "differ in length"),
        ([categorical("x", "ab"), Numeric("x", floats([1, 2]))], "have one name"),
    ],
)
def test_impossible_fields_are_a_fault_of_the_program(fields, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        design(fields)


# ---- the model -----------------------------------------------------------------------------------


def test_with_one_field_the_score_is_the_share_of_its_level() -> None:
    levels = ["x"] * 10 + ["y"] * 10
    in_a = np.array([True] * 3 + [False] * 7 + [True] * 6 + [False] * 4)
    found = fit_propensity(in_a, design([categorical("setting", levels)]))
    assert found.score == pytest.approx(np.repeat([0.3, 0.6], 10), abs=1e-9)
    assert (found.problem, found.one_sided, found.dropped) == (None, (), ())
    overlap = weigh(found, in_a)
    assert overlap.values == pytest.approx(np.where(in_a, 1 - found.score, found.score))
    inverse = weigh(found, in_a, "inverse", stabilised=False)
    assert inverse.values == pytest.approx(1 / np.where(in_a, found.score, 1 - found.score))
    stabilised = weigh(found, in_a, "inverse")
    assert stabilised.values == pytest.approx(inverse.values * np.where(in_a, 0.45, 0.55))
    assert stabilised.largest == pytest.approx(0.45 / 0.3)


@pytest.mark.parametrize("case", GOLDEN, ids=NAMES)
def test_scores_and_balance_are_those_of_r(case) -> None:
    in_a, fields = of(case["people"])
    overlap, inverse = weighing(in_a, fields), weighing(in_a, fields, "inverse")
    assert overlap.propensity.problem is None
    assert overlap.propensity.matrix.shape[1] == case["columns"]
    assert overlap.propensity.score == pytest.approx(floats(case["score"]), abs=1e-9)
    for name, found in (("overlap", overlap), ("inverse", inverse)):
        sizes = [found.balance.effective_a, found.balance.effective_b]
        assert sizes == pytest.approx(case["effective"][name], abs=1e-6), name
        assert found.balance.c_statistic == pytest.approx(case["c_statistic"], abs=1e-9)
    assert inverse.weights.largest == pytest.approx(case["largest_inverse"], abs=1e-6)
    rows = {(row.field, row.level): row for row in inverse.balance.terms}
    for expected in case["smd"]:
        row = rows.pop((expected["field"], expected["level"]))
        assert row.smd_before == pytest.approx(expected["before"], abs=1e-9)
        assert row.smd_after == pytest.approx(expected["inverse"], abs=1e-6)
    assert {level for _, level in rows} <= {UNKNOWN}
    assert overlap.balance.largest_after == pytest.approx(0, abs=1e-8)


def test_no_case_of_r_is_passed_over() -> None:
    assert NAMES == ["small", "clustered", "unknowns", "one_sided"]
    assert [len(case["smd"]) for case in GOLDEN] == [9, 9, 11, 10]


def test_terms_that_others_determine_are_dropped_and_balanced_all_the_same() -> None:
    case = GOLDEN[NAMES.index("unknowns")]
    in_a, fields = of(case["people"])
    found = weighing(in_a, fields)
    assert found.propensity.dropped == (Term("sex", UNKNOWN, True),)
    (row,) = (r for r in found.balance.terms if (r.field, r.level) == ("sex", UNKNOWN))
    assert row.smd_before != pytest.approx(0, abs=1e-3)
    assert row.smd_after == pytest.approx(0, abs=1e-8)


def test_who_has_no_counterpart_is_set_aside_and_named() -> None:
    case = GOLDEN[NAMES.index("one_sided")]
    in_a, fields = of(case["people"])
    found = weighing(in_a, fields)
    assert found.propensity.one_sided == (OneSided("setting", "day clinic", "a", 7),)
    aside = ~found.propensity.inside
    assert aside.sum() == 7
    assert found.propensity.score[aside].tolist() == [1] * 7
    assert found.weights.values[aside].tolist() == [0] * 7


def test_setting_aside_goes_on_until_every_level_has_both() -> None:
    # nobody of b is z; without the z, nobody of a is v any more
    one = ["x", "x", "y", "y", "z", "z", "x", "x", "y", "y", "x", "y"]
    other = ["u", "u", "u", "u", "v", "v", "u", "u", "u", "u", "v", "v"]
    in_a = np.array([True] * 6 + [False] * 6)
    found = fit_propensity(in_a, design([categorical("one", one), categorical("other", other)], 1))
    assert found.one_sided == (OneSided("one", "z", "a", 2), OneSided("other", "v", "b", 2))
    assert found.inside.sum() == 8
    assert found.problem is None


# ---- no overlap ----------------------------------------------------------------------------------

SEVERITY = (np.arange(200) % 40).astype(np.float64)


@pytest.mark.parametrize(
    ("in_a", "fields", "problem"),
    [
        (SEVERITY > 20, [Numeric("severity", SEVERITY)], "separated"),
        (abs(SEVERITY - 20) > 9, [Numeric("severity", SEVERITY)], "separated"),
        (SEVERITY > 20, [categorical("severe", ["yes" if s > 20 else "no" for s in SEVERITY])],
         "one_group"),
        (np.ones(200, dtype=bool), [Numeric("severity", SEVERITY)], "one_group"),
        (np.zeros(200, dtype=bool), [categorical("sex", ["f", "m"] * 100)], "one_group"),
    ],
)  # fmt: skip
def test_groups_that_the_case_mix_tells_apart_fail_the_gate(in_a, fields, problem) -> None:
    found = weighing(in_a, fields)
    assert found.propensity.problem == problem
    assert gate_quantities(found.balance) == (None, 0)
    assert not found.weights.values.any()
    assert sum(found.scores.a) + sum(found.scores.b) == 200


def test_more_fields_than_people_can_tell_fail_the_gate() -> None:
    rng = np.random.default_rng(5)
    in_a = np.arange(24) % 2 == 0
    fields = [Numeric(f"x{i}", rng.normal(size=24)) for i in range(16)]
    found = weighing(in_a, fields)
    assert found.propensity.problem == "separated"
    assert gate_quantities(found.balance) == (None, 0)


def test_separation_is_found_exactly_where_linear_programming_finds_it() -> None:
    # Konis 2007: some combination of the columns is never negative in a and never positive in b
    rng, seen = np.random.default_rng(1), {True: 0, False: 0}
    for _ in range(120):
        size = int(rng.integers(12, 60))
        levels = [rng.integers(0, rng.integers(2, 5), size) for _ in range(rng.integers(1, 5))]
        severity = np.where(rng.random(size) < 0.1, np.nan, rng.normal(20, 5, size).round())
        steepness = rng.choice([0, 0.1, 0.5, 2])
        in_a = rng.random(size) < 1 / (1 + np.exp(-np.nan_to_num(severity - 20) * steepness))
        fields = [categorical(f"field {i}", map(str, level)) for i, level in enumerate(levels)]
        model = fit_propensity(in_a, design([*fields, Numeric("severity", severity)]))
        if model.problem == "one_group":
            continue
        signed = np.where(in_a[model.inside], 1, -1)[:, None] * model.matrix
        found = linprog(
            -signed.sum(axis=0),
            A_ub=-signed,
            b_ub=np.zeros(signed.shape[0]),
            bounds=[(-1, 1)] * signed.shape[1],
        )
        separated = bool((found.fun or 0) < -1e-6)
        seen[separated] += 1
        assert (model.problem == "separated") == separated
    assert min(seen.values()) > 20


def test_another_kind_of_weight_is_a_fault_of_the_program() -> None:
    in_a = np.array([True, False] * 10)
    model = fit_propensity(in_a, design([categorical("sex", ["f", "f", "m", "m"] * 5)]))
    with pytest.raises(ValueError, match="'matching' is neither"):
        weigh(model, in_a, "matching")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="differ in length"):
        fit_propensity(in_a[1:], design([categorical("sex", ["f", "f", "m", "m"] * 5)]))


# ---- balance -------------------------------------------------------------------------------------


def test_a_difference_is_in_unweighted_standard_deviations() -> None:
    # inpatients: 6 of 8 in a, 2 of 8 in b
    in_a = np.repeat([True, False], 8)
    inpatient = ["yes"] * 6 + ["no"] * 2 + ["yes"] * 2 + ["no"] * 6
    found = weighing(in_a, [categorical("inpatient", inpatient)])
    (yes, _) = found.balance.terms
    assert (yes.before_a, yes.before_b) == (0.75, 0.25)
    assert yes.smd_before == pytest.approx(0.5 / (0.75 * 0.25) ** 0.5)
    assert [yes.after_a, yes.after_b] == pytest.approx([0.5, 0.5])
    assert found.balance.largest_before == pytest.approx(yes.smd_before)
    # weights of a: 6 of 1/4 and 2 of 3/4
    assert found.balance.effective_a == pytest.approx(3**2 / (6 / 16 + 2 * 9 / 16))


def test_what_each_group_is_throughout_has_no_difference_to_measure() -> None:
    in_a = np.repeat([True, False], 8)
    apart = design([categorical("era", ["old"] * 8 + ["new"] * 8)])
    alike = design([categorical("era", ["old"] * 16)])
    for mix, largest in ((apart, None), (alike, 0.0)):
        model = fit_propensity(in_a, mix)
        found = balance(in_a, mix, model, weigh(model, in_a))
        assert found.largest_before == largest


@pytest.mark.parametrize(
    ("weights", "size"),
    [([1, 1, 1], 3), ([2, 2, 2], 3), ([1, 0, 0], 1), ([3, 1], 1.6), ([], 0), ([0, 0], 0)],
)
def test_the_effective_size_is_that_of_kish(weights, size) -> None:
    assert effective_size(floats(weights)) == pytest.approx(size)


@pytest.mark.parametrize(
    ("a", "b", "chance"),
    [([0.9], [0.1], 1), ([0.5], [0.5], 0.5), ([0.2, 0.4], [0.3, 0.3], 0.5), ([0.5], [], None)],
)
def test_the_c_statistic_counts_pairs(a, b, chance) -> None:
    in_a = np.array([True] * len(a) + [False] * len(b))
    assert c_statistic(floats(a + b), in_a) == chance


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_overlap_weights_balance_every_term(seed) -> None:
    rng = np.random.default_rng(seed)
    size = 150
    levels = [None if i == 3 else f"level {i}" for i in rng.integers(0, 4, size)]
    severity = np.where(rng.random(size) < 0.05, np.nan, rng.normal(20, 5, size))
    in_a = rng.random(size) < 1 / (1 + np.exp(-np.nan_to_num((severity - 20) / 8)))
    fields: list[Categorical | Numeric] = [categorical("setting", levels)]
    fields.append(Numeric("severity", severity))
    found, swapped = weighing(in_a, fields), weighing(~in_a, fields)
    assert found.propensity.problem is None
    assert found.balance.largest_after == pytest.approx(0, abs=1e-7)
    assert swapped.weights.values == pytest.approx(found.weights.values, abs=1e-7)
    assert swapped.balance.c_statistic == pytest.approx(found.balance.c_statistic)
