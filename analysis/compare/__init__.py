"""Comparing groups: crude and adjusted differences, shown only where they can be defended."""

from collections.abc import Callable

from analysis.cohort import Cohort
from analysis.compare.plan import Comparison, Named, parse_visits
from analysis.compare.results import Compared
from analysis.definition import Definition
from analysis.store import Store

__all__ = ["Compared", "Comparison", "Named", "compare", "parse_visits", "release_compared"]

# The engine is imported when it is asked: its methods take as long to load as most answers take.


def compare(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    comparison: Comparison,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> Compared:
    """Return how groups of a cohort differ: crude numbers always, differences where gates pass.

    `progress` is told the step and the share done, 0 to 1; what it raises stops the work. Raises
    UnknownName or DefinitionError for what cannot be asked.
    """
    from analysis.compare.engine import compare as answer

    return answer(store, cohort, definition, comparison, progress=progress)


def release_compared(answer: Compared, policy: str) -> Compared:
    """Return a comparison as the policy allows it to be shown or exported."""
    from analysis.compare.released import release_compared as release

    return release(answer, policy)
