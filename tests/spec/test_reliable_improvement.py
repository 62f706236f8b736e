"""Reliable improvement: better by more than the error of measurement."""

import pytest

from analysis import OUTCOMES, Definition, DefinitionError
from analysis.instruments import REGISTRY


def test_published_points_count_themselves(differences) -> None:
    table = """
        instrument | baseline | endpoint | reliable_improvement
        phq9       | 20       | 14       | yes
        phq9       | 20       | 15       | no
        phq9       | 20       | 20       | no
        phq9       | 14       | 20       | no
        gad7       | 15       | 11       | yes
        gad7       | 15       | 12       | no
        madrs      | 30       | 22       | yes
        madrs      | 30       | 23       | no
        hamd17     | 25       | 19       | yes
        hamd17     | 25       | 20       | no
        bdi2       | 30       | 20       | yes
        bdi2       | 30       | 21       | no
        cgi_s      | 5        | 3        | yes
        cgi_s      | 5        | 4        | no
        promis_dep | 60.3     | 55.3     | yes
        promis_dep | 60.3     | 55.4     | no
    """
    assert differences(table) == []


def test_where_higher_is_better_the_rule_is_mirrored(differences) -> None:
    table = """
        baseline | endpoint | reliable_improvement
        40       | 50       | yes
        40       | 49       | no
        40       | 30       | no
    """
    assert differences(table, instrument="who5") == []


def test_points_can_be_chosen(differences) -> None:
    table = """
        instrument | reliable_change | baseline | endpoint | reliable_improvement
        phq9       | 5               | 20       | 15       | yes
        phq9       | 5               | 20       | 16       | no
        phq9       | 7               | 20       | 14       | no
        bdi2       | 8.46            | 30       | 22       | no
        bdi2       | 8.46            | 30       | 21       | yes
    """
    assert differences(table) == []


def test_computed_points_rest_on_reliability_and_spread(differences) -> None:
    # 1.96 x 5 x root of 2 (1 - 0.5) = 9.8; 1.96 x 5.5 x root of 2 (1 - 0.8) = 6.82
    table = """
        reliable_change | baseline | endpoint | reliable_improvement
        r=0.5,sd=5      | 20       | 11       | no
        r=0.5,sd=5      | 20       | 10       | yes
        r=0.8,sd=5.5    | 20       | 14       | no
        r=0.8,sd=5.5    | 20       | 13       | yes
    """
    assert differences(table) == []


def test_a_computed_difference_must_be_exceeded(differences) -> None:
    # without any error of measurement the critical difference is 0, and 0 does not exceed it
    table = """
        reliable_change | baseline | endpoint | reliable_improvement
        r=1,sd=5        | 20       | 20       | no
        r=1,sd=5        | 20       | 19       | yes
        r=1,sd=5        | 20       | 21       | no
    """
    assert differences(table) == []


def test_the_spread_is_that_of_everybody_with_both_scores(differences) -> None:
    # Baselines 10, 14, 18, 22 and 26 have a mean of 18 and an SD of root of 40 = 6.32:
    # 1.96 x 6.32 x root of 2 (1 - 0.8) = 7.84. The last four people have no part in it: not
    # eligible, without an endpoint, without a baseline, not mature. With the baseline of any one
    # of them the SD would be at least 6.7, and 8 points would not be enough.
    table = """
        scores     | follow_up | reliable_improvement
        0:10 42:2  | -         | yes
        0:14 42:7  | -         | no
        0:18 42:10 | -         | yes
        0:22 42:15 | -         | no
        0:26 42:18 | -         | yes
        0:1 42:1   | -         | not counted
        0:27       | -         | unknown
        42:5       | -         | not counted
        0:27 42:1  | 84        | not counted
    """
    assert differences(table, reliable_change="r=0.8") == []


def test_the_spread_is_taken_from_the_same_people_under_every_missing_rule(differences) -> None:
    table = """
        missing     | scores          | reliable_improvement
        locf        | 0:10 42:2       | yes
        locf        | 0:14 42:7       | no
        nonresponse | 0:18 42:10      | yes
        nonresponse | 0:22 42:15      | no
        observed    | 0:26 42:18      | yes
        locf        | 0:27 7:19       | yes
        locf        | 0:27 7:20       | no
        nonresponse | 0:27            | no
        nonresponse | 0:27 7:1        | no
    """
    assert differences(table, reliable_change="r=0.8") == []


def test_one_person_has_no_spread(differences) -> None:
    table = """
        scores     | reliable_improvement
        0:20 42:10 | yes
        0:25       | unknown
    """
    with pytest.raises(DefinitionError, match="Too few episodes with both scores"):
        differences(table, reliable_change="r=0.8")


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        missing     | scores     | reliable_improvement
        observed    | 0:20       | unknown
        observed    | 42:0       | not counted
        observed    | 0:9 42:0   | not counted
        observed    | 0:20 7:5   | unknown
        locf        | 0:20 7:14  | yes
        locf        | 0:20 7:15  | no
        locf        | 0:20       | unknown
        nonresponse | 0:20       | no
        nonresponse | 0:20 7:5   | no
        nonresponse | 0:20 42:14 | yes
    """
    assert differences(table) == []


def test_a_low_baseline_leaves_no_room_and_that_is_a_no(differences) -> None:
    table = """
        baseline | endpoint | reliable_improvement
        0        | 0        | no
        5        | 0        | no
        6        | 0        | yes
    """
    assert differences(table, min_baseline="none") == []


def test_an_instrument_without_points_asks_for_a_rule(differences) -> None:
    table = """
        baseline | endpoint | reliable_improvement
        30       | 20       | yes
    """
    with pytest.raises(DefinitionError, match="has no reliable-change points: name points"):
        differences(table, instrument="hama")
    assert differences(table, instrument="hama", reliable_change="10") == []


def test_the_rule_is_said_with_what_it_rests_on() -> None:
    describe = OUTCOMES["reliable_improvement"].describe
    published = describe(REGISTRY["phq9"], Definition())
    assert published.startswith("PHQ-9 better by at least 6 points (published; ")
    chosen = describe(REGISTRY["phq9"], Definition(reliable_change="7"))
    assert chosen == "PHQ-9 better by at least 7 points (chosen; unverified)"
    computed = describe(REGISTRY["phq9"], Definition(reliable_change="r=0.8,sd=5.5"))
    assert computed == (
        "PHQ-9 better by more than 6.82 = 1.96 x SD 5.5 x root of 2 (1 - 0.8) points "
        "(computed; reliability unverified)"
    )
