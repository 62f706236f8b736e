"""Relapse: ill again after response, on two assessments in a row or on one before an event.

An assessment shows it when the reduction from baseline is less than half and the score is in the
moderate band or beyond. Days count from the first response; the day is that of the first of the
two assessments. Response comes on day 14 in most of these courses.
"""

import pytest

from analysis import Cohort, Definition, DefinitionError
from analysis.curves import curves


def test_two_assessments_in_a_row(differences) -> None:
    table = """
        scores                         | relapse_event
        0:20 14:9 28:12 42:12          | met 14
        0:20 14:9 28:12 42:20          | met 14
        0:20 14:9 28:9 42:12 56:12     | met 28
        0:20 14:9 28:12                | censored 14
        0:20 14:9 28:12 42:9           | censored 28
        0:20 14:9 28:12 42:9 56:12     | censored 42
        0:20 14:9 28:12 42:9 56:12 70:12 | met 42
        0:20 14:9 28:9 42:9            | censored 28
        0:20 14:9 28:12 300:12         | met 14
    """
    assert differences(table) == []


def test_both_the_reduction_and_the_moderate_band_must_be_lost(differences) -> None:
    # Baseline 16: half is 8, moderate from 10. Baseline 24: half is 12.
    table = """
        scores                     | relapse_event
        0:16 14:8 28:9 42:9        | censored 28
        0:16 14:8 28:10 42:10      | met 14
        0:16 14:8 28:9 42:10 56:10 | met 28
        0:16 14:8 28:10 42:9 56:10 | censored 42
        0:24 14:12 28:12 42:12     | censored 28
        0:24 14:12 28:13 42:13     | met 14
        0:24 14:12 28:13 42:12     | censored 28
        0:20 14:10 28:10 42:10     | censored 28
        0:20 14:10 28:11 42:11     | met 14
    """
    assert differences(table) == []


def test_one_assessment_that_a_relapse_event_follows(differences) -> None:
    table = """
        scores                     | events             | relapse_event
        0:20 14:9 28:12            | 35:hospitalisation | met 14
        0:20 14:9 28:12            | 35:retreatment     | met 14
        0:20 14:9 28:12            | 35:switch          | met 14
        0:20 14:9 28:12            | 300:hospitalisation | met 14
        0:20 14:9 28:12            | 28:hospitalisation | met 14
        0:20 14:9 28:12            | 27:hospitalisation | censored 14
        0:20 14:9 28:12 42:9       | 35:hospitalisation | met 14
        0:20 14:9 28:12 42:9       | 42:hospitalisation | met 14
        0:20 14:9 28:12 42:9       | 43:hospitalisation | censored 28
        0:20 14:9 28:12 42:9 56:12 | 60:hospitalisation | met 42
    """
    assert differences(table) == []


def test_an_event_without_an_assessment_is_no_relapse(differences) -> None:
    table = """
        scores               | events             | relapse_event
        0:20 14:9 28:9       | 35:hospitalisation | censored 14
        0:20 14:9 28:9       | 20:hospitalisation | censored 14
        0:20 14:9            | 35:hospitalisation | not followed
        0:20 14:9 28:9       | 35:switch          | switch 21
        0:20 14:9 28:9       | 35:retreatment     | retreatment 21
    """
    assert differences(table) == []


def test_death_and_drop_out_compete_and_confirm_nothing(differences) -> None:
    table = """
        scores                | events            | relapse_event
        0:20 14:9 28:12       | 35:death          | death 21
        0:20 14:9 28:12       | 35:drop_out       | drop_out 21
        0:20 14:9 28:9        | 20:death          | death 6
        0:20 14:9             | 30:drop_out       | drop_out 16
        0:20 14:9 28:12 42:12 | 20:drop_out       | drop_out 6
        0:20 14:9 28:12 42:12 | 28:drop_out       | met 14
        0:20 14:9 28:12 42:12 | 50:death          | met 14
        0:20 14:9 28:12       | 35:switch 35:death | met 14
        0:20 14:9 28:12       | 28:switch 28:drop_out | met 14
        0:20 14:9 28:9        | 35:drop_out 35:death | death 21
        0:20 14:9 28:9        | 30:hospitalisation 35:death | death 21
    """
    assert differences(table) == []


def test_the_clock_starts_at_the_first_response(differences) -> None:
    table = """
        scores                          | relapse_event
        0:20 14:9 28:5 42:12 56:12      | met 28
        0:20 14:9 28:12 42:12 56:5      | met 14
        0:20 14:15 28:15 42:9 56:12 70:12 | met 14
        0:20 1:10 2:11 3:11             | met 1
        -7:20 14:10 28:11 42:11         | met 14
    """
    assert differences(table) == []


def test_what_happened_up_to_the_response_plays_no_part(differences) -> None:
    table = """
        scores                     | events             | relapse_event
        0:20 7:15 14:9 28:9        | 10:hospitalisation | censored 14
        0:20 7:15 14:9 28:12 42:9  | 10:hospitalisation | censored 28
        0:20 7:15 14:9 28:9        | 10:switch          | censored 14
        0:20 7:15 14:9 28:9        | 14:switch          | censored 14
        0:20 7:15 14:9 28:9        | 15:switch          | switch 1
    """
    assert differences(table) == []


