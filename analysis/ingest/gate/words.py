"""The word lists of the gate, read from words.toml."""

import tomllib
from pathlib import Path
from typing import Any


def read_words() -> dict[str, Any]:
    """Return the lists as they stand in the file: texts of words, or lists of phrases."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def split(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())
