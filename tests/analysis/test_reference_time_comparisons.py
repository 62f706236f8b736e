"""Times of two groups compared in real public trial data, against R (survival and survRM2).

Days of events come from the engine's curves; ids are read as in
`test_reference_change_and_time.py`.
"""

import re
from typing import Any, Literal

import numpy as np
import pytest

from analysis import Cohort, curves, definition_from_query, open_store
from analysis.stats.cox import cox
from analysis.stats.log_rank import log_rank
from analysis.stats.rmst import rmst_difference
from analysis.stats.survival import kaplan_meier
from tests.analysis.trials import TRIALS, beside_the_repository, imported, results

pytestmark = beside_the_repository

# group, time, events, censored
Rows = tuple[Any, Any, Any, Any]

STATISTICS = ("logrank", "cox_efron", "cox_breslow", "cox_ph_test", "rmst")
TIMES = {
    "rbmi_antidepressant": ("response", "remission"),
    "btheb": ("response",),
    "reisby_imipramine": ("response",),
}
CASES = [(name, event) for name, events in TIMES.items() for event in events]


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Return a function: the groups, times, events and censored of a trial, reference first."""
    folder, found = tmp_path_factory.mktemp("actual"), {}

    def read(name, event):
        if (name, event) not in found:
            trial = TRIALS[name]
            mapping = trial.mapping.replace('day = "nominal_day"\n', "\n")  # the actual days
            if not (folder / name).exists():
                imported(name, folder, mapping)
            definition = definition_from_query(
                {"instrument": next(iter(trial.instruments.values())), "min_baseline": "none"}
            )
            with open_store(folder / name) as store:
                steps = curves(store, Cohort(), definition, event, (trial.by,)).steps
            assert not any(step.competing or step.withheld for step in steps)
            found[name, event] = (
                [step.group[0] for step in steps],
                np.array([step.day for step in steps], dtype=np.float64),
                np.array([step.events for step in steps], dtype=np.int64),
                np.array([step.censored for step in steps], dtype=np.int64),
            )
        return found[name, event]

    return read


def close(value):
    """Return an approximation within 1e-6, relative above 1."""
    return pytest.approx(value, abs=1e-6, rel=1e-6)


def check_log_rank(rows: Rows, groups, value, call) -> None:
    found = log_rank(*rows, groups=groups)
    assert [one.people for one in found.groups] == list(value["n"].values())
    assert [one.observed for one in found.groups] == value["obs"]
    assert [one.expected for one in found.groups] == close(value["exp"])
    assert [found.statistic, found.df, found.p_value] == close(
        [value["chisq"], value["df"], value["p"]]
    )


def check_cox(rows: Rows, groups, value, call) -> None:
    ties: Literal["efron", "breslow"] = "breslow" if "ties = 'breslow'" in call else "efron"
    assert f"ties = '{ties}'" in call
    found = cox(*rows, groups=groups, ties=ties)
    (one,), (row,), (limits,) = found.groups, value["coef"], value["conf"]
    ratio = one.ratio
    assert ratio.estimate is not None
    assert [ratio.estimate, ratio.se, ratio.p_value] == close(
        [row["exp(coef)"], row["se(coef)"], row["Pr(>|z|)"]]
    )
    assert [np.log(ratio.estimate), np.log(ratio.estimate) / (ratio.se or 0)] == close(
        [row["coef"], row["z"]]
    )
    assert [ratio.conf_low, ratio.conf_high] == close([limits["lower .95"], limits["upper .95"]])
    for test, name in (
        (found.likelihood_ratio, "logtest"),
        (found.score, "sctest"),
        (found.wald, "waldtest"),
    ):
        assert [test.df, test.p_value] == close([value[name]["df"], value[name]["pvalue"]])
        # R gives the Wald statistic with two decimals
        within = 0.005001 if name == "waldtest" else 1e-6
        assert test.statistic == pytest.approx(value[name]["test"], abs=within, rel=1e-6)


def check_proportional(rows: Rows, groups, value, call) -> None:
    test = cox(*rows, groups=groups).proportional
    assert len(value) == 2
    for row in value:  # the arm, and all terms together: the same where there is one
        assert [test.statistic, test.df, test.p_value] == close([row["chisq"], row["df"], row["p"]])


def check_means(rows: Rows, groups, value, call) -> None:
    tau = re.search(r"tau = (\d+)", call)
    assert tau is not None
    group, *columns = rows
    arm0, arm1 = (
        kaplan_meier(*(column[np.array(group) == name] for column in columns)) for name in groups
    )
    found = rmst_difference(arm1, arm0, float(tau[1]))
    parts = (found.difference, found.ratio, found.loss_ratio)
    for part, row in zip(parts, value["contrast"], strict=True):
        assert [part.estimate, part.conf_low, part.conf_high, part.p_value] == close(
            [row["Est."], row["lower .95"], row["upper .95"], row["p"]]
        )


CHECKS = {
    "logrank": check_log_rank,
    "cox_efron": check_cox,
    "cox_breslow": check_cox,
    "cox_ph_test": check_proportional,
    "rmst": check_means,
}


@pytest.mark.parametrize(("name", "event"), CASES)
def test_times_compared_are_those_of_the_reference(name, event, days) -> None:
    rows, groups, checked = days(name, event), list(TRIALS[name].arms.values()), 0
    for result in results(name):
        outcome, _, statistic = result["id"].partition(".")
        if outcome == f"time_to_{event}" and statistic in CHECKS:
            CHECKS[statistic](rows, groups, result["value"], result["call"])
            checked += 1
    assert checked == len(STATISTICS) == 5


def test_no_comparison_of_times_is_left_out() -> None:
    named = {
        (name, *result["id"].removeprefix("time_to_").split(".", 1))
        for name in (*TRIALS, "nimh_ketamine_crossover")
        for result in results(name)
        if result["id"].startswith("time_to_")
    }
    ours = {(name, event, statistic) for name, event in CASES for statistic in STATISTICS}
    curves_of_one_group = {"data", "km.log", "km.log-log", "km.plain"}
    assert {one for one in named if one[2] not in curves_of_one_group} == ours
    assert len(ours) == 20
