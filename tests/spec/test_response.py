"""Response: symptoms are at most half of those at baseline."""

from fractions import Fraction

import numpy as np
import pytest

from analysis import OUTCOMES, Definition, DefinitionError
from analysis.instruments import REGISTRY

PERCENT_CHANGE = sorted(name for name in REGISTRY if REGISTRY[name].floor is not None)
T_SCORE = """
[instruments.t_score]
range = [20, 80]
"""
WELLBEING = """
[instruments.wellbeing]
range = [0, 25]
direction = "higher_is_better"
"""


def test_response_is_a_halving_and_exactly_half_counts(differences) -> None:
    table = """
        baseline | endpoint | response
        20       | 0        | yes
        20       | 9        | yes
        20       | 10       | yes
        20       | 11       | no
        20       | 20       | no
        20       | 27       | no
        15       | 7        | yes
        15       | 8        | no
        1        | 0        | yes
        1        | 1        | no
    """
    assert differences(table, min_baseline="none") == []


def test_nothing_can_be_halved_from_a_baseline_of_zero(differences) -> None:
    table = """
        baseline | endpoint | response
        0        | 0        | unknown
        0        | 5        | unknown
        0        | -        | unknown
    """
    assert differences(table, min_baseline="none") == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        baseline | endpoint | response
        20       | -        | unknown
        -        | 5        | not counted
        -        | -        | not counted
        20       | 10       | yes
    """
    assert differences(table, min_baseline="none") == []


def test_where_the_lowest_score_is_not_zero_the_half_is_counted_from_there(differences) -> None:
    table = """
        baseline | endpoint | response
        60       | 40       | yes
        60       | 41       | no
        60       | 30       | yes
        80       | 50       | yes
        80       | 51       | no
        21       | 20       | yes
        20       | 20       | unknown
    """
    assert differences(table, T_SCORE, instrument="t_score", min_baseline="none") == []


def test_a_declared_floor_is_the_zero_of_percent_change(differences) -> None:
    mapping = T_SCORE + "floor = 40\n"
    table = """
        baseline | endpoint | response
        60       | 50       | yes
        60       | 51       | no
        60       | 35       | yes
        40       | 40       | unknown
        30       | 20       | unknown
    """
    assert differences(table, mapping, instrument="t_score", min_baseline="none") == []


def test_where_higher_is_better_the_rule_is_mirrored(differences) -> None:
    table = """
        baseline | endpoint | response
        5        | 15       | yes
        5        | 14       | no
        5        | 25       | yes
        5        | 2        | no
        0        | 13       | yes
        0        | 12       | no
        24       | 25       | yes
        25       | 25       | unknown
    """
    assert differences(table, WELLBEING, instrument="wellbeing", min_baseline="none") == []


@pytest.mark.parametrize("name", PERCENT_CHANGE)
def test_no_pair_of_scores_is_decided_by_rounding(name, grid) -> None:
    scale = REGISTRY[name]
    before, after = grid(scale)
    units, floor = scale.units_per_point, round((scale.floor or 0) * scale.units_per_point)
    found = OUTCOMES["response"].decide(before / units, after / units, scale, Definition(name))
    assert scale.higher_is_worse
    expected = [
        int(1 - Fraction(e - floor, b - floor) >= Fraction(1, 2)) if b > floor else -1
        for b, e in zip(before.tolist(), after.tolist(), strict=True)
    ]
    assert found.tolist() == expected


@pytest.mark.parametrize("name", ["promis_dep", "cgi_i", "eq5d5l", "cssrs_intensity", "moca"])
def test_where_percent_change_means_nothing_there_is_no_response(name) -> None:
    scale = REGISTRY[name]
    some = np.array([scale.low, scale.high])
    for outcome in ("response", "partial_response"):
        with pytest.raises(DefinitionError, match="Percent change is not defined on"):
            OUTCOMES[outcome].decide(some, some[::-1], scale, Definition(name))


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["response"].describe(REGISTRY["phq9"], Definition())
    assert words == "PHQ-9 reduced by at least 50 % from baseline"
