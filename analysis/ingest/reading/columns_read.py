"""Cells of our columns as text: dates, decimal marks and yes/no words in one form each."""

from __future__ import annotations

from collections.abc import Mapping as Pairs
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from analysis.fields import YES_NO_FIELDS
from analysis.ingest.columns import ITEMS, PLACE
from analysis.ingest.reading.dates import DATE_COLUMNS, check_dates, iso_text
from analysis.ingest.reading.declared import FileForm
from analysis.ingest.reading.staged import Staged
from analysis.store.quoting import literal

if TYPE_CHECKING:  # the mapping holds what is declared here, so it imports it
    from analysis.ingest.mapping import Mapping

DECIMAL_COMMA = r"[+-]?\d+,\d+"


def as_read(name: str, source: str, form: FileForm) -> str:
    """Return the SQL of one of our columns with its cells in one form, in SQL and out.

    Dates become 2025-03-31, scores and items get a decimal point where the comma is declared, and
    yes, no and unknown lose their capitals. What has no known form stays as it is.
    """
    if name in DATE_COLUMNS:
        return iso_text(source, form.dates, form.excel_epoch)
    if form.decimal == "," and name in ("score", *ITEMS):
        point = f"replace({source}, ',', '.')"
        return (
            f"case when regexp_full_match({source}, '{DECIMAL_COMMA}') then {point} "
            f"else {source} end"
        )
    if name in YES_NO_FIELDS:
        return (
            f"case when lower({source}) in ('yes', 'no', 'unknown') then lower({source}) "
            f"else {source} end"
        )
    return source


def look_at_columns(
    con: duckdb.DuckDBPyConnection, staged: Staged, positions: Pairs[str, int], mapping: Mapping
) -> Staged:
    """Return a staged table with notes on its missing codes; refuse dates of an undeclared form.

    `positions` says where our columns stand in it.
    """
    for name in () if staged.iso_dates else DATE_COLUMNS:
        if name in positions:
            at = positions[name]
            place = (staged.name, staged.header[at])
            check_dates(
                con, staged.table, f"c{at}", place, mapping.file.dates, mapping.file.excel_epoch
            )
    cells = [f"c{at}" for name, at in positions.items() if name not in PLACE]
    codes = sorted(mapping.missing)
    if not codes or not cells:
        return staged
    listed = ", ".join(map(literal, codes))
    counts = con.execute(
        f"select code, count(*) from (select unnest([{', '.join(cells)}]) as code "
        f"from {staged.table}) where code in ({listed}) group by code order by code"
    ).fetchall()
    notes = tuple(f"missing: {cells_of:,} cells by code {code}" for code, cells_of in counts)
    return replace(staged, notes=(*staged.notes, *notes))
