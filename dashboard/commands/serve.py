"""`trd-outcomes serve` and `demo`: the dashboard in a browser, until Ctrl-C."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from analysis.errors import InputError, OutcomesError, StoreDamaged, StoreMissing
from analysis.policy import LOCAL, check_policy
from dashboard import (
    LIMIT_VARIABLE,
    PROCESSES_VARIABLE,
    QUERY_LIMIT,
    RELEASE_VARIABLE,
    STORE_VARIABLE,
)

ROOT = Path(__file__).parents[2]
ADDRESS = "127.0.0.1"
MOST_PROCESSES = 64
LOOK = 0.2  # seconds between two looks at what runs
PATIENCE = 10  # seconds that a process has for ending


def run(options: argparse.Namespace) -> None:
    """Serve a store on this machine until it is stopped."""
    check_policy(options.release)
    ports = ports_from(options.port, options.processes)
    if not options.query_limit > 0:
        raise OutcomesError(f"--query-limit is {options.query_limit:g}: write seconds above 0.")
    serve(options.store, ports, options.release, browser=False, query_limit=options.query_limit)


def run_demo(options: argparse.Namespace) -> None:
    """Build the store from the sample data where it is not there yet, and serve it."""
    files = [
        ROOT / "sample_data" / f"{name}.csv"
        for name in ("episodes", "assessments", "sessions", "events", "trials")
    ]
    if not all(file.is_file() for file in files):
        raise InputError(
            str(ROOT / "sample_data"), "the sample data is not there: run the demo from a checkout."
        )
    ports = ports_from(options.port, 1)
    from analysis.ingest import read_mapping
    from dashboard.commands.importing import load

    store = ROOT / ".demo-store"
    remove_damaged(store)
    print("Building the store from the sample data (synthetic, no real patients).", flush=True)
    report = load(store, files, read_mapping(ROOT / "sample_data" / "mapping.toml"))
    rows = sum(file.rows_read for file in report.files)
    print(f"{rows:,} rows read, snapshot {report.snapshot}.", flush=True)
    serve(store, ports, "local", browser=not options.no_browser)


def remove_damaged(store: Path) -> None:
    """Remove a demo store that cannot be opened: all that it held is in the sample data."""
    from analysis.store import open_store

    try:
        open_store(store).close()
    except StoreMissing:
        return
    except StoreDamaged:
        print("The store of an earlier demo cannot be used any more: it is made anew.", flush=True)
        shutil.rmtree(store)


def ports_from(first: int, processes: int) -> range:
    """Return the ports of a number of processes; raises OutcomesError where one cannot be used."""
    if not 1 <= processes <= MOST_PROCESSES:
        raise OutcomesError(f"--processes is {processes}: write 1 to {MOST_PROCESSES}.")
    ports = range(first, first + processes)
    for port in ports:
        _check_port(port)
    return ports


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except (OSError, OverflowError):
            raise OutcomesError(
                f"Port {port} cannot be used on {ADDRESS}: choose another with --port."
            ) from None


def serve(
    store: Path,
    ports: Sequence[int],
    release: str,
    *,
    browser: bool,
    query_limit: float = QUERY_LIMIT,
) -> None:
    """Run the dashboard, in a process of its own per port, and end them all with this one.

    The store is compared with its manifest while they load; no page is drawn before that is done.
    Raises StoreDamaged where the store cannot be used, and OutcomesError where a process ends by
    itself; the others are ended with it.
    """
    environment = os.environ | {
        STORE_VARIABLE: str(store.resolve()),
        RELEASE_VARIABLE: release,
        LIMIT_VARIABLE: str(query_limit),
        PROCESSES_VARIABLE: str(len(ports)),
    }
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    running: dict[int, subprocess.Popen[bytes]] = {}
    try:
        for port in ports:
            running[port] = _begin(port, environment, browser)
        seal = _checked(store, release)
        for line in _where(ports):
            print(line, flush=True)
        for process in running.values():
            _let_draw(process, seal)
        ended: int | None = _first_to_end(running)
    except KeyboardInterrupt:
        ended = None
    finally:
        _end(running.values())
    if ended is None:
        print("The dashboard has ended.", flush=True)
        return
    code = running[ended].returncode
    if len(ports) > 1:
        raise OutcomesError(
            f"The process on port {ended} ended by itself with code {code}; the others were ended "
            "with it."
        )
    if code:
        raise OutcomesError(f"The dashboard ended by itself with code {code}.")


def _checked(store: Path, release: str) -> str:
    """Compare a store with its manifest; return its seal, an empty one where there is none yet."""
    from analysis.store import open_store  # not before the processes that are to load beside it

    try:
        with open_store(store) as opened:
            return opened.seal
    except StoreMissing:
        if release != LOCAL:
            raise
        print(f"There is no store at {store} yet: it is made by the first import.")
        return ""


def _let_draw(process: subprocess.Popen[bytes], seal: str) -> None:
    assert process.stdin is not None
    with suppress(OSError):  # it has ended already, which is told to whoever waits for it
        process.stdin.write(f"{seal}\n".encode())
        process.stdin.flush()


def _where(ports: Sequence[int]) -> list[str]:
    """Return the lines that say where the dashboard is."""
    if len(ports) == 1:
        return [f"The dashboard is at http://localhost:{ports[0]} (Ctrl-C ends it)."]
    return [
        f"The dashboard runs in {len(ports)} processes, on the ports {ports[0]} to {ports[-1]} of "
        f"{ADDRESS} (Ctrl-C ends them).",
        "A proxy must stand before them that keeps each reader with one process: "
        "docs/deployment.md has one.",
    ]


def _begin(port: int, environment: Mapping[str, str], browser: bool) -> subprocess.Popen[bytes]:
    # a Ctrl-C reaches the whole group; it is for this process to answer, which then ends the others
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.Popen(
            _command(port, browser),
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # where it is, and that it has ended, is said here
        )
    finally:
        signal.signal(signal.SIGINT, before)


def _command(port: int, browser: bool) -> list[str]:
    settings = {
        "server.port": port,
        "server.address": ADDRESS,
        "server.headless": str(not browser).lower(),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": "localhost",
        "client.toolbarMode": "viewer",
        "logger.level": "warning",
        "logger.hideWelcomeMessage": "true",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-c", "from dashboard.served import main; main()", *options]


def _first_to_end(running: Mapping[int, subprocess.Popen[bytes]]) -> int:
    """Wait until a process ends; return its port."""
    if len(running) == 1:
        (port,) = running
        running[port].wait()
        return port
    while True:
        for port, process in running.items():
            if process.poll() is not None:
                return port
        time.sleep(LOOK)


def _end(processes: Collection[subprocess.Popen[bytes]]) -> None:
    """End all processes at once; those that have not ended ten seconds later are killed."""
    for process in processes:
        if process.stdin is not None:
            with suppress(OSError):  # what it was still to be told
                process.stdin.close()
        process.terminate()
    end = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(timeout=max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
