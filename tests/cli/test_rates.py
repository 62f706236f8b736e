"""`trd-outcomes rates`: the same numbers as a table, as JSON and as CSV."""

import csv
import io
import json

import pytest

TOP = ["snapshot", "cohort", "definition", "release", "flow", "rows"]
FLOW = ["episodes", "patients", "with_baseline", "eligible", "mature", "with_endpoint"]
ROW = ["missing", "numerator", "denominator", "unknown", "estimate", "conf_low", "conf_high",
       "completeness", "withheld"]  # fmt: skip

BY_MODALITY = {
    "rtms": {"flow": (2, 2, 2, 2, 2, 2), "response": (2, 2, 0), "remission": (1, 2, 0)},
    "ect": {"flow": (2, 1, 2, 2, 2, 1), "response": (0, 1, 1), "remission": (0, 1, 1)},
    "rtms+psychotherapy": {
        "flow": (1, 1, 1, 0, 0, 0),
        "response": (0, 0, 0),
        "remission": (0, 0, 0),
    },
}


@pytest.fixture
def ask(run, store):
    def as_json(*options: str):
        result = run("rates", store, "--instrument", "phq9", "--format", "json", *options)
        assert (result.code, result.err) == (0, "")
        return json.loads(result.out)

    return as_json


def counts(answer, *fields: str):
    """Numerator and denominator per measure and group."""
    return {
        (row["measure"], *(row[f] for f in fields)): (row["numerator"], row["denominator"])
        for row in answer["rows"]
    }


def test_the_shape_of_the_json(ask):
    answer = ask("--by", "modality,site")
    assert list(answer) == TOP
    assert [list(step) for step in answer["flow"]] == [["modality", "site", *FLOW]] * 4
    assert [list(row) for row in answer["rows"]] == [["measure", "modality", "site", *ROW]] * 8
    assert answer["cohort"] == "All episodes."
    assert answer["release"] == "local"
    assert answer["definition"]["instrument"] == "phq9"
    assert answer["definition"]["baseline"] == "-14:0"
    assert answer["definition"]["timepoint"] == "acute"


def test_the_numbers(ask):
    answer = ask("--by", "modality")
    flow = {step["modality"]: tuple(step[name] for name in FLOW) for step in answer["flow"]}
    assert flow == {modality: drawn["flow"] for modality, drawn in BY_MODALITY.items()}
    rows = {
        (row["modality"], row["measure"]): (row["numerator"], row["denominator"], row["unknown"])
        for row in answer["rows"]
    }
    assert rows == {
        (modality, measure): drawn[measure]
        for modality, drawn in BY_MODALITY.items()
        for measure in ("response", "remission")
    }


