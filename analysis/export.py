"""Answers as plain records: for the command line, for files and for the screen alike.

Every record of a file carries the cohort, the definition and the snapshot, so that a line that is
copied out of it still says what it is. A withheld number is an empty cell, never 0.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from analysis.curve_results import Curves, CurveStep, CurveSummary, Landmark
from analysis.definition import DEFINITION_VERSION
from analysis.events import COMPETING
from analysis.instruments import Instrument
from analysis.instruments.catalogue import figure_records
from analysis.measures import Flow, Measure, Rates
from analysis.plain_csv import defused, records_csv
from analysis.tables import Group
from analysis.trajectories import MeanScore, Trajectories

if TYPE_CHECKING:
    from analysis.case_mix import CaseMix, LevelCount
    from analysis.course import Course, CourseRow
    from analysis.sensitivity import Bounds, Sensitivity

    Row = (
        LevelCount
        | Measure
        | Flow
        | MeanScore
        | CurveStep
        | CurveSummary
        | Landmark
        | Bounds
        | CourseRow
    )

Record = dict[str, Any]
Answer = Rates | Trajectories | Curves


def _record(row: Row, by: Sequence[str]) -> Record:
    """Return one row with its group spread over one column per grouping field."""
    columns = asdict(row)
    group: Group = columns.pop("group")
    named = dict(zip(by, group, strict=True))
    first: Record = {name: columns.pop(name) for name in ("measure", "interval") if name in columns}
    if isinstance(columns.get("ends"), tuple | list):
        columns |= dict(columns.pop("ends"))  # one column per competing event
    elif isinstance(row, CurveSummary):
        columns |= dict.fromkeys(COMPETING, columns.pop("ends"))
    return {**first, **named, **columns}


def measure_records(answer: Rates) -> list[Record]:
    """Return one record per measure and group."""
    return [_record(row, answer.by) for row in answer.rows]


def flow_records(answer: Rates) -> list[Record]:
    """Return one record per group: the steps of the patient flow."""
    return [_record(row, answer.by) for row in answer.flow]


def mean_records(answer: Trajectories) -> list[Record]:
    """Return one record per group and interval."""
    return [_record(row, answer.by) for row in answer.rows]


def definition_record(answer: Answer) -> Record:
    """Return the definition as the options that make it, with its sentence, rules and version."""
    record: Record = {
        **answer.definition.to_query(),
        "sentence": answer.definition_sentence,
        "id": answer.definition.id,
        "version": DEFINITION_VERSION,
    }
    if isinstance(answer, Rates | Curves):
        record["rules"] = dict(answer.rules)
    return record


def rates_json(answer: Rates, as_of: Record | None = None) -> str:
    """Return one JSON object: snapshot, cohort, definition, release, flow and rows.

    `as_of` is said beside the snapshot, here and in the other functions: as of which batch it is.
    """
    return json.dumps(
        {
            "snapshot": answer.snapshot,
            **(as_of or {}),
            "cohort": answer.cohort,
            "definition": definition_record(answer),
            "release": answer.release,
            "flow": flow_records(answer),
            "rows": measure_records(answer),
        },
        indent=2,
        ensure_ascii=False,
    )


def _csv(kind: type[Row], by: Sequence[str], rows: Sequence[Row], about: Record) -> str:
    """Return rows of one kind as CSV text; the header is there even where no row is."""
    text = io.StringIO()
    columns = [field.name for field in fields(kind) if field.name not in ("group", "ends")]
    columns += COMPETING if kind is CurveSummary else []
    first = [name for name in columns if name in ("measure", "interval")]
    names = [*first, *by, *(name for name in columns if name not in first), *about]
    records = [_record(row, by) for row in rows]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(defused({**record, **about}.values()) for record in records)
    return text.getvalue()


def _about(answer: Answer) -> Record:
    about = {"cohort": answer.cohort, "definition": answer.definition_sentence}
    if isinstance(answer, Rates | Curves):
        about["rules"] = "; ".join(f"{name}: {rule}" for name, rule in answer.rules)
    return about | {
        "definition_id": answer.definition.id,
        "release": answer.release,
        "snapshot": answer.snapshot,
    }


def rates_csv(answer: Rates, as_of: Record | None = None) -> str:
    """Return the measures as CSV text, each row with its cohort, definition and snapshot."""
    return _csv(Measure, answer.by, answer.rows, _about(answer) | (as_of or {}))


def flow_csv(answer: Rates) -> str:
    """Return the patient flow as CSV text, each row with its cohort, definition and snapshot."""
    return _csv(Flow, answer.by, answer.flow, _about(answer))


def trajectories_json(answer: Trajectories, as_of: Record | None = None) -> str:
    """Return one JSON object: snapshot, cohort, definition, release and mean scores."""
    return json.dumps(
        {
            "snapshot": answer.snapshot,
            **(as_of or {}),
            "cohort": answer.cohort,
            "definition": definition_record(answer),
            "release": answer.release,
            "shown_on": None if answer.shown_on is None else answer.shown_on.id,
            "rows": mean_records(answer),
        },
        indent=2,
        ensure_ascii=False,
    )


def trajectories_csv(answer: Trajectories, as_of: Record | None = None) -> str:
    """Return the mean scores as CSV text, each row with its cohort, definition and snapshot."""
    return _csv(MeanScore, answer.by, answer.rows, _about(answer) | (as_of or {}))


def step_records(answer: Curves) -> list[Record]:
    """Return one record per group and step of its curve."""
    return [_record(row, answer.by) for row in answer.steps]


def summary_records(answer: Curves) -> list[Record]:
    """Return one record per group: who is followed, how it ended, median and mean."""
    return [_record(row, answer.by) for row in answer.summaries]


def landmark_records(answer: Curves) -> list[Record]:
    """Return one record per group and landmark day."""
    return [_record(row, answer.by) for row in answer.landmarks]


def curves_json(answer: Curves, as_of: Record | None = None) -> str:
    """Return one JSON object: snapshot, cohort, definition, summaries, landmarks and steps."""
    return json.dumps(
        {
            "snapshot": answer.snapshot,
            **(as_of or {}),
            "cohort": answer.cohort,
            "event": answer.event,
            "definition": definition_record(answer),
            "release": answer.release,
            "summaries": summary_records(answer),
            "landmarks": landmark_records(answer),
            "rows": step_records(answer),
        },
        indent=2,
        ensure_ascii=False,
    )


def curves_csv(answer: Curves, as_of: Record | None = None) -> str:
    """Return the steps as CSV text, each row with its cohort, definition and snapshot."""
    about = {"event": answer.event, **_about(answer), **(as_of or {})}
    return _csv(CurveStep, answer.by, answer.steps, about)


def summaries_csv(answer: Curves) -> str:
    """Return the summaries as CSV text, each row with its cohort, definition and snapshot."""
    return _csv(
        CurveSummary, answer.by, answer.summaries, {"event": answer.event, **_about(answer)}
    )


def variant_records(answer: Sensitivity) -> list[Record]:
    """Return one record per definition and group: what it chooses, and its rate."""
    return [
        {
            **dict(variant.choices),
            "chosen": variant.chosen,
            **_record(row, answer.by),
            "definition": variant.sentence,
            "rule_in_words": variant.rule,
            "definition_id": variant.definition.id,
            "release": answer.release,
            "cohort": answer.cohort,
            "snapshot": answer.snapshot,
        }
        for variant in answer.variants
        for row in variant.rows
    ]


def bounds_records(bounds: Sequence[Bounds], by: Sequence[str]) -> list[Record]:
    """Return one record per group: the rate whatever the missing endpoints were."""
    return [_record(row, by) for row in bounds]


def sensitivity_json(
    answer: Sensitivity, bounds: Sequence[Bounds], as_of: Record | None = None
) -> str:
    """Return one JSON object: snapshot, cohort, bounds and one row per definition and group."""
    return json.dumps(
        {
            "snapshot": answer.snapshot,
            **(as_of or {}),
            "cohort": answer.cohort,
            "outcome": answer.outcome,
            "bounds": bounds_records(bounds, answer.by),
            "rows": variant_records(answer),
        },
        indent=2,
        ensure_ascii=False,
    )


def sensitivity_csv(answer: Sensitivity, as_of: Record | None = None) -> str:
    """Return one row per definition and group as CSV text."""
    return records_csv([record | (as_of or {}) for record in variant_records(answer)])


def instruments_csv(instruments: Mapping[str, Instrument]) -> str:
    """Return one row per figure of every instrument with its source or "unverified" as CSV text."""
    return records_csv(figure_records(instruments))


def course_records(answer: Course) -> list[Record]:
    """Return one record per group: its sessions and phases."""
    return [_record(row, answer.by) for row in answer.rows]


def course_csv(answer: Course) -> str:
    """Return the course of each group as CSV text, each row with its cohort and snapshot."""
    from analysis.course import CourseRow

    about = {"cohort": answer.cohort, "release": answer.release, "snapshot": answer.snapshot}
    return _csv(CourseRow, answer.by, answer.rows, about)


def case_mix_csv(answer: CaseMix) -> str:
    """Return the counts of levels as CSV text, each row with its cohort and snapshot."""
    from analysis.case_mix import LevelCount

    about = {"cohort": answer.cohort, "release": answer.release, "snapshot": answer.snapshot}
    return _csv(LevelCount, answer.by, answer.rows, about)
