"""`trd-outcomes trajectory`: the same means as a table, as JSON and as CSV."""

import csv
import io
import json

import pytest

TOP = ["snapshot", "cohort", "definition", "release", "shown_on", "rows"]


@pytest.fixture
def ask(run, store):
    def as_json(*options: str):
        result = run("trajectory", store, "--format", "json", *options)
        assert (result.code, result.err) == (0, "")
        return json.loads(result.out)

    return as_json


def test_the_means_of_eligible_episodes(ask):
    answer = ask("--by", "site")
    assert list(answer) == TOP
    first = {row["site"]: (row["n"], row["estimate"]) for row in answer["rows"]
             if row["interval"] == 0}  # fmt: skip
    assert first == {"north": (1, 20.0), "south": (3, pytest.approx(55 / 3))}
    sixth = {row["site"]: (row["from_day"], row["to_day"], row["n"], row["estimate"])
             for row in answer["rows"] if row["interval"] == 3}  # fmt: skip
    assert sixth == {"north": (29, 42, 1, 4.0), "south": (29, 42, 0, None)}


def test_intervals_of_four_weeks(ask):
    days = [(row["from_day"], row["to_day"]) for row in ask("--weeks", "4")["rows"]]
    assert days[:3] == [(-14, 0), (1, 28), (29, 56)]
    assert len(days) == 14


def test_csv_has_a_row_per_mean_and_says_what_it_is(run, store, ask):
    result = run("trajectory", store, "--by", "site", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    told = ask("--by", "site")
    assert [row["n"] for row in rows] == [str(row["n"]) for row in told["rows"]]
    assert {row["snapshot"] for row in rows} == {told["snapshot"]}
    assert {row["definition"] for row in rows} == {told["definition"]["sentence"]}


def test_the_table_has_the_means(run, store):
    result = run("trajectory", store)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "Cohort: All episodes."
    assert any(line.split()[:5] == ["-14", "to", "0", "4", "18.8"] for line in lines)
    assert lines[-1].endswith("Release: local.")


def test_small_counts_are_withheld(ask):
    answer = ask("--release", "shared")
    assert answer["release"] == "shared"
    assert {row["n"] for row in answer["rows"]} == {None}
    assert all(row["withheld"] for row in answer["rows"])


def test_scores_are_read_on_another_scale(run, store, ask):
    plain, linked = ask(), ask("--shown-on", "phq9_to_promis_dep")
    assert linked["shown_on"] == "phq9_to_promis_dep"
    assert linked["rows"][0]["n"] == plain["rows"][0]["n"]
    assert linked["rows"][0]["estimate"] > 50 > plain["rows"][0]["estimate"]
    result = run("trajectory", store, "--shown-on", "phq9_to_nothing")
    assert (result.code, result.out) == (2, "")
    assert 'There is no crosswalk "phq9_to_nothing"' in result.err


def test_other_baseline_windows_are_refused(run, store):
    result = run("trajectory", store, "--baseline", "-7:0")
    assert (result.code, result.out) == (2, "")
    assert "Trajectories use the baseline window -14:0" in result.err


def test_as_of_is_said(ask):
    assert ask("--as-of", "1")["as_of_batch"] == 1
