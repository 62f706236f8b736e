"""The sample data against results computed independently in R (tests/reference/sample_golden.R)."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from analysis import Cohort, definition_from_query, rates

GOLDEN = json.loads(
    (Path(__file__).resolve().parents[1] / "reference" / "sample_golden.json").read_text("utf-8")
)
OUTCOMES = ("response", "partial_response", "remission")
COUNTS = ("numerator", "denominator", "unknown")
ESTIMATES = ("estimate", "conf_low", "conf_high", "completeness")
STEPS = ("episodes", "patients", "with_baseline", "eligible", "mature", "with_endpoint")


def by_question(block: str):
    """Return the rows per (instrument, timepoint), each as a mapping of column to value."""
    questions = defaultdict(list)
    for cells in GOLDEN[block]["rows"]:
        row = dict(zip(GOLDEN[block]["columns"], cells, strict=True))
        questions[row["instrument"], row["timepoint"]].append(row)
    return questions


RATES, FLOW = by_question("rates"), by_question("flow")


@pytest.fixture(scope="module")
def answer(sample_store):
    """Return a function that asks each question once, for all its groups."""
    known = {}

    def ask(row, missing):
        key = (row["instrument"], row["timepoint"], row["min_baseline"], row["by"], missing)
        if key not in known:
            query = {name: row[name] for name in ("instrument", "timepoint", "min_baseline")}
            definition = definition_from_query(query | {"missing": missing})
            by = (row["by"],) if row["by"] else ()
            known[key] = rates(sample_store, Cohort(), definition, OUTCOMES, by)
        return known[key]

    return ask


def group_of(row):
    return (row["group"],) if row["by"] else ()


def test_the_reference_is_whole(sample_store) -> None:
    assert len(RATES) == len(FLOW) == 6 * 7
    groups = 1 + len(sample_store.levels["modality"]) + len(sample_store.levels["site"])
    assert {len(rows) for rows in FLOW.values()} == {2 * groups}
    assert {len(rows) for rows in RATES.values()} == {2 * groups * 3 * 3}


@pytest.mark.parametrize(("instrument", "timepoint"), RATES)
def test_rates(answer, instrument, timepoint) -> None:
    for row in RATES[instrument, timepoint]:
        found = next(
            measure
            for measure in answer(row, row["missing"]).rows
            if (measure.measure, measure.group) == (row["outcome"], group_of(row))
        )
        assert [getattr(found, name) for name in COUNTS] == [row[name] for name in COUNTS], row
        for name in ESTIMATES:
            expected = row[name] if row[name] is None else pytest.approx(row[name], abs=1e-9)
            assert getattr(found, name) == expected, (name, row)


@pytest.mark.parametrize(("instrument", "timepoint"), FLOW)
def test_patient_flow(answer, instrument, timepoint) -> None:
    for row in FLOW[instrument, timepoint]:
        found = {flow.group: flow for flow in answer(row, "observed").flow}[group_of(row)]
        assert [getattr(found, step) for step in STEPS] == [row[step] for step in STEPS], row


@pytest.mark.parametrize("by", ["modality", "site"])
def test_no_group_of_the_product_is_missing_in_the_reference(answer, by) -> None:
    rows = [row for row in FLOW["phq9", "acute"] if row["by"] == by]
    found = answer(rows[0], "observed")
    assert {flow.group for flow in found.flow} == {group_of(row) for row in rows}
