"""`trd-outcomes serve` and `demo`: the dashboard in a browser, until Ctrl-C."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from analysis.errors import InputError, OutcomesError, StoreDamaged, StoreMissing
from analysis.release import LOCAL, check_policy
from analysis.store import open_store
from dashboard import RELEASE_VARIABLE, STORE_VARIABLE

APP = Path(__file__).parents[1] / "app.py"
ADDRESS = "127.0.0.1"


def run(options: argparse.Namespace) -> None:
    """Serve a store on this machine until it is stopped."""
    check_policy(options.release)
    try:
        open_store(options.store).close()
    except StoreMissing:
        if options.release != LOCAL:
            raise
        print(f"There is no store at {options.store} yet: it is made by the first import.")
    serve(options.store, options.port, options.release, browser=False)


def run_demo(options: argparse.Namespace) -> None:
    """Build the store from the sample data where it is not there yet, and serve it."""
    root = Path(__file__).parents[2]
    files = [
        root / "sample_data" / f"{name}.csv"
        for name in ("episodes", "assessments", "sessions", "events", "trials")
    ]
    if not all(file.is_file() for file in files):
        raise InputError(
            str(root / "sample_data"), "the sample data is not there: run the demo from a checkout."
        )
    _check_port(options.port)
    from analysis.ingest import read_mapping
    from dashboard.commands.importing import load

    store = root / ".demo-store"
    remove_damaged(store)
    print("Building the store from the sample data (synthetic, no real patients).", flush=True)
    report = load(store, files, read_mapping(root / "sample_data" / "mapping.toml"))
    rows = sum(file.rows_read for file in report.files)
    print(f"{rows:,} rows read, snapshot {report.snapshot}.", flush=True)
    serve(store, options.port, "local", browser=not options.no_browser)


def remove_damaged(store: Path) -> None:
    """Remove a demo store that cannot be opened: all that it held is in the sample data."""
    try:
        open_store(store).close()
    except StoreMissing:
        return
    except StoreDamaged:
        print("The store of an earlier demo cannot be used any more: it is made anew.", flush=True)
        shutil.rmtree(store)


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


def serve(store: Path, port: int, release: str, *, browser: bool) -> None:
    """Run the dashboard in a process of its own and end it with this one."""
    _check_port(port)
    settings = {
        "server.port": port,
        "server.address": ADDRESS,
        "server.headless": str(not browser).lower(),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": "localhost",
        "client.toolbarMode": "viewer",
        "logger.level": "warning",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(APP)]
    command += [f"--{name}={value}" for name, value in settings.items()]
    environment = os.environ | {STORE_VARIABLE: str(store.resolve()), RELEASE_VARIABLE: release}
    print(f"The dashboard is at http://localhost:{port} (Ctrl-C ends it).", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    process = subprocess.Popen(command, env=environment, cwd=APP.parents[1])
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
        print("The dashboard has ended.", flush=True)
        return
    if code:
        raise OutcomesError(f"The dashboard ended by itself with code {code}.")
