"""The gate: whether a staged table may be imported, decided before any row of it is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import IdentityFound
from analysis.fields import EPISODE_FIELDS
from analysis.ingest.columns import ATTRIBUTES, COLUMNS, IDS
from analysis.ingest.gate import dates, looking
from analysis.ingest.gate.declared import Identity
from analysis.ingest.gate.findings import REFUSED, Column, Inspection, refuse
from analysis.ingest.gate.headers import age_header, free_text_header, identifying_header
from analysis.ingest.gate.values import hard_hit, suspicious
from analysis.modality import MODALITIES
from analysis.store.declared import STRICT

if TYPE_CHECKING:
    from analysis.ingest.canonical import Layout
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.reading.staged import Staged

LONGEST_TERM = 25
OUR_NAMES = {name for names in COLUMNS.values() for name in names} | set(EPISODE_FIELDS)
# Numbers that random study codes replace while reading, so that none of them is stored.
REPLACEABLE = {"record number", "NHS number", "account", "insurance or member number"}
CODES = "Import it with --codes CROSSWALK.csv, which replaces them by random study codes"
WITHOUT = "Export it again without this column, also where the mapping does not name it."


@dataclass
class _Gate:
    """One table on its way through the gate."""

    con: duckdb.DuckDBPyConnection
    staged: Staged
    mapping: Mapping
    columns: list[Column]
    coded: bool
    attested: list[str] = field(default_factory=list)

    @property
    def identity(self) -> Identity:
        return self.mapping.identity

    def refusal(self, column: Column, problem: str, allowed: str, code: str) -> IdentityFound:
        return refuse(self.con, self.staged, column.header, problem, allowed, code)

    def attests(self, column: Column) -> bool:
        """Return whether a person stands for a column, and note that it was needed."""
        stands = not self.identity.attest.isdisjoint({column.header, *column.ours})
        if stands and column.header not in self.attested:
            self.attested.append(column.header)
        return stands

    def replaced(self, column: Column) -> bool:
        return self.coded and not set(IDS).isdisjoint(column.ours)


def check_header(staged: Staged) -> None:
    """Raise IdentityFound where a column name itself is an identifier, as without a header row.

    Comes before anything that would print the column names.
    """
    inspect_texts(staged.header, staged.name, "the header", code="E402")


def inspect_texts(texts: Iterable[str], file: str, what: str, code: str = "E414") -> None:
    """Raise IdentityFound where one of some texts, such as a mapping's, holds an identifier."""
    for number, text in enumerate(texts, 1):
        hit = hard_hit(text)
        if hit is not None:
            kind, example = hit
            raise IdentityFound(
                file,
                f"{what} holds {kind} (text {number}, such as {example}): {REFUSED}",
                allowed="Take it out and try again.",
                code=code,
            )


def inspect(
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    layout: Layout,
    mapping: Mapping,
    *,
    coded: bool = False,
) -> Inspection:
    """Look at every column of a staged table, mapped or not, before a row of it is stored.

    `coded` tells that patient and episode ids will be replaced by random codes. Rows with an age
    above 89 go to the table's malformed rows; nothing else changes. Raises IdentityFound for the
    whole import where a column name, a value or a whole column identifies persons; its message
    has the place and a masked form.
    """
    gate = _Gate(con, staged, mapping, _columns(staged, layout), coded)
    _headers(gate)
    counts = _counts(gate)
    known = _known(mapping)
    dropped = []
    for column in gate.columns:
        filled, odd, long, dated, _ = counts[column.position]
        if odd and not gate.replaced(column):
            _values(gate, column, known, filled)
        # an id that happens to be a date is an id; a column of them is a column of dates
        if dated and (2 * dated > filled or set(IDS).isdisjoint(column.ours)):
            _dated(gate, column)
        if _free_text(gate, column, filled, long, known):
            dropped.append(column.header)
        if "patient_id" in column.ours and not coded:
            _numbered(gate, column)
    looking.forget(con)
    aged = [c for c in gate.columns if counts[c.position][4]]
    return Inspection(
        file=staged.name,
        profile=mapping.identity.profile,
        scanned=len(gate.columns),
        dropped=tuple(dropped),
        attested=tuple(gate.attested),
        over_89=_set_aside(gate, aged),
    )


def _columns(staged: Staged, layout: Layout) -> list[Column]:
    return [
        Column(at, header, tuple(sorted(n for n, p in layout.positions.items() if p == at)))
        for at, header in enumerate(staged.header)
    ]


def _open(column: Column, mapping: Mapping) -> bool:
    """Return whether the column's texts are stored as they are."""
    return bool({*ATTRIBUTES, *IDS, *mapping.fields} & set(column.ours))


def _headers(gate: _Gate) -> None:
    for column in gate.columns:
        if column.header in OUR_NAMES:
            continue
        kind = identifying_header(column.header)
        if kind is None or (kind in REPLACEABLE and gate.replaced(column)):
            continue
        allowed = WITHOUT
        if kind in REPLACEABLE and not set(IDS).isdisjoint(column.ours):
            allowed = f"{CODES}, or export it with study codes."
        raise gate.refusal(column, f"the column name says {kind}", allowed, "E401")


