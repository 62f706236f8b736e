"""Two processes of `serve`, for as long as a test lasts."""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass
class Served:
    """The command with its two processes, from `port` on, and a file that it prints to."""

    process: subprocess.Popen[str]
    port: int
    printed: Path

    def said(self) -> str:
        return self.printed.read_text("utf-8")

    def ended(self) -> tuple[int, str, str]:
        """Wait for the end; return the exit code, what was printed, and the errors."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, self.said(), errors


@contextmanager
def two_processes(store: Path) -> Iterator[Served]:
    """Serve a store until the block ends; it begins once both answer and it was said where."""
    port = two_free_ports()
    command = [sys.executable, "-m", "dashboard.cli", "serve", str(store)]
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "printed.txt"
        with printed.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [*command, "--port", str(port), "--processes", "2"],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        served = Served(process, port, printed)
        try:
            until(healthy, port)
            until(healthy, port + 1)
            until(told, served)
            yield served
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=PATIENCE)


def told(served: Served) -> bool:
    return "A proxy must stand before them" in served.said()
