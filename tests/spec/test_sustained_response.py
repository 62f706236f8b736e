"""Sustained response: met at the endpoint and at every later assessment up to the horizon."""

import pytest

from analysis import OUTCOMES, Cohort, Definition, DefinitionError, definition_from_query, rates
from analysis.instruments import REGISTRY

T_SCORE = "[instruments.t_score]\nrange = [20, 80]\n"


def test_it_must_hold_at_every_later_assessment(differences) -> None:
    table = """
        scores                      | response | sustained_response
        0:20 42:10 100:10           | yes      | yes
        0:20 42:10 100:11           | yes      | no
        0:20 42:10 100:9 150:12     | yes      | no
        0:20 42:10 100:12 150:9     | yes      | no
        0:20 42:10 100:0 150:10     | yes      | yes
        0:20 42:11 100:5            | no       | no
        0:20 42:11 100:5 150:5      | no       | no
        0:20 20:12 42:10 100:10     | yes      | yes
        0:20 20:5 42:11 100:5       | no       | no
    """
    assert differences(table) == []


def test_where_nobody_looked_again_it_is_unknown_unless_it_was_never_met(differences) -> None:
    table = """
        scores              | sustained_response
        0:20 42:10          | unknown
        0:20 7:5 42:10      | unknown
        0:20 42:11          | no
        0:20                | unknown
        0:20 100:5          | unknown
        0:20 7:5 100:5      | unknown
        42:10 100:10        | not counted
        0:9 42:0 100:0      | not counted
        0:20 42:10 100:9 100:12 | unknown
        0:20 42:10 100:9 100:9  | yes
    """
    assert differences(table) == []


def test_up_to_the_horizon_and_no_further(differences) -> None:
    table = """
        horizon | scores              | sustained_response
        -       | 0:20 42:10 183:10   | yes
        -       | 0:20 42:10 183:11   | no
        -       | 0:20 42:10 184:10   | unknown
        -       | 0:20 42:10 184:11   | unknown
        -       | 0:20 42:10 90:10 184:11 | yes
        100     | 0:20 42:10 100:11   | no
        100     | 0:20 42:10 101:11   | unknown
        100     | 0:20 42:10 60:10 101:11 | unknown
        100     | 0:20 42:10 90:10 101:11 | yes
        365     | 0:20 42:10 90:10 365:11 | no
        365     | 0:20 42:10 90:10 366:11 | yes
        84      | 0:20 42:10 90:10    | unknown
    """
    # the seventh and eighth row: within the window it is the last score that stands for it
    assert differences(table) == []


def test_later_means_after_the_assessment_that_was_picked(differences) -> None:
    table = """
        timepoint      | scores                    | sustained_response
        14:84:first    | 0:20 20:10 60:12 100:9    | no
        14:84:first    | 0:20 20:10 60:10          | yes
        14:84:best     | 0:20 30:5 60:12           | no
        14:84:best     | 0:20 30:12 60:5 100:10    | yes
        14:84:best     | 0:20 20:5 40:12 60:5 100:9 | no
        14:84:best     | 0:20 20:12 40:5 60:5 100:9 | yes
        week_6         | 0:20 35:5 42:10 49:11     | no
        week_6         | 0:20 35:12 42:10 49:9     | yes
        hours_24       | 0:20 1:10 14:10           | yes
        hours_24       | 0:20 1:10 14:11           | no
    """
    # the best score twice: the first of the two stands for it, and must hold up to the horizon
    assert differences(table) == []
    assert differences(table, backwards=True) == []


def test_the_horizon_must_be_over_as_well_as_the_window(differences) -> None:
    table = """
        horizon | follow_up | scores             | sustained_response
        183     | 183       | 0:20 42:10 100:10  | not counted
        183     | 183       | 0:20 42:11         | not counted
        183     | 184       | 0:20 42:10 100:10  | yes
        183     | -         | 0:20 42:10 100:10  | yes
        100     | 100       | 0:20 42:10 100:10  | not counted
        100     | 101       | 0:20 42:10 100:10  | yes
        84      | 84        | 0:20 42:11         | not counted
        84      | 85        | 0:20 42:11         | no
    """
    assert differences(table) == []


