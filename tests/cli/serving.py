"""Two processes of `serve`, for as long as a test lasts."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


def two_free_ports() -> int:
    """Return a port that is free together with the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as reply:
            return bool(reply.read() == b"ok")
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def until(condition, *given) -> None:
    end = time.monotonic() + PATIENCE
    while not condition(*given):
        assert time.monotonic() < end, f"not within {PATIENCE} s: {condition.__name__} {given}"
        time.sleep(0.05)


@contextmanager
def two_processes(store: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = two_free_ports()
    command = [sys.executable, "-m", "dashboard.cli", "serve", str(store)]
    served = subprocess.Popen(
        [*command, "--port", str(port), "--processes", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until(healthy, port)
        until(healthy, port + 1)
        yield served, port
    finally:
        if served.poll() is None:
            served.terminate()
            served.communicate(timeout=PATIENCE)
