"""The figures of an instrument's file in words: what one block of it says."""

from collections.abc import Mapping
from typing import Any

from analysis.instruments.model import RemissionRule

# The topics of a file with their headings, in the order in which a reader wants them.
TOPICS = {
    "range": "Range",
    "items": "Items",
    "total": "How items make the total",
    "missing_items": "Missing items",
    "floor": "Zero of percent change",
    "percent_change": "Percent change",
    "bands": "Severity bands",
    "other_bands": "Other bands",
    "caseness": "Caseness cut-off",
    "other_caseness": "Other caseness cut-offs",
    "response": "Response",
    "remission": "Remission rule",
    "other_remission": "Other remission criteria",
    "minimal_important": "Minimal important change",
    "reliability": "Reliability",
    "reference_sd": "Reference SD",
    "reliable_change": "Reliable change",
    "recovery": "Cut-off between ill and well",
    "suicidality": "Item on suicidal thoughts",
    "recall": "Recall period",
    "loinc": "LOINC codes",
    "licence": "Licence",
}
# Which side of a cut counts, in the direction of severity: milder or the cut itself, or not.
SIDES = {
    ("lt", True): "below",
    ("le", True): "at or below",
    ("lt", False): "above",
    ("le", False): "at or above",
}


def in_words(
    topic: str, block: Mapping[str, Any], higher_is_worse: bool, rule: RemissionRule | None = None
) -> str:
    """Return what a block says: its own text, else its figures as a phrase.

    `rule` is the remission rule that the block names, for that topic.
    """
    if rule is not None:
        named = f"{SIDES[rule.operator, higher_is_worse]} {rule.cut:g} ({rule.id})"
        return f"{named}: {block['text']}" if "text" in block else named
    if "text" in block:
        return str(block["text"])
    if topic == "range":
        return _range(block)
    if topic == "items":
        return _items(block)
    if topic == "bands":
        return ", ".join(
            f"{name.replace('_', ' ')} {_span(*edges)}"
            for name, edges in block.items()
            if isinstance(edges, list)
        )
    if topic == "floor":
        return f"{block['score']:g}"
    if topic == "caseness":
        return f"{block['cut']:g} or {'above' if higher_is_worse else 'below'}"
    if topic == "recovery":
        return f"{SIDES[block['operator'], higher_is_worse]} {block['cut']:g}"
    if topic == "suicidality":
        return f"{_numbered(block['items'])}, {_span(block['low'], block['high'])}"
    named_parts = {k: v for k, v in block.items() if k not in ("source", "unverified", "default")}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in named_parts.items())


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _range(block: Mapping[str, Any]) -> str:
    units = block.get("units_per_point", 1)
    steps = "" if units == 1 else f", in steps of {1 / units:g}"
    return f"{_span(block['low'], block['high'])}{steps}"


def _items(block: Mapping[str, Any]) -> str:
    count = block["count"]
    number = "one item" if count == 1 else f"{count} items"
    lows, highs = block.get("lows", [block.get("low")]), block.get("highs", [block.get("high")])
    # numbers that do not fit the count are refused by the loader, which asks for these words first
    ranges = dict.fromkeys(_span(*edges) for edges in zip(lows, highs, strict=False))
    return f"{number} of {' or '.join(ranges)}"


def _numbered(items: list[int]) -> str:
    if len(items) == 1:
        return f"item {items[0]}"
    return f"items {' and '.join(map(str, items))} (the higher one counts)"
