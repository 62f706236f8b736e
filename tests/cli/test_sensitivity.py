"""`trd-outcomes sensitivity`: one outcome under many definitions, and what the missing could do."""

import csv
import io
import json

import pytest

from dashboard.cli import main

CHOICES = ["instrument", "timepoint", "rule", "missing", "min_baseline"]


@pytest.fixture
def ask(run, store):
    """Ask of the small clinic: two rTMS and two ECT episodes are eligible, one mild one is not."""

    def as_json(*options: str):
        result = run("sensitivity", store, "--instrument", "phq9", "--format", "json", *options)
        assert (result.code, result.err) == (0, "")
        return json.loads(result.out)

    return as_json


def test_the_shape_of_the_json(ask):
    answer = ask("--outcome", "response")
    assert list(answer) == ["snapshot", "cohort", "outcome", "bounds", "rows"]
    assert list(answer["rows"][0])[:6] == [*CHOICES, "chosen"]
    # four timepoints, three missing rules, with and without a minimum baseline; nobody has a
    # baseline on the other scale
    assert len(answer["rows"]) == 4 * 3 * 2
    assert len({row["definition_id"] for row in answer["rows"]}) == 24
    assert [row["chosen"] for row in answer["rows"]] == [True, *[False] * 23]


def test_each_definition_gives_the_numbers_counted_by_hand(ask):
    """E1 and E2 respond, E3 does not, E4 has no endpoint; E5 is mild and has responded."""
    rows = {
        (row["timepoint"], row["missing"], row["min_baseline"]): (
            row["numerator"],
            row["denominator"],
        )
        for row in ask("--outcome", "response")["rows"]
        if row["instrument"] == "phq9"
    }
    assert rows["acute", "observed", "moderate"] == (2, 3)
    assert rows["acute", "nonresponse", "moderate"] == (2, 4)
    assert rows["acute", "locf", "moderate"] == (2, 4)
    assert rows["acute", "observed", "none"] == (3, 4)
    assert rows["acute", "nonresponse", "none"] == (3, 5)
    assert rows["week_6", "observed", "moderate"] == (1, 1)


def test_each_row_is_what_the_rates_say_under_its_definition(ask, run, store):
    for row in ask("--outcome", "remission")["rows"]:
        result = run("rates", store, "--instrument", row["instrument"], "--format", "json",
                     "--outcome", "remission", "--timepoint", row["timepoint"],
                     "--remission", row["rule"], "--missing", row["missing"],
                     "--min-baseline", row["min_baseline"])  # fmt: skip
        (expected,) = json.loads(result.out)["rows"]
        assert {name: row[name] for name in expected} == expected


def test_the_chosen_definition_comes_first_and_once(ask):
    answer = ask("--outcome", "response", "--timepoint", "28:56", "--missing", "nonresponse")
    first, *others = answer["rows"]
    assert (first["timepoint"], first["missing"], first["chosen"]) == ("28:56", "nonresponse", True)
    assert len(answer["rows"]) == 5 * 3 * 2
    assert not any(row["chosen"] for row in others)


@pytest.mark.parametrize(
    ("reach", "needed"),
    [("0.5", 0), ("0.51", 1), ("0.75", 1), ("0.76", None), ("0", 0), ("1", None)],
)
def test_bounds_and_tipping_point_counted_by_hand(ask, reach, needed):
    """Two of three met it and one is missing: between 2 of 4 and 3 of 4."""
    (row,) = ask("--outcome", "response", "--reach", reach)["bounds"]
    assert (row["met"], row["decided"], row["due"], row["missing"]) == (2, 3, 4, 1)
    assert (row["low"], row["high"]) == (0.5, 0.75)
    assert row["observed"] == pytest.approx(2 / 3)
    assert row["needed"] == needed


def test_bounds_per_group(ask):
    rows = ask("--outcome", "response", "--by", "modality")["bounds"]
    found = {row["modality"]: (row["met"], row["decided"], row["missing"]) for row in rows}
    assert found == {"rtms": (2, 2, 0), "ect": (0, 1, 1), "rtms+psychotherapy": (0, 0, 0)}


