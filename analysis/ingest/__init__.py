"""From a clinic's files to the store: read, map, check, publish."""

from analysis.ingest.choices import Choices
from analysis.ingest.load import check_files, import_files
from analysis.ingest.mapping import Mapping, read_mapping
from analysis.ingest.report import FileReport, ImportReport, Quarantined

__all__ = [
    "Choices",
    "FileReport",
    "ImportReport",
    "Mapping",
    "Quarantined",
    "check_files",
    "import_files",
    "read_mapping",
]
