"""The command as a process of its own: exit codes, streams and pipes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def process():
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dashboard.cli", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


def test_an_import_and_a_question(process, drawn, tmp_path):
    store = tmp_path / "store"
    loaded = process("import", store, drawn / "episodes.csv", drawn / "assessments.csv")
    assert loaded.returncode == 0
    assert "rows read 12 = loaded 12 + quarantined 0 + exact duplicates 0" in loaded.stdout
    assert "Traceback" not in loaded.stderr
    asked = process("rates", store, "--instrument", "phq9", "--baseline", "-14:0", "--format=json")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert [row["numerator"] for row in json.loads(asked.stdout)["rows"]] == [2, 1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["rates", "STORE", "--instrument", "phq8"], "trd-outcomes: There is no instrument in"),
        (["info", "nowhere"], "trd-outcomes: There is no store at nowhere: "),
    ],
)
def test_an_error_is_one_sentence_and_code_2(process, store, arguments, sentence):
    result = process(*[store if argument == "STORE" else argument for argument in arguments])
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [[], ["import"], ["rates"], ["serve"], ["demo"], ["info"]])
def test_every_command_has_help(process, command):
    result = process(*command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(" ".join(["usage: trd-outcomes", *command]))


def test_output_that_nobody_reads_to_its_end_is_no_crash(store):
    """`trd-outcomes info STORE | head -1` closes the pipe early."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard.cli", "info", store],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert "Traceback" not in errors
