"""Whole comparisons of real public trials, from the files to the answer, against results in R.

The methods themselves are held to every result of R elsewhere; here the whole path is: import,
eligibility, counting, gates, and the method under the name that the answer gives it.
"""

import re

import pytest

from analysis import Cohort, definition_from_query, open_store
from analysis.compare import Comparison, Named, compare
from tests.analysis.trials import TRIALS, beside_the_repository, imported, results

pytestmark = beside_the_repository

# Data set, first part of ids, days of the visits. Completeness there lets differences be shown.
SHOWN = {
    ("rbmi_antidepressant", ""): (7, 14, 28, 42),
    ("btheb", ""): (61, 91, 152, 244),
    ("claus_2020", "BDI2."): (14, 28, 42),
    ("claus_2020", "HAMD."): (14, 28, 42),
    ("reisby_imipramine", ""): (7, 14, 21, 28, 35),
}
# How many results of R each of these is compared with.
CHECKED = {
    ("rbmi_antidepressant", ""): 27,
    ("btheb", ""): 27,
    ("claus_2020", "BDI2."): 24,
    ("claus_2020", "HAMD."): 24,
    ("reisby_imipramine", ""): 27,
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trials")
    stores = {}

    def build(name, actual=False):
        if (name, actual) not in stores:
            mapping = TRIALS[name].mapping
            if actual:
                mapping = mapping.replace('day = "nominal_day"\n', "\n")
            kept = folder / f"{name}_{actual}"
            kept.mkdir()
            stores[name, actual] = open_store(imported(name, kept, mapping))
        return stores[name, actual]

    yield build
    for store in stores.values():
        store.close()


def asked(store, name, prefix, *, missing="observed", **chosen):
    """Return the comparison of the second arm with the first, as R's calls have it."""
    trial = TRIALS[name]
    first, second = trial.arms.values()
    groups = [Named(arm, Cohort.of({trial.by: [arm]})) for arm in (second, first)]
    query = {
        "instrument": trial.instruments[prefix.rstrip(".")],
        "timepoint": trial.endpoint,
        "min_baseline": "none",
        "missing": missing,
    }
    definition = definition_from_query(query, store.instruments)
    return compare(store, Cohort(), definition, Comparison(a=groups[0], b=groups[1], **chosen))


def one(answer, measure, visit=None):
    (found,) = [c for c in answer.contrasts if c.measure == measure and visit in (None, c.visit)]
    return found


def agrees(found, estimate=None, low=None, high=None, p_value=None, tolerance=1e-6) -> int:
    if estimate is not None:
        exact = 1e-9 if tolerance == 1e-6 else tolerance
        assert found.estimate == pytest.approx(estimate, rel=exact, abs=exact)
    for ours, theirs in ((found.conf_low, low), (found.conf_high, high), (found.p_value, p_value)):
        if theirs is not None:
            assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance)
    return 1


@pytest.mark.parametrize(("name", "prefix"), SHOWN, ids=lambda part: str(part).strip("."))
def test_comparisons_are_those_of_the_reference(name, prefix, opened) -> None:
    values = {r["id"]: r for r in results(name) if r["id"].startswith(prefix)}
    store = opened(name)
    checked = 0
    for method, missing in (
        ("complete_case", "observed"),
        ("locf", "locf"),
        ("nri", "nonresponse"),
    ):
        answer = asked(store, name, prefix, missing=missing)
        checked += check_rates(answer, values, f"{prefix}response.{method}")
    for method, missing in (("endpoint", "observed"), ("locf", "locf")):
        answer = asked(store, name, prefix, missing=missing, kind="change")
        checked += check_change(answer, values, f"{prefix}change.{method}")
    answer = asked(store, name, prefix, kind="visits", visits=SHOWN[name, prefix])
    checked += check_visits(answer, values[f"{prefix}mmrm.Satterthwaite.diff"]["value"])
    if f"{prefix}time_to_response.logrank" in values:
        answer = asked(opened(name, actual=True), name, prefix, kind="time")
        checked += check_time(answer, values, f"{prefix}time_to_response")
    assert checked == CHECKED[name, prefix]


