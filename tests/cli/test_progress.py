"""Progress of the command line: plain in a pipe, a bar on a terminal, JSON for a program."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.ingest import import_files
from analysis.store import open_store

ROOT = Path(__file__).resolve().parents[2]
HEADER = "patient_id,modality,instrument,day,score\n"
posix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals are a posix matter")


def rows(people):
    return HEADER + "".join(f"K{n},rtms,phq9,{d},9\n" for n in range(people) for d in (0, 42))


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big.csv"
    path.write_text(rows(60_000), "utf-8")
    return path


def start(*arguments, **streams):
    command = [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, **streams)


PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def test_json_is_an_update_a_line_and_the_report_at_the_end(tmp_path, big):
    process = start("import", tmp_path / "store", big, "--progress", "json", **PIPES)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    (answer,) = out.splitlines()
    report = json.loads(answer)["report"]
    assert report["files"][0]["loaded"] == 120_000
    updates = [json.loads(line)["progress"] for line in err.splitlines()]
    assert updates[0] == {"step": "Reading big.csv"}
    told = [update for update in updates if "fraction" in update]
    assert [u["fraction"] for u in told] == sorted(u["fraction"] for u in told)
    assert all(update["seconds"] >= 2 for update in told)


def test_json_of_a_refused_file_is_its_sentence_and_code(tmp_path):
    process = start(
        "import", tmp_path / "store", tmp_path / "no.csv", "--progress", "json", **PIPES
    )
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    error = json.loads(out)["error"]
    assert error["file"].endswith("no.csv")
    assert error["message"] in err.splitlines()[-1]


@posix
@pytest.mark.parametrize("numbers", [["SIGINT"], ["SIGINT", "SIGINT"], ["SIGTERM"]], ids="+".join)
def test_a_stopped_import_leaves_the_store_as_it_was(tmp_path, big, numbers):
    store, small = tmp_path / "store", tmp_path / "small.csv"
    small.write_text(rows(2).replace("K", "P"), "utf-8")
    import_files(store, [small])
    with open_store(store) as opened:
        before = opened.manifest
    process = start("import", store, big, **PIPES)
    assert process.stderr.readline() == "Reading big.csv\n"
    assert process.stderr.readline() == "Checking every row\n"
    for name in numbers:
        process.send_signal(getattr(signal, name))
        time.sleep(0.05)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("trd-outcomes: stopped")
    with open_store(store) as opened:
        assert opened.manifest == before
    assert not list(store.glob("next-*"))


@posix
def test_on_a_terminal_a_bar_shows_rate_and_time_left_after_two_seconds(tmp_path, big):
    import pty

    near, far = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    process = start(
        "import", tmp_path / "store", big, stdout=subprocess.PIPE, stderr=far, env=environment
    )
    os.close(far)
    seen = b""
    while True:
        try:
            part = os.read(near, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(near)
    process.communicate(timeout=60)
    assert process.returncode == 0
    if seen:  # a machine that is done within two seconds shows nothing
        assert b"%" in seen
        assert b" left" in seen
