"""Reliable and clinically significant change, by hand and against R's clinicalsignificance."""

import csv
import json
import re
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.means import sample_mean_sd
from analysis.stats.reliable_change import (
    CLASSES,
    UNKNOWN,
    Norms,
    classes,
    critical_difference,
    cutoff,
    edwards_nunnally,
    gulliksen_lord_novick,
    hageman_arrindell,
    hsu_linn_lord,
    jacobson_truax,
    nunnally_kotsch,
    s_diff,
    sides,
)

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
METHODS = {
    "JT": jacobson_truax,
    "GLN": gulliksen_lord_novick,
    "HLL": hsu_linn_lord,
    "EN": edwards_nunnally,
    "NK": nunnally_kotsch,
    "HA": hageman_arrindell,
}


def scores(*values):
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def words(found):
    return ["unknown" if code == UNKNOWN else CLASSES[code] for code in found.tolist()]


# ---- by hand -------------------------------------------------------------------------------------


def test_the_example_of_the_paper() -> None:
    # Jacobson & Truax 1991: standard deviation 7.5, reliability 0.80; 32.5 and 47.5 points
    assert s_diff(0.80, 7.5) == pytest.approx(4.74, abs=0.005)
    assert (47.5 - 32.5) / s_diff(0.80, 7.5) == pytest.approx(3.16, abs=0.005)
    assert critical_difference(0.80, 7.5) == pytest.approx(1.96 * 4.743, abs=0.005)


def test_a_perfect_scale_has_no_error_and_a_useless_one_only_error() -> None:
    assert s_diff(1, 7.5) == critical_difference(1, 7.5) == 0
    assert s_diff(0, 7.5) == pytest.approx(7.5 * 2**0.5)


@pytest.mark.parametrize(
    ("reliability", "sd"), [(-0.1, 5), (1.1, 5), (np.nan, 5), (0.8, -1)], ids=str
)
def test_an_impossible_scale_is_a_fault_of_the_program(reliability, sd) -> None:
    with pytest.raises(ValueError, match=r"reliability|standard deviation"):
        critical_difference(reliability, sd)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reliability", [-0.5, 1.5])
def test_no_method_takes_an_impossible_reliability(method, reliability) -> None:
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        METHODS[method](scores(20, 10, 15), scores(10, 5, 9), reliability)


@pytest.mark.parametrize(
    ("kind", "higher_is_worse", "expected"),
    [
        # clinical 20 +- 4, functional 5 +- 6
        ("a", True, 12),  # 20 - 2 * 4
        ("b", True, 17),  # 5 + 2 * 6
        ("c", True, 14),  # 1.5 standard deviations from either
        # mirrored: clinical -20 +- 4, functional -5 +- 6
        ("a", False, -12),
        ("b", False, -17),
        ("c", False, -14),
    ],
)
def test_the_three_cut_offs(kind, higher_is_worse, expected) -> None:
    sign = 1 if higher_is_worse else -1
    clinical, functional = Norms(sign * 20, 4), Norms(sign * 5, 6)
    assert expected == pytest.approx(
        cutoff(kind, clinical=clinical, functional=functional, higher_is_worse=higher_is_worse)
    )


@pytest.mark.parametrize(
    ("kind", "norms"),
    [
        ("a", {"functional": Norms(5, 6)}),
        ("b", {"clinical": Norms(20, 4)}),
        ("c", {"clinical": Norms(20, 4)}),
        ("c", {"clinical": Norms(20, 0), "functional": Norms(5, 0)}),
        ("d", {"clinical": Norms(20, 4), "functional": Norms(5, 6)}),
    ],
    ids=str,
)
def test_a_cut_off_without_its_norms_is_a_fault_of_the_program(kind, norms) -> None:
    with pytest.raises(ValueError, match=f"cut-off '{kind}' cannot be had"):
        cutoff(kind, **norms)


