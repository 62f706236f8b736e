"""Reading a file of scores into whole numbers at once; every other row of it as text.

A row is plain where each cell has the one usual form of what belongs there: a known instrument, a
day and a score in range, an id that is not empty. Nothing is decided about rows that are not: they
are staged as text and checked as the rows of any file are, and so is a plain row that turns out
to belong to no episode, or to a day that other rows speak of, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from analysis.ingest.columns import EARLIEST_DAY, LATEST_DAY
from analysis.ingest.gate.inspecting import LONGEST_TERM
from analysis.ingest.gate.values import suspicious
from analysis.ingest.reading.normal import BLANK, TOUCHED, USUAL, cleaned, count_changed
from analysis.ingest.reading.rows import LONGEST_LINE, read_csv, run_reading
from analysis.ingest.reading.staged import Staged
from analysis.store.quoting import literal

if TYPE_CHECKING:
    from analysis.ingest.reading.text import TextFile

# What a plain cell holds: code of the instrument, day and score in one whole number.
DAY_SHIFT, CODE_SHIFT, FIRST_DAY = 16, 32, -8192
BETWEEN_IDS = chr(31)
# With more other rows than this share, reading them twice costs more than it saves.
MOST_OTHERS = 0.25
PIECE = 1 << 24


@dataclass(frozen=True)
class PlainForm:
    """Where the cells of a score stand in a file, and which instruments and scores are plain.

    `ids` are the places of episode_id and patient_id, those that the file has, `unused` those of
    columns that are not kept, `patient` that of patient_id. `instruments` are their names with
    lowest and highest total; `missing` codes that are no score.
    """

    ids: tuple[int, ...]
    instrument: int
    day: int
    score: int
    unused: tuple[int, ...]
    patient: int | None
    instruments: tuple[tuple[str, int, int], ...]
    missing: tuple[str, ...] = ()


def stage_plain_rows(
    con: duckdb.DuckDBPyConnection, file: TextFile, form: PlainForm, table: str, folder: Path
) -> Staged | None:
    """Stage a file as `TABLE_plain` (id, cell; both null where a row is not plain) and the rest.

    The row of line n is the one with the rowid n - 2. Returns None where the file has to be read in
    full as text: a line of it is no row, or too many rows are not plain.
    """
    names = [f"c{number}" for number in range(len(file.header))]
    listed = ", ".join(literal(name) for name, _, _ in form.instruments)
    con.execute(f"create temp type {table}_instrument as enum ({listed})")
    try:
        rejected = run_reading(con, _plain_query(file, form, table), file.path, names)
    except duckdb.InvalidInputException:
        return None
    rows, others, first = con.execute(
        f"select count(*), count(*) filter (where cell is null), "
        f"min(rowid) filter (where cell is not null) from {table}_plain"
    ).fetchone() or (0, 0, None)
    if rejected or rows != file.lines - 1 or first is None or others > MOST_OTHERS * rows:
        return None
    lines = con.execute(
        f"select rowid + 2 as line from {table}_plain where cell is null order by line"
    ).fetchnumpy()["line"]
    notes = _stage_lines(con, file, table, names, np.asarray(lines, dtype=np.int64), folder)
    if notes is None:
        return None
    example = f"{table}_example"
    _stage_lines(con, file, example, names, np.array([first + 2], dtype=np.int64), folder)
    return Staged(
        file.name,
        file.sha256,
        file.header,
        table,
        rows,
        notes=(*file.notes, *notes),
        plain=form,
    )


def with_example(con: duckdb.DuckDBPyConnection, staged: Staged) -> Staged:
    """Return a staged table with its first plain row among the others, as text, to look at."""
    if staged.plain is None:
        return staged
    seen = f"{staged.table}_seen"
    con.execute(
        f"create or replace temp table {seen} as from {staged.table} union all "
        f"from {staged.table}_example"
    )
    return replace(staged, table=seen)


def _plain_query(file: TextFile, form: PlainForm, table: str) -> str:
    lows = ", ".join(str(low) for _, low, _ in form.instruments)
    highs = ", ".join(str(high) for _, _, high in form.instruments)
    ids = [f"c{at}" for at in form.ids]
    one_id = f" || {literal(BETWEEN_IDS)} || ".join(ids)
    others = [f"c{at}" for at in form.unused]
    # what the identity gate would look at twice is not plain: it decides on whole columns
    forms = [f"{cell} <> '' and not {suspicious(cell)}" for cell in ids]
    if form.patient is not None:
        forms.append(f"not regexp_full_match(c{form.patient}, '\\\\d+')")
    forms += [
        f"({cell} is null or (not {suspicious(cell)} and strlen({cell}) <= {LONGEST_TERM}))"
        for cell in others
    ]
    if file.level == BLANK:
        forms += [f"coalesce({cell} = trim({cell}), true)" for cell in (*ids, *others)]
    elif file.level != USUAL:
        touched = literal(TOUCHED)
        forms += [
            f"not coalesce(regexp_matches({cell}, {touched}), false)" for cell in (*ids, *others)
        ]
    if len(ids) > 1:
        forms += [f"not contains({cell}, {literal(BETWEEN_IDS)})" for cell in ids]
    if form.missing:
        forms.append(f"score_text not in ({', '.join(map(literal, form.missing))})")
    return f"""
        create or replace temp table {table}_plain as
        select
            case when plain then id end as id,
            case when plain then (code << {CODE_SHIFT})
                | ((day - {FIRST_DAY}) << {DAY_SHIFT}) | score end as cell
        from (
            select
                id, code, day, score,
                day between {EARLIEST_DAY} and {LATEST_DAY}
                and score between [{lows}][code + 1] and [{highs}][code + 1]
                and cast(day as varchar) = day_text and cast(score as varchar) = score_text
                and {" and ".join(forms)} as plain
            from (
                select
                    *,
                    {one_id} as id,
                    c{form.day} as day_text,
                    c{form.score} as score_text,
                    cast(enum_code(try_cast(c{form.instrument} as {table}_instrument)) as bigint)
                        as code,
                    try_cast(c{form.day} as bigint) as day,
                    try_cast(c{form.score} as bigint) as score
                from {read_csv(file.delimiter)}
            ) r
        ) j
        """


def _stage_lines(
    con: duckdb.DuckDBPyConnection,
    file: TextFile,
    table: str,
    names: Sequence[str],
    lines: np.ndarray[tuple[int], np.dtype[np.int64]],
    folder: Path,
) -> tuple[str, ...] | None:
    """Stage some lines of a file as text; None where one is no row of the file after all."""
    some = folder / "some_lines.csv"
    try:
        copy_lines(file.path, lines, some, file.delimiter)
        query = (
            f"create or replace temp table {table} as select line::integer as line, "
            f"{cleaned(names, file.level)} from {read_csv(file.delimiter)}"
        )
        rejected = run_reading(con, query, some, ["line", *names])
    finally:
        some.unlink(missing_ok=True)
    longest = f"length(concat({', '.join(names)}))"
    found = con.execute(f"select count(*), max({longest}) from {table}").fetchone() or (0, 0)
    if rejected or found[0] != len(lines) or (found[1] or 0) > LONGEST_LINE:
        return None
    return () if file.level == USUAL else count_changed(con, table)


def copy_lines(
    path: Path, lines: np.ndarray[tuple[int], np.dtype[np.int64]], target: Path, delimiter: str
) -> None:
    """Write the given lines of a text file (from 1, in order) to another, numbers in front.

    The first line of the copy is a header. Lines end in line feeds.
    """
    with path.open("rb") as source, target.open("wb") as copy:
        copy.write(b"line\n")
        before, begun = 0, b""
        while len(lines) and before < lines[-1] and (piece := source.read(PIECE)):
            piece = begun + piece
            ends = np.flatnonzero(np.frombuffer(piece, dtype=np.uint8) == ord("\n"))
            if not len(ends):
                begun = piece
                continue
            inside = slice(*np.searchsorted(lines, [before + 1, before + len(ends) + 1]))
            for line in lines[inside].tolist():
                at = line - before - 1
                start = int(ends[at - 1]) + 1 if at else 0
                row = piece[start : int(ends[at])]
                copy.write(b"%d%s%s\n" % (line, delimiter.encode(), row))
            before += len(ends)
            begun = piece[int(ends[-1]) + 1 :]
        if begun and len(lines) and lines[-1] == before + 1:
            copy.write(b"%d%s%s\n" % (lines[-1], delimiter.encode(), begun))
