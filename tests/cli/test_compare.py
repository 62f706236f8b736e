"""`trd-outcomes compare`: what is compared, and the answer as tables, JSON and CSV."""

import csv
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import Cohort, Definition, open_store
from analysis.compare.plan import Comparison, Named
from analysis.compare.results import (
    Adjustment,
    Code,
    Compared,
    Contrast,
    Detectable,
    EValue,
    Gate,
    GroupRow,
    NonInferiority,
    OverallTest,
    ShrunkRate,
)
from analysis.export_comparison import COLUMNS, comparison_csv, comparison_json
from analysis.progress import Meter, Stopped
from analysis.saved_cohorts import save_cohort
from dashboard.commands.compare_tables import print_tables
from dashboard.commands.progress import Late, quiet

ROOT = Path(__file__).resolve().parents[2]
NORTH = Named("=North [x]", Cohort.of({"site": ["north"]}))
VALLEY = Named("Valley", Cohort.of({"site": ["valley"]}))
PAIR = (NORTH.name, VALLEY.name)

# An answer as drawn on paper: one shown difference, one that is not, and all that goes with them.
DRAWN = Compared(
    comparison=Comparison(a=NORTH, b=VALLEY, margin=0.1, adjust="overlap"),
    groups=PAIR,
    rows=(
        GroupRow("response", PAIR[0], "Wilson", 30, 60, 4, 0.5, 0.377, 0.623, completeness=0.9375),
        GroupRow("response", PAIR[1], "Wilson", None, None, None, None, None, None, withheld=True),
        GroupRow("mean_change", PAIR[1], "t", None, 60, None, -7.25, -8.0, -6.5, sd=3.0),
        GroupRow("weighted_rate", PAIR[0], "w", None, 60, None, 0.4, 0.3, 0.5, against=PAIR[1]),
    ),
    contrasts=(
        Contrast("risk_difference", *PAIR, "Newcombe", 0.125, -0.05, 0.3, 0.0004, 0.0008, 0.0006),
        Contrast("risk_ratio", *PAIR, "Katz", 1.25, 0.9, 1.75, None),
        Contrast("odds_ratio", *PAIR, "exact", None, None, None, None, not_shown="nobody met it"),
        Contrast("mean_difference", *PAIR, "", None, None, None, None,
                 not_shown="North: 3 episodes have an endpoint."),
        Contrast("risk_difference", *PAIR, "weighted", 0.1, 0.0, 0.2, 0.04, adjusted=True),
        Contrast("visit_difference", *PAIR, "mixed model", -1.5, -3.0, 0.0, 0.05, visit=42),
    ),
    overall=(
        OverallTest("rates", "chi-squared", PAIR, 4.5, 1.0, 0.034),
        OverallTest("rates", "F test", PAIR, None, None, None, "Fewer than two groups pass."),
    ),
    gates=(
        Gate("endpoints", PAIR[:1], 3.0, 15.0, False, "North: 3 episodes have an endpoint.",
             "Wait for more."),
        Gate("completeness", PAIR[1:], 0.9, 0.5, True, "Valley is complete.", "Nothing."),
    ),
    adjustments=(
        Adjustment(*PAIR, "overlap weights", True, 55.24, 48.0, 0.41, 0.0, 1.0, 0.7, (), (), ()),
    ),
    e_values=(EValue(*PAIR, 1.81, None),),
    detectable=(Detectable(*PAIR, "risk_difference", 0.2534, "normal approximation"),),
    non_inferiority=(NonInferiority(*PAIR, "response", 0.1, "non_inferior", "No worse by 10."),),
    shrunk=(ShrunkRate(PAIR[1], 1, 2, 0.5, 0.45, 0.301, 0.6),),
    limits=("Groups differ in more than their treatment.",),
    notes=("A model did something else instead.",),
    cohort="All episodes.",
    repeated_sentence="Only the first episode of each patient counts.",
    definition=Definition(),
    definition_sentence="PHQ-9. And so on.",
    rules=(("response", "at least half"),),
    code=Code("trd-outcomes compare s", "select 1;", "import analysis"),
    snapshot="abc123",
)  # fmt: skip


@pytest.fixture
def printed(capsys):
    """The drawn answer as it is printed into a pipe."""
    capsys.readouterr()
    print_tables(DRAWN, None)
    return capsys.readouterr().out


