"""Totals of random items of random instruments, against the rule written out in plain Python.

Real tables and the real check; the instruments are drawn, since the registry has only so many.
"""

import math
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.ingest import Mapping
from analysis.ingest.canonical import create_text_tables
from analysis.ingest.check import check
from analysis.instruments import Instrument, Items, Suicidality
from analysis.modality import MODALITIES
from analysis.store.state import every_row, work_out

EMPTY, NO_COLUMN = "-", "."


@dataclass(frozen=True)
class Row:
    """One assessment: a cell per item, and the score that the file gives, if any."""

    cells: tuple[str, ...]
    score: int | None


@st.composite
def instruments(draw) -> Instrument:
    count = draw(st.integers(1, 8))
    lows = [draw(st.integers(0, 1)) for _ in range(count)]
    highs = [low + draw(st.integers(1, 4)) for low in lows]
    scored = draw(st.lists(st.integers(1, count), min_size=1, max_size=count, unique=True))
    ends = sorted({*draw(st.sets(st.integers(1, len(scored)))), len(scored)})
    starts = [0, *ends[:-1]]
    domains = tuple(tuple(scored[a:b]) for a, b in zip(starts, ends, strict=True))
    asked = draw(st.lists(st.integers(1, count), max_size=2, unique=True))
    items = Items(
        count=count,
        lows=tuple(lows),
        highs=tuple(highs),
        domains=domains,
        reversed=tuple(draw(st.sets(st.integers(1, count)))),
        most_missing=draw(st.integers(0, len(domains))),
        times=draw(st.sampled_from([1, 4])),
        zero_codes=tuple((n, highs[n - 1] + 1) for n in draw(st.sets(st.integers(1, count)))),
        summed=draw(st.sampled_from([True, True, True, False])),
    )
    return Instrument(
        id="drawn",
        label="Drawn",
        name="Drawn",
        direction="higher_is_worse",
        low=0,
        high=1000,
        floor=0,
        items=items,
        suicidality=Suicidality(tuple(asked), 0, 9, "drawn") if asked else None,
        units_per_point=draw(st.sampled_from([1, 10])),
    )


def cells(most: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw mostly answered items; a column that a file lacks is lacking at any place."""
    cell = st.sampled_from([*map(str, range(most + 1)), EMPTY, NO_COLUMN, "0", "1", "2", "1", "2"])
    return st.lists(cell, max_size=9).map(tuple)


rows_of_a_file = st.lists(
    st.builds(Row, cells(6), st.one_of(st.none(), st.integers(0, 30))), min_size=1, max_size=12
)


def answers(instrument: Instrument, row: Row) -> dict[int, int]:
    return {n: int(cell) for n, cell in enumerate(row.cells, 1) if cell.isdigit()}


def made(instrument: Instrument, row: Row) -> int | str | None:
    """Return the total that the items make in points; why there is none; None: not asked for."""
    items = instrument.items
    assert items is not None
    given_answers = answers(instrument, row)
    there = {n for n, cell in enumerate(row.cells, 1) if cell != NO_COLUMN}
    needed = {item for domain in items.domains for item in domain}
    if not items.summed or not needed <= there or not given_answers:
        return None
    values = []
    codes = dict(items.zero_codes)
    for domain in items.domains:
        answered = [
            0
            if given_answers[n] == codes.get(n)
            else items.lows[n - 1] + items.highs[n - 1] - given_answers[n]
            if n in items.reversed
            else given_answers[n]
            for n in domain
            if n in given_answers
        ]
        if answered:
            values.append(max(answered))
    if not values or len(items.domains) - len(values) > items.most_missing:
        return "too few"
    mean = Fraction(sum(values), len(values))
    return math.floor(mean * len(items.domains) + Fraction(1, 2)) * items.times


def expected(instrument: Instrument, row: Row) -> tuple[object, ...]:
    """Return the rule that is broken, or the score and the suicidality that are stored."""
    items = instrument.items
    assert items is not None
    given_answers = answers(instrument, row)
    if any(n > items.count for n in given_answers):
        return ("too_many_items",)
    for n, answer in given_answers.items():
        coded = answer == dict(items.zero_codes).get(n)
        if not items.lows[n - 1] <= answer <= items.highs[n - 1] and not coded:
            return ("item_out_of_range", f"item_{n}", str(answer))
    total = made(instrument, row)
    if row.score is not None and isinstance(total, int) and total != row.score:
        return ("total_disagrees", "score", f"score {row.score}, items {total}")
    if row.score is not None and total == "too few":
        return ("too_few_items", "score", str(row.score))
    points = row.score if row.score is not None else total
    score = points * instrument.units_per_point if isinstance(points, int) else None
    asked = instrument.suicidality.items if instrument.suicidality else ()
    return (score, max((given_answers[n] for n in asked if n in given_answers), default=None))


def gathered(row: Row) -> str | None:
    """Return the items of a row as the importer gathers them: null where none is answered."""
    return " ".join(row.cells) if any(cell.isdigit() for cell in row.cells) else None


def checked(instrument: Instrument, rows: list[Row]) -> list[tuple[object, ...]]:
    with closing(duckdb.connect()) as con:
        create_text_tables(con, ())
        every_row(con, None, (), ())
        work_out(con, [], (), "stored")
        con.execute(
            "insert into text_episode by name select 0 as file, 2 as line, 'E1' as episode_id, "
            "'P1' as patient_id, 'rtms' as modality"
        )
        con.executemany(
            "insert into text_assessment by name select 1 as file, $line::integer as line, "
            "'E1' as episode_id, $line::varchar as day, 'drawn' as instrument, $score as score, "
            "$items as items",
            [
                {
                    "line": n,
                    "score": None if r.score is None else str(r.score),
                    "items": gathered(r),
                }
                for n, r in enumerate(rows)
            ],
        )
        check(con, Mapping(), MODALITIES, {"drawn": instrument}, ())
        found = con.execute(
            'select fault.rule, fault."column", fault."value", total, suicidality '
            "from checked_assessment order by line"
        ).fetchall()
    return [
        (rule,) if rule == "too_many_items" else (rule, where, value) if rule else tuple(rest)
        for rule, where, value, *rest in found
    ]


@settings(max_examples=30)
@given(instrument=instruments(), rows=rows_of_a_file)
def test_a_total_follows_the_rule_of_its_instrument(instrument, rows):
    assert checked(instrument, rows) == [expected(instrument, row) for row in rows]
