"""Kinds of treatment: the registry, and combinations as sets."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

MODALITIES: dict[str, str] = tomllib.loads(
    Path(__file__).with_name("modalities.toml").read_text("utf-8")
)


def combination(parts: Iterable[str], known: Mapping[str, str] = MODALITIES) -> str:
    """Return the one way to write a combination: each part once, in the registry's order."""
    order = list(known)
    return "+".join(sorted(set(parts), key=order.index))


def modality_label(modality: str, known: Mapping[str, str] = MODALITIES) -> str:
    """Return the words for a modality or a combination, such as `rTMS + Psychotherapy`."""
    return " + ".join(known.get(part, part) for part in modality.split("+"))
