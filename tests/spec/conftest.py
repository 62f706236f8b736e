"""Drawn tables: each row is one person, who goes through the importer and the engine.

All rows of a table make one clinic, in which each person is a group of their own. So what is
computed from the clinic's scores (the SD of the baseline) is computed from the whole table.

Given columns:
    baseline, endpoint      the PHQ-9 (or other) score on day 0 and on day 42
    scores                  instead of these two, all scores as day:score
    baseline_item, endpoint_item
                            the item on suicidal thoughts on day 0 and on day 42
    items                   instead of these two, all answers to that item as day:answer
    events                  clinical events as day:event
    follow_up               days since the first treatment day, as far as the data reach
    course_end, sessions    the recorded end of the course; treatment days, or day:phase
    instrument, timepoint, baseline_window, missing, min_baseline, remission_rule,
    minimal_important, reliable_change, cutoff, horizon
                            the definition for this row
Answered columns:
    baseline, endpoint      beside scores: the score that was chosen
    eligible, mature        whether the person gets as far as this step of the patient flow
    an outcome or the id of a remission rule: yes, no, unknown, or not counted
    a missing rule          response under this rule
    response_event, remission_event, relapse_event
                            how the waiting ends and after how many days: met 42, censored 56 or a
                            competing event (switch 30); not followed where nobody looked again,
                            not started where a relapse has no response before it, not counted
                            without an eligible baseline. A relapse counts days from the response.

A dash is an empty cell: nothing was recorded, or nothing was chosen.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from analysis import OUTCOMES, Cohort, Definition, Store, definition_from_query, rates
from analysis.curve_results import CurveSummary
from analysis.curves import curves
from analysis.definition import MISSING_RULES
from analysis.events import EVENTS
from analysis.instruments import REGISTRY, Instrument
from analysis.instruments.load import RULE_ID
from analysis.measures import Measure
from analysis.store import change

SCORES = {"baseline", "endpoint", "scores", "baseline_item", "endpoint_item", "items"}
GIVEN = SCORES | {"follow_up", "course_end", "sessions", "events"}
# The names of the columns, and those of the options on the command line.
DEFINITION = {
    "instrument": "instrument",
    "timepoint": "timepoint",
    "baseline_window": "baseline",
    "missing": "missing",
    "min_baseline": "min_baseline",
    "remission_rule": "remission",
    "minimal_important": "minimal_important",
    "reliable_change": "reliable_change",
    "cutoff": "cutoff",
    "horizon": "horizon",
}
STEPS = {"eligible", "mature"}
WAITED = {f"{name}_event": name for name in EVENTS}
Row = Mapping[str, str]


def read_table(text: str) -> list[dict[str, str]]:
    """Return the rows of a drawn table, each as a mapping of column to cell."""
    header, *body = ([c.strip() for c in line.split("|")] for line in text.strip().splitlines())
    return [dict(zip(header, cells, strict=True)) for cells in body]


def pairs(cell: str) -> list[list[str]]:
    return [] if cell == "-" else [part.split(":") for part in cell.split()]


def filled(row: Row, name: str) -> str:
    return row.get(name, "-").replace("-", "")


def by_day(row: Row, column: str, baseline: str, endpoint: str) -> list[list[str]]:
    """Return days with what was recorded on them, from a column of pairs or from two cells."""
    if column in row:
        return pairs(row[column])
    taken = (("0", row.get(baseline, "-")), ("42", row.get(endpoint, "-")))
    return [[day, cell] for day, cell in taken if cell != "-"]


def visits_of(row: Row, instrument: str) -> list[dict[str, str]]:
    """Return the assessments of a row; a score and an item of one day are one assessment."""
    visits = [
        {"instrument": instrument, "day": day, "score": score}
        for day, score in by_day(row, "scores", "baseline", "endpoint")
    ]
    for day, item in by_day(row, "items", "baseline_item", "endpoint_item"):
        asked = REGISTRY[instrument].suicidality
        assert asked is not None
        name = f"item_{asked.items[0]}"
        whole = (visit for visit in visits if visit["day"] == day and name not in visit)
        visit = next(whole, None)
        if visit is None:
            visit = {"instrument": instrument, "day": day, "score": ""}
            visits.append(visit)
        visit[name] = item
    return visits


def answered(row: Row) -> list[str]:
    chosen = {"baseline", "endpoint"} if "scores" in row else set()
    return [column for column in row if column not in (GIVEN - chosen) | set(DEFINITION)]


def known_answer(column: str) -> bool:
    listed = {"baseline", "endpoint", *STEPS, *WAITED, *OUTCOMES, *MISSING_RULES}
    return column in listed or RULE_ID.fullmatch(column) is not None


def definition_of(row: Row, options: Row, store: Store, column: str) -> Definition:
    query = dict(options) | {DEFINITION[name]: row[name] for name in DEFINITION if name in row}
    query = {name: text for name, text in query.items() if text != "-"}
    if column in MISSING_RULES:
        query["missing"] = column
    elif RULE_ID.fullmatch(column):
        query["remission"] = column
    return definition_from_query(query, store.instruments)


def chosen_scores(store: Store, definition: Definition, column: str) -> dict[str, str]:
    """Return the score that the engine takes as baseline or endpoint of each person."""
    table = change(store, Cohort(), definition, ("site",))
    scores = [table.groups[at][0] for at in table.group], getattr(table, column)
    return {
        site: "-" if np.isnan(score) else f"{score:g}" for site, score in zip(*scores, strict=True)
    }


def verdict(row: Measure) -> str:
    if row.unknown:
        return "unknown"
    return "not counted" if row.denominator == 0 else ("yes" if row.numerator else "no")


def ended(one: CurveSummary, day: int | None) -> str:
    """Return how one person's waiting ended."""
    if not one.eligible:
        return "not counted"
    if one.started == 0:
        return "not started"
    if not one.followed:
        return "not followed"
    ends = {"met": one.events, "censored": one.censored} | dict(one.ends or ())
    (end,) = [name for name, count in ends.items() if count]
    return f"{end} {day}"


