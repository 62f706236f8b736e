"""`trd-outcomes curve`: the same numbers as a table, as JSON and as CSV."""

import csv
import io
import json

import pytest

from dashboard.cli import main

TOP = ["snapshot", "cohort", "event", "definition", "release", "summaries", "landmarks", "rows"]
# R1 responds on day 14, R2 on day 28 after a score that shows none; L is last seen on day 21
# without one, S is switched on day 10 and responds too late, N is never assessed again.
EPISODES = "episode_id,patient_id,modality\n" + "".join(
    f"{name},patient of {name},{modality}\n"
    for name, modality in (("R1", "ect"), ("R2", "ect"), ("L", "ect"), ("S", "ect"), ("N", "rtms"))
)
ASSESSMENTS = """\
episode_id,instrument,day,score
R1,phq9,0,20
R1,phq9,14,10
R1,phq9,60,18
R1,phq9,70,19
R2,phq9,0,20
R2,phq9,14,11
R2,phq9,28,9
R2,phq9,100,8
L,phq9,0,20
L,phq9,21,19
S,phq9,0,20
S,phq9,28,2
N,phq9,0,20
"""
EVENTS = "episode_id,day,event\nS,10,switch\n"


@pytest.fixture(scope="module")
def clinic_store(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("curves")
    files = []
    for name, text in (("episodes", EPISODES), ("assessments", ASSESSMENTS), ("events", EVENTS)):
        (folder / f"{name}.csv").write_text(text, "utf-8")
        files.append(str(folder / f"{name}.csv"))
    assert main(["import", str(folder / "store"), *files]) == 0
    return str(folder / "store")


@pytest.fixture
def ask(run, clinic_store):
    def as_json(*options: str):
        result = run("curve", clinic_store, "--format", "json", *options)
        assert (result.code, result.err) == (0, "")
        return json.loads(result.out)

    return as_json


def test_the_shape_of_the_json(ask):
    answer = ask("--event", "response", "--by", "modality")
    assert list(answer) == TOP
    assert answer["event"] == "response"
    assert answer["release"] == "local"
    assert answer["cohort"] == "All episodes."
    assert "Followed from the first treatment day" in answer["definition"]["sentence"]
    assert "50 %" in answer["definition"]["rules"]["response"]
    assert {row["modality"] for row in answer["summaries"]} == {"ect", "rtms"}


def test_the_steps_of_the_small_clinic(ask):
    """S leaves on day 10, R1 responds on 14, L is last seen on 21, R2 responds on 28."""
    steps = [
        (row["day"], row["at_risk"], row["events"], row["competing"], row["censored"])
        for row in ask("--event", "response")["rows"]
    ]
    assert steps == [(10, 4, 0, 1, 0), (14, 3, 1, 0, 0), (21, 2, 0, 0, 1), (28, 1, 1, 0, 0)]


def test_the_shares_of_the_small_clinic(ask):
    """By Kaplan-Meier 1, 2/3, 2/3, 0 are still without; 0, 1/4, 1/4, 3/4 have had it."""
    rows = ask("--event", "response")["rows"]
    assert [row["estimate"] for row in rows] == pytest.approx([1, 2 / 3, 2 / 3, 0])
    assert [row["incidence"] for row in rows] == pytest.approx([0, 1 / 4, 1 / 4, 3 / 4])


def test_the_summary_of_the_small_clinic(ask):
    (row,) = ask("--event", "response", "--until", "20")["summaries"]
    counted = ("episodes", "with_baseline", "eligible", "followed", "events", "switch", "censored")
    assert [row[name] for name in counted] == [5, 5, 5, 4, 2, 1, 1]
    assert row["median"] == 28
    assert row["mean"] == pytest.approx(14 + 6 * 2 / 3)
    assert row["until"] == 20
    assert row["started"] is None


def test_the_landmarks_of_the_small_clinic(ask):
    marks = {mark["day"]: mark for mark in ask("--event", "response")["landmarks"]}
    assert list(marks) == [14, 28, 56, 84, 183, 365]
    assert (marks[14]["estimate"], marks[14]["at_risk"]) == (pytest.approx(1 / 4), 3)
    assert (marks[28]["estimate"], marks[28]["at_risk"]) == (pytest.approx(3 / 4), 1)
    assert (marks[56]["estimate"], marks[56]["at_risk"], marks[56]["followed"]) == (None, 0, 4)


def test_a_relapse_is_counted_from_the_first_response(ask):
    """R1 responds on day 14 and is ill again on day 60, which day 70 confirms; R2 stays well."""
    answer = ask("--event", "relapse")
    (row,) = answer["summaries"]
    assert [row[name] for name in ("eligible", "started", "followed", "events")] == [5, 3, 2, 1]
    steps = [(r["day"], r["at_risk"], r["events"], r["censored"]) for r in answer["rows"]]
    assert steps == [(46, 2, 1, 0), (72, 1, 0, 1)]
    assert "Followed from the first response" in answer["definition"]["sentence"]


@pytest.mark.parametrize(
    "options",
    [
        ["--event", "response"],
        ["--event", "remission", "--by", "modality"],
        ["--event", "relapse"],
        ["--event", "response", "--release", "shared"],
        ["--event", "response", "--where", "modality=rtms"],
    ],
    ids=" ".join,
)
def test_csv_holds_what_json_holds(ask, run, clinic_store, options):
    answer = ask(*options)
    result = run("curve", clinic_store, "--format", "csv", *options)
    assert (result.code, result.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert len(rows) == len(answer["rows"])
    assert result.out.splitlines()[0].endswith("rules,definition_id,release,snapshot")
    for row, expected in zip(rows, answer["rows"], strict=True):
        for name, value in expected.items():
            assert row[name] == ("" if value is None else str(value))
        assert row["event"] == answer["event"]
        assert row["definition"] == answer["definition"]["sentence"]
        assert row["snapshot"] == answer["snapshot"]


def test_the_table(run, clinic_store):
    result = run("curve", clinic_store, "--event", "response", "--by", "modality")
    assert (result.code, result.err) == (0, "")
    for text in ("Time to event, in days", "still waiting", "switch", "28 (14 to ?)", "75.0",
                 "response: PHQ-9 reduced by at least 50 %", "Release: local."):  # fmt: skip
        assert text in result.out
    assert "nan" not in result.out.lower().replace("maintenance", "")


def test_the_clocks_start_is_a_column_of_relapse_only(run, clinic_store):
    assert "started" in run("curve", clinic_store, "--event", "relapse").out
    assert "started" not in run("curve", clinic_store, "--event", "response").out


def test_shared_numbers_of_few_are_withheld(ask, run, clinic_store):
    answer = ask("--event", "response", "--release", "shared")
    assert answer["rows"] == []
    assert {answer["summaries"][0][name] for name in ("followed", "events", "median")} == {None}
    assert {mark["withheld"] for mark in answer["landmarks"]} == {True}
    table = run("curve", clinic_store, "--event", "response", "--release", "shared").out
    assert "withheld" in table
    assert "not reached" not in table


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_nobody_is_an_answer(run, clinic_store, form):
    result = run("curve", clinic_store, "--event", "relapse", "--format", form,
                 "--where", "modality=rtms")  # fmt: skip
    assert (result.code, result.err) == (0, "")
    if form == "csv":
        assert len(result.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--event", "respons"], 'There is no event "respons"; did you mean "response"?'),
        (["--event", "response", "--until", "0"], "restricted to a day from 1 to 18300."),
        (["--event", "response", "--until", "9" * 400], "restricted to a day from 1 to 18300."),
        (["--event", "response", "--by", "modalty"], 'did you mean "modality"?'),
        (["--event", "response", "--instrument", "phq8"], '"phq8"'),
        (["--event", "remission", "--remission", "madrs_le10"], "is not one of PHQ-9"),
        (["--event", "response", "--release", "public"], 'no release policy "public"'),
        (["--event", "response", "--where", "modality=leeches"], '"leeches"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_asked_is_one_sentence(run, clinic_store, options, sentence):
    result = run("curve", clinic_store, *options)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("trd-outcomes: ")
    assert result.err.count("\n") == 1
    assert sentence in result.err


def test_an_event_must_be_named_and_a_timepoint_is_no_part_of_the_question(run, clinic_store):
    for options in ([], ["--event", "response", "--timepoint", "week_6"]):
        with pytest.raises(SystemExit) as ended:
            run("curve", clinic_store, *options)
        assert ended.value.code == 2


def test_a_minimum_far_below_the_scale_is_no_minimum(ask):
    without = ask("--event", "response", "--min-baseline", "none")
    below = ask("--event", "response", "--min-baseline=-9999")
    assert below["summaries"] == without["summaries"]
    assert below["rows"] == without["rows"]
