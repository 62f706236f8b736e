"""What a whole column looks like, asked in SQL and decided on its few odd values.

`odd_values` puts them aside once per column; the other functions read that table.
"""

from collections.abc import Collection, Mapping
from datetime import date

import duckdb

from analysis.ingest.gate import dates
from analysis.ingest.gate.numbers import LEAST_NUMBERS, checked_numbers
from analysis.ingest.gate.people import NAME_FORM, looks_like_a_name
from analysis.ingest.gate.values import candidate, hard_hit, masked, suspicious
from analysis.store.quoting import literal

LEAST_NAMES = 0.2  # of the distinct values
LEAST_BIRTHS = 10  # different dates; fewer prove nothing
LEAST_IN_SEQUENCE = 10
SAMPLE, FEW = 20_000, 2_000
DIGITS = r"\d[\d -]{7,22}\d"
Con = duckdb.DuckDBPyConnection


def _one(con: Con, sql: str) -> tuple[int, ...]:
    row = con.execute(sql).fetchone()
    return tuple(int(n or 0) for n in row) if row is not None else ()


def odd_values(con: Con, table: str, cell: str) -> int:
    """Put the different values of a column that could identify anybody aside; return how many."""
    con.execute(
        f"create or replace temp table gate_value as select {cell} as v, min(line) as line "
        f"from {table} where {suspicious(cell)} group by 1"
    )
    return _one(con, "select count(*) from gate_value")[0]


def forget(con: Con) -> None:
    """Drop the values that were put aside."""
    con.execute("drop table if exists gate_value")


def first_hard_hit(con: Con) -> tuple[str, str, int] | None:
    """Return kind, masked form and line of the first value that identifies by its form."""
    answer = con.execute(f"select v, line from gate_value where {candidate('v')} order by line")
    while rows := answer.fetchmany(SAMPLE):
        for value, line in rows:
            hit = hard_hit(value)
            if hit is not None:
                return (*hit, int(line))
    return None


def names(con: Con, table: str, cell: str, known: Collection[str]) -> tuple[int, str] | None:
    """Return line and form of a name where a fifth of a column's different values are names."""
    form = f"regexp_full_match(v, {literal(NAME_FORM)})"
    shaped = _one(con, f"select count(*) from gate_value where {form}")[0]
    if not shaped:
        return None
    distinct = _one(con, f"select count(distinct {cell}) from {table}")[0]
    if shaped < LEAST_NAMES * distinct:
        return None
    rows = con.execute(
        f"select v, line from gate_value where {form} order by hash(v) limit {SAMPLE}"
    ).fetchall()
    found = [(int(line), masked(v)) for v, line in rows if looks_like_a_name(v, known)]
    if not found or len(found) / len(rows) * shaped < LEAST_NAMES * distinct:
        return None
    return min(found)


def numbers(con: Con) -> str | None:
    """Return the kind of number with check digits that a column holds, or None."""
    rows = con.execute(
        f"select n from (select distinct regexp_replace(v, '[ -]', '', 'g') as n from gate_value "
        f"where regexp_full_match(v, '{DIGITS}')) order by hash(n)"
    ).fetchmany(FEW)
    if len(rows) < LEAST_NUMBERS:
        return None
    return checked_numbers([value for (value,) in rows if 9 <= len(value) <= 19])


def births(con: Con, table: str, cell: str, others: Mapping[str, str], filled: int) -> bool:
    """Return whether a column has dates 15 to 110 years before the visit, one for each patient.

    The visit is the column `date` or `start_date` of the same table, else today. `others` gives
    the cell of each of our columns, `filled` the number of values.
    """
    whole = dates.whole_date("v")
    different = _one(con, f"select count(*) from gate_value where {whole}")[0]
    if different < LEAST_BIRTHS:
        return False
    visit = str(date.today().year)
    visits = others.get("date") or others.get("start_date")
    if visits is not None:
        middle = f"median({dates.year_in(visits)}) filter (where {dates.whole_date(visits)})"
        visit = f"coalesce((select {middle} from {table}), {visit})"
    years = f"{visit} - {dates.year_in(cell)}"
    born = f"count(*) filter (where {dates.whole_date(cell)} and {years} between 15 and 110)"
    if _one(con, f"select {born} from {table}")[0] < 0.9 * filled:
        return False
    patient = others.get("patient_id") or others.get("episode_id")
    if patient is None:
        return True
    patients, pairs = _one(
        con,
        f"select count(distinct {patient}), count(distinct ({patient}, {cell})) from {table} "
        f"where {cell} is not null and {patient} is not null",
    )
    return pairs <= 1.02 * patients


def digests(con: Con, values: int) -> bool:
    """Return whether half of the different values are hexadecimal digests, and no random UUID."""
    form = "regexp_full_match(v, '(?i:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})')"
    uuid = "regexp_full_match(v, '(?i:[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15})')"
    hexes, random = _one(
        con,
        f"select count(*) filter (where {form}), count(*) filter (where {uuid}) from gate_value",
    )
    return hexes > 0 and 2 * hexes >= values and random < hexes


def sentences(con: Con, table: str, cell: str, longest: int, known: Collection[str]) -> bool:
    """Return whether the median text of a column is longer than a term and has several words."""
    words = literal(r"[A-Za-z\x{80}-\x{10FFFF}]{2} ")
    no_term = f"length({cell}) > {longest} and regexp_matches({cell}, {words})"
    if known:
        no_term += f" and lower({cell}) not in ({', '.join(map(literal, sorted(known)))})"
    filled, long = _one(
        con, f"select count({cell}), count(*) filter (where {no_term}) from {table}"
    )
    return 2 * long > filled


def sequential(con: Con, table: str, cell: str) -> bool:
    """Return whether ids are bare numbers that fill at least half of the span they cover."""
    sample = _one(
        con,
        f"select count(*) filter (where regexp_full_match({cell}, '\\d{{1,15}}')), count(*) from "
        f"(select {cell} from {table} where {cell} is not null limit 1000)",
    )
    if sample[0] < sample[1] or not sample[1]:
        return False
    different, span = _one(
        con,
        f"select count(distinct {cell}), max(n) - min(n) + 1 from (select {cell}, "
        f"try_cast({cell} as bigint) as n from {table})",
    )
    return different >= LEAST_IN_SEQUENCE and span <= 2 * different


def too_old(cell: str, missing: Collection[str]) -> str:
    """Return the condition under which a cell tells an age above 89 and is no missing code."""
    condition = dates.over_89(cell)
    if missing:
        condition += f" and {cell} not in ({', '.join(map(literal, sorted(missing)))})"
    return f"({condition})"
