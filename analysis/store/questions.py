"""The questions a store is asked, each one grouped count."""

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.cohort import Cohort, Where
from analysis.definition import Definition
from analysis.errors import DefinitionError, UnknownName
from analysis.instruments import Instrument
from analysis.store.engine import Columns
from analysis.store.quoting import column, literal
from analysis.store.reader import Store, floats
from analysis.tables import LATER_PHASES, ChangeTable, CourseTable, Group, TrajectoryTable
from analysis.timepoints import DEFAULT_BASELINE, TIMEPOINTS, Timepoint

RANKS = {
    "last": "s.day",
    "first": "-cast(s.day as integer)",
    # the nearest day wins; of two equally near ones the later
    "nearest": "case when s.day >= {target} then 1 else 0 end "
    "- 2 * abs(cast(s.day as integer) - {target})",
}
COURSE_WINDOW = "cast(course_end as integer) + 14"


# Ranks the episodes of a patient: the earlier it started, the longer ago; without that, by its key.
EARLIEST = "cast(episode as bigint) - cast(coalesce(follow_up_age, 0) as bigint) * 16777216"


def cohort_filter(cohort: Cohort) -> tuple[str, dict[str, str]]:
    """Return the filter as SQL with named parameters; the values never enter the SQL."""
    clauses, parameters = _matches(cohort.where, "level")
    if not cohort.first_among:
        return clauses, parameters
    among: list[str] = []
    for number, where in enumerate(cohort.first_among):
        own, levels = _matches(where, f"first_{number}")
        among.append(f"(true {own})")
        parameters |= levels
    first = (
        f"and episode in (select min_by(episode, {EARLIEST}) from endpoint "
        f"where instrument = $instrument and ({' or '.join(among)}) group by patient)"
    )
    return f"{clauses} {first}", parameters


def _matches(where: Where, prefix: str) -> tuple[str, dict[str, str]]:
    clauses: list[str] = []
    parameters: dict[str, str] = {}
    for number, (field, levels) in enumerate(where):
        names = [f"{prefix}_{number}_{position}" for position in range(len(levels))]
        clauses.append(f"and {column(field)} in ({', '.join('$' + name for name in names)})")
        parameters |= dict(zip(names, levels, strict=True))
    return " ".join(clauses), parameters


def group_parts(store: Store, cohort: Cohort, by: tuple[str, ...]) -> dict[str, str]:
    cohort.check(store.levels)
    for field in by:
        if field not in store.fields:
            raise UnknownName("field", field, store.fields)
    if len(set(by)) != len(by):
        raise DefinitionError(f"Grouped twice by the same field: {', '.join(by)}.")
    group = "".join(f"{column(field)}, " for field in by)
    text = "".join(f"cast({column(field)} as string) as {column(field)}, " for field in by)
    return {"group": group, "text": text}


def asked_groups(
    store: Store, by: tuple[str, ...], columns: Columns, rows: int
) -> tuple[tuple[Group, ...], NDArray[np.int64]]:
    """Return the groups that occur, in the order of their levels, and each row's position."""
    if not by:
        return ((),), np.zeros(rows, dtype=np.int64)
    keys: list[Group] = list(zip(*(columns[field].tolist() for field in by), strict=True))
    order = {field: list(store.levels[field]) for field in by}
    groups = tuple(
        sorted(
            set(keys),
            key=lambda key: [order[f].index(v) for f, v in zip(by, key, strict=True)],
        )
    )
    position = {key: number for number, key in enumerate(groups)}
    return groups, np.array([position[key] for key in keys], dtype=np.int64)


