"""`trd-outcomes import` and `info`: every row accounted for, and data that stays data."""

import csv
import shutil

import pytest

HEADER = "episode_id,instrument,day,score,note\n"
NASTY = ["=cmd()", "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", "[red]hot[/red]",
         "[/]", "[link=file:///etc]x[/link]", ":smile:", "{0}", "%s"]  # fmt: skip


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


def test_an_import_accounts_for_every_row(run, own_store, written):
    file = written(HEADER + "E1,phq9,70,3,\nE1,phq9,71,28,\nE1,phq9,0,20,\nE1,PHQ-9,72,3,\nE1\n")
    result = run("import", own_store, file)
    assert result.code == 0
    assert (
        "new.csv (assessments): rows read 5 = loaded 1 + quarantined 3 + exact duplicates 1\n"
        "  columns not stored: note\n" in result.out
    )
    for text in ("score_out_of_range", "a whole number from 0 to 27", 'did you mean "phq9"?',
                 "too_few_fields", "--quarantine FILE"):  # fmt: skip
        assert text in result.out
    assert f"is in {own_store}." in result.out


def test_an_import_of_the_same_file_says_so(run, own_store, drawn):
    result = run("import", own_store, drawn / "episodes.csv", drawn / "assessments.csv")
    assert result.code == 0
    assert "Nothing new: snapshot " in result.out
    assert "rows read 5 = loaded 0 + quarantined 0 + exact duplicates 5" in result.out


def test_replaced_episodes_are_told(run, own_store, written):
    result = run(
        "import", own_store, written("episode_id,patient_id,modality,site\nE1,P1,rtms,east\n")
    )
    assert "1 episodes came again and replace stored ones." in result.out


def test_ignored_rows_are_told(run, own_store, written):
    mapping = written('[ignore]\ninstruments = ["SLEEP"]\n', "map.toml")
    file = written(HEADER + "E1,phq9,70,3,\nE1,SLEEP,70,3,\nE1,SLEEP,71,3,\n")
    result = run("import", own_store, file, "--mapping", mapping)
    assert "rows read 1 (2 more ignored by the mapping) = loaded 1 + quarantined 0" in result.out


@pytest.mark.parametrize("value", NASTY)
def test_what_is_in_a_file_is_shown_as_text(run, own_store, written, value):
    result = run("import", own_store, written(HEADER + f"E1,{value},70,3,\n"))
    assert result.code == 0
    assert value in result.out


@pytest.mark.parametrize("name", ["[red]new[/red].csv", "=cmd().csv", "a b.csv"])
def test_the_name_of_a_file_is_shown_as_text(run, own_store, tmp_path, name):
    folder = tmp_path / "files"
    folder.mkdir()
    file = folder / name.replace("/", "\u2215")
    file.write_text(HEADER + "E1,phq9,70,28,\n")
    result = run("import", own_store, file)
    assert file.name in result.out
    assert file.name in result.err
    assert file.name in run("info", own_store).out


def test_the_name_of_a_store_is_shown_as_text(run, store, tmp_path, written):
    odd = shutil.copytree(store, tmp_path / "[red]store")
    result = run("import", odd, written(HEADER + "E1,phq9,70,28,\n"))
    assert f"is in {odd}." in result.out
    assert f"trd-outcomes info {odd} --quarantine FILE" in result.out
    assert f"Store {odd}, snapshot" in run("info", odd).out


def test_control_characters_never_reach_the_terminal(run, own_store, written):
    """A value could otherwise move the cursor, or colour and hide what stands before it."""
    file = written(HEADER + "E1,\x1b[31mred\x1b[0m,70,3,\nE1,a\x07b\x08c,71,3,\n")
    result = run("import", own_store, file)
    assert result.code == 0
    assert not {"\x1b", "\x07", "\x08"} & set(result.out)


@pytest.mark.parametrize("value", NASTY)
def test_levels_are_shown_as_text(run, tmp_path, written, value):
    store = tmp_path / "new"
    run("import", store, written(f"episode_id,patient_id,modality,site\nE1,P1,rtms,{value}\n"))
    run("import", store, written("episode_id,instrument,day,score\nE1,phq9,0,20\n"))
    assert f"{value} (1)" in run("info", store).out
    shown = run("rates", store, "--instrument", "phq9", "--by", "site", "--where", f"site={value}")
    assert shown.code == 0
    assert shown.out.count(value) >= 3


def test_info_says_what_a_store_holds(run, store):
    result = run("info", store)
    assert (result.code, result.err) == (0, "")
    for text in (f"Store {store}, snapshot ", "Data as of unknown (no dates were imported).",
                 "assessment", "PHQ-9", "rtms (2), ect (2), rtms+psychotherapy (1)",
                 "episodes.csv", "assessments.csv"):  # fmt: skip
        assert text in result.out
    assert "Quarantined" not in result.out


def test_info_writes_the_quarantined_rows_to_a_file(run, own_store, written, tmp_path):
    run("import", own_store, written(HEADER + "E1,phq9,70,28,\nE1\n"))
    run("import", own_store, written("episode_id,day,event\nE9,1,switch\n", "events.csv"))
    aside = tmp_path / "aside.csv"
    result = run("info", own_store, "--quarantine", aside)
    assert f"Quarantined rows are in {aside}." in result.out
    with aside.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.reader(handle))
    assert rows == [
        ["batch", "file", "line", "column", "value", "rule", "allowed"],
        ["2", "new.csv", "2", "score", "28", "score_out_of_range", "a whole number from 0 to 27"],
        ["2", "new.csv", "3", "", "", "too_few_fields", "5 fields, as in the header"],
        ["3", "events.csv", "2", "episode_id", "E9", "unknown_episode",
         "an episode that was loaded"],
    ]  # fmt: skip


def test_the_file_of_quarantined_rows_runs_no_formula(run, own_store, written, tmp_path):
    rows = "".join(f'E1,"{value}",{day},3,\n' for day, value in enumerate(NASTY))
    run("import", own_store, written(HEADER + rows, "=cmd().csv"))
    aside = tmp_path / "aside.csv"
    run("info", own_store, "--quarantine", aside)
    with aside.open(newline="", encoding="utf-8") as handle:
        cells = [cell for row in csv.reader(handle) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    for value in NASTY:
        assert value in cells or f"'{value}" in cells


def test_an_empty_quarantine_is_a_file_with_a_header(run, store, tmp_path):
    aside = tmp_path / "aside.csv"
    assert run("info", store, "--quarantine", aside).code == 0
    assert aside.read_text().splitlines() == ["batch,file,line,column,value,rule,allowed"]


def test_info_tells_how_often_the_item_on_suicidal_thoughts_was_answered(run, tmp_path):
    files = {
        "episodes.csv": "episode_id,patient_id,modality\nE1,P1,ect\n",
        "scores.csv": "episode_id,instrument,day,score,item_9\n"
        "E1,phq9,0,18,2\nE1,phq9,42,6,\nE1,gad7,0,9,\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    imported = run("import", tmp_path / "store", *(tmp_path / name for name in files))
    assert imported.code == 0
    rows = [line.split() for line in run("info", tmp_path / "store").out.splitlines()]
    assert ["phq9", "PHQ-9", "2", "1"] in rows
    assert ["gad7", "GAD-7", "1", "0"] in rows
