"""Sustained remission: met at the endpoint and at every later assessment up to the horizon."""

import pytest

from analysis import OUTCOMES, Definition, DefinitionError
from analysis.instruments import REGISTRY


def test_it_must_hold_at_every_later_assessment(differences) -> None:
    table = """
        scores                 | remission | sustained_remission
        0:20 42:4 100:4        | yes       | yes
        0:20 42:4 100:5        | yes       | no
        0:20 42:4 100:2 150:5  | yes       | no
        0:20 42:4 100:6 150:1  | yes       | no
        0:20 42:5 100:1        | no        | no
        0:20 42:5              | no        | no
        0:20 42:4              | yes       | unknown
        0:20                   | unknown   | unknown
        0:20 100:1             | unknown   | unknown
    """
    assert differences(table) == []


def test_it_can_be_lost_while_response_holds(differences) -> None:
    table = """
        scores           | sustained_response | sustained_remission
        0:20 42:4 100:9  | yes                | no
        0:20 42:4 100:4  | yes                | yes
        0:10 42:5 100:4  | yes                | no
        0:10 42:4 100:11 | no                 | no
    """
    assert differences(table) == []


def test_horizon_and_maturity(differences) -> None:
    table = """
        horizon | follow_up | scores          | sustained_remission
        -       | -         | 0:20 42:4 183:5 | no
        -       | -         | 0:20 42:4 184:5 | unknown
        -       | 183       | 0:20 42:4 100:4 | not counted
        -       | 184       | 0:20 42:4 100:4 | yes
        365     | 365       | 0:20 42:4 100:4 | not counted
        365     | 366       | 0:20 42:4 365:5 | no
    """
    assert differences(table) == []


def test_the_remission_rule_is_a_switch(differences) -> None:
    table = """
        instrument | remission_rule | scores              | sustained_remission
        phq9       | phq9_lt5       | 0:20 42:4 100:5     | no
        phq9       | phq9_le5       | 0:20 42:4 100:5     | yes
        madrs      | -              | 0:30 42:10 100:10   | yes
        madrs      | -              | 0:30 42:10 100:11   | no
        madrs      | madrs_le12     | 0:30 42:10 100:12   | yes
        cgi_s      | -              | 0:5 42:2 100:2      | yes
        cgi_s      | -              | 0:5 42:1 100:3      | no
        promis_dep | -              | 0:70 42:54.9 100:54.9 | yes
        promis_dep | -              | 0:70 42:54.9 100:55 | no
    """
    assert differences(table) == []


def test_where_higher_is_better_the_worst_later_score_is_the_lowest(differences) -> None:
    table = """
        scores                  | sustained_remission
        0:40 42:60 100:60       | yes
        0:40 42:60 100:50       | no
        0:40 42:60 100:96 150:4 | no
    """
    assert differences(table, instrument="who5", remission="who5_lt50") == []


def test_a_baseline_of_zero_does_not_hide_it(differences) -> None:
    table = """
        scores         | sustained_remission
        0:0 42:0 100:0 | yes
        0:0 42:0 100:5 | no
        0:0 42:0       | unknown
    """
    assert differences(table, min_baseline="none") == []


def test_under_nonresponse_what_is_not_shown_is_not_met(differences) -> None:
    table = """
        scores          | sustained_remission
        0:20 42:4 100:4 | yes
        0:20 42:4       | no
        0:20 42:5       | no
        0:20            | no
        0:9 42:1 100:1  | not counted
    """
    assert differences(table, missing="nonresponse") == []


def test_a_score_carried_forward_is_refused(differences) -> None:
    table = """
        scores    | sustained_remission
        0:20 42:4 | unknown
    """
    with pytest.raises(DefinitionError, match="cannot be decided by the last score carried"):
        differences(table, missing="locf")


def test_the_rule_is_said_with_its_horizon() -> None:
    words = OUTCOMES["sustained_remission"].describe(REGISTRY["phq9"], Definition())
    assert words.startswith("PHQ-9 below 5 at the endpoint (rule phq9_lt5; ")
    assert words.endswith(
        "), and at every later assessment up to day 183; unknown where it is met and nobody "
        "looked again"
    )
