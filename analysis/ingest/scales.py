"""What the instruments of an import allow: which ones occur, their ranges, steps and versions."""

from collections.abc import Mapping as Pairs

import duckdb

from analysis.errors import did_you_mean
from analysis.ingest.items import needed_domains
from analysis.instruments import Instrument

LOOKUP = {
    "theirs": "varchar",
    "ours": "varchar",
    "label": "varchar",
    "units": "integer",
    "scored": "boolean",
    "low": "integer",
    "high": "integer",
    "range_text": "varchar",
    "item_count": "integer",
    "lows": "integer[]",
    "highs": "integer[]",
    "needed": "integer",
    "needed_text": "varchar",
    "times": "integer",
    "allowed": "varchar",
}


def range_text(instrument: Instrument) -> str:
    """Return in words which totals an instrument has: "a whole number from 0 to 27"."""
    if not instrument.scored:
        return f"{instrument.label} has no total score"
    span = _span(instrument)
    if instrument.units_per_point == 1:
        return f"a whole number from {span}"
    return f"{span} in steps of {1 / instrument.units_per_point:g}"


def _span(instrument: Instrument) -> str:
    return f"{instrument.low:g} to {instrument.high:g}"


def instrument_lookup(
    con: duckdb.DuckDBPyConnection, names: list[str], known: Pairs[str, Instrument]
) -> list[Instrument]:
    """Fill instrument_lookup with each instrument that the rows name; return those known.

    `low` and `high` are in steps of the scale, as scores are stored; null where there is no total.
    `needed` is how many domains a total needs; null where it is not made of items.
    """
    names_and_types = ", ".join(f"{name} {kind}" for name, kind in LOOKUP.items())
    con.execute(f"create temp table instrument_lookup ({names_and_types})")
    places = ", ".join(f"${name}" for name in LOOKUP)
    for name in names:
        row: dict[str, object] = dict.fromkeys(LOOKUP)
        if name in known:
            row |= _lookup_row(known[name])
        else:
            row["allowed"] = did_you_mean(name, known) or "one of " + ", ".join(known)
        con.execute(f"insert into instrument_lookup values ({places})", {**row, "theirs": name})
    return [known[name] for name in names if name in known]


def _lookup_row(scale: Instrument) -> dict[str, object]:
    units, edges = scale.units_per_point, (scale.low, scale.high)
    low, high = (round(edge * units) if scale.scored else None for edge in edges)
    row: dict[str, object] = {"ours": scale.id, "label": scale.label, "units": units}
    row |= {"scored": scale.scored, "low": low, "high": high, "range_text": range_text(scale)}
    if scale.items is not None:
        row |= {"item_count": scale.items.count, "times": scale.items.times}
        row |= {"lows": list(scale.items.lows), "highs": list(scale.items.highs)}
    needed = needed_domains(scale)
    if needed is not None:
        row |= {"needed": needed[0], "needed_text": needed[1]}
    return row


def version_lookup(
    con: duckdb.DuckDBPyConnection, names: list[str], known: Pairs[str, Instrument]
) -> None:
    """Fill version_lookup with the other versions of the instruments named, ranges in points."""
    con.execute(
        "create temp table version_lookup (instrument varchar, units integer, "
        "label varchar, low double, high double)"
    )
    families = {name: known[name].version_of for name in names if known[name].version_of}
    if not families:
        return
    for other in map(known.__getitem__, known):
        for name, family in families.items():
            if other.id != name and other.version_of == family and other.scored:
                words = f"{other.label} ({_span(other)})"
                con.execute(
                    "insert into version_lookup values (?, ?, ?, ?, ?)",
                    [name, known[name].units_per_point, words, other.low, other.high],
                )
