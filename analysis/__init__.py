"""Outcome measurement for treatment-resistant depression programs: the engine.

A `Cohort` (which episodes) and a `Definition` (how an outcome is decided) are put to a `Store`;
`rates`, `trajectories` and `compare` answer, and `release_rates` decides what may be shown.
"""

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
