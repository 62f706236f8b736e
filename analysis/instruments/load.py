"""Reading one instrument from its TOML file; whatever is missing or cannot be right is refused."""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from analysis.errors import DefinitionError
from analysis.instruments.in_words import in_words
from analysis.instruments.model import (
    HIGHER_IS_WORSE,
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
)

RULE_ID = re.compile(r"(?P<instrument>[a-z0-9_]+)_(?P<operator>lt|le)(?P<cut>\d+(?:\.\d+)?)")
MARKS = {"source", "unverified"}
# What one file may hold: plain texts, blocks with one source each, and lists of such blocks.
TEXTS = {
    "id",
    "label",
    "name",
    "family",
    "domain",
    "direction",
    "rater",
    "version_of",
    "version",
    "citations",
    "crosswalks",
}
BLOCKS = (
    "range",
    "items",
    "total",
    "missing_items",
    "floor",
    "percent_change",
    "bands",
    "caseness",
    "recovery",
    "suicidality",
    "recall",
    "loinc",
    "licence",
)
LISTS = (
    "remission",
    "other_remission",
    "other_bands",
    "other_caseness",
    "response",
    "minimal_important",
    "reliability",
    "reference_sd",
    "reliable_change",
)


def number(value: float) -> float:
    """Return a number as a whole one where it is whole."""
    return int(value) if float(value).is_integer() else float(value)


def source_of(block: Mapping[str, Any], where: str) -> str:
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
    return RemissionRule(rule_id, match["operator"], number(float(match["cut"])), source, default)


def check_digit_is_right(code: str) -> bool:
    """Return whether a LOINC code ends in its own check digit (Luhn, modulus 10).

    Source: LOINC Users' Guide, appendix on the check digit algorithm.
    """
    match = re.fullmatch(r"(\d{1,7})-(\d)", code)
    if match is None:
        return False
    digits = [int(digit) for digit in reversed(match[1])]
    doubled = [2 * d if place % 2 == 0 else d for place, d in enumerate(digits)]
    total = sum(d // 10 + d % 10 for d in doubled)
    return (10 - total % 10) % 10 == int(match[2])


def _figures(data: Mapping[str, Any], where: str) -> Iterable[Figure]:
    worse = data["direction"] == HIGHER_IS_WORSE
    for topic in BLOCKS:
        if topic in data:
            block = data[topic]
            source = source_of(block, f"{where}, [{topic}]")
            yield Figure(topic, in_words(topic, block, worse), source)
    for topic in LISTS:
        for place, block in enumerate(data.get(topic, [])):
            source = source_of(block, f"{where}, {block.get('id', f'{topic} {place + 1}')}")
            rule = parse_rule(block["id"], source) if topic == "remission" else None
            text = in_words(topic, block, worse, rule)
            yield Figure(topic, text, source, block.get("default", False))


def _bands(data: Mapping[str, Any], step: float, where: str) -> tuple[Band, ...]:
    """Return the bands in order; they must cover the range without a gap or an overlap."""
    block = {name: edges for name, edges in data.get("bands", {}).items() if name not in MARKS}
    bands = tuple(Band(name, *edges) for name, edges in block.items() if isinstance(edges, list))
    if not bands:
        return ()
    edges = sorted(bands, key=lambda band: band.low)
    joined = all(math.isclose(after.low - before.high, step) for before, after in pairwise(edges))
    low, high = data["range"]["low"], data["range"]["high"]
    if not joined or edges[0].low != low or edges[-1].high != high:
        raise DefinitionError(
            f"{where}, [bands]: must cover {low:g} to {high:g} without gap or overlap."
        )
    return bands


def _items(data: Mapping[str, Any], where: str) -> Items | None:
    block, total = data.get("items"), data.get("total", {})
    if block is None or "count" not in block:
        return None
    count = int(block["count"])
    lows = tuple(block.get("lows", [block.get("low", 0)] * count))
    highs = tuple(block.get("highs", [block.get("high", 0)] * count))
    domains = tuple(map(tuple, total.get("domains", [[place] for place in range(1, count + 1)])))
    if len(lows) != count or len(highs) != count:
        raise DefinitionError(f"{where}, [items]: lows and highs need one number per item.")
    if any(not 1 <= item <= count for domain in domains for item in domain):
        raise DefinitionError(f"{where}, [total]: domains name items from 1 to {count}.")
    return Items(
        count=count,
        lows=lows,
        highs=highs,
        domains=domains,
        reversed=tuple(total.get("reversed", [])),
        most_missing=data.get("missing_items", {}).get("most", 0),
        times=total.get("times", 1),
        zero_codes=tuple((int(item), code) for item, code in total.get("zero_codes", {}).items()),
        summed=bool(total.get("summed", "total" in data)),
    )


def _loinc(data: Mapping[str, Any], where: str) -> tuple[str, ...]:
    block = data.get("loinc", {})
    codes = [block[name] for name in ("total", "panel", "item") if name in block]
    codes += block.get("accepted", [])
    for code in codes:
        if not check_digit_is_right(code):
            raise DefinitionError(f"{where}, [loinc]: {code} does not end in its check digit.")
    return tuple([block["total"]] if "total" in block else []) + tuple(block.get("accepted", []))


def load_instrument(data: Mapping[str, Any], where: str) -> Instrument:
    """Return the instrument that one TOML file describes.

    Raises DefinitionError for a figure without its source or the mark unverified, for bands with
    a gap, for a LOINC code with a wrong check digit and for a part that means nothing here.
    """
    unknown = set(data) - TEXTS - set(BLOCKS) - set(LISTS)
    if unknown:
        raise DefinitionError(f"{where}: {', '.join(sorted(unknown))} means nothing here.")
    figures = tuple(_figures(data, where))
    edges = data.get("range", {})
    scored = "low" in edges and "high" in edges
    units = int(edges.get("units_per_point", 1))
    recovery, suicidality = data.get("recovery"), data.get("suicidality", {})
    return Instrument(
        id=data["id"],
        label=data["label"],
        name=data["name"],
        direction=data["direction"],
        low=edges["low"] if scored else math.nan,
        high=edges["high"] if scored else math.nan,
        floor=data["floor"]["score"] if "floor" in data else None,
        bands=_bands(data, 1 / units, where),
        caseness=data.get("caseness", {}).get("cut"),
        remission=tuple(
            parse_rule(r["id"], source_of(r, where), r.get("default", False))
            for r in data.get("remission", [])
        ),
        minimal_important=tuple(
            MinimalChange(
                r["points"] if "points" in r else r["percent"],
                "points" if "points" in r else "percent",
                source_of(r, where),
                r.get("default", False),
            )
            for r in data.get("minimal_important", [])
            if "points" in r or "percent" in r
        ),
        reliable=tuple(
            ReliablePoints(r["points"], r["basis"], source_of(r, where), r.get("default", False))
            for r in data.get("reliable_change", [])
            if "points" in r
        ),
        recovery=None
        if recovery is None or "cut" not in recovery
        else Cut(recovery["operator"], recovery["cut"], source_of(recovery, where)),
        items=_items(data, where),
        suicidality=None
        if not suicidality.get("items")
        else Suicidality(
            tuple(suicidality["items"]),
            suicidality["low"],
            suicidality["high"],
            source_of(suicidality, where),
        ),
        loinc=_loinc(data, where),
        units_per_point=units,
        family=data.get("family", ""),
        version_of=data.get("version_of", ""),
        scored=scored,
        figures=figures,
    )