# The critical difference is 5 points and the cut-off 10; higher is worse.
CHANGES = [
    # baseline  endpoint  class           because
    (20.0, 8.0, "recovered"),  #          12 points better, past the cut-off
    (20.0, 12.0, "improved"),  #          8 points better, still on the clinical side
    (20.0, 10.0, "improved"),  #          ends on the cut-off: not past it
    (10.0, 4.0, "improved"),  #           starts on the cut-off: was not clinical
    (9.0, 2.0, "improved"),  #            was never clinical
    (12.0, 8.0, "unchanged"),  #          past the cut-off, not reliably
    (20.0, 15.0, "unchanged"),  #         exactly the critical difference
    (20.0, 20.0, "unchanged"),
    (8.0, 12.0, "unchanged"),
    (15.0, 20.0, "unchanged"),  #         exactly the critical difference, worse
    (12.0, 20.0, "deteriorated"),  #      was clinical already
    (2.0, 9.0, "deteriorated"),  #        worse, and still on the functional side
    (8.0, 20.0, "harmed"),  #             past the cut-off the wrong way
    (10.0, 20.0, "harmed"),  #            starts on the cut-off: was not clinical
    (4.0, 10.0, "harmed"),  #             ends on the cut-off: no longer functional
    (None, 8.0, "unknown"),
    (20.0, None, "unknown"),
    (None, None, "unknown"),
]


@pytest.mark.parametrize("higher_is_worse", [True, False])
@pytest.mark.parametrize(("baseline", "endpoint", "expected"), CHANGES)
def test_every_change_has_one_class(baseline, endpoint, expected, higher_is_worse) -> None:
    sign = 1 if higher_is_worse else -1
    before, after = sign * scores(baseline), sign * scores(endpoint)
    clinical, functional = sides(before, after, sign * 10, higher_is_worse)
    found = classes(sign * (before - after), 5.0, clinical, functional)
    assert words(found) == [expected]


def test_without_a_cut_off_nobody_recovers() -> None:
    improvement = scores(12, 5, 0, -5, -12, None)
    expected = ["improved", "unchanged", "unchanged", "unchanged", "deteriorated", "unknown"]
    assert words(classes(improvement, 5.0)) == expected


def test_published_whole_points_are_enough_when_reached() -> None:
    improvement = scores(6, 5, 0, -5, -6)
    found = classes(improvement, 6.0, reached_is_enough=True)
    assert words(found) == ["improved", "unchanged", "unchanged", "unchanged", "deteriorated"]
    assert words(classes(scores(0), 0.0, reached_is_enough=True)) == ["unchanged"]


def test_each_person_may_have_a_critical_change_of_their_own() -> None:
    # half of the baseline score
    baseline = scores(20, 20, 0, 8)
    found = classes(scores(10, 9, 0, -4), 0.5 * baseline, reached_is_enough=True)
    assert words(found) == ["improved", "unchanged", "unchanged", "deteriorated"]
    assert words(classes(scores(4), scores(None))) == ["unknown"]


@pytest.mark.parametrize("method", METHODS)
def test_who_lacks_a_score_has_no_index_and_moves_nobody_elses(method) -> None:
    index = METHODS[method]
    complete = index(scores(30, 22, 18, 25), scores(12, 20, 6, 21), 0.8)
    gappy = index(scores(30, 22, None, 18, 40, 25), scores(12, 20, 3, 6, None, 21), 0.8)
    assert np.isnan(gappy[[2, 4]]).all()
    assert gappy[[0, 1, 3, 5]] == pytest.approx(complete, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("baseline", "endpoint", "reliability"),
    [
        ([], [], 0.8),
        ([20], [10], 0.8),
        ([20, None], [10, 5], 0.8),
        ([20, 20, 20], [10, 12, 14], 0.8),
        ([20, 18, 16], [10, 9, 14], 1.0),
    ],
    ids=["nobody", "one", "one with both", "no spread", "no error"],
)
def test_where_there_is_no_error_to_count_in_there_is_no_index(
    method, baseline, endpoint, reliability
) -> None:
    found = METHODS[method](scores(*baseline), scores(*endpoint), reliability)
    assert found.shape == (len(baseline),)
    assert np.isnan(found).all()


