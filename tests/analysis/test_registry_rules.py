"""What the registry's rules may say: remission, change, codes, and instruments of one's own."""

import copy
import math

import pytest

from analysis import DefinitionError
from analysis.instruments import REGISTRY, declared_instrument
from analysis.instruments.load import check_digit_is_right, load_instrument, parse_rule
from analysis.instruments.registry import instrument_data

every_instrument = pytest.mark.parametrize("name", sorted(REGISTRY))


def scores(scale):
    """Return every score a scale can take."""
    units = scale.units_per_point
    return [n / units for n in range(round(scale.low * units), round(scale.high * units) + 1)]


def healthy(scale, rule, score):
    """Return whether a score lies on the healthy side of a rule's cut."""
    better = score < rule.cut if scale.higher_is_worse else score > rule.cut
    return better or (rule.operator == "le" and score == rule.cut)


# ---- remission -----------------------------------------------------------------------------------


@every_instrument
def test_remission_rules_parse_lie_in_range_and_one_is_the_default(name) -> None:
    scale = REGISTRY[name]
    assert len({rule.id for rule in scale.remission}) == len(scale.remission)
    for rule in scale.remission:
        assert rule.id == f"{name}_{rule.operator}{rule.cut:g}"
        assert scale.low <= rule.cut <= scale.high
    defaults = [rule.default for rule in scale.remission].count(True)
    assert defaults == (1 if scale.remission else 0)
    assert (scale.default_remission is None) == (not scale.remission)


@every_instrument
def test_remission_can_be_reached_and_missed(name) -> None:
    scale = REGISTRY[name]
    for rule in scale.remission:
        reached = {healthy(scale, rule, score) for score in scores(scale)}
        assert reached == {True, False}, rule.id


@every_instrument
def test_nobody_in_remission_is_eligible(name) -> None:
    scale = REGISTRY[name]
    rule, edge = scale.default_remission, scale.moderate
    if rule is None or edge is None:
        return
    both = [
        score
        for score in scores(scale)
        if healthy(scale, rule, score)
        and (score >= edge if scale.higher_is_worse else score <= edge)
    ]
    assert both == []


def test_the_rules_that_programs_ask_for_most() -> None:
    table = """
        phq9       | phq9_lt5       | 10
        gad7       | gad7_lt5       | 10
        qids_sr16  | qids_sr16_le5  | 11
        madrs      | madrs_le10     | 20
        hamd17     | hamd17_le7     | 17
        bdi2       | bdi2_le13      | 20
        promis_dep | promis_dep_lt55 | 60
        pcl5       | pcl5_le28      | 33
        cgi_s      | cgi_s_le2      | 4
    """
    for line in table.strip().splitlines():
        name, rule, edge = (cell.strip() for cell in line.split("|"))
        default = REGISTRY[name].default_remission
        assert default is not None
        assert (default.id, REGISTRY[name].moderate) == (rule, int(edge))


@pytest.mark.parametrize("text", ["phq9", "phq9_5", "phq9_gt5", "phq9_lt", "PHQ9_lt5", "phq9_lt-1"])
def test_what_is_no_rule_says_how_to_write_one(text) -> None:
    with pytest.raises(DefinitionError, match='write INSTRUMENT_lt5 for "below 5"'):
        parse_rule(text)


# ---- change --------------------------------------------------------------------------------------


@every_instrument
def test_minimal_important_changes_fit_the_scale(name) -> None:
    scale = REGISTRY[name]
    for rule in scale.minimal_important:
        highest = 100 if rule.unit == "percent" else scale.high - scale.low
        assert 0 < rule.amount < highest
        assert rule.unit == "points" or scale.floor is not None  # percent of what, otherwise?
    assert [rule.default for rule in scale.minimal_important].count(True) <= 1
    ids = [rule.id for rule in scale.minimal_important]
    assert len(set(ids)) == len(ids)


@every_instrument
def test_reliable_changes_fit_the_scale_and_one_is_the_default(name) -> None:
    scale = REGISTRY[name]
    for rule in scale.reliable:
        assert 0 < rule.points < scale.high - scale.low
        assert rule.basis in {"published", "computed", "chosen"}
    defaults = [rule.default for rule in scale.reliable].count(True)
    assert defaults == (1 if scale.reliable else 0)


