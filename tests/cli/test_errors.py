"""Bad input at the command line: exit code 2 and one sentence that says how to mend it."""

import json
import shutil
import socket

import pytest

from dashboard.cli import main

PHQ9 = ("--instrument", "phq9")

RATES = {
    "unknown instrument": (["--instrument", "phq8"], 'There is no instrument in this store "phq8"'),
    "instrument that the store lacks": (["--instrument", "gad7"], 'this store "gad7"'),
    "unknown outcome": ([*PHQ9, "--outcome", "respons"], 'did you mean "response"?'),
    "unknown field": ([*PHQ9, "--by", "modalty"], 'did you mean "modality"?'),
    "the same field twice after another": ([*PHQ9, "--by", "site,colour"], 'no field "colour"'),
    "unknown field in a filter": ([*PHQ9, "--where", "ward=1"], 'There is no field "ward"'),
    "unknown level": (
        [*PHQ9, "--where", "site=nort"],
        'no site value "nort"; did you mean "north"',
    ),
    "no filter": ([*PHQ9, "--where", "north"], '"north" is not a filter: write FIELD=VALUE'),
    "filter without a value": ([*PHQ9, "--where", "site="], '"site=" is not a filter'),
    "field filtered twice": (
        [*PHQ9, "--where", "site=north", "--where", "site=south"],
        'The field "site" is filtered twice: write its values together, with commas.',
    ),
    "unknown timepoint": ([*PHQ9, "--timepoint", "week_5"], 'There is no timepoint "week_5"'),
    "timepoint that is none": ([*PHQ9, "--timepoint", "14:84:middle"], "is not a timepoint: write"),
    "timepoint backwards": ([*PHQ9, "--timepoint", "84:14"], "cannot run backwards: 84:14."),
    "window that is none": ([*PHQ9, "--baseline", "two weeks"], "is not a window of days: write"),
    "window backwards": ([*PHQ9, "--baseline", "0:-14"], "A window cannot run backwards: 0:-14."),
    "window with a minus sign only": ([*PHQ9, "--baseline", "-14"], '"-14" is not a window of'),
    "unknown missing rule": ([*PHQ9, "--missing", "bocf"], 'There is no missing rule "bocf"'),
    "minimum that is none": ([*PHQ9, "--min-baseline", "high"], 'no minimum baseline "high"'),
    "remission rule that is none": ([*PHQ9, "--remission", "low"], "is not a remission rule"),
    "remission rule of another instrument": (
        [*PHQ9, "--remission", "madrs_le10"],
        "is not one of PHQ-9",
    ),
    "remission rule out of range": ([*PHQ9, "--remission", "phq9_lt99"], "outside the range of PH"),
    "unknown release policy": ([*PHQ9, "--release", "public"], 'no release policy "public"'),
}


def one_sentence(result):
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("trd-outcomes: ")
    assert result.err.count("\n") == 1
    assert result.err.rstrip("\n").endswith(".")
    assert "Traceback" not in result.err
    return result.err


@pytest.mark.parametrize(("options", "sentence"), RATES.values(), ids=RATES)
def test_a_question_that_cannot_be_asked(run, store, options, sentence):
    assert sentence in one_sentence(run("rates", store, *options))


@pytest.mark.parametrize("command", ["rates", "info", "serve"])
def test_no_store(run, tmp_path, command):
    """`serve` opens an Import page where there is none yet, for this machine's own user alone."""
    options = {"rates": PHQ9, "info": (), "serve": ("--release", "shared")}[command]
    place = tmp_path / "nowhere"
    assert f"There is no store at {place}" in one_sentence(run(command, place, *options))
    assert not place.exists()


@pytest.mark.parametrize("command", ["rates", "info", "serve"])
@pytest.mark.parametrize("damage", ["pointer", "snapshot", "no snapshot"])
def test_a_damaged_store(run, store, tmp_path, command, damage):
    copy = shutil.copytree(store, tmp_path / "store")
    (snapshot,) = copy.glob("snapshot-*")
    if damage == "pointer":
        (copy / "current.json").write_text("{")
    elif damage == "snapshot":
        snapshot.write_bytes(b"garbage")
    else:
        snapshot.unlink()
    options = PHQ9 if command == "rates" else ()
    assert str(copy) in one_sentence(run(command, copy, *options))


