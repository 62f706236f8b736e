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
import time
from importlib import import_module
from pathlib import Path
from threading import Event, Thread

from dashboard import SEAL_VARIABLE

APP = Path(__file__).with_name("app.py")
LOADED_FIRST = ("plotly.graph_objects", "dashboard.sidebar", "dashboard.views.program")
# Seconds after which a thread that computes lets another one go on: files are sent beside it.
SWITCH = 0.0005
LOOK = 0.02  # seconds between two looks at whether the server has begun

# Whether the first page finds what it needs; so it is in a process that `serve` has not begun.
ready = Event()
ready.set()


def main() -> None:
    """Serve the dashboard with the options of `streamlit run` that were given, until SIGTERM."""
    ready.clear()
    from streamlit.web import cli  # all of Streamlit, before the other thread loads parts of it

    for work in (_make_ready, _end_with_serve):
        Thread(target=work, daemon=True).start()
    cli.main(["run", str(APP), *sys.argv[1:]], prog_name="streamlit")


def _make_ready() -> None:
    """Load the first page, and ask its questions once the store has been compared."""
    usual = sys.getswitchinterval()
    try:
        while not _listens():
            time.sleep(LOOK)
        sys.setswitchinterval(SWITCH)
        for module in LOADED_FIRST:
            import_module(module)
        os.environ[SEAL_VARIABLE] = sys.stdin.readline().strip()
        import_module("dashboard.warm").ask_first_page()
    finally:
        sys.setswitchinterval(usual)
        ready.set()


def _end_with_serve() -> None:
    """End this process when `serve` has ended, however that was."""
    ready.wait()  # what comes before the end of that input has been read by then
    # as the system has it: a thread that waits for the buffered one would hold up the end
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _listens() -> bool:
    """Return whether the server takes browsers: what is loaded before that would hold it up."""
    from streamlit import config
    from streamlit.runtime import Runtime

    if not Runtime.exists():  # its address is not known yet
        return False
    address = config.get_option("server.address"), config.get_option("server.port")
    with socket.socket() as knock:
        return knock.connect_ex(address) == 0