def test_changes_that_vary_no_more_than_error_have_no_hageman_arrindell_index() -> None:
    same_change = scores(30, 22, 18), scores(25, 17, 13)
    assert np.isnan(hageman_arrindell(*same_change, 0.8)).all()
    assert not np.isnan(jacobson_truax(*same_change, 0.8)).any()


def test_the_methods_by_hand() -> None:
    # baseline mean 20 and standard deviation 5, endpoint mean 14; reliability 0.8; the first person
    baseline, endpoint = scores(25, 20, 15), scores(10, 20, 12)
    error = 5 * 0.2**0.5
    expected = 20 + 0.8 * 5  # the true score 25 stands for
    assert jacobson_truax(baseline, endpoint, 0.8)[0] == pytest.approx(-15 / (error * 2**0.5))
    assert edwards_nunnally(baseline, endpoint, 0.8)[0] == pytest.approx((10 - expected) / error)
    assert gulliksen_lord_novick(baseline, endpoint, 0.8)[0] == pytest.approx((10 - expected) / 3)
    assert hsu_linn_lord(baseline, endpoint, 0.8)[0] == pytest.approx((10 - expected + 6) / 3)
    both = (0.8**2 * error**2 + 5**2 * 0.1) ** 0.5
    assert nunnally_kotsch(baseline, endpoint, 0.8, 0.9)[0] == pytest.approx((10 - expected) / both)
    # Changes -15, 0, -3: variance 63; error of a difference 5 * sqrt(0.4): 10 of the 63.
    weight = 53 / 63
    weighed = (-15 * weight - 6 * (1 - weight)) / (weight**0.5 * 10**0.5)
    assert hageman_arrindell(baseline, endpoint, 0.8)[0] == pytest.approx(weighed)


TALLIES = st.dictionaries(st.integers(0, 63), st.integers(1, 40), max_size=30)


@given(TALLIES)
def test_mean_and_spread_of_counts_are_those_of_the_written_out_scores(tally) -> None:
    counts = np.array(list(tally.values()), dtype=np.int64)
    values = np.array(list(tally), dtype=np.float64)
    mean, sd = sample_mean_sd(values, counts)
    people = np.repeat(values, counts)
    assert mean == (pytest.approx(people.mean(), abs=1e-12) if people.size else None)
    assert sd == (pytest.approx(people.std(ddof=1), abs=1e-12) if people.size > 1 else None)


PAIRS = st.lists(st.tuples(st.integers(0, 63), st.integers(0, 63)), min_size=1, max_size=30)


@given(PAIRS, st.integers(1, 20), st.integers(0, 63))
def test_upside_down_scales_give_the_same_classes(pairs, critical, cut) -> None:
    before, after = np.array(pairs, dtype=np.float64).T
    one = classes(before - after, critical, *sides(before, after, cut))
    other = classes(before - after, critical, *sides(-before, -after, -cut, False))
    assert np.array_equal(one, other)
    assert set(words(one)) <= set(CLASSES)


# ---- R on real data, beside the repository -------------------------------------------------------


def asked(call: str, name: str, otherwise=None):
    """Return the value of an argument in the text of a call in R."""
    found = re.search(rf"\b{name}\s*==?\s*'?([\w.]+)", call)
    return found.group(1) if found else otherwise


