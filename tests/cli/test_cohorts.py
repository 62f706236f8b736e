"""`trd-outcomes cohorts`: filters saved by name, listed in words, and forgotten."""

import shlex
import shutil

import pytest

from analysis import Cohort
from analysis.saved_cohorts import read_cohorts, save_cohort, saved_cohorts
from dashboard.cli import main


@pytest.fixture
def own(drawn, tmp_path):
    """A copy of the store, of which a test may change the saved cohorts."""
    return shutil.copytree(drawn / "store", tmp_path / "store")


def test_a_store_has_none_at_first(run, own):
    result = run("cohorts", own)
    assert (result.code, result.out, result.err) == (0, "No cohorts are saved.\n", "")


def test_saved_listed_and_forgotten(run, own):
    saved = run("cohorts", own, "--save", "The south", "--where", "site=south", "--who", "Anna")
    assert saved.code == 0
    assert 'Saved as "The south": Episodes with site south.' in saved.out
    run("cohorts", own, "--save", "ECT", "--where", "modality=ect", "--where", "site=south")
    listed = run("cohorts", own).out
    assert listed.index("The south") < listed.index("Episodes with modality ECT; site south.")
    assert "Anna" in listed
    assert list(read_cohorts(own)) == ["The south", "ECT"]
    forgotten = run("cohorts", own, "--forget", "ECT")
    assert 'Forgotten: "ECT", which was --where modality=ect --where site=south' in forgotten.out
    assert list(read_cohorts(own)) == ["The south"]


def test_what_is_printed_when_it_is_forgotten_saves_it_again(run, own):
    cohort = Cohort.of({"site": ["=cmd()", "south"]})
    save_cohort(own, "Odd", cohort)
    told = run("cohorts", own, "--forget", "Odd").out
    options = shlex.split(told.partition("which was ")[2].splitlines()[0])
    assert run("cohorts", own, "--save", "Odd", *options).code == 0
    assert read_cohorts(own) == {"Odd": cohort}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--save", "X"], "without filters"),
        (["--where", "site=south"], "--save NAME"),
        (["--save", "X", "--forget", "Y", "--where", "site=south"], "not both"),
        (["--save", "X", "--where", "site"], "is not a filter"),
        (["--save", "X", "--where", "planet=mars"], 'no field "planet"'),
        (["--save", "X", "--where", "site=mars"], 'no site value "mars"'),
        (["--save", "=x", "--where", "site=south"], "cannot be called"),
        (["--save", "x" * 61, "--where", "site=south"], "1 to 60 characters"),
        (["--forget", "X"], 'no saved cohort "X"'),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, own, options, words):
    result = run("cohorts", own, *options)
    assert result.code == 2
    assert words in result.err
    assert result.err.count("\n") == 1
    assert saved_cohorts(own) == {}


def test_a_saved_name_with_other_filters_is_refused(run, own):
    run("cohorts", own, "--save", "S", "--where", "site=south")
    result = run("cohorts", own, "--save", "S", "--where", "site=north")
    assert (result.code, read_cohorts(own)) == (2, {"S": Cohort.of({"site": ["south"]})})
    assert "with other filters" in result.err


def test_levels_that_are_gone_are_said(run, own):
    save_cohort(own, "Gone", Cohort.of({"site": ["atlantis"]}))
    save_cohort(own, "No field", Cohort.of({"planet": ["mars"]}))
    out = run("cohorts", own).out
    assert 'It cannot be used now: this store has no site value "atlantis".' in out
    assert 'It cannot be used now: this store has no field "planet".' in out


def test_names_are_text_on_a_terminal(run, own):
    save_cohort(own, "[bold]x[/bold]", Cohort.of({"site": ["south"]}), "\x1b[31mred")
    out = run("cohorts", own).out
    assert "[bold]x[/bold]" in out
    assert "\x1b" not in out


def test_a_damaged_file_and_no_store(run, own, tmp_path):
    (own / "cohorts.toml").write_text("[cohorts", "utf-8")
    result = run("cohorts", own)
    assert result.code == 2
    assert result.err.endswith("(E511)\n")
    assert run("cohorts", tmp_path / "none").code == 2
    assert not (tmp_path / "none").exists()


def test_an_import_keeps_them(drawn, tmp_path):
    own = shutil.copytree(drawn / "store", tmp_path / "store")
    save_cohort(own, "S", Cohort.of({"site": ["south"]}))
    more = tmp_path / "more.csv"
    more.write_text("patient_id,modality,instrument,day,score\nP9,ect,phq9,0,20\n", "utf-8")
    assert main(["import", str(own), str(more)]) == 0
    assert list(read_cohorts(own)) == ["S"]
