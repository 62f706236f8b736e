"""From a file of any kind to tables of text: one `Staged` for each table that it holds."""

from pathlib import Path

import duckdb

from analysis.ingest.mapping import Mapping
from analysis.ingest.reading.fhir import is_fhir, stage_fhir
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.text import look_through, stage

__all__ = ["Staged", "stage_file"]


def stage_file(
    con: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, table: str, folder: Path
) -> list[Staged]:
    """Read a file as text, as the mapping declares it; return the tables that it holds.

    The first goes to the temporary table `table`, further ones to `table_2` and so on. `folder`
    takes copies where the engine needs them; they are removed. Raises InputError for a file that
    cannot be read as it stands.
    """
    if is_fhir(path):
        return stage_fhir(con, path, mapping.fhir, table, folder)
    return [stage(con, look_through(path), table, folder)]
