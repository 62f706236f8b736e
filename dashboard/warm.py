"""The warm-up of a server: what readers need is loaded and asked once.

`serve` begins with what the first page needs, while the browser still fetches what pages are drawn
with; the rest follows after the first pages.

Streamlit collects garbage at the end of each run of the script, and holds up every session while it
looks through all that is loaded. What is there after the warm-up is frozen: the collector is told
that it stays, and looks through it no more. Whatever is imported later undoes a part of that.
"""

import atexit
import gc
from contextlib import suppress
from importlib import import_module
from threading import Lock

from analysis.errors import OutcomesError
from dashboard import data, link
from dashboard.views import FURTHER

# What is imported only where it is needed, so that the command line need not wait for it.
LATER = (
    "analysis.compare.engine",
    "analysis.compare.released",
    "dashboard.views.importing",
    *(f"dashboard.views.{page}" for page in FURTHER),
    "pandas.io.formats.style",
    "plotly.graph_objects",
    "scipy.optimize",
    "scipy.special",
)
# The groupings of the first page.
FIRST_PAGE = ((), ("modality",), ("start_year",))

# Each is held from its step of the warm-up on, for as long as the process lives.
_FIRST, _SECOND = Lock(), Lock()


def up() -> bool:
    """Do the next step of the warm-up at the end of a run; return whether there was one left.

    The first run of a process only freezes what it has loaded, since its browser still fetches what
    the page is drawn with. The second one loads and asks the rest, and freezes that too. A store
    that cannot answer is no hindrance: whoever opens the page is told why.
    """
    if _FIRST.acquire(blocking=False):
        # what is still frozen when the process ends would be reported as lost
        atexit.register(gc.unfreeze)
    elif _SECOND.acquire(blocking=False):
        _load()
    else:
        return False
    gc.collect()
    gc.freeze()
    return True


def _load() -> None:
    for module in LATER:
        import_module(module)
    ask_first_page()


def ask_first_page() -> None:
    """Put the questions of the first page, so that whoever opens it finds the answers there."""
    with suppress(OutcomesError):
        choice = link.first_choice(data.store())
        for by in FIRST_PAGE:
            data.both_ways(choice, by, data.headline_outcomes(choice))
