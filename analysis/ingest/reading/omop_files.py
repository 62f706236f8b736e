"""The files of an OMOP common data model: which table each is, and how it is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.reading.declared import FileForm
from analysis.ingest.reading.source import Source, peek_header
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.text import stage_text
from analysis.store.quoting import literal

MEASUREMENT, OBSERVATION = "measurement", "observation"
# A table is known by columns that it alone has; names are in small letters, whatever the case.
TABLES: dict[str, set[str]] = {
    MEASUREMENT: {"person_id", "measurement_concept_id"},
    OBSERVATION: {"person_id", "observation_concept_id"},
    "concept": {"concept_id", "vocabulary_id", "concept_code", "concept_name"},
    "concept_relationship": {"concept_id_1", "concept_id_2", "relationship_id"},
    "person": {"person_id", "gender_concept_id"},
    "visit_occurrence": {"person_id", "visit_concept_id", "visit_start_date"},
    "condition_occurrence": {"person_id", "condition_concept_id"},
    "death": {"person_id", "death_date"},
}
# A file with these columns alone need not come from such a model.
NOT_ALONE = {"death"}


@dataclass(frozen=True)
class OmopFiles:
    """The files of one model by table; `unread` are further files of its folder."""

    tables: dict[str, Path]
    unread: tuple[Path, ...] = ()


def omop_table(path: Path) -> str | None:
    """Return which table of the model a file holds, by its header; None where it is none."""
    names = set(peek_header(path)[0])
    return next((table for table, needed in TABLES.items() if needed <= names), None)


def omop_source(paths: Iterable[Path], unread: Iterable[Path] = ()) -> Source:
    return Source(tuple(paths), tuple(unread), omop=True)


def has_rows(path: Path) -> bool:
    """Return whether anything follows the first line of a file."""
    with path.open("rb") as handle:
        handle.readline()
        return bool(handle.readline().strip())


def omop_files(source: Source) -> OmopFiles:
    """Return the files of a source by table; one without rows is left out, as tables often are.

    Raises InputError where two files hold the same table.
    """
    tables: dict[str, Path] = {}
    for path in source.paths:
        name = omop_table(path)
        if name is None or not has_rows(path):
            continue
        if name in tables:
            raise InputError(
                path.name,
                f"holds the table {name.upper()}, as {tables[name].name} does: import them one "
                "after the other.",
                code="E223",
            )
        tables[name] = path
    return OmopFiles(tables, source.companions)


def stage_table(con: duckdb.DuckDBPyConnection, path: Path, table: str, folder: Path) -> Staged:
    """Stage a table of the model, separated by commas or tabs, with its names in small letters."""
    form = FileForm(delimiter=peek_header(path)[1])
    staged = stage_text(con, path, form, table, folder)
    return replace(staged, header=tuple(name.lower() for name in staged.header))


def read_kept(
    con: duckdb.DuckDBPyConnection, path: Path, target: str, select: str, where: str
) -> None:
    """Keep the rows of a vocabulary table that matter, without staging all of it.

    Such a table is written by a program: a row of another form means that the file is damaged,
    and InputError is raised.
    """
    names, delimiter = peek_header(path)
    quote = "" if delimiter == "\t" else '"'
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    try:
        con.execute(
            f"create or replace temp table {target} as select {select} from read_csv("
            f"{literal(str(path))}, auto_detect=false, header=true, delim={literal(delimiter)}, "
            f"quote={literal(quote)}, escape={literal(quote)}, strict_mode=true, "
            f"null_padding=false, columns={{{columns}}}) where {where}"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise InputError(
            path.name,
            "has a row that is not of the form of its header: export the table again.",
            code="E222",
        ) from error


def cell_of(staged: Staged, names: Sequence[str]) -> str:
    """Return the SQL for the first of these columns that the table has, else null."""
    at = next((staged.header.index(name) for name in names if name in staged.header), None)
    return "cast(null as varchar)" if at is None else f"c{at}"