def paired(dataset: str, instrument: str, pre: str, post: str):
    """Return arm, baseline and endpoint of each patient, NaN where missing."""
    people: dict[str, dict[str, float]] = {}
    arms = {}
    with (SHARED / "data" / f"{dataset}.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["instrument"] == instrument:
                arms[row["patient_id"]] = row["arm"]
                visits = people.setdefault(row["patient_id"], {})
                visits[row["visit"]] = float(row["score"] or "nan")
    both = [(visits.get(pre, np.nan), visits.get(post, np.nan)) for visits in people.values()]
    baseline, endpoint = np.array(both).T
    return np.array(list(arms.values())), baseline, endpoint


def our_classes(call: str, baseline, endpoint, value) -> np.ndarray:
    """Return our classes for a call in R; compare its s_diff and its cut-off on the way."""
    higher_is_worse = asked(call, "better_is", "lower") == "lower"
    improvement = (baseline - endpoint) * (1 if higher_is_worse else -1)
    share = asked(call, "pct_improvement")
    if share:
        return classes(improvement, float(share) * baseline, reached_is_enough=True)
    both = ~np.isnan(improvement)
    mean, sd = sample_mean_sd(baseline[both], np.ones(both.sum(), dtype=np.int64))
    assert mean is not None
    assert sd is not None
    reliability = float(asked(call, "reliability", "nan"))
    clinical = functional = None
    kind = asked(call, "cutoff_type")
    if kind:
        # b of R takes the standard deviation of the clinical population
        spread = sd if kind == "b" else float(asked(call, "sd_functional", "nan"))
        norms = Norms(float(asked(call, "m_functional", "nan")), spread)
        cut = cutoff(
            kind,
            clinical=Norms(mean, sd),
            functional=norms,
            higher_is_worse=higher_is_worse,
        )
        info = value["cutoff"]["info"]
        assert [mean, sd, cut] == pytest.approx(
            [info["m_clinical"], info["sd_clinical"], info["value"]], abs=1e-9
        )
        clinical, functional = sides(baseline, endpoint, cut, higher_is_worse)
    if kind and np.isnan(reliability):
        return classes(improvement, 0.0, clinical, functional)
    method = asked(call, "rci_method", "JT")
    if method == "JT":
        assert s_diff(reliability, sd) == pytest.approx(value["rci_results"]["s_diff"], abs=1e-9)
        return classes(improvement, critical_difference(reliability, sd), clinical, functional)
    z = NormalDist().inv_cdf(0.95 if method == "HA" else 0.975)
    index = METHODS[method](baseline, endpoint, reliability)
    return classes(-index if higher_is_worse else index, z)


def category(word: str, only_sides: bool) -> str:
    """Return R's name of our class; R calls crossing the cut-off alone improved, deteriorated."""
    if only_sides:
        word = {"recovered": "improved", "harmed": "deteriorated"}.get(word, "unchanged")
    return word.capitalize()


@pytest.mark.skipif(
    not (SHARED / "reference").is_dir(), reason="the reference data are not beside the repository"
)
@pytest.mark.parametrize(
    ("dataset", "ids"),
    [("claus_2020", 26), ("jacobson_1989", 11), ("rbmi_antidepressant", 7), ("btheb", 7)],
)
def test_real_data_give_the_classes_of_r(dataset, ids) -> None:
    reference = json.loads((SHARED / "reference" / f"{dataset}.json").read_text("utf-8"))
    checked = 0
    for result in reference["results"]:
        if ".cs." not in result["id"]:
            continue
        call, value = result["call"], result["value"]
        arm, baseline, endpoint = paired(
            dataset, asked(call, "instrument"), asked(call, "pre"), asked(call, "post")
        )
        found = words(our_classes(call, baseline, endpoint, value))
        only_sides = "cs_statistical" in call
        for row in value["summary"]:
            group = row.get("group")
            mine = [w for w, a in zip(found, arm, strict=True) if group in (None, a)]
            known = [category(word, only_sides) for word in mine if word != "unknown"]
            assert known.count(row["category"]) == row["n"], (result["id"], row)
        checked += 1
    assert checked == ids
