"""What shape a staged table has: one row per assessment or episode, wide, or a REDCap export."""

import duckdb

from analysis.errors import InputError
from analysis.ingest.mapping import Mapping
from analysis.ingest.reading.dictionary import Dictionary
from analysis.ingest.reading.redcap import is_redcap, reshape_redcap
from analysis.ingest.reading.reshape import sql
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.wide import is_wide, refuse_undeclared, reshape_wide

NUMBER_OR_DATE = r"[-+]?\d[\d .,:/TZ+-]*"


def reshaped(
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    mapping: Mapping,
    known: Dictionary | None = None,
) -> list[Staged]:
    """Return a staged table as tables of our shape; one that has it already stays as it is.

    `known` is the data dictionary where one was given. Raises InputError for a table whose shape
    has to be declared first, and for a row of labels or units under the header.
    """
    if is_redcap(staged, mapping):
        return reshape_redcap(con, staged, mapping, known)
    refuse_labels_row(con, staged)
    if is_wide(staged, mapping):
        return [reshape_wide(con, staged, mapping)]
    if mapping.columns.get("instrument", "instrument") not in staged.header:
        refuse_undeclared(staged, mapping)
    return [staged]


def refuse_labels_row(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Raise InputError where the first row holds labels or units instead of data.

    It does where none of its cells has a digit and two columns or more hold words there and
    numbers or dates in every further row.
    """
    looks = [
        f"coalesce(bool_and((place = 1) <> regexp_full_match(c{at}, '{NUMBER_OR_DATE}')), false) "
        f"and count(c{at}) filter (where place = 1) = 1 and count(c{at}) > 1"
        for at in range(len(staged.header))
    ]
    cells = ", ".join(f"c{at}" for at in range(len(staged.header)))
    query = sql("labels_row", table=staged.table, looks_numeric=", ".join(looks), cells=cells)
    words, no_digit = con.execute(query).fetchone() or ([], False)
    if no_digit and sum(words) >= 2:
        raise InputError(
            staged.name,
            "the row under the header holds labels or units, not data: delete it, or export "
            "without labels.",
            line=2,
            code="E212",
        )
