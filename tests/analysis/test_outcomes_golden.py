"""Outcomes and times to event in the sample data against results computed independently in R.

tests/reference/outcomes_golden.R and time_to_event_golden.R know nothing of the product.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from analysis import Cohort, curves, definition_from_query, rates

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "outcomes_golden.json").read_text("utf-8"))
CURVES = json.loads((REFERENCE / "time_to_event_golden.json").read_text("utf-8"))["curves"]

ROWS = [dict(zip(GOLDEN["columns"], cells, strict=True)) for cells in GOLDEN["rates"]]
COUNTS = ("numerator", "denominator", "unknown")
# Outcomes that are about different episodes are asked one by one.
ASKED_APART = ("item", "horizon_183", "horizon_365")


def by_question():
    """Return the rows per question: whatever one call of the product answers for all groups."""
    questions = defaultdict(list)
    for row in ROWS:
        apart = row["outcome"] if row["options"] in ASKED_APART else ""
        key = (row["instrument"], row["timepoint"], row["options"], apart)
        questions[key].append(row)
    return questions


QUESTIONS = by_question()


def exactly(value):
    return value if value is None else pytest.approx(value, abs=1e-9)


def limits(value):
    return value if value is None else pytest.approx(value, abs=1e-6)


def group_of(by: str, name: str) -> tuple[str, ...]:
    return (name,) if by else ()


def found_in(store, rows, missing, by):
    """Return the product's measures of these rows, by outcome and group."""
    first = rows[0]
    query = {name: first[name] for name in ("instrument", "timepoint")} | {"missing": missing}
    options = GOLDEN["queries"][first["instrument"]][first["options"]]
    definition = definition_from_query(query | options)
    outcomes = tuple(dict.fromkeys(row["outcome"] for row in rows))
    answer = rates(store, Cohort(), definition, outcomes, (by,) if by else ())
    return {(measure.measure, measure.group): measure for measure in answer.rows}


@pytest.mark.parametrize("question", QUESTIONS, ids="-".join)
def test_outcomes_of_the_sample(sample_store, question) -> None:
    asked = defaultdict(list)
    for row in QUESTIONS[question]:
        asked[row["missing"], row["by"]].append(row)
    compared = 0
    for (missing, by), rows in asked.items():
        found = found_in(sample_store, rows, missing, by)
        assert len(found) == sum(len(row["cells"]) for row in rows)
        for row in rows:
            for name, cell in row["cells"].items():
                measure = found[row["outcome"], group_of(by, name)]
                told = {key: row[key] for key in ("outcome", "missing", "by")} | {"group": name}
                assert [getattr(measure, count) for count in COUNTS] == cell[:3], told
                assert measure.estimate == exactly(cell[3]), told
                compared += 1
    assert compared == sum(len(row["cells"]) for row in QUESTIONS[question]) > 0


def test_the_outcomes_reference_is_whole(sample_store) -> None:
    groups = 1 + len(sample_store.levels["modality"]) + len(sample_store.levels["site"])
    cells: Counter[str] = Counter()
    for row in ROWS:
        cells[row["options"]] += len(row["cells"])
    everywhere = 6 * 5  # instruments, timepoints
    missing_rules = 2
    assert cells == {
        "points": everywhere * 10 * groups * missing_rules,
        "any_baseline": 6 * 10 * missing_rules,
        "own_rules": (6 * 7 + 3) * groups * missing_rules,
        "five_points": 5 * groups * missing_rules,
        "computed": 2 * 2 * 7 * groups * missing_rules,
        "item": 2 * 3 * 3 * groups * missing_rules,
        "horizon_183": 6 * 2 * groups * missing_rules,
        "horizon_365": 6 * 2 * groups * missing_rules,
    }
    assert cells.total() == 14400


# ---- time to event -------------------------------------------------------------------------------


def columns(steps, names):
    """Return the steps' columns as rows, one per day on which something happened."""
    return list(zip(*(steps[name] for name in names), strict=True))


STEP_COUNTS = ("day", "at_risk", "events", "competing", "censored")
BY_CURVES = sorted({(c["instrument"], c["event"], c["by"]) for c in CURVES})


