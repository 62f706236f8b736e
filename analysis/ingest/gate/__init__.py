"""The identity gate: nothing that identifies a person gets past it into a store."""

from analysis.ingest.gate.codes import Codes, check_key, holding
from analysis.ingest.gate.declared import Identity
from analysis.ingest.gate.findings import Inspection
from analysis.ingest.gate.headers import identifying_header
from analysis.ingest.gate.inspecting import check_header, inspect, inspect_texts
from analysis.ingest.gate.values import suspicious

__all__ = [
    "Codes",
    "Identity",
    "Inspection",
    "check_header",
    "check_key",
    "holding",
    "identifying_header",
    "inspect",
    "inspect_texts",
    "suspicious",
]
