"""Instruments that a mapping file declares: everything about them counts as unverified."""

from collections.abc import Mapping
from typing import Any

from analysis.errors import DefinitionError
from analysis.instruments.load import parse_rule
from analysis.instruments.model import (
    HIGHER_IS_BETTER,
    HIGHER_IS_WORSE,
    UNVERIFIED,
    Figure,
    Instrument,
    RemissionRule,
)

# What the store can hold; no rating scale comes near it.
HIGHEST_SCORE = 32_767
MOST_UNITS = 1_000
# The family of all of them.
DECLARED = "declared"


def declared_instrument(instrument_id: str, block: Mapping[str, Any]) -> Instrument:
    """Return an instrument that a mapping file declares; all its figures count as unverified.

    Percent change is measured from the end of the range that means no symptoms, unless the
    declaration names another `floor`. `units_per_point` is how many steps one point has: 2 for
    half points, 10 for one decimal.
    """
    where = f"[instruments.{instrument_id}]"
    direction = block.get("direction", HIGHER_IS_WORSE)
    if direction not in (HIGHER_IS_WORSE, HIGHER_IS_BETTER):
        raise DefinitionError(f"{where}: direction is {HIGHER_IS_WORSE} or {HIGHER_IS_BETTER}.")
    units = block.get("units_per_point", 1)
    if type(units) is not int or not 1 <= units <= MOST_UNITS:
        raise DefinitionError(f"{where}: units_per_point is a whole number from 1 to {MOST_UNITS}.")
    edges = block.get("range")
    if (
        not isinstance(edges, list)
        or len(edges) != 2
        or not all(type(edge) is int for edge in edges)
        or not -HIGHEST_SCORE <= edges[0] * units < edges[1] * units <= HIGHEST_SCORE
    ):
        raise DefinitionError(f"{where}: range is two whole numbers, such as [20, 80].")
    if not all(isinstance(block.get(name, ""), str) for name in ("label", "name")):
        raise DefinitionError(f"{where}: label and name are texts.")
    no_symptoms = edges[0] if direction == HIGHER_IS_WORSE else edges[1]
    floor, caseness = block.get("floor", no_symptoms), block.get("caseness")
    inside = range(edges[0], edges[1] + 1)
    for name, score in (("floor", floor), ("caseness", caseness)):
        if score is not None and (type(score) is not int or score not in inside):
            raise DefinitionError(
                f"{where}: {name} is a whole number from {edges[0]} to {edges[1]}."
            )
    return Instrument(
        id=instrument_id,
        label=block.get("label", instrument_id),
        name=block.get("name", block.get("label", instrument_id)),
        direction=direction,
        low=edges[0],
        high=edges[1],
        floor=floor,
        caseness=caseness,
        remission=_remission(instrument_id, block, edges),
        units_per_point=units,
        family=DECLARED,
        figures=(
            Figure("range", f"{edges[0]} to {edges[1]}", UNVERIFIED),
            Figure("floor", f"{floor}", UNVERIFIED),
            *([] if caseness is None else [Figure("caseness", f"{caseness}", UNVERIFIED)]),
        ),
    )


def _remission(
    instrument_id: str, block: Mapping[str, Any], edges: list[int]
) -> tuple[RemissionRule, ...]:
    where = f"[instruments.{instrument_id}]"
    remission = block.get("remission", [])
    if not isinstance(remission, list) or not all(isinstance(rule, str) for rule in remission):
        raise DefinitionError(
            f'{where}: remission is a list of rules, such as ["{instrument_id}_le{edges[0]}"].'
        )
    rules = tuple(
        parse_rule(rule_id, default=position == 0) for position, rule_id in enumerate(remission)
    )
    for rule in rules:
        own = rule.id == f"{instrument_id}_{rule.operator}{rule.cut:g}"
        if not own or not edges[0] <= rule.cut <= edges[1]:
            raise DefinitionError(
                f'{where}: the remission rule "{rule.id}" must be {instrument_id}_lt or '
                f"{instrument_id}_le with a cut from {edges[0]} to {edges[1]}."
            )
    return rules