def change(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    by: tuple[str, ...] = (),
    timepoint: Timepoint | None = None,
    *,
    sustained: bool = False,
    beside: tuple[str, ...] = (),
) -> ChangeTable:
    """Return how many episodes share each group, baseline, endpoint and maturity.

    `timepoint` replaces the definition's own one (for scores carried forward). `sustained` adds
    the worst later score up to the definition's horizon. `beside` tells episodes apart by further
    columns: fields of the store, and "patient". Raises UnknownName for a field, level or
    instrument that the store does not have.
    """
    timepoint = timepoint or definition.timepoint
    units = store.instrument(definition.instrument).units_per_point
    parts = group_parts(store, cohort, by)
    beside = tuple(name for name in beside if name not in by)
    parts["group"] += "".join(f"{column(name)}, " for name in beside)
    parts["text"] += "".join(f"{_code(store, name)} as {column(name)}, " for name in beside)
    clauses, levels = cohort_filter(cohort)
    question, own, parameters = _change_question(store, definition, timepoint, sustained)
    columns = store.ask(
        question,
        {"instrument": definition.instrument, **levels, **parameters},
        **parts,
        cohort=clauses,
        immature=_immature(definition.timepoint, definition.horizon if sustained else None),
        **own,
    )
    if question == "change_preset":
        columns = _by_maturity(columns)
    groups, group = asked_groups(store, by, columns, len(columns["episodes"]))
    return ChangeTable(
        by=by,
        groups=groups,
        group=group,
        baseline=floats(columns["baseline"]) / units,
        endpoint=floats(columns["endpoint"]) / units,
        mature=np.asarray(columns["mature"], dtype=np.bool_),
        episodes=np.asarray(columns["episodes"], dtype=np.int64),
        later=floats(columns["_later"]) / units if sustained else None,
        beside={name: np.asarray(columns[name], dtype=np.int64) for name in beside},
    )


def _by_maturity(columns: Columns) -> Columns:
    """Return a row for the mature and one for the immature episodes of each, if there are any."""
    immature = np.asarray(columns["_immature"], dtype=np.int64)
    mature = np.asarray(columns["episodes"], dtype=np.int64) - immature
    some, others = mature > 0, immature > 0
    at = np.concatenate([np.flatnonzero(some), np.flatnonzero(others)])
    split = {name: column[at] for name, column in columns.items() if name != "_immature"}
    return split | {
        "episodes": np.concatenate([mature[some], immature[others]]),
        "mature": np.repeat([True, False], [some.sum(), others.sum()]),
    }


def _code(store: Store, name: str) -> str:
    """Return the SQL of a column as a whole number: a level by its place among the levels."""
    if name == "patient":
        return name
    places = (f"when {literal(level)} then {at}" for at, level in enumerate(store.levels[name]))
    return f"case {column(name)} {' '.join(places)} end"


def _immature(timepoint: Timepoint, horizon: int | None) -> str:
    """Return the SQL for "the window reaches beyond the as-of date"; null where the age is unknown.

    With a horizon the days up to it must lie before that date, too.
    """
    days = [] if horizon is None else [str(int(horizon))]
    if timepoint.ends_with_course:
        days.append(COURSE_WINDOW)
    else:
        days.append(str(int(timepoint.from_day if timepoint.to_day is None else timepoint.to_day)))
    return " or ".join(f"follow_up_age <= {day}" for day in days)


