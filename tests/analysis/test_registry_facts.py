"""The registry against the table it was written from: no figure changed, no doubt lost.

The table is kept beside the repository; where it is not, these tests skip.
"""

import csv
import re
from pathlib import Path

import pytest

from analysis.instruments import REGISTRY
from analysis.instruments.registry import instrument_data

FACTS = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "instruments.csv"
pytestmark = pytest.mark.skipif(
    not FACTS.is_file(), reason="the table of instruments is not beside the repository"
)
ROWS = list(csv.DictReader(FACTS.read_text("utf-8").splitlines())) if FACTS.is_file() else []
every_row = pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])

# Where the registry's lowest score is not the table's, and why.
LOWEST = {"cssrs_intensity": 0}  # no ideation: skipped items count 0, 2 is the lowest rated score

# What the table says it only recalls, and the topics of which at least one figure then must be
# marked unverified. A bare cut such as "<=28" may stand for any edge.
CUTS = {"bands", "other_bands", "caseness", "other_caseness", "remission", "other_remission"}
RECALLED = {
    r"missing|proration|skip rule": {"missing_items"},
    r"\bbands\b|^anchor|\blevels\b|^stage|\blabel\b": {"bands", "other_bands"},
    r"\blicence\b": {"licence"},
    r"\brecall\b|weekly form|^timing": {"recall"},
    r"suicide": {"suicidality"},
    r"\bremission\b": {"remission", "other_remission"},
    r"\bmcid\b|\bmid\b": {"minimal_important"},
    r"\brci\b|rci_default": {"reliable_change"},
    r"\bcut(off)?s?\b|\bcaseness\b|\bentry\b|^[<>]=?\d+%?( rule)?$": CUTS,
    r"\balpha\b|\bicc\b|\bretest\b": {"reliability"},
    r"\bsds?\b|reference_sd": {"reference_sd"},
    r"^range$|\bitem range|\bper-item\b|\bsplit\b|min/max": {"range", "items"},
    r"\bresponse\b|reporting rule": {"response"},
    r"\bloinc": {"loinc"},
}


def recalled(row):
    """Return (what the table recalls, the topics it speaks of) of one row."""
    parts = re.split(r"[;,]", row["from_memory_fields"])
    return [
        (part.strip(), topics)
        for part in parts
        for pattern, topics in RECALLED.items()
        if re.search(pattern, part.strip(), re.IGNORECASE)
    ]


def test_every_instrument_of_the_table_is_in_the_registry() -> None:
    assert len(ROWS) == 44
    assert {row["id"] for row in ROWS} == set(REGISTRY)


@every_row
def test_names_and_direction_are_those_of_the_table(row) -> None:
    scale, data = REGISTRY[row["id"]], instrument_data(row["id"])
    assert (scale.label, data["family"]) == (row["abbrev"], row["family"])
    assert scale.higher_is_worse is ("higher=better" not in row["direction"])


@every_row
def test_the_range_is_that_of_the_table(row) -> None:
    scale, edges = REGISTRY[row["id"]], (row["total_min"], row["total_max"])
    assert scale.scored is all(edges)
    if scale.scored:
        low = LOWEST.get(scale.id, float(edges[0]))
        assert (scale.low, scale.high) == (low, float(edges[1]))


@every_row
def test_the_number_of_items_is_that_of_the_table(row) -> None:
    items = REGISTRY[row["id"]].items
    if row["n_items"].isdigit():
        assert items is not None
        assert items.count == int(row["n_items"])


@every_row
def test_percent_change_has_a_zero_where_the_table_allows_it_and_only_there(row) -> None:
    # no, NO, "no: a reason" or "not customary"
    allowed = not row["percent_change_allowed"].lower().startswith("no")
    assert (REGISTRY[row["id"]].floor is not None) is allowed


@every_row
def test_the_default_reliable_change_is_that_of_the_table(row) -> None:
    default, cell = REGISTRY[row["id"]].default_reliable, row["rci_default_points"]
    assert (default.points if default else None) == (float(cell) if cell else None)


@every_row
def test_the_item_on_suicidal_thoughts_is_that_of_the_table(row) -> None:
    match = re.match(r"items? (\d+)", row["suicide_item"])
    asked = REGISTRY[row["id"]].suicidality
    assert (asked is None) == (match is None)
    if asked is not None and match is not None:
        assert int(match[1]) in asked.items
        assert len(asked.items) == (2 if row["suicide_item"].startswith("items") else 1)


@every_row
def test_the_code_of_the_total_is_that_of_the_table(row) -> None:
    codes, cell = REGISTRY[row["id"]].loinc, row["loinc_total"]
    if re.fullmatch(r"\d+-\d", cell):
        assert codes[0] == cell
    if not cell:
        assert codes == ()


@every_row
def test_what_the_table_only_recalls_is_marked_unverified(row) -> None:
    scale = REGISTRY[row["id"]]
    for what, topics in recalled(row):
        marks = {f.topic: f.source for f in scale.figures if f.source == "unverified"}
        assert topics & set(marks), f"{scale.id}: {what}"


def test_the_list_of_what_can_be_recalled_names_nothing_in_vain() -> None:
    found = {tuple(sorted(topics)) for row in ROWS for _, topics in recalled(row)}
    assert found == {tuple(sorted(topics)) for topics in RECALLED.values()}
