"""What a person does with a store beside importing: aside and mended, withdrawn, as of, who."""

import csv
import io
import json
import shutil

import pytest

from analysis.store import open_store
from analysis.store.batches import read_batches

HEADER = "episode_id,instrument,day,score,note\n"
MAPPING = """
[columns]
episode_id = "id"
score = "total"
day = "when"
[values.instrument]
PHQ = "phq9"
"""


@pytest.fixture
def own_store(store, tmp_path):
    return shutil.copytree(store, tmp_path / "store")


@pytest.fixture
def written(tmp_path):
    def write(text: str, name: str = "new.csv"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def table(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.reader(handle))


def test_an_import_tells_its_batch(run, own_store, written):
    file = written(HEADER + "E1,phq9,70,3,\n")
    assert "Batch 2: snapshot " in run("import", own_store, file, "--who", "Dana").out
    again = run("import", own_store, file)
    assert "Nothing new: snapshot " in again.out
    assert "new.csv was already imported as batch 2." in again.out
    with open_store(own_store) as store:
        assert read_batches(store.connection)[-1].who == "Dana"


MAPPED = (
    'id,instrument,when,total,remark,site\nE1,PHQ,70,28,"a, b",=1\nE1,PHQ,71,7,,\n'
    "E1,=cmd(),72,5,,\nE1,PHQ\n"
)


def test_rows_kept_aside_can_be_mended_and_imported_again(run, own_store, written, tmp_path):
    mapping, file = written(MAPPING, "map.toml"), written(MAPPED)
    aside = tmp_path / "aside"
    result = run("import", own_store, file, "--mapping", mapping, "--aside", aside)
    assert result.code == 0
    assert f"Quarantined rows are in {aside / 'new.batch-2.csv'}." in result.out
    assert table(aside / "new.batch-2.csv") == [
        ["id", "instrument", "when", "total", "quarantine_reason"],
        ["E1", "PHQ", "70", "28", 'score "28" breaks the rule score_out_of_range; allowed: '
         "a whole number from 0 to 27."],
        ["E1", "=cmd()", "72", "5", table(aside / "new.batch-2.csv")[2][-1]],
    ]  # fmt: skip
    assert table(aside / "new.batch-2.malformed.csv") == [
        ["line", "rule", "allowed"],
        ["5", "too_few_fields", "6 fields, as in the header"],
    ]
    mended = (aside / "new.batch-2.csv").read_text("utf-8")
    mended = mended.replace(",28,", ",27,").replace("=cmd()", "PHQ")
    before = scores(own_store)
    result = run("import", own_store, written(mended, "mended.csv"), "--mapping", mapping)
    assert "rows read 2 = loaded 2 + quarantined 0 + exact duplicates 0" in result.out
    assert "columns not stored: quarantine_reason" in result.out
    assert scores(own_store) == before + 2


def scores(store) -> int:
    with open_store(store) as opened:
        ((rows,),) = opened.rows("select count(*) from assessment")
    return int(rows)


def test_the_same_rows_come_out_of_the_store_later(run, own_store, written, tmp_path):
    mapping = written(MAPPING, "map.toml")
    run("import", own_store, written(MAPPED), "--mapping", mapping, "--aside", tmp_path / "a")
    run("import", own_store, written(HEADER + "E1,phq9,80,99,\n", "more.csv"))
    result = run("quarantine", own_store, "--batch", "2", "--to", tmp_path / "b")
    assert result.code == 0
    for name in ("new.batch-2.csv", "new.batch-2.malformed.csv"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()
    assert len(list((tmp_path / "b").iterdir())) == 2
    result = run("quarantine", own_store, "--to", tmp_path / "b")
    assert result.code == 2
    assert "is there already and may have been mended: name another folder." in result.err
    run("quarantine", own_store, "--to", tmp_path / "c")
    assert len(list((tmp_path / "c").iterdir())) == 3
    assert "There is no batch 9" in run("quarantine", own_store, "--batch", "9", "--to", "x").err
    assert "nothing was written" in run("quarantine", own_store, "--batch", "1", "--to",
                                        tmp_path / "d").out  # fmt: skip


def test_the_rows_of_a_file_that_came_before_are_written_aside_too(
    run, own_store, written, tmp_path
):
    file = written(HEADER + "E1,phq9,80,99,\n")
    run("import", own_store, file)
    run("import", own_store, file, "--aside", tmp_path / "aside")
    assert [f.name for f in (tmp_path / "aside").iterdir()] == ["new.batch-2.csv"]


def test_a_folder_that_cannot_be_made_stops_the_import_before_it_begins(run, own_store, written):
    taken = written("a file", "taken")
    before = (own_store / "current.json").read_bytes()
    result = run("import", own_store, written(HEADER + "E1,phq9,80,9,\n"), "--aside", taken)
    assert (result.code, (own_store / "current.json").read_bytes()) == (2, before)


def test_a_check_stores_nothing_and_says_the_same(run, own_store, written):
    file = written(HEADER + "E1,phq9,70,3,\nE1,phq9,71,28,\nE1,phq9,0,20,\n")
    before = (own_store / "current.json").read_bytes()
    checked = run("check", file, "--store", own_store)
    assert checked.code == 0
    line = "new.csv (assessments): rows read 3 = loaded 1 + quarantined 1 + exact duplicates 1\n"
    assert line in checked.out
    assert "score_out_of_range" in checked.out
    assert checked.out.endswith("Checked only: nothing was stored.\n")
    assert (own_store / "current.json").read_bytes() == before
    assert line in run("import", own_store, file).out
    alone = run("check", file)
    assert "loaded 0 + quarantined 3" in alone.out


def test_a_check_of_a_refused_file_ends_with_code_2(run, own_store, written, tmp_path):
    assert run("check", written("a,b\n1,2\n"), "--store", own_store).code == 2
    result = run("check", written(HEADER + "E1,phq9,70,3,\n"), "--store", tmp_path / "slip")
    assert (result.code, "There is no store at" in result.err) == (2, True)
    with open_store(own_store) as store:
        assert len(read_batches(store.connection)) == 1


def test_corrections_and_a_replacement(run, own_store, written):
    corrected = written(HEADER + "E1,phq9,42,5,\n")
    assert "conflicting_scores" in run("check", corrected, "--store", own_store).out
    result = run("import", own_store, corrected, "--corrections")
    assert "loaded 1 + quarantined 0" in result.out
    shorter = written(HEADER + "E1,phq9,43,5,\n", "shorter.csv")
    result = run("import", own_store, shorter, "--replaces", "2")
    assert result.code == 2
    assert "say --accept-absent 1 if they are to go" in result.err
    result = run("import", own_store, shorter, "--replaces", "2", "--accept-absent", "1")
    assert result.code == 0
    listed = run("info", own_store).out
    assert "import of corrections" in listed
    assert "batch 2" in listed


def test_a_withdrawal_says_what_it_took_away(run, own_store, written):
    run("import", own_store, written(HEADER + "E1,phq9,60,3,\nE1,phq9,61,3,\n", "one.csv"))
    run("import", own_store, written(HEADER + "E1,phq9,60,3,\nE1,phq9,62,3,\n", "two.csv"))
    result = run("withdraw", own_store, "2", "--who", "Dana")
    assert result.code == 0
    assert "Batch 2 is withdrawn; the withdrawal is batch 4." in result.out
    assert "Taken away: 2 assessments." in result.out
    assert "import the file again:\n  two.csv (batch 3): 1 row\n" in result.out
    assert "Counting again" not in result.out
    listed = run("info", own_store).out
    assert "withdrawal" in listed
    assert "Dana" in listed
    result = run("withdraw", own_store, "4")
    assert "Taken away: no rows." in result.out
    assert "Counting again: 2 assessments." in result.out
    result = run("withdraw", own_store, "9")
    assert (result.code, "There is no batch 9 in this store." in result.err) == (2, True)


def test_a_withdrawn_correction_brings_back_what_it_corrected(run, own_store, written):
    run("import", own_store, written(HEADER + "E1,phq9,42,5,\n"), "--corrections")
    result = run("withdraw", own_store, "2")
    assert "Taken away: 1 assessment." in result.out
    assert "Counting again: 1 assessment." in result.out


def test_a_withdrawn_episodes_file_changes_episodes(run, own_store, written):
    text = "episode_id,patient_id,modality,site\nE1,P1,rtms,east\nE9,P9,ect,east\n"
    run("import", own_store, written(text))
    result = run("withdraw", own_store, "2")
    assert "Taken away: 1 episode." in result.out
    assert "Episodes with other attributes now: 1." in result.out


def test_info_shows_why_a_file_was_refused(run, own_store, written):
    run("import", own_store, written("a,b\n1,2\n", "odd.csv"))
    listed = run("info", own_store).out
    assert "refused" in listed
    assert "its columns fit no kind of file." in listed
    with open_store(own_store) as store:
        when = read_batches(store.connection)[-1].when
    assert f"{when[:10]} {when[11:16]} UTC" in listed


@pytest.fixture
def moved_on(run, own_store, written):
    """A store in which a later batch has E3 respond."""
    run("import", own_store, written(HEADER + "E3,phq9,42,2,\n"))
    with open_store(own_store) as store:
        return own_store, read_batches(store.connection)[0]


COMMANDS = {
    "rates": (),
    "curve": ("--event", "response"),
    "sensitivity": ("--outcome", "response"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_as_of_a_batch_in_every_format(run, store, moved_on, command):
    newer, first = moved_on
    options = (*COMMANDS[command], "--instrument", "phq9")
    then = json.loads(run(command, newer, *options, "--as-of", "1", "--format", "json").out)
    assert (then.pop("as_of_batch"), then.pop("as_of_when")) == (1, first.when)
    assert then == json.loads(run(command, store, *options, "--format", "json").out)
    now = run(command, newer, *options, "--format", "json").out
    assert then != json.loads(now)
    assert "as_of" not in now
    text = run(command, newer, *options, "--as-of", "1", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(r["as_of_batch"], r["as_of_when"]) for r in rows} == {("1", first.when)}
    shown = run(command, newer, *options, "--as-of", "1").out
    assert f"as of batch 1 ({first.when[:10]})." in shown


def test_info_as_of_a_batch(run, moved_on):
    newer, first = moved_on
    then = run("info", newer, "--as-of", "1").out
    assert f", as of batch 1 ({first.when[:10]})." in then
    assert "new.csv" not in then
    assert "new.csv" in run("info", newer).out


def test_a_batch_that_there_is_not(run, store):
    result = run("rates", store, "--as-of", "7")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "There is no batch 7 in this store. Batches: 1." in result.err
