"""Rating scales as data: read from the TOML files beside this one, checked while reading."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import DefinitionError

HIGHER_IS_WORSE = "higher_is_worse"
HIGHER_IS_BETTER = "higher_is_better"
RULE_ID = re.compile(r"(?P<instrument>[a-z0-9_]+)_(?P<operator>lt|le)(?P<cut>\d+)")
UNVERIFIED = "unverified"
# What the store can hold; no rating scale comes near it.
HIGHEST_SCORE = 32_767


@dataclass(frozen=True)
class Band:
    """A severity band: its name and the scores it holds, both ends included."""

    id: str
    low: int
    high: int

    @property
    def label(self) -> str:
        return self.id.replace("_", " ")


@dataclass(frozen=True)
class RemissionRule:
    """A remission rule: the cut, whether the cut itself still counts, and who says so."""

    id: str
    operator: str  # lt or le, of the scores in the direction of severity
    cut: int
    source: str  # a citation, or the word "unverified"
    default: bool = False


@dataclass(frozen=True)
class Instrument:
    """One rating scale in one version; versions are never mixed.

    `floor` is the score that means "no symptoms", the zero of percent change. `moderate` is the
    lower edge of the moderate band (or the caseness cut where a scale has no bands), None where
    neither is known. `sources` maps each block of figures to its citation or to "unverified".
    """

    id: str
    label: str
    name: str
    direction: str
    low: int
    high: int
    floor: int
    bands: tuple[Band, ...]
    caseness: int | None
    remission: tuple[RemissionRule, ...]
    sources: Mapping[str, str]
    items: int | None = None

    @property
    def higher_is_worse(self) -> bool:
        return self.direction == HIGHER_IS_WORSE

    @property
    def moderate(self) -> int | None:
        edges = [band.low for band in self.bands if band.id == "moderate"]
        return edges[0] if edges else self.caseness

    @property
    def default_remission(self) -> RemissionRule | None:
        return next((rule for rule in self.remission if rule.default), None)


def _source(block: Mapping[str, Any], where: str) -> str:
    """Return the block's citation, or "unverified" where it says so itself; neither is a fault."""
    if block.get("unverified") is True and "source" not in block:
        return UNVERIFIED
    source = block.get("source")
    if not isinstance(source, str) or not source.strip() or "unverified" in block:
        raise DefinitionError(f"{where}: needs either a source or unverified = true.")
    return source


def parse_rule(rule_id: str, source: str = UNVERIFIED, default: bool = False) -> RemissionRule:
    """Return the remission rule that an id such as `phq9_lt5` spells out."""
    match = RULE_ID.fullmatch(rule_id)
    if match is None:
        raise DefinitionError(
            f'"{rule_id}" is not a remission rule: write INSTRUMENT_lt5 for "below 5" '
            'or INSTRUMENT_le5 for "5 or below".'
        )
    return RemissionRule(rule_id, match["operator"], int(match["cut"]), source, default)


def remission_rule(instrument: Instrument, rule_id: str | None) -> RemissionRule | None:
    """Return the remission rule to use: the named one, or the instrument's default.

    A rule that follows the pattern but is not in the registry is allowed and marked unverified.
    None where no rule was named and the instrument has none. Raises DefinitionError for a rule
    of another instrument or with a cut outside the instrument's range.
    """
    if rule_id is None:
        return instrument.default_remission
    known = next((rule for rule in instrument.remission if rule.id == rule_id), None)
    if known is not None:
        return known
    offered = ", ".join(rule.id for rule in instrument.remission) or "none"
    rule = parse_rule(rule_id)
    if not rule_id.startswith(f"{instrument.id}_{rule.operator}"):
        raise DefinitionError(
            f'The remission rule "{rule_id}" is not one of {instrument.label}. Known: {offered}.'
        )
    if not instrument.low <= rule.cut <= instrument.high:
        raise DefinitionError(
            f'The remission rule "{rule_id}" has a cut outside the range of {instrument.label}, '
            f"{instrument.low} to {instrument.high}."
        )
    return rule


