"""A process of `trd-outcomes serve`: Streamlit, and beside its start what the first page needs.

While a browser still fetches what pages are drawn with, the page itself is loaded and its questions
are asked. `serve` compares the store with its manifest meanwhile, and writes the seal of it to the
standard input of this process: before that no page is drawn. When that input ends, `serve` is
gone, and this process ends too.
"""

import os
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from threading import Event, Thread

from dashboard import SEAL_VARIABLE

APP = Path(__file__).with_name("app.py")
LOADED_FIRST = ("plotly.graph_objects", "dashboard.sidebar", "dashboard.views.program")
# Seconds after which a thread that computes lets another one go on: files are sent beside it.
SWITCH = 0.0005
LOOK = 0.02  # seconds between two looks at whether the server has begun
PATIENCE = 3.0  # seconds that what is being loaded may hold up the end
LONGEST = 4096  # bytes that come in one piece

# Whether the first page finds what it needs; so it is in a process that `serve` has not begun.
ready = Event()
ready.set()
ending = Event()


def main() -> None:
    """Serve the dashboard with the options of `streamlit run` that were given, until SIGTERM."""
    ready.clear()
    from streamlit.web import cli  # all of Streamlit, before the other thread loads parts of it

    making = Thread(target=_make_ready, daemon=True)
    for thread in (making, Thread(target=_end_with_serve, daemon=True)):
        thread.start()
    try:
        cli.main(["run", str(APP), *sys.argv[1:]], prog_name="streamlit")
    finally:
        ending.set()
        making.join(PATIENCE)  # a library that is cut short while it loads complains of it


def _make_ready() -> None:
    """Load the first page, and ask its questions once the store has been compared."""
    usual = sys.getswitchinterval()
    try:
        while not _listens():
            if ending.wait(LOOK):
                return
        sys.setswitchinterval(SWITCH)
        for module in LOADED_FIRST:
            if ending.is_set():
                return
            import_module(module)
        os.environ[SEAL_VARIABLE] = _read().strip()
        if not ending.is_set():
            import_module("dashboard.warm").ask_first_page()
    finally:
        sys.setswitchinterval(usual)
        ready.set()


def _end_with_serve() -> None:
    """End this process when `serve` has ended, however that was."""
    ready.wait()  # what comes before the end of that input has been read by then
    while _read():
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _read() -> str:
    """Wait for what `serve` says; an empty text where it has ended."""
    # as the system has it: a thread that waits for the buffered input would hold up the end
    return os.read(sys.stdin.fileno(), LONGEST).decode()


def _listens() -> bool:
    """Return whether the server takes browsers: what is loaded before that would hold it up."""
    from streamlit import config
    from streamlit.runtime import Runtime

    if not Runtime.exists():  # its address is not known yet
        return False
    address = config.get_option("server.address"), config.get_option("server.port")
    with socket.socket() as knock:
        return knock.connect_ex(address) == 0
