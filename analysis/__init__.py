"""Outcome measurement for treatment-resistant depression programs: the engine.

A `Cohort` (which episodes) and a `Definition` (how an outcome is decided) are put to a `Store`;
`rates`, `trajectories` and `compare` answer, and `release_rates` decides what may be shown.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.cohort import Cohort
    from analysis.compare import Compared, Comparison, Named, compare, release_compared
    from analysis.course import Course, CourseRow, course, release_course
    from analysis.curve_results import Curves, CurveStep, CurveSummary, Landmark
    from analysis.curves import curves
    from analysis.definition import Definition, definition_from_query
    from analysis.errors import (
        DefinitionError,
        InputError,
        OutcomesError,
        StoreBusy,
        StoreDamaged,
        StoreError,
        StoreMissing,
        UnknownName,
    )
    from analysis.events import EVENTS
    from analysis.measures import Flow, Measure, Rates, rates
    from analysis.outcomes import OUTCOMES
    from analysis.release import release_rates, release_trajectories
    from analysis.release_curves import release_curves
    from analysis.sensitivity import Bounds, Sensitivity, bounds, sensitivity
    from analysis.store import Store, open_store
    from analysis.timepoints import Timepoint, Window
    from analysis.trajectories import MeanScore, Trajectories, trajectories

__all__ = [
    "EVENTS",
    "OUTCOMES",
    "Bounds",
    "Cohort",
    "Compared",
    "Comparison",
    "Course",
    "CourseRow",
    "CurveStep",
    "CurveSummary",
    "Curves",
    "Definition",
    "DefinitionError",
    "Flow",
    "InputError",
    "Landmark",
    "MeanScore",
    "Measure",
    "Named",
    "OutcomesError",
    "Rates",
    "Sensitivity",
    "Store",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreMissing",
    "Timepoint",
    "Trajectories",
    "UnknownName",
    "Window",
    "bounds",
    "compare",
    "course",
    "curves",
    "definition_from_query",
    "open_store",
    "rates",
    "release_compared",
    "release_course",
    "release_curves",
    "release_rates",
    "release_trajectories",
    "sensitivity",
    "trajectories",
]

# Where the names stand. A file is loaded once a name of it is asked for: on the command line most
# answers take less time than all files take to load.
_FILES = {
    "cohort": ("Cohort",),
    "compare": ("Compared", "Comparison", "Named", "compare", "release_compared"),
    "course": ("Course", "CourseRow", "course", "release_course"),
    "curve_results": ("Curves", "CurveStep", "CurveSummary", "Landmark"),
    "curves": ("curves",),
    "definition": ("Definition", "definition_from_query"),
    "errors": (
        "DefinitionError",
        "InputError",
        "OutcomesError",
        "StoreBusy",
        "StoreDamaged",
        "StoreError",
        "StoreMissing",
        "UnknownName",
    ),
    "events": ("EVENTS",),
    "measures": ("Flow", "Measure", "Rates", "rates"),
    "outcomes": ("OUTCOMES",),
    "release": ("release_rates", "release_trajectories"),
    "release_curves": ("release_curves",),
    "sensitivity": ("Bounds", "Sensitivity", "bounds", "sensitivity"),
    "store": ("Store", "open_store"),
    "timepoints": ("Timepoint", "Window"),
    "trajectories": ("MeanScore", "Trajectories", "trajectories"),
}
_FILE_OF = {name: file for file, names in _FILES.items() for name in names}


class _Package(ModuleType):
    """Keeps a name for what it stands for here, where a file has the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _FILE_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


if not TYPE_CHECKING:  # so that a name that is not there is seen without running anything

    def __getattr__(name: str) -> Any:
        if name not in _FILE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_FILE_OF[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


sys.modules[__name__].__class__ = _Package
