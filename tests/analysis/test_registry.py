"""The registry of rating scales: every figure in range, and a source beside every figure."""

import copy
import tomllib
from pathlib import Path

import pytest

from analysis import DefinitionError
from analysis.instruments import REGISTRY, declared_instrument, registry
from analysis.instruments.load import load_instrument, parse_rule

FOLDER = Path(registry.__file__).parent
DATA = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.toml")}
BLOCKS = ("range", "items", "floor", "bands", "caseness")
every_instrument = pytest.mark.parametrize("name", sorted(DATA))


# (instrument, block or number of a remission rule) of everything that has a source
SOURCED = [
    (name, block)
    for name, data in sorted(DATA.items())
    for block in (*(b for b in BLOCKS if b in data), *range(len(data.get("remission", []))))
]


def block_of(data, block):
    return data["remission"][block] if isinstance(block, int) else data[block]


def test_the_six_scales_are_there() -> None:
    assert set(DATA) == set(REGISTRY)
    assert set(REGISTRY) >= {"phq9", "gad7", "qids_sr16", "madrs", "hamd17", "bdi2"}


@every_instrument
def test_the_file_name_is_the_id(name) -> None:
    assert DATA[name]["id"] == name == REGISTRY[name].id


@every_instrument
def test_range_direction_and_floor(name) -> None:
    scale = REGISTRY[name]
    assert scale.low < scale.high
    assert scale.direction in {"higher_is_worse", "higher_is_better"}
    assert scale.low <= scale.floor <= scale.high


@every_instrument
def test_bands_cover_the_range_without_gap_or_overlap(name) -> None:
    scale = REGISTRY[name]
    held = [score for band in scale.bands for score in range(band.low, band.high + 1)]
    assert held == list(range(scale.low, scale.high + 1))
    assert len({band.id for band in scale.bands}) == len(scale.bands) >= 3


@every_instrument
def test_the_moderate_edge_and_the_caseness_cut_lie_on_a_band_edge(name) -> None:
    scale = REGISTRY[name]
    edges = {band.low for band in scale.bands}
    assert scale.moderate in edges
    assert scale.caseness in edges


@every_instrument
def test_items_reach_the_range(name) -> None:
    items = DATA[name]["items"]
    assert REGISTRY[name].items == items["count"] > 0
    assert items["low"] < items["high"]
    assert REGISTRY[name].high <= items["count"] * items["high"]


@every_instrument
def test_remission_rules_parse_lie_in_range_and_one_is_the_default(name) -> None:
    scale = REGISTRY[name]
    assert len({rule.id for rule in scale.remission}) == len(scale.remission)
    for rule in scale.remission:
        assert rule.id == f"{name}_{rule.operator}{rule.cut}"
        assert scale.low <= rule.cut <= scale.high
        assert rule.source
    assert [rule.default for rule in scale.remission].count(True) == 1
    assert scale.default_remission is not None


@every_instrument
def test_nobody_in_remission_is_eligible(name) -> None:
    scale = REGISTRY[name]
    (rule,) = (rule for rule in scale.remission if rule.default)
    highest_in_remission = rule.cut - (rule.operator == "lt")
    assert highest_in_remission not in range(scale.moderate or 0, scale.high + 1)


@every_instrument
def test_the_file_holds_nothing_that_is_not_read(name) -> None:
    known = {"id", "label", "name", "domain", "rater", "direction", "remission", *BLOCKS}
    assert set(DATA[name]) <= known
    assert {"domain", "rater", "direction", "range", "floor", "bands"} <= set(DATA[name])


@pytest.mark.parametrize(("name", "block"), SOURCED)
def test_a_source_or_the_word_unverified_stands_beside_every_block(name, block) -> None:
    marks = {"source", "unverified"} & set(block_of(DATA[name], block))
    assert len(marks) == 1
    scale = REGISTRY[name]
    source = scale.remission[block].source if isinstance(block, int) else scale.sources[block]
    assert source == block_of(DATA[name], block).get("source", "unverified")


@pytest.mark.parametrize(("name", "block"), SOURCED)
@pytest.mark.parametrize("how", ["removed", "empty", "blank", "both", "unverified = false"])
def test_without_its_source_an_instrument_does_not_load(name, block, how) -> None:
    data = copy.deepcopy(DATA[name])
    broken = block_of(data, block)
    for mark in ("source", "unverified"):
        broken.pop(mark, None)
    broken |= {
        "removed": {},
        "empty": {"source": ""},
        "blank": {"source": "  "},
        "both": {"source": "a book", "unverified": True},
        "unverified = false": {"unverified": False},
    }[how]
    with pytest.raises(DefinitionError, match="needs either a source or unverified = true"):
        load_instrument(data, f"{name}.toml")


def test_the_error_names_the_file_and_the_block() -> None:
    data = copy.deepcopy(DATA["phq9"])
    del data["bands"]["source"]
    with pytest.raises(DefinitionError, match=r"^phq9.toml, \[bands\]: needs"):
        load_instrument(data, "phq9.toml")


@pytest.mark.parametrize("text", ["phq9", "phq9_5", "phq9_gt5", "phq9_lt", "PHQ9_lt5", "phq9_lt-1"])
def test_what_is_no_rule_says_how_to_write_one(text) -> None:
    with pytest.raises(DefinitionError, match='write INSTRUMENT_lt5 for "below 5"'):
        parse_rule(text)


# ---- instruments that a mapping declares ---------------------------------------------------------


def test_a_declared_instrument_is_unverified_throughout() -> None:
    scale = declared_instrument("who5", {"range": [0, 25], "direction": "higher_is_better"})
    assert (scale.low, scale.high, scale.floor, scale.higher_is_worse) == (0, 25, 25, False)
    assert set(scale.sources.values()) == {"unverified"}
    assert (scale.moderate, scale.default_remission) == (None, None)


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"range": [0]},
        {"range": [5, 5]},
        {"range": [9, 0]},
        {"range": [0, 2.5]},
        {"range": "0 to 9"},
        {"range": [True, 9]},
        {"range": [0, 9], "direction": "up"},
        {"range": [0, 9], "remission": ["le3"]},
        {"range": [0, 9], "remission": ["other_le3"]},
        {"range": [0, 9], "remission": ["mine_le30"]},
        {"range": [0, 9], "floor": 30},
        {"range": [0, 9], "floor": "low"},
        {"range": [0, 9], "caseness": 30},
        {"range": [0, 9], "caseness": "high"},
    ],
    ids=str,
)
def test_a_declaration_that_makes_no_sense_is_refused(block) -> None:
    with pytest.raises(DefinitionError):
        declared_instrument("mine", block)
