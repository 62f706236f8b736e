"""Groups compared in real public trial data, against results in R.

From the file through the importer and the store to the counts that every method starts from. R
packages DescTools, ratesci, effectsize, emmeans and metafor; differences are second arm minus
first. R finds the conditional odds ratio and the shift of Mann-Whitney only to the tolerance of its
`uniroot`, and the limits of standardised differences to that of its `optim`.
"""

import csv
from dataclasses import replace

import numpy as np
import pytest

from analysis import Cohort, definition_from_query, open_store, rates
from analysis.outcomes import YES, outcome
from analysis.stats import ancova, multiplicity, paired, ranks, two_means
from analysis.stats.exact import fisher, odds_ratio
from analysis.stats.tally import Tally, moments
from analysis.stats.two_rates import Rate, pearson, risk_difference, risk_ratio
from analysis.store import change
from tests.analysis.known import known
from tests.analysis.trials import SHARED, TRIALS, beside_the_repository, imported, results

pytestmark = beside_the_repository

MISSING_RULES = {"complete_case": "observed", "locf": "locf", "nri": "nonresponse"}
UNIROOT = 0.0001220703125  # .Machine$double.eps^0.25, R's default
TWO_RATES = (
    *("risk_difference", "risk_difference_newcombe_ratesci", "risk_ratio"),
    *("fisher", "chisq_uncorrected"),
)
CHANGES = (
    *("welch_t", "student_t", "mann_whitney", "mann_whitney_nocc"),
    *("ancova_coef", "ancova_lsmeans", "ancova_diff"),
    *("hedges_g_change", "hedges_g_endpoint_score", "cohens_d_change", "cliffs_delta"),
)
WITHIN = ("paired_t", "wilcoxon_signed_rank", "smcc", "smcr")
# How many ids there are to check of each kind.
CHECKED = {
    "rbmi_antidepressant": (8 * 5, 2 * 11, 2 * 4),
    "btheb": (12 * 5, 2 * 11, 2 * 4),
    "claus_2020": (16 * 5, 4 * 11, 0),
    "reisby_imipramine": (8 * 5, 2 * 11, 2 * 4),
}
names = pytest.mark.parametrize("name", CHECKED)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return a function that imports a data set once and opens its store."""
    folder, stores = tmp_path_factory.mktemp("compared"), {}

    def build(name):
        if name not in stores:
            stores[name] = open_store(imported(name, folder))
        return stores[name]

    yield build
    for store in stores.values():
        store.close()


def close(ours, theirs, tolerance=1e-6):
    assert ours is not None
    assert ours == pytest.approx(theirs, abs=tolerance, rel=tolerance)


def definition(store, trial, instrument, **options):
    options = {"instrument": trial.instruments[instrument], "timepoint": trial.endpoint} | options
    return definition_from_query({"min_baseline": "none"} | options, store.instruments)


def split(trial, result_id) -> tuple[str, list[str]]:
    """Return the instrument of an id, empty where ids have none, and its other parts."""
    parts = result_id.split(".")
    return (parts.pop(0) if parts[0] in trial.instruments else ""), parts


def cells(store, trial, asked, carried=False):
    """Return arm (0 the reference), baseline, endpoint, people of everybody with a baseline."""
    table = change(
        store, Cohort(), asked, (trial.by,), asked.locf_timepoint if carried else asked.timepoint
    )
    arms = list(trial.arms.values())
    arm = np.array([arms.index(table.groups[at][0]) for at in table.group])
    begun = ~np.isnan(table.baseline)
    return tuple(values[begun] for values in (arm, table.baseline, table.endpoint, table.episodes))


def counted(store, trial, instrument, name, method) -> list[Rate]:
    """Return the rates of the second arm and of the first."""
    rule = trial.remission.get(name, "")
    asked = definition(store, trial, instrument, **({"remission": rule} if rule else {}))
    decided = "remission" if name in trial.remission else name
    if method == "locf_bocf":
        arm, baseline, endpoint, people = cells(store, trial, asked, carried=True)
        carried = np.where(np.isnan(endpoint), baseline, endpoint)
        kind = store.instrument(asked.instrument)
        met = outcome(decided).decide(baseline, carried, kind, asked) == YES
        return [
            Rate(int(people[met & (arm == a)].sum()), int(people[arm == a].sum())) for a in (1, 0)
        ]
    asked = replace(asked, missing=MISSING_RULES[method])
    found = rates(store, Cohort(), asked, (decided,), (trial.by,))
    by_arm = {
        row.group[0]: Rate(known(row.numerator), known(row.denominator)) for row in found.rows
    }
    return [by_arm[arm] for arm in reversed(trial.arms.values())]


def both_arms(trial, found) -> list[Rate]:
    """Return the rates of the second arm and of the first."""
    by_arm = {row.group[0]: row for row in found.rows}
    rows = [by_arm[arm] for arm in reversed(trial.arms.values())]
    return [Rate(row.numerator, row.denominator) for row in rows]


def check_rates(kind, a, b, value) -> None:
    if kind == "chisq_uncorrected":
        found = known(pearson([a, b]))
        assert found.df == value["parameter"]["df"]
        close(found.statistic, value["statistic"]["X-squared"], 1e-9)
        close(found.p_value, value["p.value"])
    elif kind == "fisher":
        found = known(odds_ratio(a, b))
        close(found.p_value, value["p.value"])
        theirs = (value["estimate"]["odds ratio"], *value["conf.int"])
        for ours, other in zip(
            (found.estimate, found.conf_low, found.conf_high), theirs, strict=True
        ):
            # R looks for a number between 0 and 1: the odds ratio or one over it
            close(*((1 / ours, 1 / other) if other > 1 else (ours, other)), UNIROOT)
    elif kind == "risk_difference_newcombe_ratesci":
        found, (row,) = risk_difference(a, b), value
        assert [a.numerator, a.denominator, b.numerator, b.denominator] == [
            row[part] for part in ("x1", "n1", "x2", "n2")
        ]
        check_row(found, row, "est", "lower", "upper")
    else:
        method, row_name = {
            "risk_difference": (risk_difference, "score"),
            "risk_ratio": (risk_ratio, "katz.log"),
        }[kind]
        row = next(row for row in value if row["row"] == row_name)
        check_row(method(a, b), row, "est", "lwr.ci", "upr.ci")


def check_row(found, row, estimate, low, high, p_value=None) -> None:
    close(found.estimate, row[estimate], 1e-9)
    close(found.conf_low, row[low])
    close(found.conf_high, row[high])
    if p_value is not None:
        close(found.p_value, row[p_value])


@names
def test_two_rates_are_those_of_the_reference(name, opened) -> None:
    trial, store, rates_of, checked = TRIALS[name], opened(name), {}, 0
    for result in results(name):
        instrument, parts = split(trial, result["id"])
        if parts[-1] not in TWO_RATES or parts[0] == "change":
            continue
        key = (instrument, *parts[:2])
        if key not in rates_of:
            rates_of[key] = counted(store, trial, *key)
        a, b = rates_of[key]
        check_rates(parts[-1], a, b, result["value"])
        checked += 1
    assert checked == CHECKED[name][0]


def check_change(kind, observed, value, arms) -> None:
    arm, baseline, endpoint, people = observed
    second, first = (Tally((endpoint - baseline)[arm == at], people[arm == at]) for at in (1, 0))
    a, b = moments(second), moments(first)
    if kind in ("welch_t", "student_t"):
        found = getattr(two_means, kind)(a, b)
        close(a.mean, value["estimate"]["mean of x"], 1e-9)
        close(b.mean, value["estimate"]["mean of y"], 1e-9)
        check_test(found, value, "t")
    elif kind.startswith("mann_whitney"):
        found = ranks.mann_whitney(second, first, continuity=not kind.endswith("nocc"))
        close(found.statistic, value["statistic"]["W"], 1e-9)
        close(found.p_value, value["p.value"])
        if "conf.int" in value:
            check_shift(second, first, found.estimate, value["estimate"]["difference in location"])
            close(found.conf_low, value["conf.int"][0], UNIROOT)
            close(found.conf_high, value["conf.int"][1], UNIROOT)
    elif kind.startswith("ancova"):
        check_ancova(kind, ancova.ancova(arm, baseline, endpoint - baseline, people), value, arms)
    elif kind == "cliffs_delta":
        (row,) = value
        check_row(ranks.cliffs_delta(second, first), row, "r_rank_biserial", "CI_low", "CI_high")
    else:
        if kind.endswith("endpoint_score"):
            a, b = (moments(Tally(endpoint[arm == at], people[arm == at])) for at in (1, 0))
        method = "cohens_d" if kind.startswith("cohens") else "hedges_g"
        (row,) = value
        check_row(getattr(two_means, method)(a, b), row, method.capitalize(), "CI_low", "CI_high")


def check_shift(a, b, ours, theirs) -> None:
    """Compare medians of the differences: any number is one that leaves half of the pairs above."""
    pairs = np.multiply.outer(a.counts, b.counts)
    differences = np.subtract.outer(a.scores, b.scores)
    if 2 * pairs[differences > theirs].sum() == pairs.sum():
        assert 2 * pairs[differences > ours].sum() == pairs.sum()
        return
    close(ours, theirs, UNIROOT)


def check_test(found, value, letter) -> None:
    close(found.statistic, value["statistic"][letter], 1e-9)
    close(found.df, value["parameter"]["df"], 1e-9)
    close(found.p_value, value["p.value"])
    close(found.conf_low, value["conf.int"][0])
    close(found.conf_high, value["conf.int"][1])


def check_ancova(kind, model, value, arms) -> None:
    if kind == "ancova_coef":
        found = [
            ancova.intercept(model, 0),
            ancova.adjusted_difference(model, 1, 0),
            ancova.slope(model),
        ]
        for ours, row in zip(found, value, strict=True):
            check_row(ours, row, "Estimate", "2.5 %", "97.5 %", "Pr(>|t|)")
            close(ours.se, row["Std. Error"])
        return
    if kind == "ancova_lsmeans":
        found = [ancova.adjusted_mean(model, at) for at in (0, 1)]
        assert [row["arm"] for row in value] == list(arms)
    else:
        found = [ancova.adjusted_difference(model, 1, 0)]
    for ours, row in zip(found, value, strict=True):
        estimate = "emmean" if kind == "ancova_lsmeans" else "estimate"
        check_row(ours, row, estimate, "lower.CL", "upper.CL", "p.value")
        close(ours.se, row["SE"])
        assert ours.df == row["df"]


@names
def test_changes_are_those_of_the_reference(name, opened) -> None:
    trial, store, checked = TRIALS[name], opened(name), 0
    for result in results(name):
        instrument, parts = split(trial, result["id"])
        if parts[0] != "change" or parts[-1] not in CHANGES:
            continue
        asked = definition(store, trial, instrument)
        found = cells(store, trial, asked, carried=parts[1] == "locf")
        seen = ~np.isnan(found[2])
        observed = tuple(part[seen] for part in found)
        check_change(parts[-1], observed, result["value"], trial.arms)
        checked += 1
    assert checked == CHECKED[name][1]


@names
def test_changes_within_an_arm_are_those_of_the_reference(name, opened) -> None:
    trial, store, checked = TRIALS[name], opened(name), 0
    arm, baseline, endpoint, people = cells(
        store, trial, definition(store, trial, next(iter(trial.instruments)))
    )
    for result in results(name):
        if not result["id"].startswith("within."):
            continue
        _, of, kind = result["id"].split(".")
        own = (arm == list(trial.arms).index(of)) & ~np.isnan(endpoint)
        check_within(kind, baseline[own], endpoint[own], people[own], result["value"])
        checked += 1
    assert checked == CHECKED[name][2]


def check_within(kind, before, after, people, value) -> None:
    moved = Tally(after - before, people)
    if kind == "paired_t":
        found = paired.paired_t(moved)
        close(found.estimate, value["estimate"]["mean difference"], 1e-9)
        check_test(found, value, "t")
    elif kind == "wilcoxon_signed_rank":
        found = paired.wilcoxon_signed_rank(moved)
        close(found.statistic, value["statistic"]["V"], 1e-9)
        close(found.p_value, value["p.value"])
    else:
        (row,) = value
        found = paired.smcc(moved) if kind == "smcc" else paired.smcr(before, after, people)
        check_row(found, row, "yi", "ci.lb", "ci.ub", "pval")
        close(found.se, row["sei"])


def test_adjusted_p_values_and_week_1_are_those_of_the_reference(opened) -> None:
    name = "rbmi_antidepressant"
    trial, store = TRIALS[name], opened(name)
    ids = {result["id"]: result["value"] for result in results(name)}
    raw = {}
    for week in (1, 2, 4, 6):
        asked = definition(store, trial, "", timepoint=f"{7 * week}:{7 * week}")
        counts = rates(store, Cohort(), asked, ("response",), (trial.by,))
        raw[f"week{week}"] = fisher(*both_arms(trial, counts))
    adjusted = {
        "fisher_p_raw": tuple(raw.values()),
        "holm": multiplicity.holm(tuple(raw.values())),
        "BH": multiplicity.benjamini_hochberg(tuple(raw.values())),
    }
    for method, p_values in adjusted.items():
        expected = ids[f"response_by_visit.{method}"]
        assert list(expected) == list(raw)
        assert p_values == pytest.approx(tuple(expected.values()), abs=1e-9)

    found = cells(store, trial, definition(store, trial, "", timepoint="7:7"))
    arm, baseline, endpoint, people = (part[~np.isnan(found[2])] for part in found)
    model = ancova.ancova(arm, baseline, endpoint - baseline, people)
    check_ancova("ancova_diff", model, ids["ancova_week1_diff"], trial.arms)


def crossover() -> dict[str, dict[str, float]]:
    """Return the MADRS scores of the patients with depression, by patient and visit."""
    found: dict[str, dict[str, float]] = {}
    with (SHARED / "data" / "nimh_ketamine_crossover.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (
                row["group"] == "MDD"
                and row["instrument"] == "MADRS"
                and row["score"] not in ("", "NA")
            ):
                found.setdefault(row["patient_id"], {})[row["visit"]] = float(row["score"])
    return found


def test_a_crossover_is_that_of_the_reference() -> None:
    ids = {result["id"]: result["value"] for result in results("nimh_ketamine_crossover")}
    patients = crossover().values()

    def both(visit: str, other: str) -> Tally:
        moved = [of[visit] - of[other] for of in patients if visit in of and other in of]
        return Tally(np.array(moved), np.ones(len(moved), dtype=np.int64))

    checked = 0
    for kind, visits in (
        ("paired_t.ketamine_vs_placebo_day2", ("ketamine_day2", "placebo_day2")),
        ("paired_t.ketamine_day2_vs_baseline", ("ketamine_day2", "baseline")),
        ("wilcoxon.ketamine_vs_placebo_day2", ("ketamine_day2", "placebo_day2")),
    ):
        value, tally = ids[kind], both(*visits)
        if kind.startswith("paired_t"):
            close(moments(tally).mean, value["estimate"]["mean difference"], 1e-9)
            check_test(paired.paired_t(tally), value, "t")
        else:
            found = known(paired.wilcoxon_signed_rank(tally))
            close(found.statistic, value["statistic"]["V"], 1e-9)
            close(found.p_value, value["p.value"])
        checked += 1

    value = ids["mcnemar.response_day2"]
    seen = [of for of in patients if {"baseline", "ketamine_day2", "placebo_day2"} <= set(of)]
    met = [
        tuple(of[f"{drug}_day2"] <= 0.5 * of["baseline"] for drug in ("ketamine", "placebo"))
        for of in seen
    ]
    only = (met.count((True, False)), met.count((False, True)))
    assert (*only, len(met) - sum(only)) == (4, 0, 20)
    found = paired.mcnemar(*only, len(met) - sum(only))
    close(found.statistic, value["chisq"]["statistic"]["McNemar's chi-squared"], 1e-9)
    close(found.p_value, value["chisq"]["p.value"])
    close(found.exact_p_value, value["exact_p"])
    assert checked + 1 == sum(
        kind.split(".")[0] in ("paired_t", "wilcoxon", "mcnemar") for kind in ids
    )