def line_with(text, *parts):
    (found,) = (line for line in text.splitlines() if all(part in line for part in parts))
    return " ".join(found.split())


def test_the_limits_stand_first_and_the_snapshot_last(printed):
    lines = printed.splitlines()
    assert lines[0] == "Groups differ in more than their treatment."
    assert lines[-1] == "Snapshot abc123. Release: local."
    assert "=North [x]: Episodes with site north." in lines


def test_rows_are_printed_in_their_units(printed):
    assert line_with(printed, "30 / 60") == "response =North [x] 30 / 60 50.0 37.7 to 62.3 4 93.8"
    assert line_with(printed, "mean change") == "mean change Valley 60 -7.25 -8.00 to -6.50 3.00"
    assert line_with(printed, "withheld") == "response Valley withheld"
    assert "weighted rate, against Valley" in printed


def test_differences_are_printed_in_their_units_with_their_p_values(printed):
    assert line_with(printed, "Newcombe") == (
        "risk difference =North [x] Valley 12.5 percentage points -5.0 to 30.0 <0.001 <0.001 "
        "<0.001 Newcombe"
    )
    assert line_with(printed, "Katz") == "risk ratio =North [x] Valley 1.25 0.90 to 1.75 Katz"
    assert "risk difference, weighted" in printed
    shown = (
        "visit difference, day 42 =North [x] Valley -1.50 points -3.00 to 0.00 0.050 mixed model"
    )
    assert line_with(printed, "mixed model") == shown


def test_what_is_not_shown_says_why_and_what_would_mend_it(printed):
    assert "North: 3 episodes have an endpoint. Wait for more." in printed.splitlines()
    assert "=North [x] against Valley: differences not shown, for the reasons above." in printed
    assert "=North [x] against Valley: odds ratio not shown, nobody met it." in printed
    assert "Valley is complete." not in printed
    assert "exact" not in printed


def test_what_goes_with_the_differences_is_said(printed):
    for line in (
        "All groups, chi-squared (=North [x], Valley): statistic 4.50, df 1, p 0.034.",
        "All groups, F test (=North [x], Valley): not shown. Fewer than two groups pass.",
        "Weighted, =North [x] against Valley (overlap weights), effective sample sizes 55.2 and "
        "48.0, largest standardised mean difference 0.41 before and 0.00 after.",
        "E-value, =North [x] against Valley: 1.81.",
        "No worse by 10.",
        "A model did something else instead.",
    ):
        assert line in printed.splitlines()


def test_what_would_be_seen_and_what_is_drawn_together_are_tables(printed):
    seen = "risk difference =North [x] Valley 25.3 percentage points normal approximation"
    assert line_with(printed, "approximation") == seen
    assert line_with(printed, "30.1 to") == "Valley 1 / 2 50.0 45.0 30.1 to 60.0"


def test_json_holds_everything():
    answer = json.loads(comparison_json(DRAWN, {"as_of_batch": 3}))
    assert list(answer)[:4] == ["snapshot", "as_of_batch", "limits", "cohort"]
    assert answer["comparison"]["a"] == {
        "name": "=North [x]",
        "where": {"site": ["north"]},
        "sentence": "Episodes with site north.",
    }
    assert answer["definition"]["rules"] == {"response": "at least half"}
    assert answer["contrasts"][0]["p_holm"] == 0.0008
    assert answer["rows"][1] == {**answer["rows"][1], "numerator": None, "withheld": True}
    assert answer["code"]["sql"] == "select 1;"
    kept = {"comparison", "definition", "rules", "definition_sentence", "repeated_sentence"}
    assert {field for field in Compared.__dataclass_fields__ if field not in kept} <= set(answer)