def load_instrument(data: Mapping[str, Any], where: str) -> Instrument:
    """Return the instrument that one TOML file describes; every block must name its source."""
    sources = {
        block: _source(data[block], f"{where}, [{block}]")
        for block in ("range", "items", "floor", "bands", "caseness")
        if block in data
    }
    bands = tuple(
        Band(name, edges[0], edges[1])
        for name, edges in data.get("bands", {}).items()
        if name not in {"source", "unverified"}
    )
    rules = tuple(
        parse_rule(rule["id"], _source(rule, f"{where}, {rule['id']}"), rule.get("default", False))
        for rule in data.get("remission", [])
    )
    return Instrument(
        id=data["id"],
        label=data["label"],
        name=data["name"],
        direction=data["direction"],
        low=data["range"]["low"],
        high=data["range"]["high"],
        floor=data["floor"]["score"],
        bands=bands,
        caseness=data.get("caseness", {}).get("cut"),
        remission=rules,
        sources=sources,
        items=data.get("items", {}).get("count"),
    )


def declared_instrument(instrument_id: str, block: Mapping[str, Any]) -> Instrument:
    """Return an instrument that a mapping file declares; all its figures count as unverified.

    Percent change is measured from the end of the range that means no symptoms, unless the
    declaration names another `floor`.
    """
    direction = block.get("direction", HIGHER_IS_WORSE)
    if direction not in (HIGHER_IS_WORSE, HIGHER_IS_BETTER):
        raise DefinitionError(
            f"[instruments.{instrument_id}]: direction is {HIGHER_IS_WORSE} or {HIGHER_IS_BETTER}."
        )
    edges = block.get("range")
    if (
        not isinstance(edges, list)
        or len(edges) != 2
        or not all(type(edge) is int for edge in edges)
        or not -HIGHEST_SCORE <= edges[0] < edges[1] <= HIGHEST_SCORE
    ):
        raise DefinitionError(
            f"[instruments.{instrument_id}]: range is two whole numbers, such as [20, 80]."
        )
    remission = block.get("remission", [])
    if not isinstance(remission, list) or not all(isinstance(rule, str) for rule in remission):
        raise DefinitionError(
            f"[instruments.{instrument_id}]: remission is a list of rules, such as "
            f'["{instrument_id}_le{edges[0]}"].'
        )
    if not all(isinstance(block.get(name, ""), str) for name in ("label", "name")):
        raise DefinitionError(f"[instruments.{instrument_id}]: label and name are texts.")
    no_symptoms = edges[0] if direction == HIGHER_IS_WORSE else edges[1]
    rules = tuple(
        parse_rule(rule_id, default=position == 0) for position, rule_id in enumerate(remission)
    )
    floor, caseness = block.get("floor", no_symptoms), block.get("caseness")
    inside = range(edges[0], edges[1] + 1)
    for name, score in (("floor", floor), ("caseness", caseness)):
        if score is not None and (type(score) is not int or score not in inside):
            raise DefinitionError(
                f"[instruments.{instrument_id}]: {name} is a whole number from {edges[0]} to "
                f"{edges[1]}."
            )
    for rule in rules:
        if rule.id != f"{instrument_id}_{rule.operator}{rule.cut}" or rule.cut not in inside:
            raise DefinitionError(
                f'[instruments.{instrument_id}]: the remission rule "{rule.id}" must be '
                f"{instrument_id}_lt or {instrument_id}_le with a cut from {edges[0]} to "
                f"{edges[1]}."
            )
    return Instrument(
        id=instrument_id,
        label=block.get("label", instrument_id),
        name=block.get("name", block.get("label", instrument_id)),
        direction=direction,
        low=edges[0],
        high=edges[1],
        floor=floor,
        bands=(),
        caseness=caseness,
        remission=rules,
        sources={"range": UNVERIFIED, "floor": UNVERIFIED},
    )


def _load_registry() -> dict[str, Instrument]:
    folder = Path(__file__).parent
    files = sorted(folder.glob("*.toml"))
    loaded = (load_instrument(tomllib.loads(f.read_text("utf-8")), f.name) for f in files)
    return {instrument.id: instrument for instrument in loaded}


REGISTRY: dict[str, Instrument] = _load_registry()
