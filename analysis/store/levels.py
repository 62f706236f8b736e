"""The levels of the fields: which occur, in which order, and how often."""

import re
from collections.abc import Collection, Mapping

import duckdb

from analysis.modality import MODALITIES
from analysis.store.declared import Declared
from analysis.store.quoting import column, literal


def natural(level: str) -> list[tuple[int, int, str]]:
    """Return a sort key in which numbers inside a text count as numbers and unknown comes last."""
    if level == "unknown":
        return [(2, 0, "")]
    parts = re.split(r"(\d+)", level)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p]


def _level_order(name: str, levels: Collection[str], modalities: Mapping[str, str]) -> list[str]:
    if name != "modality" or "unknown" in levels:
        return sorted(levels, key=natural)
    order = list(modalities)
    return sorted(levels, key=lambda m: (m.count("+"), [order.index(p) for p in m.split("+")]))


def create_levels(con: duckdb.DuckDBPyConnection, fields: list[str], declared: Declared) -> None:
    """Create the enums of the fields, each with the levels that occur."""
    lists = ", ".join(f"list(distinct {column(name)})" for name in fields)
    found = con.execute(f"select {lists} from merged_episode").fetchone() or ()
    modalities = MODALITIES | declared.modalities
    for number, (name, levels) in enumerate(zip(fields, found, strict=True)):
        order = _level_order(name, levels or ["unknown"], modalities)
        con.execute(f"create type level_{number} as enum ({', '.join(map(literal, order))})")


def fill_levels(
    con: duckdb.DuckDBPyConnection, fields: list[str], labels: Mapping[str, str]
) -> None:
    """Fill the table of the levels, with the number of episodes that have each."""
    parts = [
        f"select {literal(name)}, {literal(labels[name])}, {number}, {column(name)}::varchar, "
        f"row_number() over (order by {column(name)}), count(*) "
        f"from episode group by {column(name)}"
        for number, name in enumerate(fields)
    ]
    con.execute(f"insert into level {' union all '.join(parts)}")