def test_a_port_in_use(run, store):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = one_sentence(run("serve", store, "--port", port))
    assert f"Port {port} cannot be used on 127.0.0.1: choose another with --port." in sentence


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_does_not_exist(run, store, port):
    assert f"Port {port} cannot be used" in one_sentence(run("serve", store, f"--port={port}"))


@pytest.mark.parametrize("policy", ["public", ""])
def test_a_release_policy_that_does_not_exist_is_not_served(run, store, policy):
    assert "There is no release policy" in one_sentence(run("serve", store, "--release", policy))


@pytest.mark.parametrize(
    "arguments",
    [[], ["rate"], ["rates"], ["curve", "STORE"], ["sensitivity", "STORE"], ["import", "STORE"],
     ["serve"], ["info"],
     ["serve", "STORE", "--port", "web"],
     ["rates", "STORE", "--instrument", "phq9", "--form", "json"],
     ["rates", "STORE", "--instrument", "phq9", "--format", "xml"]],
    ids=" ".join,
)  # fmt: skip
def test_a_command_line_that_cannot_be_understood_ends_with_code_2(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("trd-outcomes")
    assert captured.err.endswith("--help.\n")
    assert captured.err.count("\n") == 1


IMPORTS = {
    "no such file": (None, "there is no such file."),
    "empty": (b"", "is empty."),
    "header only": (b"episode_id,instrument,day,score\n", "has a header and no rows."),
    "binary": (b"PK\x03\x04\0\0", "is a zip archive that is damaged"),
    "no kind": (b"a,b\n1,2\n", "its columns fit no kind of file."),
    "semicolons": (b"episode_id;instrument;day;score\nE1;phq9;0;20\n", "separated by semicolons"),
}


@pytest.mark.parametrize(("content", "sentence"), IMPORTS.values(), ids=IMPORTS)
def test_a_file_that_cannot_be_imported(run, store, tmp_path, content, sentence):
    copy = shutil.copytree(store, tmp_path / "store")
    before = json.loads((copy / "current.json").read_text("utf-8"))
    file = tmp_path / "x.csv"
    if content is not None:
        file.write_bytes(content)
    result = run("import", copy, file)
    assert (result.code, result.out) == (2, "")
    *steps, last = result.err.splitlines()
    assert last.startswith("trd-outcomes: ")
    assert sentence in last
    assert not [step for step in steps if not step.startswith("Reading ")]
    after = json.loads((copy / "current.json").read_text("utf-8"))
    assert (after["snapshot"], after["data"]) == (before["snapshot"], before["data"])
    assert after["batch"] == before["batch"] + (content is not None)  # the log of a refused file


def test_a_mapping_that_cannot_be_read(run, tmp_path, drawn):
    mapping = tmp_path / "map.toml"
    mapping.write_text("[colums]\n")
    result = run("import", tmp_path / "new", drawn / "episodes.csv", "--mapping", mapping)
    assert "map.toml: [colums] is not a section." in one_sentence(result)


def test_a_mapping_that_is_not_there(run, tmp_path, drawn):
    result = run(
        "import", tmp_path / "new", drawn / "episodes.csv", "--mapping", tmp_path / "map.toml"
    )
    assert "there is no such mapping file." in one_sentence(result)


def test_a_store_that_cannot_be_made(run, tmp_path, drawn):
    (tmp_path / "store").write_text("a file")
    result = run("import", tmp_path / "store", drawn / "episodes.csv")
    assert str(tmp_path / "store") in one_sentence(result)


def test_a_quarantine_file_that_cannot_be_written(run, store, tmp_path):
    result = run("info", store, "--quarantine", tmp_path / "no folder" / "aside.csv")
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert "cannot be written: " in result.err
