"""The dashboard and the bare page, each served by a process of its own, and a browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import find_chromium, free_port

ROOT = Path(__file__).resolve().parents[2]
BARE = Path(__file__).with_name("bare_page.py")
SETTINGS = ("--server.headless=true", "--server.fileWatcherType=none", "--logger.level=warning")
PATIENCE = 60


@dataclass(frozen=True)
class Served:
    """A command that serves pages at an address, or the same at several, a process each."""

    addresses: tuple[str, ...]
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return self.addresses[0]

    def peak_mb(self) -> float:
        """Return the most memory that the processes with the pages have had, in megabytes."""
        number = self.process.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
        peak = 0
        for child in children or [str(number)]:
            status = Path(f"/proc/{child}/status").read_text("utf-8")
            found = re.search(r"VmHWM:\s*(\d+) kB", status)
            peak += int(found[1]) if found else 0
        return peak * 1024 / 1e6


@contextmanager
def started(ports: Sequence[int], command: list[str], **variables: str) -> Iterator[Served]:
    """Run a command until the block ends; it is awaited only until its last port answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and process.poll() is None:
            with closing(socket.socket()) as knock:
                if knock.connect_ex(("127.0.0.1", ports[-1])) == 0:
                    break
            time.sleep(0.02)
        yield Served(tuple(f"http://localhost:{port}" for port in ports), process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE)


@contextmanager
def dashboard(store: Path, processes: int = 1) -> Iterator[Served]:
    """Serve a store as `trd-outcomes serve` does."""
    port = free_port()
    command = ["dashboard.cli", "serve", str(store), "--port", str(port)]
    command += ["--processes", str(processes)]
    with started(range(port, port + processes), command) as served:
        yield served


@contextmanager
def bare(charts: int, *, warm: bool) -> Iterator[Served]:
    """Serve the bare page by a plain `streamlit run`."""
    port = free_port()
    command = ["streamlit", "run", str(BARE), f"--server.port={port}", *SETTINGS]
    command.append("--server.address=127.0.0.1")
    with started([port], command, BARE_CHARTS=str(charts), BARE_WARM="1" if warm else "") as served:
        yield served


@contextmanager
def at_browser() -> Iterator[Browser]:
    """Run a browser until the block ends."""
    executable = find_chromium()
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        yield browser
        browser.close()
