"""The only door to a database: open a snapshot, ask it questions, publish the next one."""

from analysis.store.questions import change, course_table, episodes, patients, trajectory
from analysis.store.reader import Asked, Store, open_store
from analysis.store.waiting import waiting

__all__ = [
    "Asked",
    "Store",
    "change",
    "course_table",
    "episodes",
    "open_store",
    "patients",
    "trajectory",
    "waiting",
]
