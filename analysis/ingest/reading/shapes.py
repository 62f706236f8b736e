"""What shape a staged table has: one row per assessment or episode, wide, or a REDCap export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from analysis.ingest.reading.dictionary import Dictionary
from analysis.ingest.reading.redcap import is_redcap, reshape_redcap
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.wide import is_wide, refuse_undeclared, reshape_wide

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping


def reshaped(
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    mapping: Mapping,
    known: Dictionary | None = None,
) -> list[Staged]:
    """Return a staged table as tables of our shape; one that has it already stays as it is.

    `known` is the data dictionary where one was given. Raises InputError for a table whose shape
    has to be declared first.
    """
    if is_redcap(staged, mapping):
        return reshape_redcap(con, staged, mapping, known)
    if is_wide(staged, mapping):
        return [reshape_wide(con, staged, mapping)]
    if mapping.columns.get("instrument", "instrument") not in staged.header:
        refuse_undeclared(staged, mapping)
    return [staged]
