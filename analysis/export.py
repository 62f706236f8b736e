"""Answers as plain records: for the command line, for files and for the screen alike.

Every record of a file carries the cohort, the definition and the snapshot, so that a line that is
copied out of it still says what it is. A withheld number is an empty cell, never 0.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from analysis.definition import DEFINITION_VERSION
from analysis.measures import Flow, Measure, Rates
from analysis.tables import Group
from analysis.trajectories import MeanScore, Trajectories

Record = dict[str, Any]
Row = Measure | Flow | MeanScore


def _record(row: Row, by: Sequence[str]) -> Record:
    """Return one row with its group spread over one column per grouping field."""
    columns = asdict(row)
    group: Group = columns.pop("group")
    named = dict(zip(by, group, strict=True))
    first: Record = {name: columns.pop(name) for name in ("measure", "interval") if name in columns}
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


def definition_record(answer: Rates | Trajectories) -> Record:
    """Return the definition as the options that make it, with its sentence, rules and version."""
    record: Record = {
        **answer.definition.to_query(),
        "sentence": answer.definition_sentence,
        "id": answer.definition.id,
        "version": DEFINITION_VERSION,
    }
    if isinstance(answer, Rates):
        record["rules"] = dict(answer.rules)
    return record


def rates_json(answer: Rates) -> str:
    """Return one JSON object: snapshot, cohort, definition, release, flow and rows."""
    return json.dumps(
        {
            "snapshot": answer.snapshot,
            "cohort": answer.cohort,
            "definition": definition_record(answer),
            "release": answer.release,
            "flow": flow_records(answer),
            "rows": measure_records(answer),
        },
        indent=2,
        ensure_ascii=False,
    )


def defused(row: Iterable[Any]) -> list[Any]:
    """Return cells that a spreadsheet shows as they are and never runs as formulas."""
    signs = ("=", "+", "-", "@", "\t", "\r")
    return ["'" + v if isinstance(v, str) and v.startswith(signs) else v for v in row]


def _csv(kind: type[Row], by: Sequence[str], rows: Sequence[Row], about: Record) -> str:
    """Return rows of one kind as CSV text; the header is there even where no row is."""
    text = io.StringIO()
    columns = [field.name for field in fields(kind) if field.name != "group"]
    first = [name for name in columns if name in ("measure", "interval")]
    names = [*first, *by, *(name for name in columns if name not in first), *about]
    records = [_record(row, by) for row in rows]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(defused({**record, **about}.values()) for record in records)
    return text.getvalue()


def _about(answer: Rates | Trajectories) -> Record:
    about = {"cohort": answer.cohort, "definition": answer.definition_sentence}
    if isinstance(answer, Rates):
        about["rules"] = "; ".join(f"{name}: {rule}" for name, rule in answer.rules)
    return about | {
        "definition_id": answer.definition.id,
        "release": answer.release,
        "snapshot": answer.snapshot,
    }


def rates_csv(answer: Rates) -> str:
    """Return the measures as CSV text, each row with its cohort, definition and snapshot."""
    return _csv(Measure, answer.by, answer.rows, _about(answer))


def flow_csv(answer: Rates) -> str:
    """Return the patient flow as CSV text, each row with its cohort, definition and snapshot."""
    return _csv(Flow, answer.by, answer.flow, _about(answer))


def trajectories_csv(answer: Trajectories) -> str:
    """Return the mean scores as CSV text, each row with its cohort, definition and snapshot."""
    return _csv(MeanScore, answer.by, answer.rows, _about(answer))