def test_without_a_response_nobody_waits_for_a_relapse(differences) -> None:
    table = """
        scores                | events    | relapse_event
        0:20 14:15 28:15      | -         | not started
        0:20 14:11 28:20      | 35:switch | not started
        0:20                  | -         | not started
        0:20                  | 30:death  | not started
        0:20 14:9             | -         | not followed
        0:9 14:4 28:12 42:12  | -         | not counted
        14:9 28:12 42:12      | -         | not counted
    """
    assert differences(table) == []


def test_two_scores_on_one_day(differences) -> None:
    table = """
        scores                            | relapse_event
        0:20 14:9 28:12 28:12             | censored 14
        0:20 14:9 28:12 28:13             | not followed
        0:20 14:9 28:12 35:9 35:12 42:12  | met 14
        0:20 14:9 14:12 28:12 42:12       | not started
        0:20 14:9 14:9 28:12 42:12        | met 14
    """
    assert differences(table) == []


def test_the_order_of_rows_plays_no_part(differences) -> None:
    table = """
        scores                     | events                   | relapse_event
        42:12 0:20 28:12 14:9      | -                        | met 14
        56:12 42:9 14:9 0:20 28:12 | -                        | censored 42
        28:12 42:9 14:9 0:20       | 60:switch 35:retreatment | met 14
        28:9 14:9 42:9 0:20        | 60:switch 35:retreatment | retreatment 21
    """
    assert differences(table) == []
    assert differences(table, backwards=True) == []


def test_where_the_lowest_score_is_not_zero_the_half_is_counted_from_there(differences) -> None:
    # CGI-S, moderate from 4: half of 6 is 3.5, half of 7 is 4
    table = """
        instrument | scores                      | relapse_event
        cgi_s      | 0:6 14:3 28:4 42:4          | met 14
        cgi_s      | 0:6 14:3 28:3 42:4          | censored 28
        cgi_s      | 0:7 14:4 28:4 42:4          | censored 28
        cgi_s      | 0:7 14:4 28:5 42:5          | met 14
        t_score    | 0:60 14:40 28:49 42:49      | censored 28
        t_score    | 0:60 14:40 28:50 42:50      | met 14
        t_score    | 0:80 14:50 28:50 42:50      | censored 28
        t_score    | 0:80 14:50 28:51 42:51      | met 14
    """
    mapping = "[instruments.t_score]\nrange = [20, 80]\ncaseness = 50\n"
    assert differences(table, mapping) == []


def test_where_higher_is_better_the_rule_is_mirrored(differences) -> None:
    # half of the way from 5 to 25 is 15, from 1 it is 13; the edge is 13
    mapping = (
        '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\ncaseness = 13\n'
    )
    table = """
        scores                | relapse_event
        0:5 14:15 28:14 42:14 | censored 28
        0:5 14:15 28:13 42:13 | met 14
        0:5 14:15 28:13 42:14 | censored 28
        0:1 14:13 28:13 42:13 | censored 28
        0:1 14:13 28:12 42:12 | met 14
    """
    assert differences(table, mapping, instrument="wellbeing") == []


def test_a_mild_start_without_a_minimum(differences) -> None:
    # from 8 the half is 4, yet a relapse must reach the moderate band; from 0 there is no half
    table = """
        scores               | relapse_event
        0:8 14:4 28:9 42:9   | censored 28
        0:8 14:4 28:10 42:10 | met 14
        0:0 14:0 28:12 42:12 | not counted
    """
    assert differences(table, min_baseline="none") == []


def test_an_instrument_without_a_moderate_band_is_refused(clinic) -> None:
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect"}],
        [{"episode_id": "E1", "instrument": "t_score", "day": 0, "score": 60}],
        mapping="[instruments.t_score]\nrange = [20, 80]\n",
    )
    with pytest.raises(DefinitionError, match="so a relapse cannot be told"):
        curves(store, Cohort(), Definition("t_score", min_baseline="none"), "relapse")


def test_rule_and_clock_are_said_in_words(sample_store) -> None:
    found = curves(sample_store, Cohort(), Definition(), "relapse")
    assert found.rules == (
        (
            "relapse",
            "PHQ-9 reduced by less than 50 % from baseline and 10 or above, on two consecutive "
            "assessments, or on one that is followed by hospitalisation, re-treatment or a "
            "switch; days count from the first assessment that meets response",
        ),
    )
    assert "Followed from the first response to the last assessment" in found.definition_sentence


def test_what_happens_years_later_counts_on_its_day(differences) -> None:
    table = """
        scores                      | events       | relapse_event
        0:20 42:10 60:9             | 4042:switch  | switch 4000
        0:20 42:10 9000:20 18000:20 | -            | met 8958
    """
    assert differences(table) == []