def _change_question(
    store: Store, definition: Definition, timepoint: Timepoint, sustained: bool
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Return the cheapest question that answers: its name, its own parts and parameters."""
    if definition.baseline == DEFAULT_BASELINE and not sustained:
        if TIMEPOINTS.get(timepoint.name) == timepoint:
            return "change_preset", {"timepoint": column(timepoint.name)}, {}
        # every day of the window comes after the baseline window
        if timepoint.pick == "last" and timepoint.from_day > 0:
            window = {"from_day": timepoint.from_day}
            if timepoint.to_day is not None:
                return "change_window", {}, window | {"window_end": timepoint.to_day}
            if timepoint.ends_with_course:
                return "change_course", {"last_day": COURSE_WINDOW}, window
    instrument = store.instrument(definition.instrument)
    sign = "-" if instrument.higher_is_worse else ""
    # the best score; of several days that have it the first, since all later ones come after it
    ranks = RANKS | {"best": f"{sign}100000 * cast(s.score as bigint) - s.day"}
    parameters = {
        "baseline_from": definition.baseline.from_day,
        "baseline_to": definition.baseline.to_day,
        "from_day": timepoint.from_day,
    }
    no_end = 100_000 if timepoint.to_day is None else int(timepoint.to_day)
    last_day = COURSE_WINDOW if timepoint.ends_with_course else str(no_end)
    own = {"rank": ranks[timepoint.pick].format(target=timepoint.target), "last_day": last_day}
    if not sustained:
        return "change_any", own, parameters
    own["worst"] = "max" if instrument.higher_is_worse else "min"
    return "change_sustained", own, parameters | {"horizon": definition.horizon}


def patients(
    store: Store, cohort: Cohort, instrument: str, by: tuple[str, ...] = ()
) -> Mapping[Group, int]:
    """Return how many different patients the episodes of each group belong to."""
    parts = group_parts(store, cohort, by)
    clauses, levels = cohort_filter(cohort)
    group_by = f"group by {parts['group'].rstrip(', ')}" if by else ""
    columns = store.ask(
        "patients", {"instrument": instrument, **levels}, **parts, cohort=clauses, group_by=group_by
    )
    counts = columns["patients"].tolist()
    if not by:
        return {(): counts[0]}
    keys: list[Group] = list(zip(*(columns[field].tolist() for field in by), strict=True))
    return dict(zip(keys, counts, strict=True))


def eligible_range(definition: Definition, instrument: Instrument) -> tuple[int, int]:
    """Return the lowest and the highest eligible baseline score, in steps of the scale.

    The lowest is above the highest where a minimum that nobody reaches leaves none.
    """
    minimum = definition.minimum(instrument)
    lowest, highest = instrument.low, instrument.high
    if minimum is not None and instrument.higher_is_worse:
        lowest = max(lowest, minimum)
    elif minimum is not None:
        highest = min(highest, minimum)
    units = instrument.units_per_point
    return ceil(round(lowest * units, 6)), floor(round(highest * units, 6))


def trajectory(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    by: tuple[str, ...] = (),
    *,
    width: int,
    intervals: int,
) -> TrajectoryTable:
    """Return how many eligible episodes have each last score in each interval of `width` days."""
    instrument = store.instrument(definition.instrument)
    parts = group_parts(store, cohort, by)
    clauses, levels = cohort_filter(cohort)
    lowest, highest = eligible_range(definition, instrument)
    columns = store.ask(
        "trajectory",
        {
            "instrument": definition.instrument,
            "width": width,
            "intervals": intervals,
            "lowest": lowest,
            "highest": highest,
            **levels,
        },
        **parts,
        cohort=clauses,
    )
    groups, group = asked_groups(store, by, columns, len(columns["episodes"]))
    return TrajectoryTable(
        by=by,
        groups=groups,
        group=group,
        interval=np.asarray(columns["interval"], dtype=np.int64),
        score=floats(columns["score"]) / instrument.units_per_point,
        episodes=np.asarray(columns["episodes"], dtype=np.int64),
    )


def episodes(store: Store, cohort: Cohort, by: tuple[str, ...] = ()) -> Mapping[Group, int]:
    """Return how many episodes each group has, in the order of the groups."""
    parts = group_parts(store, cohort, by)
    clauses, levels = cohort_filter(cohort)
    columns = store.ask("episodes", levels, **parts, cohort=clauses)
    groups, group = asked_groups(store, by, columns, len(columns["episodes"]))
    counts = dict(zip(group.tolist(), columns["episodes"].tolist(), strict=True))
    return {key: counts[position] for position, key in enumerate(groups) if position in counts}


def course_table(store: Store, cohort: Cohort, by: tuple[str, ...] = ()) -> CourseTable:
    """Return how many episodes share planned and received sessions and the later phases."""
    parts = group_parts(store, cohort, by)
    clauses, levels = cohort_filter(cohort)
    columns = store.ask("course", levels, **parts, cohort=clauses)
    groups, group = asked_groups(store, by, columns, len(columns["episodes"]))
    return CourseTable(
        by=by,
        groups=groups,
        group=group,
        planned=floats(columns["planned"]),
        received=floats(columns["received"]),
        phases={name: np.asarray(columns[name], dtype=np.int64) > 0 for name in LATER_PHASES},
        episodes=np.asarray(columns["episodes"], dtype=np.int64),
    )
