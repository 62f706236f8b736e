"""Crosswalks: how scores of one scale read on another, for groups and never for one person.

One TOML file each: the table, its source, and the published error of a person's linked score. They
fail for individuals (Hawley 2013, PMID 24519690; Kim 2024, doi:10.1016/j.jad.2024.06.068), so no
outcome is ever decided by them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DefinitionError, UnknownName
from analysis.instruments import UNVERIFIED

__all__ = ["Crosswalk", "crosswalk", "crosswalks"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Crosswalk:
    """One table from the scores of an instrument to those of another scale.

    Where the source gives a range of scores, its middle stands for it. `error` is the standard
    deviation of the error of one person's linked score; None where no published figure was found.
    """

    id: str
    instrument: str
    label: str
    low: float
    high: float
    source: str
    error: float | None
    error_source: str
    note: str = ""
    scores: Mapping[float, float] = field(default_factory=dict, repr=False, compare=False)

    def linked(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores on the other scale; raises DefinitionError for one not in the table."""
        missing = sorted(set(scores.tolist()) - set(self.scores))
        if missing:
            raise DefinitionError(f"The crosswalk {self.id} has no entry for {missing[0]:g}.")
        return np.array([self.scores[score] for score in scores.tolist()], dtype=np.float64)

    @property
    def sentence(self) -> str:
        """What a reader must know of linked scores, in plain words."""
        error = (
            "The error of one person's linked score is not known."
            if self.error is None
            else f"The error of one person's linked score has an SD of {self.error:g} "
            f"({self.error_source})."
        )
        note = f" {self.note}" if self.note else ""
        return (
            f"Shown as {self.label} by a published table ({self.source}). {error} It serves to "
            f"compare groups and never decides an outcome of a person.{note}"
        )


@cache
def crosswalks() -> Mapping[str, Crosswalk]:
    """Return all crosswalks by id."""
    files = sorted(FOLDER.glob("*.toml"))
    found = (_load(tomllib.loads(f.read_text("utf-8")), f.name) for f in files)
    return {one.id: one for one in found}


def crosswalk(name: str) -> Crosswalk:
    """Return a crosswalk by its id; raises UnknownName with those that exist."""
    if name not in crosswalks():
        raise UnknownName("crosswalk", name, crosswalks())
    return crosswalks()[name]


def _load(data: Mapping[str, Any], where: str) -> Crosswalk:
    error = data["error"]
    if "sd" in error and not error.get("source"):
        raise DefinitionError(f"{where}, [error]: needs a source.")
    if "sd" not in error and error.get("unverified") is not True:
        raise DefinitionError(f"{where}, [error]: needs an SD with its source, or unverified.")
    if not data.get("source"):
        raise DefinitionError(f"{where}: needs a source.")
    scores = {
        float(theirs): sum(ours) / len(ours) if isinstance(ours, list) else float(ours)
        for theirs, ours in data["scores"].items()
    }
    return Crosswalk(
        id=data["id"],
        instrument=data["from"],
        label=data["to"],
        low=data["low"],
        high=data["high"],
        source=data["source"],
        error=error.get("sd"),
        error_source=error.get("source", UNVERIFIED),
        note=data.get("note", ""),
        scores=scores,
    )
