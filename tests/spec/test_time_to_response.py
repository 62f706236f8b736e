"""Time to response: days from the first treatment day to the first assessment that meets it."""

import pytest

from analysis import Cohort, Definition, DefinitionError
from analysis.curves import curves

T_SCORE = "[instruments.t_score]\nrange = [20, 80]\n"
WELLBEING = '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n'


def test_the_first_assessment_that_meets_it_ends_the_waiting(differences) -> None:
    table = """
        scores                | response_event
        0:20 14:15 42:10      | met 42
        0:20 14:10 42:5       | met 14
        0:20 14:10 42:20      | met 14
        0:20 1:10             | met 1
        0:20 14:11 400:10     | met 400
        0:21 14:11 42:10      | met 42
        0:20 14:11 42:11      | censored 42
        0:20 14:25 42:27 60:11 | censored 60
    """
    assert differences(table) == []


def test_whom_nobody_can_follow(differences) -> None:
    table = """
        scores               | response_event
        0:20                 | not followed
        -7:20                | not followed
        0:20 42:9 42:15      | not followed
        14:20 42:9           | not counted
        -15:20 42:9          | not counted
        0:9 42:0             | not counted
        0:10 42:5            | met 42
    """
    assert differences(table) == []


def test_the_baseline_is_the_last_score_before_treatment(differences) -> None:
    table = """
        baseline_window | scores              | response_event
        -               | -14:20 -1:16 14:9   | censored 14
        -               | -14:20 -1:16 14:8   | met 14
        -               | -14:20 -1:18 0:9    | not counted
        -14:7           | 0:20 7:16 14:9      | censored 14
        -14:7           | 0:20 7:16 14:8      | met 14
        -14:7           | 0:20 3:10 7:16      | not followed
    """
    assert differences(table) == []


def test_the_minimum_baseline_can_be_switched_off_or_set(differences) -> None:
    table = """
        min_baseline | scores   | response_event
        moderate     | 0:9 14:4 | not counted
        none         | 0:9 14:4 | met 14
        15           | 0:14 14:4 | not counted
        15           | 0:15 14:4 | met 14
    """
    assert differences(table) == []


def test_where_nothing_can_be_halved_there_is_no_waiting(differences) -> None:
    # response is not defined at a baseline at the floor: no curve holds such an episode
    table = """
        scores    | response_event
        0:0 14:0  | not counted
        0:0 14:5  | not counted
        0:0       | not counted
        0:1 14:1  | censored 14
        0:1 14:0  | met 14
    """
    assert differences(table, min_baseline="none") == []


def test_a_competing_event_ends_it_unless_response_came_first(differences) -> None:
    table = """
        scores               | events                 | response_event
        0:20 14:15 42:10     | 30:switch              | switch 30
        0:20 14:15 42:10     | 41:death               | death 41
        0:20 14:15 42:10     | 42:switch              | met 42
        0:20 14:15 42:10     | 43:switch              | met 42
        0:20 14:15 42:15     | 42:switch              | switch 42
        0:20 14:15 42:15     | 30:drop_out            | drop_out 30
        0:20 14:15 42:15     | 30:retreatment         | retreatment 30
        0:20 14:15 42:15     | 30:hospitalisation     | censored 42
        0:20 14:15 42:15     | 60:switch 30:drop_out  | drop_out 30
        0:20 14:10 42:15     | 30:switch              | met 14
    """
    assert differences(table) == []


def test_a_competing_event_after_the_last_assessment_still_counts(differences) -> None:
    table = """
        scores     | events      | response_event
        0:20 14:15 | 90:switch   | switch 90
        0:20 14:15 | 90:death    | death 90
        0:20       | 30:drop_out | drop_out 30
        0:20       | 30:hospitalisation | not followed
        0:9        | 30:death    | not counted
        -          | 30:death    | not counted
        0:20 14:15 | -           | censored 14
    """
    assert differences(table) == []


def test_of_two_competing_events_on_one_day_the_weightier_counts(differences) -> None:
    table = """
        scores     | events                  | response_event
        0:20 14:15 | 30:drop_out 30:death    | death 30
        0:20 14:15 | 30:death 30:switch      | death 30
        0:20 14:15 | 30:drop_out 30:switch   | switch 30
        0:20 14:15 | 30:retreatment 30:switch | switch 30
        0:20 14:15 | 30:drop_out 30:retreatment | retreatment 30
    """
    assert differences(table) == []
    assert differences(table, backwards=True) == []


def test_what_happened_before_treatment_competes_with_nothing(differences) -> None:
    table = """
        scores               | events    | response_event
        0:20 14:15 42:10     | -5:switch | met 42
        0:20 14:15           | -5:switch | censored 14
        0:20 14:15           | 0:switch  | censored 14
        0:20 14:15           | 1:switch  | switch 1
    """
    assert differences(table) == []


def test_other_scales(differences) -> None:
    table = """
        instrument | scores              | response_event
        t_score    | 0:60 14:41 42:40    | met 42
        t_score    | 0:20 14:20          | not counted
        cgi_s      | 0:5 14:4 42:3       | met 42
        cgi_s      | 0:1 14:1            | not counted
        madrs_s    | 0:29 14:15 42:14.5  | met 42
        wellbeing  | 0:5 14:14 42:15     | met 42
        wellbeing  | 0:5 14:14 42:14     | censored 42
        wellbeing  | 0:25 14:25          | not counted
    """
    assert differences(table, T_SCORE + WELLBEING, min_baseline="none") == []


def test_the_order_of_rows_plays_no_part(differences) -> None:
    table = """
        scores                | events              | response_event
        42:10 0:20 14:15      | -                   | met 42
        60:5 42:15 0:20 14:10 | 50:switch 30:death  | met 14
        42:10 0:20 -7:10      | 50:death 30:switch  | switch 30
    """
    assert differences(table) == []
    assert differences(table, backwards=True) == []


@pytest.mark.parametrize("name", ["who5", "promis_dep", "moca"])
def test_where_percent_change_means_nothing_it_is_refused(name, clinic) -> None:
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect"}],
        [{"episode_id": "E1", "instrument": name, "day": 0, "score": 40 if name != "moca" else 20}],
    )
    with pytest.raises(DefinitionError, match="Percent change is not defined on"):
        curves(store, Cohort(), Definition(name), "response")


def test_rule_and_clock_are_said_in_words(sample_store) -> None:
    found = curves(sample_store, Cohort(), Definition(), "response")
    assert found.rules == (
        (
            "response",
            "PHQ-9 reduced by at least 50 % from baseline, at the first assessment that meets "
            "it; days count from the first treatment day",
        ),
    )
    assert found.definition_sentence.endswith(
        "Followed from the first treatment day to the last assessment; death, switch, "
        "re-treatment and drop-out end it as competing events."
    )


def test_a_minimum_that_nobody_reaches_leaves_nobody(differences) -> None:
    table = """
        min_baseline | scores    | response_event | remission_event | relapse_event
        28           | 0:27 14:0 | not counted    | not counted     | not counted
        27           | 0:27 14:0 | met 14         | met 14          | not followed
    """
    assert differences(table) == []


def test_what_happens_years_later_counts_on_its_day(differences) -> None:
    table = """
        scores               | events       | response_event
        0:20 42:15           | 4000:switch  | switch 4000
        0:20 42:15 18000:10  | -            | met 18000
        0:20 42:15 18000:11  | 18300:death  | death 18300
        0:20 42:10           | 18300:death  | met 42
    """
    assert differences(table) == []
