"""What the instruments of an import allow: which ones occur, their ranges, steps and versions."""

from collections.abc import Mapping as Pairs

import duckdb

from analysis.errors import did_you_mean
from analysis.instruments import Instrument


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
    """
    con.execute(
        "create temp table instrument_lookup (theirs varchar, ours varchar, units integer, "
        "scored boolean, low integer, high integer, range_text varchar, allowed varchar)"
    )
    found = [known[name] for name in names if name in known]
    rows: list[list[str | int | None]] = []
    for name in names:
        if name not in known:
            allowed = did_you_mean(name, known) or "one of " + ", ".join(known)
            rows.append([name, None, None, None, None, None, None, allowed])
            continue
        scale = known[name]
        units = scale.units_per_point
        edges = [round(edge * units) if scale.scored else None for edge in (scale.low, scale.high)]
        rows.append([name, scale.id, units, scale.scored, *edges, range_text(scale), None])
    if rows:
        con.executemany("insert into instrument_lookup values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return found


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