def _counts(gate: _Gate) -> dict[int, tuple[int, ...]]:
    """Return per column, in one pass: values; odd ones; long ones; dates to be stored; ages."""
    parts = []
    for column in gate.columns:
        cell, ours = column.cell, set(column.ours)
        dated = "0"
        if gate.identity.profile == STRICT and not gate.replaced(column):
            if {*ATTRIBUTES, *gate.mapping.fields} & ours - {"start_year"}:
                dated = _number(dates.date_like(cell))
            elif set(IDS) & ours:
                dated = _number(dates.whole_date(cell))
        aged = "age_band" in ours or age_header(column.header)
        parts += [
            f"count({cell})",
            _number(suspicious(cell)),
            _number(f"strlen({cell}) > {LONGEST_TERM}"),
            dated,
            _number(looking.too_old(cell, gate.mapping.missing)) if aged else "0",
        ]
    row = gate.con.execute(f"select {', '.join(parts)} from {gate.staged.table}").fetchone() or ()
    numbers = [int(number or 0) for number in row]  # null where the table has no row
    return {c.position: tuple(numbers[5 * at : 5 * at + 5]) for at, c in enumerate(gate.columns)}


def _number(condition: str) -> str:
    return f"count_if({condition})"


def _known(mapping: Mapping) -> frozenset[str]:
    """Return, in lower case, the texts that the mapping or the registry says what they are."""
    texts = {*mapping.visit_days, *mapping.ignored_instruments, *mapping.missing}
    for pairs in mapping.values.values():
        texts |= {*pairs, *pairs.values()}
    for name, label in {**MODALITIES, **mapping.modalities}.items():
        texts |= {name, name.replace("_", " "), label}
    return frozenset(text.lower() for text in texts)


def _values(gate: _Gate, column: Column, known: Collection[str], filled: int) -> None:
    """Refuse a column with a value that identifies by its form, or with names or numbers."""
    con, staged = gate.con, gate.staged
    found = looking.odd_values(con, staged.table, column.cell)
    hit = looking.first_hard_hit(con)
    if hit is not None:
        kind, example, line = hit
        allowed = "Remove the column or the value, in every file of the import."
        raise refuse(
            con, staged, column.header, f"a value holds {kind}", allowed, "E402",
            line=line, example=example,
        )  # fmt: skip
    attest = f'or state [identity] attest = ["{column.header}"] in the mapping if it is none.'
    names = looking.names(con, staged.table, column.cell, known)
    if names is not None and not gate.attests(column):
        line, example = names
        raise refuse(
            con, staged, column.header, "the values look like names of persons",
            f"Remove the column, {attest}", "E403", line=line, example=example,
        )  # fmt: skip
    numbers = looking.numbers(con)
    if numbers is not None and not gate.attests(column):
        raise gate.refusal(
            column, f"the values look like {numbers}", f"Remove the column, {attest}", "E404"
        )
    if "patient_id" in column.ours:
        _hashed(gate, column, found)
    if not {"date", "start_date"} & set(column.ours):
        others = {name: c.cell for c in gate.columns for name in c.ours}
        birth = looking.births(con, staged.table, column.cell, others, filled)
        if birth and not gate.attests(column):
            raise gate.refusal(
                column, "the values look like dates of birth", f"Remove the column, {attest}",
                "E405",
            )  # fmt: skip


def _hashed(gate: _Gate, column: Column, values: int) -> None:
    """Refuse hashes of record numbers, but where the limited profile states that they are keyed."""
    identity = gate.identity
    if identity.hashed or not looking.digests(gate.con, values):
        return
    raise gate.refusal(
        column,
        "the patient ids look like hashes, which are derived from the person",
        f'{CODES}; or state [identity] profile = "limited" and hashed = true if the hash is keyed.',
        "E413",
    )


def _dated(gate: _Gate, column: Column) -> None:
    raise gate.refusal(
        column,
        "the values are dates or months, which the strict profile does not store",
        'Give study days or the year; or state [identity] profile = "limited".',
        "E406",
    )


def _free_text(gate: _Gate, column: Column, filled: int, long: int, known: Collection[str]) -> bool:
    """Return whether an unmapped column holds free text; refuse it where it is mapped."""
    by_name = free_text_header(column.header) and column.header not in OUR_NAMES
    by_values = (
        2 * long > filled
        and not gate.replaced(column)
        and looking.sentences(gate.con, gate.staged.table, column.cell, LONGEST_TERM, known)
    )
    if not column.ours:
        return by_name or by_values
    if (by_values or (by_name and _open(column, gate.mapping))) and not gate.attests(column):
        raise gate.refusal(
            column,
            "it holds free text, which is never stored",
            "Take the column out of the mapping, or name its few values in [values].",
            "E407",
        )
    return False


def _numbered(gate: _Gate, column: Column) -> None:
    if not looking.sequential(gate.con, gate.staged.table, column.cell) or gate.attests(column):
        return
    raise gate.refusal(
        column,
        "the patient ids are numbers in sequence, which may be record numbers",
        f'{CODES}, or state [identity] attest = ["patient_id"] if a study gave them.',
        "E410",
    )


def _set_aside(gate: _Gate, columns: list[Column]) -> int:
    """Move the rows with an age above 89 to the malformed rows; return how many there were."""
    table, malformed, moved = gate.staged.table, gate.staged.malformed, 0
    for column in columns:
        condition = looking.too_old(column.cell, gate.mapping.missing)
        allowed = f'"{dates.AGES_ALLOWED}" in the column {column.header} for every age above 89'
        gate.con.execute(
            f"insert into {malformed} select line, 'age_over_89', ? from {table} where {condition}",
            [allowed],
        )
        deleted = gate.con.execute(f"delete from {table} where {condition}").fetchone()
        moved += int(deleted[0]) if deleted is not None else 0
    return moved