@pytest.fixture(scope="module")
def answer(sample_store):
    """Return a function that asks for the curves of one event, once per grouping."""
    known = {}

    def ask(instrument, event, by):
        if (instrument, event, by) not in known:
            until = 183 if event == "relapse" else 84
            known[instrument, event, by] = curves(
                sample_store,
                Cohort(),
                definition_from_query({"instrument": instrument}),
                event,
                (by,) if by else (),
                until=until,
            )
        return known[instrument, event, by]

    return ask


def expected_of(instrument, event, by):
    return {
        group_of(by, curve["group"]): curve
        for curve in CURVES
        if (curve["instrument"], curve["event"], curve["by"]) == (instrument, event, by)
    }


@pytest.mark.parametrize(("instrument", "event", "by"), BY_CURVES)
def test_who_is_followed_and_how_it_ended(answer, instrument, event, by) -> None:
    expected = expected_of(instrument, event, by)
    summaries = {summary.group: summary for summary in answer(instrument, event, by).summaries}
    assert summaries.keys() == expected.keys()
    for group, curve in expected.items():
        found = summaries[group]
        for name in ("episodes", "with_baseline", "eligible", "followed"):
            assert getattr(found, name) == curve[name], (group, name)
        assert found.started == (curve["started"] if event == "relapse" else None), group
        assert found.events == curve.get("events", 0), group
        assert found.censored == curve.get("censored", 0), group
        none = dict.fromkeys(("switch", "drop_out", "death", "retreatment"), 0)
        assert dict(found.ends) == curve.get("ends", none), group


@pytest.mark.parametrize(("instrument", "event", "by"), BY_CURVES)
def test_median_and_restricted_mean(answer, instrument, event, by) -> None:
    expected = expected_of(instrument, event, by)
    summaries = {summary.group: summary for summary in answer(instrument, event, by).summaries}
    for group, curve in expected.items():
        found = summaries[group]
        median = curve.get("median") or [None] * 3
        mean = curve.get("mean") or [None] * 3
        assert found.median == exactly(median[0]), group
        assert (found.median_low, found.median_high) == tuple(map(limits, median[1:])), group
        assert found.mean == exactly(mean[0]), group
        assert (found.mean_low, found.mean_high) == tuple(map(limits, mean[1:])), group


@pytest.mark.parametrize(("instrument", "event", "by"), BY_CURVES)
def test_kaplan_meier_steps(answer, instrument, event, by) -> None:
    steps = defaultdict(list)
    for step in answer(instrument, event, by).steps:
        steps[step.group].append(step)
    for group, curve in expected_of(instrument, event, by).items():
        if "steps" not in curve:
            assert steps[group] == [], group
            continue
        found = steps[group]
        counts = [tuple(getattr(step, name) for name in STEP_COUNTS) for step in found]
        assert counts == columns(curve["steps"], STEP_COUNTS), group
        assert [step.estimate for step in found] == list(map(exactly, curve["steps"]["estimate"]))
        for name in ("conf_low", "conf_high"):
            assert [getattr(step, name) for step in found] == list(
                map(limits, curve["steps"][name])
            ), (group, name)


@pytest.mark.parametrize(("instrument", "event", "by"), BY_CURVES)
def test_cumulative_incidence_at_landmarks(answer, instrument, event, by) -> None:
    found = {(mark.group, mark.day): mark for mark in answer(instrument, event, by).landmarks}
    for group, curve in expected_of(instrument, event, by).items():
        for day, at_risk, estimate, low, high in curve.get("landmarks", []):
            mark = found[group, day]
            assert (mark.followed, mark.at_risk) == (curve["followed"], at_risk), (group, day)
            assert mark.estimate == exactly(estimate), (group, day)
            assert mark.conf_low == limits(low), (group, day)
            assert mark.conf_high == limits(high), (group, day)


def test_the_time_to_event_reference_is_whole(sample_store) -> None:
    groups = 1 + len(sample_store.levels["modality"])
    assert len(CURVES) == 2 * 3 * groups == 84
    followed = [curve for curve in CURVES if curve["followed"]]
    assert sum(len(curve["landmarks"]) for curve in followed) == 4 * len(followed)
    assert sum(len(curve["steps"]["day"]) for curve in followed) == 3941