def hidden(answer) -> bool:
    """Return whether a gate hides the differences, after seeing that every number is gone."""
    failed = [gate for gate in answer.gates if not gate.passed]
    if not failed:
        return False
    for contrast in answer.contrasts:
        numbers = (contrast.estimate, contrast.conf_low, contrast.conf_high, contrast.p_value)
        assert contrast.not_shown
        assert numbers == (None, None, None, None)
    return True


def check_rates(answer, values, key) -> int:
    counts = {row.group: (row.numerator, row.denominator) for row in answer.rows}
    x, n, y, m = map(int, re.findall(r"\d+", values[f"{key}.risk_difference"]["call"])[:4])
    assert list(counts.values()) == [(x, n), (y, m)]
    if hidden(answer):
        return 1
    score = values[f"{key}.risk_difference"]["value"][0]
    katz = values[f"{key}.risk_ratio"]["value"][0]
    exact = values[f"{key}.fisher"]["value"]
    chi = values[f"{key}.chisq_uncorrected"]["value"]
    difference = one(answer, "risk_difference")
    agrees(difference, score["est"], score["lwr.ci"], score["upr.ci"], exact["p.value"])
    agrees(one(answer, "risk_ratio"), katz["est"], katz["lwr.ci"], katz["upr.ci"])
    odds = one(answer, "odds_ratio")
    agrees(odds, p_value=exact["p.value"])
    # R looks for a number between 0 and 1, the ratio or one over it, to 1.2e-4 (uniroot)
    theirs = (exact["estimate"]["odds ratio"], *exact["conf.int"])
    for ours, other in zip((odds.estimate, odds.conf_low, odds.conf_high), theirs, strict=True):
        found = (1 / ours, 1 / other) if other > 1 else (ours, other)
        assert found[0] == pytest.approx(found[1], abs=2e-4)
    agrees(one(answer, "pearson"), p_value=chi["p.value"])
    return 5


def check_change(answer, values, key) -> int:
    if hidden(answer):
        return 0
    welch = values[f"{key}.welch_t"]["value"]
    means = welch["estimate"]
    difference = means["mean of x"] - means["mean of y"]
    low, high = welch["conf.int"]
    agrees(one(answer, "mean_difference"), difference, low, high, welch["p.value"])
    (ancova,) = values[f"{key}.ancova_diff"]["value"]
    agrees(
        one(answer, "adjusted_mean_difference"),
        ancova["estimate"],
        ancova["lower.CL"],
        ancova["upper.CL"],
        ancova["p.value"],
    )
    ranks = values[f"{key}.mann_whitney"]["value"]
    agrees(one(answer, "mann_whitney"), p_value=ranks["p.value"])
    (g,) = values[f"{key}.hedges_g_change"]["value"]
    found = one(answer, "hedges_g")
    agrees(found, g["Hedges_g"], g["CI_low"], g["CI_high"])
    return 4


def check_visits(answer, value) -> int:
    shown = 0
    days = answer.comparison.visits
    for day, row in zip(days, value, strict=True):
        found = one(answer, "visit_difference", day)
        if found.not_shown is not None:
            assert any(not gate.passed for gate in answer.gates)
            continue
        ends = row["lower.CL"], row["upper.CL"]
        agrees(found, row["estimate"], *ends, row["p.value"], tolerance=1e-3)
        assert found.df == pytest.approx(row["df"], rel=1e-3)
        shown += 1
    return min(shown, 1)


def check_time(answer, values, key) -> int:
    if hidden(answer):
        return 0
    ranks = values[f"{key}.logrank"]["value"]
    agrees(one(answer, "log_rank"), p_value=ranks["p"])
    (conf,) = values[f"{key}.cox_efron"]["value"]["conf"]
    (coef,) = values[f"{key}.cox_efron"]["value"]["coef"]
    ratio = one(answer, "hazard_ratio")
    agrees(ratio, None, conf["lower .95"], conf["upper .95"], coef["Pr(>|z|)"])
    assert ratio.estimate == pytest.approx(conf["exp(coef)"], rel=1e-6)
    shape = values[f"{key}.cox_ph_test"]["value"][-1]
    agrees(one(answer, "proportional_hazards"), p_value=shape["p"])
    return 3
