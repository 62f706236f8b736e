"""Reliable change and time to event in real public trial data, against results in R.

Change: R package clinicalsignificance, per arm, with the SD of everybody with both scores. Time:
packages survival and survRM2. The reliabilities and norms are those of the R calls.
"""

import re

import pytest

from analysis import Cohort, curves, definition_from_query, open_store, rates
from tests.analysis.trials import TRIALS, beside_the_repository, imported, results

pytestmark = beside_the_repository

# The first part of an id of change, and our instrument.
INSTRUMENTS = {
    "BDI2": "bdi2",
    "HAMD": "hamd17",
    "HAMD17": "hamd17",
    "WHO5": "who5_raw",
    "DAS": "das",
    "GDS": "gds",
}
# Their categories by kind of id, and our outcomes. Where only the cut-off counts, a change of any
# size is reliable (reliability 1).
CROSSED = {"Improved": "recovered", "Deteriorated": "harmed"}
CLASSES = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
CATEGORIES = {
    "rci_JT": {
        "Improved": "reliable_improvement",
        "Unchanged": "unchanged",
        "Deteriorated": "reliable_deterioration",
    },
    "percentage50": {"Improved": "response"},
    "cutoff_a": CROSSED,
    "cutoff_c": CROSSED,
    **{f"combined_{kind}": {name.capitalize(): name for name in CLASSES} for kind in "abc"},
}
# We follow Jacobson and Truax; where more is better, percent of the score is no percent change.
NOT_OFFERED = {"rci_HA", "rci_GLN", "rci_EN", "rci_NK", "rci_HLL"}
MORE_IS_BETTER = {"WHO5.cs.percentage50", "DAS.cs.percentage50"}
CHECKED = {
    "claus_2020": 3 * 7 - 1,
    "jacobson_1989": 7 - 1 + 4,
    "rbmi_antidepressant": 7,
    "btheb": 7,
}
TIMES = {
    ("rbmi_antidepressant", "response"): 3,
    ("rbmi_antidepressant", "remission"): 3,
    ("btheb", "response"): 3,
    ("reisby_imipramine", "response"): 3,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a function that imports a data set once and opens its store.

    Times count the actual days, change the nominal ones: a visit has its endpoint there.
    """
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in ("nominal", "actual")}

    def build(name, kind):
        folder = folders[kind]
        if not (folder / name).exists():
            mapping = TRIALS[name].mapping
            if kind == "actual":
                mapping = mapping.replace('day = "nominal_day"\n', "\n")
            imported(name, folder, mapping)
        return open_store(folder / name)

    return build


def number_in(call: str, name: str) -> float | None:
    found = re.search(rf"\b{name} ?= ?([\d.]+)", call)
    return None if found is None else float(found[1])


def query_of(call: str, value, kind: str) -> dict[str, str]:
    """Return the rules that an R call names, as options of a definition.

    R's cut-off b goes two SDs of the patients from the mean of the well: so theirs is passed.
    """
    reliability = number_in(call, "reliability")
    options = {"reliable_change": f"r={1 if reliability is None else reliability:g}"}
    mean, sd = (number_in(call, f"{name}_functional") for name in ("m", "sd"))
    if kind[-1] == "b":
        sd = value["cutoff"]["info"]["sd_clinical"]
    return options | {"cutoff": "a" if mean is None else f"{kind[-1]}:{mean:g}:{sd}"}


def words_of(value, kind: str, answered: int) -> list[str]:
    """Return what the rule in words must say: the computed figures, to two decimals."""
    said = []
    if value.get("rci_results"):
        critical = 1.959963985 * value["rci_results"]["s_diff"]
        said.append(f"more than {critical:.2f} = 1.96 x SD ")
        said.append(f" of {answered} baselines")
    if value.get("cutoff"):
        said.append(f"{value['cutoff']['info']['value']:.2f} (cut-off {kind[-1]} of Jacobson")
    return said


@pytest.mark.parametrize("name", CHECKED)
def test_change_is_that_of_the_reference(name, store) -> None:
    offered = [
        result
        for result in results(name)
        if ".cs." in result["id"]
        and result["id"] not in MORE_IS_BETTER
        and result["id"].split(".")[-1] not in NOT_OFFERED
    ]
    with store(name, "nominal") as opened:
        for result in offered:
            check_change(opened, TRIALS[name], result)
    assert len(offered) == CHECKED[name]


def check_change(opened, trial, result) -> None:
    """Compare the counts of each category and arm, everybody answered, and the rule in words."""
    instrument, _, kind = result["id"].split(".")
    categories, value = CATEGORIES[kind], result["value"]
    definition = definition_from_query(
        {"instrument": INSTRUMENTS[instrument], "timepoint": trial.endpoint}
        | {"min_baseline": "none"}
        | query_of(result["call"], value, kind),
        opened.instruments,
    )
    by = (trial.by,) if trial.by else ()
    found = rates(opened, Cohort(), definition, tuple(categories.values()), by)
    counted = {(row.group, row.measure): row.numerator for row in found.rows}
    answered: dict[tuple[str, ...], int] = {}
    for row in value["summary"]:
        group = (trial.arms[row["group"]],) if trial.by else ()
        answered[group] = answered.get(group, 0) + row["n"]
        if row["category"] in categories:
            ours = counted.pop((group, categories[row["category"]]))
            assert ours == row["n"], (result["id"], row)
    assert counted == {}
    assert {row.group: row.denominator for row in found.rows} == answered
    for said in words_of(value, kind, sum(answered.values())):
        assert said in found.rules[0][1], (result["id"], found.rules[0])


def close(value):
    return value if value is None else pytest.approx(value, abs=1e-6)


def check_steps(found, arms, value) -> None:
    """Compare the steps of each arm and the median with its limits.

    While nobody had the event R gives an interval from 1 to 1; here it is not defined.
    """
    for arm, group in arms.items():
        expected = [step for step in value["steps"] if step["strata"].endswith(f"={arm}")]
        steps = [step for step in found.steps if step.group == (group,)]
        assert [(s.day, s.at_risk, s.events, s.censored) for s in steps] == [
            tuple(step[name] for name in ("time", "n.risk", "n.event", "n.censor"))
            for step in expected
        ]
        assert len(steps) > 0
        for ours, step in zip(steps, expected, strict=True):
            limits = (step["lower"], step["upper"]) if 0 < step["surv"] < 1 else (None, None)
            assert ours.estimate == close(step["surv"])
            assert (ours.conf_low, ours.conf_high) == tuple(map(close, limits))
        (table,) = [row for row in value["table"] if row["strata"].endswith(f"={arm}")]
        (one,) = [one for one in found.summaries if one.group == (group,)]
        assert (one.followed, one.events) == (table["records"], table["events"])
        assert (one.median, one.median_low, one.median_high) == (
            close(table["median"]),
            close(table["0.95LCL"]),
            close(table["0.95UCL"]),
        )


@pytest.mark.parametrize(("name", "event"), TIMES)
def test_times_are_those_of_the_reference(name, event, store) -> None:
    trial, checked = TRIALS[name], 0
    ids = {result["id"]: result for result in results(name)}
    data, steps, means = (ids[f"time_to_{event}.{part}"] for part in ("data", "km.log-log", "rmst"))
    tau = number_in(means["call"], "tau")
    assert tau is not None
    definition = definition_from_query(
        {"instrument": next(iter(trial.instruments.values())), "min_baseline": "none"}
    )
    with store(name, "actual") as opened:
        found = curves(opened, Cohort(), definition, event, (trial.by,), until=int(tau))
    summaries = {one.group[0]: one for one in found.summaries}
    assert set(summaries) == set(trial.arms.values())

    for arm, counts in data["value"].items():
        one = summaries[trial.arms[arm]]
        assert (one.followed, one.events) == (counts["n"], counts["events"])
        assert one.censored == counts["n"] - counts["events"]
        assert {count for _, count in one.ends or ()} == {0}
    checked += 1

    check_steps(found, trial.arms, steps["value"])
    checked += 1

    for arm, place in zip(trial.arms, ("arm0", "arm1"), strict=True):
        one, expected = summaries[trial.arms[arm]], means["value"][place]
        assert [one.mean, one.mean_low, one.mean_high] == [
            close(expected[part]) for part in ("Est.", "lower .95", "upper .95")
        ]
    checked += 1
    assert checked == TIMES[name, event]


def test_no_time_to_an_event_is_left_out() -> None:
    named = {
        (name, result["id"].split(".")[0].removeprefix("time_to_"))
        for name in TRIALS
        for result in results(name)
        if result["id"].startswith("time_to_")
    }
    assert named == set(TIMES)
