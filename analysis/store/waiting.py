"""The question how long episodes wait for an event, as one grouped count."""

import numpy as np
from numpy.typing import NDArray

from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.store.questions import asked_groups, cohort_filter, group_parts
from analysis.store.quoting import literal
from analysis.store.reader import Store
from analysis.tables import EventTable
from analysis.timepoints import DEFAULT_BASELINE

Limits = NDArray[np.int64]

# The episodes with their baseline, and the scores after it on a day after the first treatment.
WORKED_OUT = {
    "members": "select {group} episode, baseline from endpoint "
    "where instrument = $instrument {cohort}",
    "after": "select episode, day, next_day, score, baseline from observation "
    "where instrument = $instrument and baseline is not null and day > 0",
}
BEFORE = (
    "select episode, max(day) as day, max_by(score, day) as baseline from observation "
    "where instrument = $instrument and day between $baseline_from and $baseline_to "
    "group by episode"
)
ANY_WINDOW = {
    "members": "select m.*, b.baseline from (select {group} episode from endpoint "
    "where instrument = $instrument {cohort}) m "
    f"left join ({BEFORE}) b on b.episode = m.episode",
    "after": "select o.episode, o.day, o.next_day, o.score, b.baseline from observation o "
    f"join ({BEFORE}) b on b.episode = o.episode "
    "where o.instrument = $instrument and o.day > b.day and o.day > 0",
}
# How the waiting of an episode ends, beside the competing events.
STATUSES = (
    *("met", "censored", "no_baseline", "not_eligible"),
    *("not_followed", "not_started", "not_seen_again"),
)


def _values(*columns: Limits) -> str:
    """Return rows of whole numbers as SQL values; without any, one row of nulls."""
    rows = list(zip(*(column.tolist() for column in columns), strict=True)) or [
        ("null",) * len(columns)
    ]
    return ", ".join(f"({', '.join(map(str, row))})" for row in rows)


def _shows(better: bool, higher_is_worse: bool, limit: str) -> str:
    return f"coalesce(s.score {'<=' if better == higher_is_worse else '>='} l.{limit}, false)"


def waiting(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    by: tuple[str, ...],
    *,
    baselines: Limits,
    limits: Limits,
    better: bool,
    competing: tuple[str, ...],
    start_limits: Limits | None = None,
    confirming: tuple[str, ...] = (),
) -> EventTable:
    """Return how many episodes of each group wait until which day, and how their waiting ends.

    `baselines` are the eligible ones, in steps of the scale; `limits` holds for each of them the
    last score that shows the event (`better` events are improvements). With `start_limits` the
    clock starts at the first assessment that reaches them, and an event must show twice in a row
    or be followed by one of `confirming`.
    """
    instrument = store.instrument(definition.instrument)
    parts = group_parts(store, cohort, by)
    clauses, levels = cohort_filter(cohort)
    parameters: dict[str, int] = {}
    baseline = WORKED_OUT  # its window ends with the first treatment day
    if definition.baseline != DEFAULT_BASELINE:
        baseline = ANY_WINDOW
        parameters["baseline_from"] = definition.baseline.from_day
        parameters["baseline_to"] = definition.baseline.to_day
    words = (*competing, *STATUSES)
    own = {name: str(number) for number, name in enumerate(words)} | {
        "statuses": ", ".join(f"({i}, {literal(name)})" for i, name in enumerate(words)),
        "competing": ", ".join(f"({literal(name)}, {i})" for i, name in enumerate(competing)),
        "shows": _shows(better, instrument.higher_is_worse, "end_limit"),
    }
    question = "first_met"
    if start_limits is None:
        own["limits"] = _values(baselines, limits)
    else:
        question = "relapse"
        own["limits"] = _values(baselines, start_limits, limits)
        own["starts"] = _shows(True, instrument.higher_is_worse, "start_limit")
        own["confirming"] = ", ".join(map(literal, confirming))
    columns = store.ask(
        question,
        {"instrument": definition.instrument, **parameters, **levels},
        **parts,
        **{name: part.format(**parts, cohort=clauses) for name, part in baseline.items()},
        **own,
    )
    groups, group = asked_groups(store, by, columns, len(columns["episodes"]))
    return EventTable(
        by=by,
        groups=groups,
        group=group,
        day=np.asarray(columns["day"], dtype=np.int64),
        status=np.asarray(columns["_status"], dtype=np.str_),
        episodes=np.asarray(columns["episodes"], dtype=np.int64),
    )
