"""Any improvement: the endpoint is better than the baseline, by however little."""

import pytest

from analysis import OUTCOMES, Definition
from analysis.instruments import REGISTRY


def test_one_point_less_is_an_improvement_and_the_same_score_is_none(differences) -> None:
    table = """
        instrument | baseline | endpoint | any_improvement
        phq9       | 20       | 19       | yes
        phq9       | 20       | 20       | no
        phq9       | 20       | 21       | no
        phq9       | 20       | 0        | yes
        phq9       | 10       | 27       | no
        madrs      | 60       | 59       | yes
        madrs      | 60       | 60       | no
    """
    assert differences(table) == []


def test_the_smallest_step_of_the_scale_is_enough(differences) -> None:
    table = """
        instrument | baseline | endpoint | any_improvement
        promis_dep | 60.3     | 60.2     | yes
        promis_dep | 60.3     | 60.3     | no
        promis_dep | 60.3     | 60.4     | no
        madrs_s    | 30       | 29.5     | yes
        madrs_s    | 29.5     | 30       | no
        cgi_s      | 5        | 4        | yes
        cgi_s      | 5        | 5        | no
    """
    assert differences(table) == []


def test_where_higher_is_better_the_rule_is_mirrored(differences) -> None:
    table = """
        baseline | endpoint | any_improvement
        40       | 44       | yes
        40       | 40       | no
        40       | 36       | no
    """
    assert differences(table, instrument="who5") == []


def test_from_the_lowest_score_nothing_can_improve_and_that_is_a_no(differences) -> None:
    table = """
        baseline | endpoint | any_improvement | response
        0        | 0        | no              | unknown
        0        | 3        | no              | unknown
        1        | 0        | yes             | yes
    """
    assert differences(table, min_baseline="none") == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        missing     | scores      | any_improvement
        observed    | 0:20        | unknown
        observed    | 42:0        | not counted
        observed    | 0:20 7:19   | unknown
        observed    | 0:9 42:0    | not counted
        locf        | 0:20 7:19   | yes
        locf        | 0:20 7:20   | no
        locf        | 0:20        | unknown
        nonresponse | 0:20        | no
        nonresponse | 0:20 7:19   | no
        nonresponse | 0:20 42:19  | yes
    """
    assert differences(table) == []


@pytest.mark.parametrize("name", ["phq9", "bdi2", "cgi_s", "madrs_s", "promis_dep", "who5"])
def test_no_pair_of_scores_is_decided_by_rounding(name, grid) -> None:
    scale = REGISTRY[name]
    before, after = grid(scale)
    units = scale.units_per_point
    found = OUTCOMES["any_improvement"].decide(
        before / units, after / units, scale, Definition(name)
    )
    better = after < before if scale.higher_is_worse else after > before
    assert found.tolist() == better.astype(int).tolist()


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["any_improvement"].describe(REGISTRY["phq9"], Definition())
    assert words == "PHQ-9 better at the endpoint than at baseline, by however little"
