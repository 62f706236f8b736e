"""The code of a comparison says what was asked: read back, it is the same question."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import Cohort, Definition, Timepoint, Window, definition_from_query, rates
from analysis.compare.code import (
    code_for,
    command_line,
    margin_text,
    python_code,
    released_code,
    sql_text,
    typed_margin,
)
from analysis.compare.plan import Comparison, Named
from analysis.store import Asked
from dashboard.cli import build_parser, joined_windows
from dashboard.commands.compare import comparison_of
from dashboard.commands.question import cohort_of, definition_of

NORTH = Named("North", Cohort.of({"site": ["north"]}))
OTHERS = Named("all others, 'quoted'", Cohort.of({"site": ["valley", "harbour"]}))
EVERYONE = Named("Everyone", Cohort())
COMPARISONS = {
    "one field": Comparison(by="site"),
    "two cohorts": Comparison(a=NORTH, b=OTHERS),
    "against all": Comparison(a=NORTH, b=EVERYONE, repeated="clustered"),
    "another outcome": Comparison(by="modality", outcome="remission", adjust="overlap"),
    "a margin of rates": Comparison(a=NORTH, b=OTHERS, margin=0.07, adjust="inverse"),
    "change": Comparison(by="modality", kind="change", margin=2.5),
    "visits": Comparison(by="site", kind="visits", visits=(14, 42)),
    "time": Comparison(by="modality", kind="time", event="remission"),
}
COHORTS = {
    "all": Cohort(),
    "filtered": Cohort.of({"modality": ["rtms", "ect"], "treatment_resistant": ["yes"]}),
    "odd levels": Cohort.of({"site": ['the "lake", north', "a b", "$HOME", "c=d"]}),
}
DEFINITIONS = {
    "first": Definition(),
    "all chosen": definition_from_query(
        {
            "instrument": "phq9",
            "timepoint": "28:56:nearest@42",
            "baseline": "-7:0",
            "missing": "nonresponse",
            "min_baseline": "12",
            "remission": "phq9_lt5",
            "minimal_important": "5",
            "reliable_change": "r=0.8,sd=5.5",
            "cutoff": "lt10",
            "horizon": "120",
        }
    ),
    "a preset": Definition(instrument="gad7", min_baseline="none"),
}


def read_back(store, command):
    """Return what the command line of a command asks for."""
    program, *arguments = shlex.split(command)
    assert program == "trd-outcomes"
    options = build_parser().parse_args(joined_windows(arguments))
    assert options.command == "compare"
    asked = cohort_of(options), definition_of(options, store), comparison_of(options, store)
    return options, asked


@pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=COMPARISONS)
@pytest.mark.parametrize("cohort", COHORTS.values(), ids=COHORTS)
@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_the_command_asks_the_same(sample_store, cohort, definition, comparison):
    command = command_line(sample_store.path, cohort, definition, comparison)
    options, asked = read_back(sample_store, command)
    assert asked == (cohort, definition, comparison)
    assert (options.store, options.release, options.as_of) == (sample_store.path, "local", None)


def test_the_command_names_what_is_chosen_and_nothing_else():
    command = command_line("clinic", Cohort(), Definition(), Comparison(by="site"))
    assert command == "trd-outcomes compare clinic --by site --instrument phq9"
    chosen = Comparison(a=NORTH, b=OTHERS, margin=0.1, outcome="remission")
    definition = Definition(baseline=Window(-7, 0), timepoint=Timepoint("28:56", 28, 56))
    assert command_line("my clinic", COHORTS["filtered"], definition, chosen, policy="shared",
                        as_of=3) == (
        "trd-outcomes compare 'my clinic' --a site=north --a-name North "
        "--b site=harbour,valley --b-name 'all others, '\"'\"'quoted'\"'\"'' "
        "--outcome remission --margin 10 --where modality=ect,rtms "
        "--where treatment_resistant=yes --instrument phq9 --timepoint 28:56 --baseline=-7:0 "
        "--as-of 3 --release shared"
    )  # fmt: skip


@given(st.floats(0.0001, 99.99))
def test_a_typed_margin_is_written_as_it_was_typed(typed):
    for kind in ("rates", "change"):
        margin = typed_margin(kind, typed)
        assert typed_margin(kind, float(margin_text(kind, margin))) == margin


@pytest.mark.parametrize("text", ["7", "10", "2.5", "0.1", "12.75", "100", "1000"])
def test_a_margin_reads_as_a_person_wrote_it(text):
    for kind in ("rates", "change"):
        assert margin_text(kind, typed_margin(kind, float(text))) == text


@pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=COMPARISONS)
@pytest.mark.parametrize("cohort", COHORTS.values(), ids=COHORTS)
@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_the_python_builds_the_same(sample_store, cohort, definition, comparison):
    """What stands in the program is carried out; the store is asked in tests of the engine."""
    code = python_code(sample_store.path, "0123", cohort, definition, comparison)
    start = code.index("compare(\n") + len("compare(\n")
    given = code[start : code.index("\n    )\nanswer = ")]
    names = {"Cohort": Cohort, "Comparison": Comparison, "Named": Named, "store": sample_store}
    names["definition_from_query"] = definition_from_query
    assert eval(f"({given})", names) == (sample_store, cohort, definition, comparison)
    imported = {name.strip(" ,") for name in code[code.index("(") + 1 : code.index(")")].split()}
    assert ("Named" in imported) == (comparison.a is not None)
    compile(code, "snippet", "exec")


@pytest.mark.parametrize("text", ['a"b', "a\\b", "é😀", "a\nb😀", "a\x07b", "{x}", "a'b"])
def test_any_text_stands_in_the_python(text):
    comparison = Comparison(a=Named(text, NORTH.cohort), b=OTHERS)
    code = python_code("store", "0123", Cohort.of({"site": [text]}), Definition(), comparison)
    compile(code, "snippet", "exec")
    start = code.index("Cohort.of")
    assert eval(code[start : code.index(",\n", start)], {"Cohort": Cohort}) == Cohort.of(
        {"site": [text]}
    )


def test_the_python_checks_the_snapshot_and_says_what_to_do():
    code = python_code("store", "abc123", Cohort(), Definition(), Comparison(by="site"))
    assert 'if store.snapshot != "abc123":' in code
    assert "--as-of BATCH" in code


def test_code_under_another_policy_is_the_code_of_that_policy(sample_store):
    asked = (sample_store.path, sample_store.snapshot, COHORTS["filtered"], Definition())
    local = code_for(*asked, COMPARISONS["two cohorts"])
    shared = code_for(*asked, COMPARISONS["two cohorts"], policy="shared")
    assert released_code(local, "shared") == shared
    assert released_code(local, "local") == local
    assert 'release_compared(answer, "shared")' in shared.python
    options, _ = read_back(sample_store, shared.command)
    assert options.release == "shared"


# ---- SQL -----------------------------------------------------------------------------------------


def test_what_a_store_is_asked_is_recorded_and_can_be_run_again(sample_store):
    recording = sample_store.recording()
    plain = rates(sample_store, COHORTS["filtered"], DEFINITIONS["all chosen"], by=("site",))
    recorded = rates(recording, COHORTS["filtered"], DEFINITIONS["all chosen"], by=("site",))
    assert recorded == plain
    assert len(recording.asked) >= 2
    assert sample_store.asked is None
    for asked in recording.asked:
        text = sql_text([asked], recording.snapshot)
        assert asked.sql.strip() in text
        with recording.connection.cursor() as cursor:
            again = cursor.execute(text, dict(asked.parameters)).fetchall()
            before = cursor.execute(asked.sql, dict(asked.parameters)).fetchall()
        assert again
        assert sorted(again, key=str) == sorted(before, key=str)


def test_the_rows_of_recorded_sql_are_those_that_were_answered(sample_store):
    recording = sample_store.recording()
    columns = recording.ask("episodes", {"level_0_0": "rtms"}, group='"site", ',
                            text='cast("site" as string) as "site", ',
                            cohort='and "modality" in ($level_0_0)')  # fmt: skip
    (asked,) = recording.asked
    with recording.connection.cursor() as cursor:
        rows = cursor.execute(sql_text([asked], "x"), dict(asked.parameters)).fetchall()
    answered = list(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    assert sorted(rows) == sorted(answered)


def test_each_recording_has_a_list_of_its_own(sample_store):
    first, second = sample_store.recording(), sample_store.recording()
    rates(first, Cohort(), Definition())
    assert first.asked
    assert second.asked == []
    assert first == replace(second)


def test_sql_says_each_question_once_with_its_parameters():
    one = Asked("-- One row per x.\nselect $name", {"name": "it's\n-- not the end", "day": 3})
    other = Asked("select 1", {})
    text = sql_text([one, other, one], "abc123")
    assert text == (
        "-- Question 1 of 2, snapshot abc123.\n"
        "-- Parameters:\n"
        '--   $name = "it\'s\\n-- not the end"\n'
        "--   $day = 3\n"
        "-- One row per x.\n"
        "select $name;\n"
        "\n"
        "-- Question 2 of 2, snapshot abc123.\n"
        "select 1;"
    )
    assert sql_text([], "abc123") == ""


def test_no_value_of_a_filter_is_part_of_the_sql(sample_store):
    recording = sample_store.recording()
    rates(recording, Cohort.of({"site": ["valley"]}), Definition(), by=("modality",))
    assert not any("valley" in asked.sql for asked in recording.asked)
    assert all("valley" in asked.parameters.values() for asked in recording.asked)


def test_the_path_of_the_store_is_quoted():
    command = command_line(Path("a b;c"), Cohort(), Definition(), Comparison(by="site"))
    assert shlex.split(command)[2] == "a b;c"
