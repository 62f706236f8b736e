"""The warm-up of a server: what later readers need is loaded and asked once, behind the first page.

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

# What is imported only where it is needed, so that the command line need not wait for it.
LATER = (
    "analysis.compare.engine",
    "analysis.compare.released",
    "pandas.io.formats.style",
    "plotly.graph_objects",
    "scipy.optimize",
    "scipy.special",
)
# The groupings of the first page.
FIRST_PAGE = ((), ("modality",), ("start_year",))

# Held from the first warm-up on, for as long as the process lives.
_begun = Lock()


def up() -> bool:
    """Warm up and freeze, once per process; return whether this call did it.

    A store that cannot answer is no hindrance: whoever opens the page is told why.
    """
    if not _begun.acquire(blocking=False):
        return False
    for module in LATER:
        import_module(module)
    with suppress(OutcomesError):
        choice = link.first_choice(data.store())
        for by in FIRST_PAGE:
            data.both_ways(choice, by, data.headline_outcomes(choice))
    gc.collect()
    gc.freeze()
    # what is still frozen when the process ends would be reported as lost
    atexit.register(gc.unfreeze)
    return True
