"""Drawn tables: each row is one person, who goes through the importer and the engine.

Given columns:
    baseline, endpoint      the PHQ-9 (or other) score on day 0 and on day 42
    scores                  instead of these two, all scores as day:score
    follow_up               days since the first treatment day, as far as the data reach
    course_end, sessions    the recorded end of the course; treatment days, or day:phase
    instrument, timepoint, baseline_window, missing, min_baseline
                            the definition for this row
Answered columns:
    baseline, endpoint      beside scores: the score that was chosen
    eligible, mature        whether the person gets as far as this step of the patient flow
    an outcome or the id of a remission rule: yes, no, unknown, or not counted
    a missing rule          response under this rule

A dash is an empty cell: nothing was recorded, or nothing was chosen.
"""

from collections.abc import Iterable

import numpy as np
import pytest

from analysis import OUTCOMES, Cohort, Definition, Store, definition_from_query, rates
from analysis.definition import MISSING_RULES
from analysis.instruments.load import RULE_ID
from analysis.store import change

GIVEN = {"baseline", "endpoint", "scores", "follow_up", "course_end", "sessions"}
DEFINITION = {"instrument", "timepoint", "baseline_window", "missing", "min_baseline"}
STEPS = {"eligible", "mature"}


def read_table(text: str) -> list[dict[str, str]]:
    """Return the rows of a drawn table, each as a mapping of column to cell."""
    header, *body = ([c.strip() for c in line.split("|")] for line in text.strip().splitlines())
    return [dict(zip(header, cells, strict=True)) for cells in body]


def pairs(cell: str) -> list[list[str]]:
    return [] if cell == "-" else [part.split(":") for part in cell.split()]


def scores_of(row: dict[str, str]) -> list[list[str]]:
    if "scores" in row:
        return pairs(row["scores"])
    taken = (("0", row["baseline"]), ("42", row.get("endpoint", "-")))
    return [[day, score] for day, score in taken if score != "-"]


def answered(row: dict[str, str]) -> list[str]:
    given = GIVEN - ({"baseline", "endpoint"} if "scores" in row else set())
    return [column for column in row if column not in given | DEFINITION]


def definition_of(row, options, store: Store, column: str) -> Definition:
    query = options | {name: row[name] for name in DEFINITION if name in row}
    if "baseline_window" in query:
        query["baseline"] = query.pop("baseline_window")
    if column in MISSING_RULES:
        query["missing"] = column
    elif RULE_ID.fullmatch(column):
        query["remission"] = column
    return definition_from_query(query, store.instruments)


def chosen(store: Store, definition: Definition, site: str, column: str) -> str:
    """Return the score that the engine takes as baseline or endpoint."""
    table = change(store, Cohort.of({"site": [site]}), definition)
    (score,) = getattr(table, column)
    return "-" if np.isnan(score) else f"{score:g}"


def answer(store: Store, definition: Definition, site: str, column: str) -> str:
    outcome = column if column in OUTCOMES else "remission"
    if column in MISSING_RULES or column in STEPS:
        outcome = "response"
    found = rates(store, Cohort.of({"site": [site]}), definition, (outcome,))
    if column in STEPS:
        return "yes" if getattr(found.flow[0], column) else "no"
    (row,) = found.rows
    if row.unknown:
        return "unknown"
    return "not counted" if row.denominator == 0 else ("yes" if row.numerator else "no")


def visit_rows(rows: Iterable[tuple[str, dict[str, str]]], options) -> list[dict[str, str]]:
    return [
        {
            "episode_id": site,
            "instrument": row.get("instrument", options.get("instrument", "phq9")),
            "day": day,
            "score": score,
        }
        for site, row in rows
        for day, score in scores_of(row)
    ]


@pytest.fixture
def differences(clinic):
    """Return a function that lists the rows of a table to which the engine answers otherwise.

    Keywords are the definition of the whole table, written as on the command line.
    """

    def compare(table: str, mapping: str = "", backwards: bool = False, **options: str):
        rows = [(f"row {number}", row) for number, row in enumerate(read_table(table), 1)]
        assert all(answered(row) for _, row in rows)
        assert rows, "a table needs rows and a column to answer"

        def cell(row, name):
            return row.get(name, "-").replace("-", "")

        episodes = [
            {
                "episode_id": site,
                "patient_id": f"patient of {site}",
                "modality": "rtms",
                "site": site,
                "follow_up_days": cell(row, "follow_up"),
                "induction_end_day": cell(row, "course_end"),
            }
            for site, row in rows
        ]
        sessions = [
            {"episode_id": site, "day": day, "phase": (phase or ["induction"])[0]}
            for site, row in rows
            for day, *phase in pairs(row.get("sessions", "-"))
        ]
        visits = visit_rows(rows, options)
        store = clinic(episodes, visits[::-1] if backwards else visits, sessions, mapping)
        wrong = []
        for site, row in rows:
            for column in answered(row):
                ask = chosen if column in {"baseline", "endpoint"} else answer
                definition = definition_of(row, options, store, column)
                found = ask(store, definition, site, column)
                if found != row[column]:
                    wrong.append(f"{' | '.join(row.values())}: {column} is {found}")
        return wrong

    return compare
