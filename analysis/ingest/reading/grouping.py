"""Which of the files that are named belong together as one source."""

from collections.abc import Sequence
from pathlib import Path

from analysis.ingest.reading.dictionary import is_dictionary
from analysis.ingest.reading.omop_files import NOT_ALONE, omop_source, omop_table
from analysis.ingest.reading.source import Source, peek_header


def group_sources(paths: Sequence[Path]) -> list[Source]:
    """Return the sources of an import, in the order in which their first file is named.

    The tables of an OMOP model are one source, named together or as their folder; the data
    dictionary of REDCap goes with the other files; any other file is a source of its own.
    """
    sources: list[Source] = []
    named = [path for path in paths if not path.is_dir()]
    tables = {path: omop_table(path) for path in named}
    model = [path for path in named if tables[path] is not None]
    if {tables[path] for path in model} <= NOT_ALONE:
        model = []
    dictionaries = [path for path in named if is_dictionary(peek_header(path)[0])]
    alone = len(dictionaries) == len(named)
    for path in paths:
        if path.is_dir():
            sources.append(_folder(path))
        elif path in model:
            if path == model[0]:
                sources.append(omop_source(model))
        elif alone or path not in dictionaries:
            sources.append(Source((path,), () if alone else tuple(dictionaries)))
    return sources


def _folder(path: Path) -> Source:
    """Return a folder as one source where its files are tables of a model."""
    files = sorted(file for file in path.iterdir() if file.is_file())
    model = [file for file in files if omop_table(file) is not None]
    if {omop_table(file) for file in model} <= NOT_ALONE:
        return Source((path,))
    return omop_source(model, [file for file in files if file not in model])
