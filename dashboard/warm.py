"""The warm-up of a server: what every reader needs is loaded and asked once, before the first one.

Streamlit collects garbage at the end of each run of the script and holds up every session while it
looks through all that is loaded. What the warm-up has loaded is frozen: told to the collector as
there for good, so that it is not looked through again. What is imported later undoes a part of it.
"""

import atexit
import gc
from contextlib import suppress
from importlib import import_module
from threading import Event, Lock, Thread

# What is imported only where it is needed, so that the command line need not wait for it.
LATER = (
    "dashboard.screen",
    "analysis.compare.engine",
    "analysis.compare.released",
    "pandas.io.formats.style",
    "plotly.graph_objects",
    "scipy.optimize",
    "scipy.special",
)
# The groupings of the first page.
FIRST_PAGE = ((), ("modality",), ("start_year",))

_warming = Lock()
_frozen = Event()


def start() -> None:
    """Begin the warm-up beside the server, which can be reached meanwhile."""
    began = Event()

    def run() -> None:
        with _warming:
            began.set()
            _warm()

    Thread(target=run, name="warm-up", daemon=True).start()
    began.wait()


def wait() -> None:
    """Return when no warm-up is under way: two threads that import the same things may collide."""
    with _warming:
        pass


def up() -> bool:
    """Warm up and freeze, once per process; return whether this call did it."""
    with _warming:
        return _warm()


def _warm() -> bool:
    if _frozen.is_set():
        return False
    for module in LATER:
        import_module(module)
    _ask()
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is frozen would count as lost when the process ends
    _frozen.set()
    return True


def _ask() -> None:
    """Ask what the first page asks when nothing is chosen, and draw it once.

    A store that cannot answer is left alone: whoever opens the page is told why.
    """
    from analysis.errors import OutcomesError  # here, since these imports are the warm-up
    from dashboard import data, link
    from dashboard.charts import flow, rates

    with suppress(OutcomesError):
        choice = link.first_choice(data.store())
        outcomes = data.headline_outcomes(choice)
        whole, *grouped = (data.both_ways(choice, by, outcomes) for by in FIRST_PAGE)
        flow.figure(data.flow_frame(whole[0]), "").to_json()
        for answers in grouped:
            rates.figure(data.rate_frame(*answers), "").to_json()
