"""The mixed model for repeated measures in real public trial data, against results in R.

R packages mmrm 0.3.16 with emmeans, and nlme (gls). Least-squares means, differences, standard
errors, degrees of freedom, intervals, the covariance and the likelihood agree to 1e-3.
"""

import csv
from statistics import NormalDist

import numpy as np
import pytest

from tests.analysis.repeated_data import fitted
from tests.analysis.trials import SHARED, beside_the_repository, results

pytestmark = beside_the_repository

# Per data set and first part of an id: instrument, baseline, visits, column and values of groups.
MODELS = {
    ("rbmi_antidepressant", ""): (
        *("HAMD17", "week0", ("week1", "week2", "week4", "week6")),
        *("arm", ("PLACEBO", "DRUG")),
    ),
    ("btheb", ""): (
        *("BDI2", "month0", ("month2", "month3", "month5", "month8")),
        *("arm", ("TAU", "BtheB")),
    ),
    ("claus_2020", "BDI2."): ("BDI2", "T1", ("T2", "T3", "T4"), "arm", ("TAU", "PA")),
    ("claus_2020", "HAMD."): ("HAMD", "T1", ("T2", "T3", "T4"), "arm", ("TAU", "PA")),
    ("reisby_imipramine", ""): (
        *("HAMD", "week0", ("week1", "week2", "week3", "week4", "week5")),
        *("subgroup", ("nonendogenous", "endogenous")),
    ),
}
# n, means and differences by two methods, covariance and likelihood of mmrm; two of gls.
CHECKED = 9
METHODS = {"Satterthwaite": "satterthwaite", "Kenward-Roger": "kenward_roger"}
# Their columns for means and for differences, and ours.
FIGURES = {
    "emmean": "estimate",
    "estimate": "estimate",
    "SE": "se",
    "df": "df",
    "lower.CL": "conf_low",
    "upper.CL": "conf_high",
    "t.ratio": "statistic",
    "p.value": "p_value",
}


def close(value):
    return pytest.approx(value, rel=1e-3, abs=1e-3)


def arrays(name, instrument, before, visits, column, groups):
    """Return change, group and baseline of everybody with a baseline."""
    scores: dict[str, dict[str, float]] = {}
    group: dict[str, int] = {}
    with (SHARED / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["instrument"] == instrument and row["score"]:
                scores.setdefault(row["patient_id"], {})[row["visit"]] = float(row["score"])
                group[row["patient_id"]] = groups.index(row[column])
    people = [person for person in scores if before in scores[person]]
    baseline = np.array([scores[person][before] for person in people])
    after = [[scores[person].get(visit, np.nan) for visit in visits] for person in people]
    return (
        np.array(after) - baseline[:, None],
        np.array([group[person] for person in people]),
        baseline,
    )


@pytest.mark.parametrize(("name", "prefix"), MODELS)
def test_the_model_is_that_of_the_reference(name, prefix) -> None:
    *_, visits, _, groups = model = MODELS[name, prefix]
    data = arrays(name, *model)
    fits = {theirs: fitted(*data, method=ours) for theirs, ours in METHODS.items()}
    found = fits["Satterthwaite"]
    assert (found.structure, found.tried, found.converged) == ("unstructured", (), True)
    checked = 0
    for result in results(name):
        if not result["id"].startswith((f"{prefix}mmrm.", f"{prefix}gls.")):
            continue
        kind, value = result["id"].removeprefix(prefix), result["value"]
        match kind.split("."):
            case ["mmrm", "n"]:
                assert (found.episodes, found.observations) == (value["patients"], value["rows"])
                assert found.baseline == pytest.approx(value["mean_base_over_rows"], abs=1e-9)
            case ["mmrm", method, "lsmeans"]:
                ours = {(groups[one.group], visits[one.visit]): one for one in fits[method].means}
                check_figures(ours, {(row["arm"], row["visit"]): row for row in value})
            case ["mmrm", method, "diff"]:
                ours = {visits[one.visit]: one for one in fits[method].differences}
                check_figures(ours, {row["visit"]: row for row in value})
                assert {row["contrast"] for row in value} == {f"{groups[1]} - {groups[0]}"}
            case ["mmrm", "varcorr"]:
                theirs = [[row[visit] for visit in visits] for row in value]
                assert np.array(found.covariance) == close(np.array(theirs))
            case ["mmrm", "loglik"]:
                check_likelihood(found, value)
            case ["gls", "diff"]:
                check_normal(found, {row["visit"]: row for row in value}, visits)
            case ["gls", "loglik"]:
                assert found.log_likelihood == pytest.approx(value, abs=1e-3)
            case _:
                pytest.fail(f"{result['id']} is not checked")
        checked += 1
    assert checked == CHECKED


def check_figures(ours, theirs) -> None:
    assert ours.keys() == theirs.keys()
    for key, row in theirs.items():
        figures = [name for name in FIGURES if name in row]
        assert len(figures) == 7
        for name in figures:
            assert getattr(ours[key], FIGURES[name]) == close(row[name]), (key, name)
        assert ours[key].reason is None


def check_likelihood(found, value) -> None:
    """R counts the parameters of the covariance, and for the BIC the patients."""
    assert found.log_likelihood == pytest.approx(value["logLik"], abs=1e-3)
    deviance = -2 * found.log_likelihood
    assert deviance + 2 * found.parameters == close(value["AIC"])
    assert deviance + np.log(found.episodes) * found.parameters == close(value["BIC"])


def check_normal(found, theirs, visits) -> None:
    """Compare with intervals and tests that take the degrees of freedom as infinite."""
    assert {visits[one.visit] for one in found.differences} == theirs.keys()
    z = NormalDist().inv_cdf(0.975)
    for one in found.differences:
        row = theirs[visits[one.visit]]
        assert (one.estimate, one.se) == (close(row["estimate"]), close(row["SE"]))
        assert one.estimate - z * one.se == close(row["asymp.LCL"])
        assert one.estimate + z * one.se == close(row["asymp.UCL"])
        assert one.statistic == close(row["z.ratio"])
        assert 2 * NormalDist().cdf(-abs(one.statistic)) == close(row["p.value"])


def test_no_model_is_left_out() -> None:
    named = {
        (name, result["id"][: result["id"].index("mmrm.")])
        for name in sorted({name for name, _ in MODELS} | {"nimh_ketamine_crossover"})
        for result in results(name)
        if "mmrm." in result["id"]
    }
    assert named == set(MODELS)