@pytest.mark.parametrize(
    "options", [["--outcome", "response"], ["--outcome", "remission", "--by", "modality"]]
)
def test_csv_holds_what_json_holds(ask, run, store, options):
    answer = ask(*options)
    result = run("sensitivity", store, "--instrument", "phq9", "--format", "csv", *options)
    assert (result.code, result.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert len(rows) == len(answer["rows"])
    for row, expected in zip(rows, answer["rows"], strict=True):
        assert row == {n: "" if v is None else str(v) for n, v in expected.items()}
        assert row["release"] == "local"


def test_the_table(run, store):
    result = run("sensitivity", store, "--instrument", "phq9", "--outcome", "response",
                 "--reach", "0.7")  # fmt: skip
    assert (result.code, result.err) == (0, "")
    for text in ("Under each definition", "2 / 3", "66.7", " *", "the others are set beside",
                 "Whatever the missing endpoints were", "1 of 1", "reach 70.0 %"):  # fmt: skip
        assert text in result.out


def test_a_rate_that_cannot_be_reached_is_said_so(run, store):
    result = run("sensitivity", store, "--outcome", "response", "--reach", "0.9")
    assert "cannot be reached" in result.out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--outcome", "respons"], 'did you mean "response"?'),
        (["--outcome", "response", "--reach", "50"], "from 0 to 1, such as 0.5."),
        (["--outcome", "response", "--release", "shared"], "is not for the shared release."),
        (["--outcome", "response", "--release", "public"], 'no release policy "public"'),
        (["--outcome", "response", "--by", "colour"], 'no field "colour"'),
        (["--outcome", "response", "--where", "site=nort"], 'did you mean "north"?'),
        (["--outcome", "sustained_response", "--missing", "locf"], "choose observed or"),
        (["--outcome", "recovered", "--cutoff", "high"], '"high" is not a cut-off'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_asked_is_one_sentence(run, store, options, sentence):
    result = run("sensitivity", store, *options)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("trd-outcomes: ")
    assert result.err.count("\n") == 1
    assert sentence in result.err


def test_instruments_of_one_family_stand_side_by_side(run, tmp_path):
    """An instrument of another family, such as one for anxiety, is never set beside it."""
    (tmp_path / "scores.csv").write_text(
        "patient_id,modality,instrument,day,score\n"
        + "".join(
            f"P1,ect,{name},{day},{score}\n"
            for name, before, after in (("phq9", 20, 4), ("madrs", 30, 8), ("gad7", 15, 3))
            for day, score in ((0, before), (42, after))
        ),
        "utf-8",
    )
    assert main(["import", str(tmp_path / "store"), str(tmp_path / "scores.csv")]) == 0
    result = run("sensitivity", tmp_path / "store", "--instrument", "phq9", "--outcome",
                 "response", "--format", "json")  # fmt: skip
    rows = json.loads(result.out)["rows"]
    assert "gad7" not in {row["instrument"] for row in rows}
    assert "phq9" in {row["instrument"] for row in rows}


def test_the_item_on_suicidal_thoughts_where_another_scale_was_recorded_without_it(run, tmp_path):
    """The MADRS has such an item, too, but nobody recorded it here."""
    (tmp_path / "scores.csv").write_text(
        "patient_id,modality,instrument,day,score,item_9\n"
        "P1,ect,phq9,0,20,2\nP1,ect,phq9,42,4,0\nP1,ect,madrs,0,30,\n",
        "utf-8",
    )
    assert main(["import", str(tmp_path / "store"), str(tmp_path / "scores.csv")]) == 0
    result = run("sensitivity", tmp_path / "store", "--outcome", "suicidality_resolved",
                 "--min-baseline", "none", "--format", "json")  # fmt: skip
    assert (result.code, result.err) == (0, "")
    rows = json.loads(result.out)["rows"]
    # four timepoints and three missing rules; a minimum of the total plays no part
    assert len(rows) == len({(row["timepoint"], row["missing"]) for row in rows}) == 4 * 3
    assert {row["instrument"] for row in rows} == {"phq9"}


@pytest.mark.parametrize(
    "options",
    [
        ["--outcome", "remission", "--remission", "phq9_lt5"],
        ["--outcome", "response", "--min-baseline", "10"],
        ["--outcome", "response", "--timepoint", "14:84"],
        ["--outcome", "recovered", "--reliable-change", "6", "--cutoff", "lt10"],
    ],
    ids=" ".join,
)
def test_a_definition_that_only_reads_otherwise_is_not_counted_twice(ask, options):
    told = [(row["definition"], row["rule_in_words"]) for row in ask(*options)["rows"]]
    assert len(told) == len(set(told))
    assert len(told) == len(ask(*options[:2])["rows"])


def test_what_was_chosen_is_varied_too(ask):
    rows = ask("--outcome", "remission", "--remission", "phq9_le6", "--min-baseline", "16")["rows"]
    found = {(r["timepoint"], r["rule"], r["min_baseline"], r["missing"]): r for r in rows}
    assert len(found) == len(rows) == 4 * 2 * 3 * 3
    row = found["acute", "phq9_le6", "none", "observed"]
    assert (row["numerator"], row["denominator"]) == (2, 4)


def test_a_variant_that_cannot_be_asked_is_left_out(ask):
    """A week 12 that ends after the horizon, and a spread where only one has both scores."""
    rows = ask("--outcome", "sustained_response", "--horizon", "85")["rows"]
    assert {row["timepoint"] for row in rows} == {"acute", "week_6", "end_of_course"}
    rows = ask("--outcome", "recovered", "--cutoff", "a", "--min-baseline", "none")["rows"]
    assert {row["timepoint"] for row in rows} >= {"acute", "week_6"}