def test_under_nonresponse_what_is_not_shown_is_not_met(differences) -> None:
    table = """
        scores              | observed    | sustained_response
        0:20 42:10 100:10   | yes         | yes
        0:20 42:10 100:11   | yes         | no
        0:20 42:10          | yes         | no
        0:20 42:11          | no          | no
        0:20                | unknown     | no
        42:10 100:10        | not counted | not counted
    """
    assert differences(table, missing="nonresponse") == []


def test_from_a_baseline_at_the_floor_nothing_is_decided(differences) -> None:
    table = """
        missing     | scores         | sustained_response
        observed    | 0:0 42:0 100:0 | unknown
        nonresponse | 0:0 42:0 100:0 | unknown
        nonresponse | 0:0            | unknown
    """
    assert differences(table, min_baseline="none") == []


def test_other_scales(differences) -> None:
    table = """
        instrument | scores                 | sustained_response
        t_score    | 0:60 42:40 100:40      | yes
        t_score    | 0:60 42:40 100:41      | no
        t_score    | 0:20 42:20 100:20      | unknown
        cgi_s      | 0:5 42:3 100:3         | yes
        cgi_s      | 0:5 42:3 100:4         | no
        cgi_s      | 0:5 42:3 100:2 150:4   | no
        madrs_s    | 0:29 42:14.5 100:14.5  | yes
        madrs_s    | 0:29 42:14.5 100:15    | no
    """
    assert differences(table, T_SCORE, min_baseline="none") == []


def test_where_higher_is_better_the_worst_later_score_is_the_lowest(differences) -> None:
    mapping = '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n'
    table = """
        scores                  | sustained_response
        0:5 42:15 100:15        | yes
        0:5 42:15 100:14        | no
        0:5 42:15 100:25 150:14 | no
        0:5 42:15 100:14 150:25 | no
    """
    assert differences(table, mapping, instrument="wellbeing", min_baseline="none") == []


def test_the_order_of_rows_plays_no_part(differences) -> None:
    table = """
        scores                        | sustained_response
        0:20 42:10 100:9 150:12       | no
        150:9 0:20 100:10 42:10       | yes
        100:12 42:10 0:20             | no
    """
    assert differences(table) == []
    assert differences(table, backwards=True) == []


def test_a_score_carried_forward_is_refused(differences) -> None:
    table = """
        scores     | sustained_response
        0:20 42:10 | unknown
    """
    with pytest.raises(DefinitionError, match="cannot be decided by the last score carried"):
        differences(table, missing="locf")


def test_it_is_asked_apart_from_response_since_other_people_are_mature(sample_store) -> None:
    with pytest.raises(DefinitionError, match="not about the same episodes"):
        rates(sample_store, Cohort(), Definition(), ("response", "sustained_response"))


def test_the_rule_is_said_with_its_horizon() -> None:
    words = OUTCOMES["sustained_response"].describe(REGISTRY["phq9"], Definition(horizon=100))
    assert words == (
        "PHQ-9 reduced by at least 50 % from baseline, and at every later assessment up to day "
        "100; unknown where it is met and nobody looked again"
    )


def test_a_horizon_before_the_end_of_the_timepoint_is_refused(sample_store) -> None:
    ask = {"timepoint": "month_6", "horizon": "183"}
    with pytest.raises(DefinitionError, match="day 183, lies before the end of the timepoint"):
        rates(sample_store, Cohort(), definition_from_query(ask), ("sustained_response",))
    later = definition_from_query(ask | {"horizon": "213"})
    assert rates(sample_store, Cohort(), later, ("sustained_response",)).rows[0].denominator


def test_after_the_last_score_of_all_nobody_looks_again(sample_store) -> None:
    ask = definition_from_query({"timepoint": "last"})
    with pytest.raises(DefinitionError, match="nothing comes after the last score of all"):
        rates(sample_store, Cohort(), ask, ("sustained_response",))