def test_csv_has_a_row_per_group_and_difference_with_what_it_is_about():
    rows = list(csv.DictReader(io.StringIO(comparison_csv(DRAWN, {"as_of_batch": 3}))))
    assert [row["row"] for row in rows] == ["group"] * 4 + ["difference"] * 6
    assert tuple(rows[0])[: len(COLUMNS)] == COLUMNS
    for row in rows:
        assert row["cohort"] == "All episodes."
        assert row["definition"] == "PHQ-9. And so on."
        assert row["groups"].endswith("Valley: Episodes with site valley.")
        assert (row["snapshot"], row["release"], row["as_of_batch"]) == ("abc123", "local", "3")
    assert rows[0]["group"] == rows[4]["group"] == "'=North [x]"
    assert rows[1]["numerator"] == rows[1]["estimate"] == ""
    assert (rows[4]["estimate"], rows[4]["p_bh"]) == ("0.125", "0.0006")
    assert rows[6]["not_shown"] == "nobody met it"


def test_csv_of_no_rows_has_its_header():
    empty = comparison_csv(replace(DRAWN, rows=(), contrasts=()))
    assert empty.splitlines() == [comparison_csv(DRAWN).splitlines()[0]]


# ---- asked of the sample data --------------------------------------------------------------------


@pytest.fixture
def sample(sample_store, tmp_path):
    """A copy of the store of the sample data, of which a test may change the saved cohorts."""
    return shutil.copytree(sample_store.path, tmp_path / "store")


@pytest.fixture
def ask(run, sample_store):
    def as_json(*options, store=sample_store.path):
        result = run("compare", store, "--format", "json", *options)
        assert result.code == 0  # on a busy machine the steps stand on standard error
        return json.loads(result.out)

    return as_json


def test_groups_are_counted_as_the_rates_count_them(ask, run, sample_store):
    answer = ask("--by", "site", "--repeated", "clustered")
    rates = json.loads(
        run("rates", sample_store.path, "--by", "site", "--outcome", "response",
            "--format", "json").out
    )  # fmt: skip
    counted = {r["group"]: (r["numerator"], r["denominator"]) for r in answer["rows"]}
    assert counted == {r["site"]: (r["numerator"], r["denominator"]) for r in rates["rows"]}
    assert answer["snapshot"] == sample_store.snapshot


def test_saved_names_and_filters_are_the_same_question(ask, sample):
    save_cohort(sample, "The north", Cohort.of({"site": ["north"]}))
    named = ask("--a", "The north", "--b", "site=valley", store=sample)
    typed = ask("--a", "site=north", "--b", "site=valley", "--a-name", "The north", store=sample)
    assert named == typed
    assert named["groups"] == ["The north", "site valley"]
    assert "--a site=north --a-name 'The north'" in named["code"]["command"]


def test_the_margin_is_typed_in_percentage_points(ask):
    sides = ("--a", "site=north", "--b", "site=valley", "--margin", "10")
    assert ask(*sides)["comparison"]["margin"] == 0.1
    assert ask(*sides, "--measure", "change")["comparison"]["margin"] == 10.0


def test_adjust_alone_means_overlap_weights(ask):
    sides = ("--a", "site=north", "--b", "site=valley")
    assert ask(*sides)["comparison"]["adjust"] == "none"
    assert ask(*sides, "--adjust")["comparison"]["adjust"] == "overlap"
    assert ask(*sides, "--adjust", "inverse")["comparison"]["adjust"] == "inverse"


@pytest.mark.parametrize(
    "options",
    [
        ("--by", "site"),
        ("--a", "site=north", "--b", "site=valley,harbour", "--adjust", "--margin", "10"),
        ("--by", "site", "--measure", "change", "--repeated", "clustered"),
        ("--by", "site", "--measure", "visits", "--visits", "28,56"),
        ("--by", "site", "--measure", "time", "--event", "remission"),
        ("--by", "sex", "--release", "shared"),
    ],
    ids=" ".join,
)
def test_the_python_prints_the_numbers_of_the_command(ask, options):
    answer = ask(*options)
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", answer["code"]["python"]],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    expected = [
        f"{row['measure']} {row['group']} against {row['against']}, {row['method']}: "
        f"{row['estimate']} ({row['conf_low']} to {row['conf_high']})"
        if row["not_shown"] is None
        else f"{row['measure']} {row['group']} against {row['against']}: {row['not_shown']}"
        for row in answer["contrasts"]
    ]
    assert ran.stdout.splitlines() == expected
    again = ask(*shlex.split(answer["code"]["command"])[3:])
    assert again == answer


