"""Time to remission: days from the first treatment day to the first assessment that meets it."""

import pytest

from analysis import Cohort, Definition, DefinitionError
from analysis.curves import curves


def test_the_first_assessment_that_meets_it_ends_the_waiting(differences) -> None:
    table = """
        scores               | response_event | remission_event
        0:20 14:10 42:4      | met 14         | met 42
        0:20 14:5 42:4       | met 14         | met 42
        0:20 14:4 42:20      | met 14         | met 14
        0:20 14:10 42:5      | met 14         | censored 42
        0:20                 | not followed   | not followed
        14:4                 | not counted    | not counted
        0:9 14:0             | not counted    | not counted
    """
    assert differences(table) == []


def test_a_baseline_of_zero_does_not_hide_it(differences) -> None:
    table = """
        scores        | response_event | remission_event
        0:0 14:0      | not counted    | met 14
        0:0 14:5 42:4 | not counted    | met 42
        0:4 14:4      | censored 14    | met 14
        0:0           | not counted    | not followed
    """
    assert differences(table, min_baseline="none") == []


def test_the_remission_rule_is_a_switch(differences) -> None:
    table = """
        instrument | remission_rule | scores              | remission_event
        phq9       | phq9_le5       | 0:20 14:5           | met 14
        phq9       | phq9_lt5       | 0:20 14:5           | censored 14
        madrs      | -              | 0:30 14:11 42:10    | met 42
        madrs      | madrs_le12     | 0:30 14:11 42:10    | met 14
        hamd17     | -              | 0:25 14:8 42:7      | met 42
        bdi2       | -              | 0:30 14:14 42:13    | met 42
        cgi_s      | -              | 0:5 14:3 42:2       | met 42
        promis_dep | -              | 0:70 14:55 42:54.9  | met 42
        who5       | -              | 0:40 14:48 42:52    | met 42
    """
    assert differences(table) == []


def test_competing_events(differences) -> None:
    table = """
        scores           | events      | remission_event
        0:20 14:10 42:4  | 30:switch   | switch 30
        0:20 14:10 42:4  | 42:switch   | met 42
        0:20 14:10 42:4  | 43:death    | met 42
        0:20 14:10 42:5  | 42:drop_out | drop_out 42
        0:20 14:10       | 90:switch   | switch 90
        0:20             | 5:death     | death 5
        0:20 14:10       | 7:hospitalisation | censored 14
    """
    assert differences(table) == []


def test_the_order_of_rows_plays_no_part(differences) -> None:
    table = """
        scores               | events    | remission_event
        42:4 0:20 14:10      | -         | met 42
        60:10 42:4 0:20 14:4 | 30:switch | met 14
    """
    assert differences(table) == []
    assert differences(table, backwards=True) == []


def test_an_instrument_without_a_rule_asks_for_one(differences) -> None:
    table = """
        scores     | remission_event
        0:30 14:10 | met 14
    """
    with pytest.raises(DefinitionError, match="has no remission rule: name one"):
        differences(table, instrument="oq45", min_baseline="none")
    assert differences(table, instrument="oq45", min_baseline="none", remission="oq45_le20") == []


def test_the_rule_is_said_in_words(sample_store) -> None:
    ((_, words),) = curves(sample_store, Cohort(), Definition(), "remission").rules
    assert words.startswith("PHQ-9 below 5 at the endpoint (rule phq9_lt5; ")
    assert words.endswith(
        ", at the first assessment that meets it; days count from the first treatment day"
    )
