"""From a clinic's files to the store: read, map, check, publish."""

from analysis.ingest.load import import_files
from analysis.ingest.mapping import Mapping, read_mapping
from analysis.ingest.report import FileReport, ImportReport, Quarantined

__all__ = ["FileReport", "ImportReport", "Mapping", "Quarantined", "import_files", "read_mapping"]