def test_the_sql_of_an_answer_can_be_run(ask, sample_store):
    text = ask("--by", "site")["code"]["sql"]
    assert text.startswith("-- Question 1 of ")
    assert f"snapshot {sample_store.snapshot}" in text
    for question in text.split("\n\n-- Question "):
        values = {
            line.split(" = ")[0].removeprefix("--   $"): json.loads(line.split(" = ", 1)[1])
            for line in question.splitlines()
            if line.startswith("--   $")
        }
        with sample_store.connection.cursor() as cursor:
            assert cursor.execute("-- " + question, values).fetchall()


def test_the_table_names_gates_that_fail(run, store):
    result = run("compare", store, "--by", "site")
    assert result.code == 0
    assert "at least 15 are needed." in result.out
    assert "differences not shown, for the reasons above." in result.out
    assert "Differences" not in result.out


def test_the_table_of_a_shown_difference(run, sample_store):
    result = run("compare", sample_store.path, "--by", "site")
    assert "percentage points" in result.out
    assert f"Snapshot {sample_store.snapshot}. Release: local." in result.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "one of both"),
        (("--by", "site", "--a", "site=north", "--b", "site=valley"), "one of both"),
        (("--a", "site=north"), "one of both"),
        (("--by", "site,sex"), "one field"),
        (("--by", "planet"), 'no field "planet"'),
        (("--a", "South", "--b", "site=north"), 'no saved cohort "South"'),
        (("--a", "site=mars", "--b", "site=north"), 'no site value "mars"'),
        (("--a-name", "X", "--b", "site=north"), 'Say which episodes "X" are'),
        (("--by", "site", "--margin", "0"), "larger than 0"),
        (("--by", "site", "--margin", "nan"), "larger than 0"),
        (("--by", "site", "--margin", "100"), "below 100"),
        (("--by", "site", "--measure", "mood"), 'no kind of comparison "mood"'),
        (("--by", "site", "--outcome", "joy"), 'no outcome "joy"'),
        (("--by", "site", "--adjust", "magic"), 'no adjustment "magic"'),
        (("--by", "site", "--repeated", "twice"), "rule for repeated episodes"),
        (("--by", "site", "--visits", "a"), "is not a list of visits"),
        (("--by", "site", "--release", "everyone"), "everyone"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_asked_is_one_sentence(run, sample_store, options, words):
    result = run("compare", sample_store.path, *options)
    assert result.code == 2
    assert words in result.err
    assert result.err.count("\n") == 1


def test_under_shared_the_answer_is_a_released_one(ask):
    answer = ask("--by", "sex", "--release", "shared")
    assert answer["release"] == "shared"
    assert answer["code"]["command"].endswith("--release shared")
    for row in answer["rows"]:
        assert row["withheld"] == (row["denominator"] is None)


def test_the_store_as_of_a_batch_is_asked(ask, sample):
    with open_store(sample) as opened:
        batch = opened.manifest.batch
    answer = ask("--by", "site", "--as-of", str(batch), store=sample)
    assert answer["as_of_batch"] == batch
    command = shlex.split(answer["code"]["command"])
    assert command[-2:] == ["--as-of", str(batch)]
    assert ask(*command[3:], store=sample) == answer


def test_steps_are_told_once_it_takes_long(capsys):
    shown = quiet()
    assert isinstance(shown, Late)
    clock = iter(range(100))
    meter = Meter(clock=lambda: float(next(clock)))
    capsys.readouterr()
    for share in (0.1, 0.2):
        meter.at("Fitting [the] model", share)
        shown.step(meter.step)
        shown.update(meter.now())
    assert capsys.readouterr() == ("", "Fitting [the] model\n")
    assert meter.now().fraction == 0.2
    meter.stop()
    with pytest.raises(Stopped):
        meter.at("Fitting [the] model", 0.3)


@pytest.mark.skipif(os.name != "posix", reason="signals are a posix matter")
def test_ctrl_c_ends_it_without_a_traceback(sample_store):
    command = [sys.executable, "-m", "dashboard.cli", "compare", str(sample_store.path)]
    visits = ",".join(str(day) for day in range(7, 85, 7))
    process = subprocess.Popen(
        [*command, "--by", "site", "--measure", "visits", "--visits", visits],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    if process.returncode == 0:
        pytest.skip("it was done before it could be stopped")
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "trd-outcomes: stopped."
    assert "Traceback" not in err
