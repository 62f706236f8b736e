"""From a file of any kind to tables of text: one `Staged` for each table that it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.declared import FileForm
from analysis.ingest.reading.fhir import is_fhir, stage_fhir
from analysis.ingest.reading.kinds import PARQUET, WORKBOOK, kind_of
from analysis.ingest.reading.labels import refuse_labels
from analysis.ingest.reading.parquet import stage_parquet
from analysis.ingest.reading.plain_rows import with_example
from analysis.ingest.reading.sheets import stage_workbook
from analysis.ingest.reading.shown import shown, shown_path
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.text import FindForm, stage_text

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping

__all__ = ["Staged", "stage_file"]


def stage_file(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    mapping: Mapping,
    table: str,
    folder: Path,
    *,
    local: bool = True,
    plain_form: FindForm = lambda file: None,
) -> list[Staged]:
    """Read a file as text, as the mapping declares it; return the tables that it holds.

    The first goes to the temporary table `table`, further ones to `table_2` and so on. `folder`
    takes copies where the engine needs them; they are removed. Parquet is read only where `local`,
    since the engine opens it unguarded. `plain_form` tells which rows of a text file may be read as
    whole numbers at once, None where none. Raises InputError for a file that cannot be read as it
    stands.
    """
    if is_fhir(path):
        return stage_fhir(con, path, mapping.fhir, table, folder)
    if not path.is_file():
        raise InputError(shown_path(path), "there is no such file.")
    kind = kind_of(path, shown(path.name), local)
    if kind == WORKBOOK:
        found = stage_workbook(con, path, mapping, table, folder)
    elif kind == PARQUET:
        found = [stage_parquet(con, path, table)]
    else:
        found = [stage_text(con, path, mapping.file, table, folder, plain_form)]
    for staged in found:
        refuse_labels(con, with_example(con, staged), mapping)
    _check_rows(path, found, mapping.file)
    return found


def _check_rows(path: Path, found: list[Staged], form: FileForm) -> None:
    """Refuse a file that has not the declared number of rows: it may be cut at a row's end."""
    rows, declared = sum(staged.rows for staged in found), form.rows_of(path.name)
    if declared is not None and rows != declared:
        raise InputError(
            shown(path.name),
            f"holds {rows:,} rows and {declared:,} are declared by rows under [file]: it may have "
            "been cut off, so export it again, or correct the number.",
            code="E110",
        )
