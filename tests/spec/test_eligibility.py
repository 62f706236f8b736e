"""Eligible: the baseline lies in the moderate band or above it."""

import pytest

from analysis import Cohort, Definition, DefinitionError, rates

WELLBEING = """
[instruments.wellbeing]
range = [0, 25]
direction = "higher_is_better"
caseness = 13
remission = ["wellbeing_le18"]
"""


def test_the_moderate_edge_of_each_instrument(differences) -> None:
    table = """
        instrument | baseline | endpoint | eligible | response
        phq9       | 9        | 0        | no       | not counted
        phq9       | 10       | 0        | yes      | yes
        gad7       | 9        | 0        | no       | not counted
        gad7       | 10       | 0        | yes      | yes
        qids_sr16  | 10       | 0        | no       | not counted
        qids_sr16  | 11       | 0        | yes      | yes
        madrs      | 19       | 0        | no       | not counted
        madrs      | 20       | 0        | yes      | yes
        hamd17     | 16       | 0        | no       | not counted
        hamd17     | 17       | 0        | yes      | yes
        bdi2       | 19       | 0        | no       | not counted
        bdi2       | 20       | 0        | yes      | yes
    """
    assert differences(table) == []


def test_who_is_in_remission_at_baseline_is_not_counted_as_remitted(differences) -> None:
    table = """
        baseline | endpoint | remission   | nonresponse
        4        | 2        | not counted | not counted
        4        | -        | not counted | not counted
        9        | 2        | not counted | not counted
        10       | 2        | yes         | yes
    """
    assert differences(table) == []


def test_the_minimum_can_be_switched_off_or_set(differences) -> None:
    table = """
        min_baseline | baseline | endpoint | eligible | remission
        none         | 0        | 0        | yes      | yes
        none         | 4        | 2        | yes      | yes
        moderate     | 4        | 2        | no       | not counted
        15           | 14       | 2        | no       | not counted
        15           | 15       | 2        | yes      | yes
    """
    assert differences(table) == []


def test_where_higher_is_better_a_caseness_cut_is_the_highest_eligible_score(differences) -> None:
    table = """
        min_baseline | baseline | endpoint | eligible | remission
        moderate     | 12       | 20       | yes      | yes
        moderate     | 13       | 20       | yes      | yes
        moderate     | 14       | 20       | no       | not counted
        8            | 8        | 20       | yes      | yes
        8            | 9        | 20       | no       | not counted
    """
    assert differences(table, WELLBEING, instrument="wellbeing") == []


def test_an_instrument_without_bands_or_caseness_asks_for_a_minimum(clinic) -> None:
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect"}],
        [{"episode_id": "E1", "instrument": "t_score", "day": 0, "score": 60}],
        mapping="[instruments.t_score]\nrange = [20, 80]\n",
    )
    with pytest.raises(DefinitionError, match="choose a minimum baseline score, or none"):
        rates(store, Cohort(), Definition("t_score"), ("response",))