def answers(store: Store, definition: Definition, column: str) -> dict[str, str]:
    """Return what the engine answers for each person."""
    if column in {"baseline", "endpoint"}:
        return chosen_scores(store, definition, column)
    if column in WAITED:
        waited = curves(store, Cohort(), definition, WAITED[column], ("site",))
        days = {step.group: step.day for step in waited.steps}
        return {one.group[0]: ended(one, days.get(one.group)) for one in waited.summaries}
    outcome = column if column in OUTCOMES else "remission"
    if column in MISSING_RULES or column in STEPS:
        outcome = "response"
    found = rates(store, Cohort(), definition, (outcome,), ("site",))
    if column in STEPS:
        return {step.group[0]: "yes" if getattr(step, column) else "no" for step in found.flow}
    return {row.group[0]: verdict(row) for row in found.rows}


def clinic_of(clinic, rows: Mapping[str, Row], mapping: str, backwards: bool, options: Row):
    """Return the store of a clinic in which each row is one person, at a site of its own."""
    episodes = [
        {
            "episode_id": site,
            "patient_id": f"patient_of_{site}",
            "modality": "rtms",
            "site": site,
            "follow_up_days": filled(row, "follow_up"),
            "induction_end_day": filled(row, "course_end"),
        }
        for site, row in rows.items()
    ]
    instrument = options.get("instrument", "phq9")
    visits = [
        {"episode_id": site} | visit
        for site, row in rows.items()
        for visit in visits_of(row, row.get("instrument", instrument))
    ]
    sessions = [
        {"episode_id": site, "day": day, "phase": (phase or ["induction"])[0]}
        for site, row in rows.items()
        for day, *phase in pairs(row.get("sessions", "-"))
    ]
    events = [
        {"episode_id": site, "day": day, "event": event}
        for site, row in rows.items()
        for day, event in pairs(row.get("events", "-"))
    ]
    if backwards:
        visits, events = visits[::-1], events[::-1]
    return clinic(episodes, visits, sessions, mapping, events)


@pytest.fixture
def grid():
    """Return a function that gives every pair of baseline and endpoint, in steps of the scale."""

    def pairs_of(instrument: Instrument):
        units = instrument.units_per_point
        steps = np.arange(round(instrument.low * units), round(instrument.high * units) + 1)
        return tuple(axis.ravel() for axis in np.meshgrid(steps, steps))

    return pairs_of


@pytest.fixture
def differences(clinic):
    """Return a function that lists the rows of a table to which the engine answers otherwise.

    Keywords are the definition of the whole table, written as on the command line.
    """

    def compare(table: str, mapping: str = "", backwards: bool = False, **options: str):
        rows = {f"row {number}": row for number, row in enumerate(read_table(table), 1)}
        assert rows, "a table needs rows"
        for row in rows.values():
            assert answered(row), "a table needs a column to answer"
            unknown = [name for name in answered(row) if not known_answer(name)]
            assert not unknown, f"no such column: {', '.join(unknown)}"
        store = clinic_of(clinic, rows, mapping, backwards, options)

        @cache
        def found(definition: Definition, column: str) -> dict[str, str]:
            return answers(store, definition, column)

        wrong = []
        for site, row in rows.items():
            for column in answered(row):
                answer = found(definition_of(row, options, store, column), column)[site]
                if answer != row[column]:
                    wrong.append(f"{' | '.join(row.values())}: {column} is {answer}")
        return wrong

    return compare
