"""The registry of rating scales: one TOML file each, a source beside every figure."""

from analysis.instruments.declared import declared_instrument
from analysis.instruments.model import (
    UNVERIFIED,
    Band,
    Cut,
    Figure,
    Instrument,
    Items,
    MinimalChange,
    ReliablePoints,
    RemissionRule,
    Suicidality,
    suicidality_item,
)
from analysis.instruments.registry import REGISTRY, remission_rule

__all__ = [
    "REGISTRY",
    "UNVERIFIED",
    "Band",
    "Cut",
    "Figure",
    "Instrument",
    "Items",
    "MinimalChange",
    "ReliablePoints",
    "RemissionRule",
    "Suicidality",
    "declared_instrument",
    "remission_rule",
    "suicidality_item",
]
