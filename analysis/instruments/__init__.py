"""The registry of rating scales: one TOML file each, a source beside every figure."""

from analysis.instruments.registry import (
    REGISTRY,
    Band,
    Instrument,
    RemissionRule,
    declared_instrument,
    remission_rule,
)

__all__ = [
    "REGISTRY",
    "Band",
    "Instrument",
    "RemissionRule",
    "declared_instrument",
    "remission_rule",
]
