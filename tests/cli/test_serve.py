"""`serve` in several processes: where they listen, and that they live and end together."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.serving import PATIENCE, ROOT, healthy, two_free_ports, two_processes, until


def group(number: signal.Signals, served: subprocess.Popen[str]) -> None:
    os.killpg(served.pid, number)  # as a terminal does on Ctrl-C


def alone(number: signal.Signals, served: subprocess.Popen[str]) -> None:
    served.send_signal(number)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(
    ("send", "number"), [(group, signal.SIGINT), (alone, signal.SIGTERM)], ids=["ctrl-c", "term"]
)
def test_all_processes_end_together(store, send, number):
    with two_processes(store) as served:
        port = served.port
        send(number, served.process)
        code, printed, errors = served.ended()
    assert (code, errors) == (0, "")
    assert f"on the ports {port} to {port + 1} of 127.0.0.1" in printed
    assert "A proxy must stand before them" in printed
    assert printed.endswith("The dashboard has ended.\n")
    assert not healthy(port)
    assert not healthy(port + 1)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found in /proc")
def test_when_one_process_dies_the_others_are_ended_and_it_is_said(store):
    with two_processes(store) as served:
        port, own = served.port, served.process.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        assert len(children) == 2
        os.kill(int(children[1]), signal.SIGKILL)
        code, printed, errors = served.ended()
    assert code == 2
    assert errors == (
        f"trd-outcomes: The process on port {port + 1} ended by itself with code -9; the others "
        "were ended with it.\n"
    )
    assert not healthy(port)
    assert "The dashboard has ended." not in printed


@pytest.mark.parametrize(
    ("taken", "options", "sentence"),
    [
        (0, ["--processes", "0"], r"--processes is 0: write 1 to 64\."),
        (0, ["--processes", "65"], r"--processes is 65: write 1 to 64\."),
        (1, ["--processes", "2"], r"Port \d+ cannot be used on 127\.0\.0\.1: choose another"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_starts(store, run, taken, options, sentence):
    port = two_free_ports()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port + taken))
        holder.listen()
        given = port if taken else port + 1
        refused = run("serve", store, "--port", given, *options)
    assert (refused.code, refused.out) == (2, "")
    assert re.search(sentence, refused.err)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found in /proc")
def test_when_the_command_is_killed_its_processes_end_too(store):
    with two_processes(store) as served:
        served.process.kill()
        served.ended()
        until(gone, served.port)
        until(gone, served.port + 1)


def gone(port: int) -> bool:
    return not healthy(port)


def test_a_store_that_is_damaged_is_refused_although_its_processes_have_begun(store, tmp_path):
    copy = shutil.copytree(store, tmp_path / "store")
    pointer = copy / "current.json"
    said = json.loads(pointer.read_text("utf-8"))
    said["tables"]["endpoint"]["rows"] += 1
    pointer.write_text(json.dumps(said), "utf-8")
    port = two_free_ports()
    command = [sys.executable, "-m", "dashboard.cli", "serve", str(copy), "--port", str(port)]
    done = subprocess.run(
        [*command, "--processes", "2"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not what its manifest says" in done.stderr
    assert done.stderr.count("\n") == 1
    assert gone(port)
    assert gone(port + 1)