def test_rates_are_shares_and_the_rate_of_nobody_is_null(ask):
    rows = {(r["modality"], r["measure"]): r for r in ask("--by", "modality")["rows"]}
    half = rows["rtms", "remission"]
    assert half["estimate"] == 0.5
    assert 0 < half["conf_low"] < 0.5 < half["conf_high"] < 1
    assert half["completeness"] == 1.0
    assert rows["ect", "response"]["completeness"] == 0.5
    nobody = rows["rtms+psychotherapy", "response"]
    assert [nobody[n] for n in ("estimate", "conf_low", "conf_high", "completeness")] == [None] * 4


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--by", "modality"],
        ["--by", "modality,site"],
        ["--missing", "nonresponse", "--by", "modality"],
        ["--missing", "locf"],
        ["--release", "shared", "--by", "modality"],
        ["--outcome", "response,remission,partial_response"],
    ],
    ids=" ".join,
)
def test_csv_holds_what_json_holds(ask, run, store, options):
    answer = ask(*options)
    result = run("rates", store, "--instrument", "phq9", "--format", "csv", *options)
    assert (result.code, result.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert len(rows) == len(answer["rows"])
    for row, expected in zip(rows, answer["rows"], strict=True):
        for name, value in expected.items():
            written = "" if value is None else str(value)
            assert row[name] in (written, "'" + written)
        assert row["cohort"] == answer["cohort"]
        assert row["definition"] == answer["definition"]["sentence"]
        assert row["snapshot"] == answer["snapshot"]


def test_a_level_that_looks_like_a_formula_is_defused_in_csv_only(ask, run, store):
    assert "=cmd()" in {row["site"] for row in ask("--by", "site")["rows"]}
    written = run("rates", store, "--instrument", "phq9", "--by", "site", "--format", "csv").out
    sites = {row["site"] for row in csv.DictReader(io.StringIO(written))}
    assert sites == {"north", "south", "'=cmd()"}


def test_the_table(run, store):
    result = run("rates", store, "--instrument", "phq9", "--by", "modality")
    assert (result.code, result.err) == (0, "")
    for text in ("measure", "n / N", "95 % interval", "unknown", "rtms+psychotherapy", "2 / 2",
                 "0 / 1", "with endpoint", "Cohort: All episodes.", "Snapshot "):  # fmt: skip
        assert text in result.out


@pytest.mark.parametrize(
    "given",
    [["--baseline", "-14:0"], ["--baseline=-14:0"], []],
    ids=["with a blank", "with a sign", "by default"],
)
def test_the_baseline_window_can_start_with_a_minus_sign(ask, given):
    assert counts(ask(*given)) == {("response",): (2, 3), ("remission",): (1, 3)}


@pytest.mark.parametrize("given", [["--baseline", "-30:-14"], ["--baseline=-30:-14"]])
def test_another_baseline_window(ask, given):
    assert counts(ask(*given)) == {("response",): (1, 1), ("remission",): (0, 1)}


def test_another_timepoint_and_minimum(ask):
    assert counts(ask("--timepoint", "30:50:first", "--min-baseline", "none")) == {
        ("response",): (2, 2),
        ("remission",): (2, 2),
    }


@pytest.mark.parametrize(
    ("where", "response", "cohort"),
    [
        (["modality=rtms"], (2, 2), "Episodes with modality rTMS."),
        (["modality=rtms,ect"], (2, 3), "Episodes with modality ECT or rTMS."),
        (["modality=rtms", "site=south"], (1, 1), "Episodes with modality rTMS; site south."),
        (["site==cmd()"], (0, 0), "Episodes with site =cmd()."),
    ],
)
def test_where_keeps_only_the_episodes_that_are_named(ask, where, response, cohort):
    options = [part for text in where for part in ("--where", text)]
    answer = ask(*options)
    assert counts(answer)["response",] == response
    assert answer["cohort"] == cohort


EMPTY = ["--where", "modality=ect", "--where", "site=north"]


def test_a_cohort_of_nobody_is_an_answer(ask):
    answer = ask(*EMPTY)
    assert [[step[name] for name in FLOW] for step in answer["flow"]] == [[0] * 6]
    assert counts(answer) == {("response",): (0, 0), ("remission",): (0, 0)}
    assert {row["estimate"] for row in answer["rows"]} == {None}


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("by", [[], ["--by", "modality"]], ids=["whole", "by modality"])
def test_a_cohort_of_nobody_in_every_format(run, store, form, by):
    result = run("rates", store, "--instrument", "phq9", "--format", form, *EMPTY, *by)
    assert (result.code, result.err) == (0, "")
    assert "nan" not in result.out.lower().replace("nance", "")
    if form == "csv":
        assert result.out.splitlines()[0].startswith("measure," + ("modality," if by else ""))


def test_an_instrument_without_any_score_has_no_rate(run, store):
    result = run("rates", store, "--instrument", "madrs", "--format", "json")
    assert result.code == 0
    answer = json.loads(result.out)
    assert counts(answer) == {("response",): (0, 0), ("remission",): (0, 0)}
    assert answer["flow"][0]["episodes"] == 5
    assert answer["flow"][0]["with_baseline"] == 0


@pytest.mark.parametrize(
    ("missing", "response"), [("observed", (2, 3)), ("locf", (2, 4)), ("nonresponse", (2, 4))]
)
def test_the_missing_rules(ask, missing, response):
    assert counts(ask("--missing", missing))["response",] == response


def test_outcomes_come_in_the_order_in_which_they_are_named_once(ask):
    answer = ask("--outcome", "remission, response,remission")
    assert [row["measure"] for row in answer["rows"]] == ["remission", "response"]


def test_shared_numbers_of_few_are_withheld(ask):
    answer = ask("--release", "shared")
    assert {row["withheld"] for row in answer["rows"]} == {True}
    assert {row["numerator"] for row in answer["rows"]} == {None}
    assert set(answer["flow"][0].values()) == {None}


@pytest.mark.parametrize("outcome", ["any_improvement", "symptom_free", "remission"])
def test_a_scale_without_a_total_decides_nothing(run, tmp_path, outcome):
    (tmp_path / "scores.csv").write_text(
        "patient_id,modality,instrument,day,score,item_1\n"
        "P1,ect,athf_sf,0,,2\nP1,ect,athf_sf,42,,1\nP1,ect,madrs,0,30,\n",
        "utf-8",
    )
    store = tmp_path / "store"
    assert run("import", store, tmp_path / "scores.csv").code == 0
    result = run("rates", store, "--instrument", "athf_sf", "--outcome", outcome,
                 "--min-baseline", "none", "--remission", "athf_sf_le3")  # fmt: skip
    assert result.code == 2
    assert "has no total score, so no outcome is decided by it." in result.err
    result = run("rates", store)
    assert (result.code, result.err) == (0, "")
    assert "MADRS" in result.out
