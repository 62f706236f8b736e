"""Answers of the command line: the same bytes from a store and, with Spark, from its export."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.cohort import Cohort
from analysis.saved_cohorts import save_cohort
from analysis.store import open_store
from analysis.store.write_parquet import write_parquet
from dashboard.cli import main

ROOT = Path(__file__).resolve().parents[2]
WHERE = ("--where", "modality=rtms,ect,esketamine")
QUESTIONS = {
    "rates": ("rates", "--by", "modality,site", "--outcome", "response,remission", *WHERE),
    "rates with a window": ("rates", "--timepoint", "20:60:nearest@42", "--missing", "locf"),
    "rates that last": ("rates", "--outcome", "sustained_response", "--by", "site"),
    "shared rates": ("rates", "--by", "site,sex", "--release", "shared"),
    "curve": ("curve", "--event", "remission", "--by", "modality"),
    "shared relapse": ("curve", "--event", "relapse", "--by", "sex", "--release", "shared"),
    "trajectory": ("trajectory", "--by", "modality", "--weeks", "4"),
    "shared trajectory": ("trajectory", "--by", "site,sex", "--release", "shared"),
    "compare saved cohorts": ("compare", "--a", "North", "--b", "site=valley", "--adjust"),
    "compare change": ("compare", "--by", "sex", "--measure", "change", "--release", "shared"),
    "compare visits": ("compare", "--by", "sex", "--measure", "visits", "--visits", "14,42,84"),
    "compare time": ("compare", "--by", "sex", "--measure", "time", "--event", "response"),
}


@pytest.fixture(scope="module")
def both(exports, tmp_path_factory):
    """The store of the sample data with a saved cohort, and the export of it."""
    store, _ = exports("sample")
    save_cohort(store, "North", Cohort.of({"site": ["north"]}), "ann")
    export = tmp_path_factory.mktemp("saved") / "export"
    with open_store(store) as opened:
        write_parquet(opened, export)
    return store, export


@pytest.fixture
def told(capsys):
    """Return a function that runs the command and returns what it printed."""

    def run(*arguments):
        capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == 0
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_the_same_from_an_export(name, spark, both, told):
    command, *options = QUESTIONS[name]
    store, export = both
    form = "csv" if command == "compare" else "json"
    options += ["--format", form]
    ours = told(command, store, *options)
    assert ours.count("\n") > 10
    assert told(command, export, *options, "--engine", "spark") == ours


def test_tables_are_the_same_too(spark, both, told):
    store, export = both
    ours = told("trajectory", store, "--by", "sex")
    assert told("trajectory", export, "--by", "sex", "--engine", "spark") == ours


def test_the_code_of_a_comparison_asks_the_same_export(spark, both, told):
    _, export = both
    options = ("--by", "sex", "--engine", "spark", "--format", "json")
    answer = json.loads(told("compare", export, *options))
    assert answer["code"]["command"].startswith(f"trd-outcomes compare {export} --engine spark ")
    assert f'open_store("{export}", "spark")' in answer["code"]["python"]


def test_an_export_says_as_of_which_batch_it_is(spark, drawn_batches, tmp_path, told):
    export = tmp_path / "then"
    told("export", drawn_batches, "--to", "parquet", export, "--as-of", "1")
    ours = told("rates", drawn_batches, "--as-of", "1", "--format", "json")
    theirs = told("rates", export, "--engine", "spark", "--format", "json")
    assert json.loads(theirs)["as_of_batch"] == 1
    assert theirs == ours


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_with_spark_is_quiet_and_ends(spark, both):
    _, export = both
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.cli", "rates", export, "--engine", "spark"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=500,
    )  # fmt: skip
    steps = {"Starting Spark", "Comparing the files of the export", "Counting with Spark"}
    assert done.returncode == 0
    assert set(done.stderr.splitlines()) <= steps
    assert "Snapshot" in done.stdout
