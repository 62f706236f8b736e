"""From a file of any kind to tables of text: one `Staged` for each table that it holds."""

from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.mapping import Mapping
from analysis.ingest.reading.dictionary import is_dictionary, staged_dictionary
from analysis.ingest.reading.grouping import group_sources
from analysis.ingest.reading.omop import stage_omop
from analysis.ingest.reading.shapes import reshaped
from analysis.ingest.reading.source import Source
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.text import look_through, stage

__all__ = ["Source", "Staged", "group_sources", "stage_file"]


def stage_file(
    con: duckdb.DuckDBPyConnection,
    path: Path | Source,
    mapping: Mapping,
    table: str,
    folder: Path,
) -> list[Staged]:
    """Read a file as text, as the mapping declares it; return the tables that it holds.

    The first goes to the temporary table `table`, further ones to `table_2` and so on. `folder`
    takes copies where the engine needs them; they are removed. Raises InputError for a file that
    cannot be read as it stands.
    """
    source = path if isinstance(path, Source) else group_sources([path])[0]
    if source.omop:
        return stage_omop(con, source, mapping, table, folder)
    known = None
    for companion in source.companions:
        staged = stage(con, look_through(companion), f"{table}_dictionary", folder)
        known = staged_dictionary(con, staged)
    staged = stage(con, look_through(source.paths[0]), table, folder)
    if is_dictionary(staged.header):
        raise InputError(
            staged.name,
            "is the data dictionary of a REDCap project and holds no data: import it together "
            "with the export.",
            code="E215",
        )
    return reshaped(con, staged, mapping, known)