@every_instrument
def test_computed_reliable_changes_follow_from_reliability_and_sd(name) -> None:
    """1.96 sqrt(2) SD sqrt(1 - r), to one decimal (Jacobson & Truax 1991)."""
    data = instrument_data(name)
    known_r = {block.get("value") for block in data.get("reliability", [])}
    known_sd = {block.get("value") for block in data.get("reference_sd", [])}
    for block in data.get("reliable_change", []):
        if "sd" not in block:
            continue
        assert block["basis"] == "computed"
        assert block["reliability"] in known_r
        assert block["sd"] in known_sd
        points = 1.96 * math.sqrt(2) * block["sd"] * math.sqrt(1 - block["reliability"])
        assert block["points"] == pytest.approx(points, abs=0.0501)


@every_instrument
def test_reliabilities_and_standard_deviations_are_possible(name) -> None:
    data, scale = instrument_data(name), REGISTRY[name]
    for block in data.get("reliability", []):
        assert block.get("kind", "alpha") in {"alpha", "retest", "icc", "interrater"}
        assert 0 < block.get("value", 0.5) < 1
    for block in data.get("reference_sd", []):
        assert 0 < block["value"] < scale.high - scale.low


@every_instrument
def test_recovery_is_a_cut_that_can_be_reached_and_missed(name) -> None:
    scale = REGISTRY[name]
    if scale.recovery is None:
        return
    assert scale.recovery.operator in {"lt", "le"}
    reached = {healthy(scale, scale.recovery, score) for score in scores(scale)}
    assert reached == {True, False}


# ---- codes ---------------------------------------------------------------------------------------


@every_instrument
def test_codes_end_in_their_check_digit(name) -> None:
    block = instrument_data(name).get("loinc", {})
    codes = [block[part] for part in ("total", "panel", "item") if part in block]
    for code in [*codes, *block.get("accepted", [])]:
        assert check_digit_is_right(code), code
    assert REGISTRY[name].loinc[:1] == tuple(codes[: "total" in block])


def test_no_code_stands_for_two_instruments() -> None:
    codes = [code for name in REGISTRY for code in REGISTRY[name].loinc]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("code", ["89209-5", "65625-0", "83792-6", "44261", "44261-", "x-1", ""])
@pytest.mark.parametrize("part", ["total", "panel", "item", "accepted"])
def test_a_code_with_a_wrong_check_digit_is_refused(code, part) -> None:
    assert not check_digit_is_right(code)
    data = copy.deepcopy(dict(instrument_data("phq9")))
    data["loinc"][part] = [code] if part == "accepted" else code
    with pytest.raises(DefinitionError, match=f"{code} does not end in its check digit"):
        load_instrument(data, "phq9.toml")


# ---- instruments that a mapping declares ---------------------------------------------------------


def test_a_declared_instrument_is_unverified_throughout() -> None:
    scale = declared_instrument("mood", {"range": [0, 25], "direction": "higher_is_better"})
    assert (scale.low, scale.high, scale.floor, scale.higher_is_worse) == (0, 25, 25, False)
    assert {figure.topic for figure in scale.figures} == {"range", "floor"}
    assert {figure.source for figure in scale.figures} == {"unverified"}
    assert (scale.moderate, scale.default_remission) == (None, None)
    assert scale.units_per_point == 1


@pytest.mark.parametrize("units", [2, 10, 1000])
def test_a_declared_instrument_says_how_many_steps_a_point_has(units) -> None:
    scale = declared_instrument("mood", {"range": [0, 25], "units_per_point": units})
    assert scale.units_per_point == units


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
        {"range": [0, 40_000]},
        {"range": [0, 400], "units_per_point": 100},
        {"range": [0, 9], "direction": "up"},
        {"range": [0, 9], "remission": ["le3"]},
        {"range": [0, 9], "remission": ["other_le3"]},
        {"range": [0, 9], "remission": ["mine_le30"]},
        {"range": [0, 9], "floor": 30},
        {"range": [0, 9], "floor": "low"},
        {"range": [0, 9], "caseness": 30},
        {"range": [0, 9], "caseness": "high"},
        {"range": [0, 9], "units_per_point": 0},
        {"range": [0, 9], "units_per_point": -2},
        {"range": [0, 9], "units_per_point": 2.5},
        {"range": [0, 9], "units_per_point": "2"},
        {"range": [0, 9], "units_per_point": True},
        {"range": [0, 9], "units_per_point": 1001},
    ],
    ids=str,
)
def test_a_declaration_that_makes_no_sense_is_refused(block) -> None:
    with pytest.raises(DefinitionError):
        declared_instrument("mine", block)
