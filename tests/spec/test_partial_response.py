"""Partial response: better by a quarter or more, but not by half."""

from fractions import Fraction

import pytest

from analysis import OUTCOMES, Definition
from analysis.instruments import REGISTRY, declared_instrument

PERCENT_CHANGE = sorted(name for name in REGISTRY if REGISTRY[name].floor is not None)


def test_partial_response_is_a_quarter_or_more_and_less_than_half(differences) -> None:
    table = """
        baseline | endpoint | response | partial_response
        20       | 16       | no       | no
        20       | 15       | no       | yes
        20       | 11       | no       | yes
        20       | 10       | yes      | no
        20       | 0        | yes      | no
        20       | 20       | no       | no
        20       | 24       | no       | no
        17       | 13       | no       | no
        17       | 12       | no       | yes
        17       | 9        | no       | yes
        17       | 8        | yes      | no
        1        | 1        | no       | no
        1        | 0        | yes      | no
    """
    assert differences(table, min_baseline="none") == []


def test_partial_response_is_unknown_where_it_cannot_be_decided(differences) -> None:
    table = """
        baseline | endpoint | partial_response
        0        | 0        | unknown
        0        | 3        | unknown
        20       | -        | unknown
        -        | 15       | not counted
        20       | 15       | yes
    """
    assert differences(table, min_baseline="none") == []


def test_the_quarter_is_counted_from_the_floor(differences) -> None:
    mapping = "[instruments.t_score]\nrange = [20, 80]\n"
    table = """
        baseline | endpoint | partial_response
        60       | 51       | no
        60       | 50       | yes
        60       | 41       | yes
        60       | 40       | no
        20       | 20       | unknown
    """
    assert differences(table, mapping, instrument="t_score", min_baseline="none") == []


def test_the_quarter_is_mirrored_where_higher_is_better(differences) -> None:
    mapping = '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n'
    table = """
        baseline | endpoint | partial_response
        5        | 9        | no
        5        | 10       | yes
        5        | 14       | yes
        5        | 15       | no
        25       | 25       | unknown
    """
    assert differences(table, mapping, instrument="wellbeing", min_baseline="none") == []


@pytest.mark.parametrize("name", PERCENT_CHANGE)
def test_no_pair_of_scores_is_decided_by_rounding(name, grid) -> None:
    scale = REGISTRY[name]
    before, after = grid(scale)
    units, floor = scale.units_per_point, round((scale.floor or 0) * scale.units_per_point)
    found = OUTCOMES["partial_response"].decide(
        before / units, after / units, scale, Definition(name)
    )
    assert scale.higher_is_worse
    expected = [
        int(Fraction(1, 4) <= 1 - Fraction(e - floor, b - floor) < Fraction(1, 2))
        if b > floor
        else -1
        for b, e in zip(before.tolist(), after.tolist(), strict=True)
    ]
    assert found.tolist() == expected


@pytest.mark.parametrize(
    "declared",
    [
        {"range": [20, 80], "units_per_point": 10},
        {"range": [20, 80], "units_per_point": 10, "direction": "higher_is_better"},
        {"range": [-5, 30], "units_per_point": 10, "floor": 3},
        {"range": [1, 7], "units_per_point": 100},
    ],
)
def test_decimals_above_a_floor_are_halved_and_quartered_exactly(declared, grid) -> None:
    scale = declared_instrument("own", declared)
    before, after = grid(scale)
    units = scale.units_per_point
    sign, floor = (1 if scale.higher_is_worse else -1), round((scale.floor or 0) * units)
    b, e = sign * (before - floor), sign * (after - floor)
    expected = {"response": 2 * e <= b, "partial_response": (4 * e <= 3 * b) & (2 * e > b)}
    for name, met in expected.items():
        found = OUTCOMES[name].decide(before / units, after / units, scale, Definition("own"))
        assert (found[b > 0] == met[b > 0]).all()
        assert (found[b <= 0] == -1).all()
