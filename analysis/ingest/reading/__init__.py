"""From a file of any kind to tables of text: one `Staged` for each table that it holds.

What a file is follows from its content, never from its name.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.declared import FileForm
from analysis.ingest.reading.dictionary import is_dictionary, staged_dictionary
from analysis.ingest.reading.fhir import is_fhir, stage_fhir
from analysis.ingest.reading.grouping import group_sources
from analysis.ingest.reading.kinds import PARQUET, WORKBOOK, kind_of
from analysis.ingest.reading.labels import refuse_labels
from analysis.ingest.reading.omop import stage_omop
from analysis.ingest.reading.parquet import stage_parquet
from analysis.ingest.reading.plain_rows import with_example
from analysis.ingest.reading.redcap import is_redcap
from analysis.ingest.reading.reshape import header_for
from analysis.ingest.reading.shapes import reshaped
from analysis.ingest.reading.sheets import stage_workbook
from analysis.ingest.reading.shown import shown, shown_path
from analysis.ingest.reading.source import Source
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.text import FindForm, stage_text

if TYPE_CHECKING:  # the mapping holds what readers declare, so it imports them
    from analysis.ingest.mapping import Mapping

__all__ = ["Source", "Staged", "group_sources", "stage_file"]


def stage_file(
    con: duckdb.DuckDBPyConnection,
    path: Path | Source,
    mapping: Mapping,
    table: str,
    folder: Path,
    *,
    local: bool = True,
    plain_form: FindForm = lambda file: None,
) -> list[Staged]:
    """Read a source as text, as the mapping declares it; return the tables that it holds.

    The first goes to the temporary table `table`, further ones to `table_2` and so on. `folder`
    takes copies where the engine needs them; they are removed. Parquet is read only where `local`,
    since the engine opens it unguarded. `plain_form` tells which rows of a text file may be read as
    whole numbers at once, None where none. Raises InputError for a file that cannot be read as it
    stands.
    """
    source = path if isinstance(path, Source) else group_sources([path])[0]
    if source.omop:
        return stage_omop(con, source, mapping, table, folder)
    file = source.paths[0]
    if is_fhir(file):
        found = stage_fhir(con, file, mapping.fhir, table, folder)
        return [replace(staged, header=header_for(mapping, staged.header)) for staged in found]
    if not file.is_file():
        raise InputError(shown_path(file), "there is no such file.")
    kind = kind_of(file, shown(file.name), local)
    if kind == WORKBOOK:
        found = stage_workbook(con, file, mapping, table, folder)
    elif kind == PARQUET:
        found = [stage_parquet(con, file, table)]
    else:
        found = [stage_text(con, file, mapping.file, table, folder, plain_form)]
    _check_rows(file, found, mapping.file)
    known = None
    for companion in source.companions:
        staged = stage_text(con, companion, mapping.file, f"{table}_dictionary", folder)
        known = staged_dictionary(con, staged)
    tables = []
    for staged in found:
        if is_dictionary(staged.header):
            raise InputError(
                staged.name,
                "is the data dictionary of a REDCap project and holds no data: import it together "
                "with the export.",
                code="E215",
            )
        if not is_redcap(staged, mapping):
            refuse_labels(con, with_example(con, staged), mapping)
        tables += reshaped(con, staged, mapping, known)
    return tables


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
