"""The answer to a comparison as JSON and CSV.

As in `analysis.export`, a withheld number is an empty cell, and every row says what it is about.
"""

import json
from dataclasses import asdict, fields
from typing import Any

from analysis.compare.plan import Comparison, Named
from analysis.compare.results import Compared, Contrast, GroupRow
from analysis.definition import DEFINITION_VERSION
from analysis.plain_csv import records_csv

Record = dict[str, Any]
# The columns of a file of groups and differences, before those that say what it is about.
COLUMNS = (
    *("row", "measure", "visit", "group", "against", "method", "adjusted"),
    *("numerator", "denominator", "unknown", "completeness"),
    *("estimate", "conf_low", "conf_high", "sd", "statistic", "df"),
    *("p_value", "p_holm", "p_bh", "not_shown", "withheld"),
)
# What Compared holds that is written as it is, in this order.
PARTS = (
    *("groups", "rows", "contrasts", "overall", "gates", "adjustments", "e_values"),
    *("detectable", "non_inferiority", "shrunk", "notes"),
)


def _named(named: Named) -> Record:
    return {
        "name": named.name,
        "where": {field: list(levels) for field, levels in named.cohort.where},
        "sentence": named.cohort.sentence(),
    }


def comparison_record(comparison: Comparison) -> Record:
    """Return what was compared with what, and how, as data."""
    record = {field.name: getattr(comparison, field.name) for field in fields(comparison)}
    sides = {"a": comparison.a, "b": comparison.b}
    return record | {side: named and _named(named) for side, named in sides.items()}


def comparison_json(answer: Compared, as_of: Record | None = None) -> str:
    """Return one JSON object with everything that a comparison answers, its code included.

    `as_of` is said beside the snapshot, here and in the CSV: as of which batch it is.
    """
    content = asdict(answer)
    return json.dumps(
        {
            "snapshot": answer.snapshot,
            **(as_of or {}),
            "limits": answer.limits,
            "cohort": answer.cohort,
            "comparison": comparison_record(answer.comparison),
            "repeated": answer.repeated_sentence,
            "definition": {
                **answer.definition.to_query(),
                "sentence": answer.definition_sentence,
                "id": answer.definition.id,
                "version": DEFINITION_VERSION,
                "rules": dict(answer.rules),
            },
            "release": answer.release,
            **{part: content[part] for part in PARTS},
            "code": content["code"],
        },
        indent=2,
        ensure_ascii=False,
    )


def comparison_csv(answer: Compared, as_of: Record | None = None) -> str:
    """Return one row per group and per difference as CSV text.

    Each row has what it is (`row`: group or difference), its cohort, definition and snapshot. The
    header is there even where no row is.
    """
    about = {**_about(answer), **(as_of or {})}
    rows: list[tuple[str, GroupRow | Contrast]] = [("group", row) for row in answer.rows]
    rows += [("difference", contrast) for contrast in answer.contrasts]
    records = [dict.fromkeys(COLUMNS) | asdict(row) | {"row": kind} | about for kind, row in rows]
    if not records:
        return ",".join([*COLUMNS, *about]) + "\n"
    return records_csv(records)


def _about(answer: Compared) -> Record:
    comparison = answer.comparison
    sides = [named for named in (comparison.a, comparison.b) if named is not None]
    return {
        "kind": comparison.kind,
        "by": comparison.by,
        "groups": "; ".join(f"{named.name}: {named.cohort.sentence()}" for named in sides),
        "cohort": answer.cohort,
        "repeated": answer.repeated_sentence,
        "definition": answer.definition_sentence,
        "rules": "; ".join(f"{name}: {rule}" for name, rule in answer.rules),
        "definition_id": answer.definition.id,
        "release": answer.release,
        "snapshot": answer.snapshot,
    }
