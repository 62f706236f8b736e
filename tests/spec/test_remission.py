"""Remission: the endpoint lies below (or at) the cut of the rule in force."""

import pytest

from analysis import OUTCOMES, Cohort, Definition, DefinitionError, rates
from analysis.instruments import REGISTRY

WELLBEING = """
[instruments.wellbeing]
range = [0, 25]
direction = "higher_is_better"
remission = ["wellbeing_le18"]
"""


def test_the_default_rule_of_each_instrument_at_its_cut(differences) -> None:
    table = """
        instrument | baseline | endpoint | remission
        phq9       | 20       | 4        | yes
        phq9       | 20       | 5        | no
        gad7       | 15       | 4        | yes
        gad7       | 15       | 5        | no
        qids_sr16  | 20       | 5        | yes
        qids_sr16  | 20       | 6        | no
        madrs      | 30       | 10       | yes
        madrs      | 30       | 11       | no
        hamd17     | 25       | 7        | yes
        hamd17     | 25       | 8        | no
        bdi2       | 30       | 13       | yes
        bdi2       | 30       | 14       | no
    """
    assert differences(table) == []


def test_below_and_at_most_are_different_rules(differences) -> None:
    table = """
        baseline | endpoint | phq9_lt5 | phq9_le5 | phq9_le4
        20       | 3        | yes      | yes      | yes
        20       | 4        | yes      | yes      | yes
        20       | 5        | no       | yes      | no
        20       | 6        | no       | no       | no
    """
    assert differences(table) == []


def test_the_alternatives_of_an_instrument_are_a_switch(differences) -> None:
    table = """
        instrument | baseline | endpoint | remission | madrs_le9 | madrs_le10 | madrs_le12
        madrs      | 30       | 9        | yes       | yes       | yes        | yes
        madrs      | 30       | 10       | yes       | no        | yes        | yes
        madrs      | 30       | 11       | no        | no        | no         | yes
        madrs      | 30       | 12       | no        | no        | no         | yes
        madrs      | 30       | 13       | no        | no        | no         | no
    """
    assert differences(table) == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        baseline | endpoint | remission
        20       | -        | unknown
        -        | 2        | not counted
        20       | 2        | yes
    """
    assert differences(table) == []


def test_a_baseline_of_zero_does_not_hide_remission(differences) -> None:
    table = """
        baseline | endpoint | remission
        0        | 0        | yes
        0        | 9        | no
    """
    assert differences(table, min_baseline="none") == []


def test_where_higher_is_better_the_rule_is_mirrored(differences) -> None:
    table = """
        baseline | endpoint | remission | wellbeing_le18 | wellbeing_lt18
        5        | 17       | no        | no             | no
        5        | 18       | yes       | yes            | no
        5        | 19       | yes       | yes            | yes
    """
    assert differences(table, WELLBEING, instrument="wellbeing", min_baseline="none") == []


def test_a_rule_of_another_instrument_is_refused(differences) -> None:
    table = """
        baseline | endpoint | madrs_le10
        20       | 4        | yes
    """
    with pytest.raises(DefinitionError, match="not one of PHQ-9"):
        differences(table)


def test_a_cut_outside_the_range_is_refused() -> None:
    with pytest.raises(DefinitionError, match="outside the range of PHQ-9, 0 to 27"):
        Definition(remission="phq9_le28").remission_rule(REGISTRY["phq9"])


def test_an_instrument_without_a_rule_asks_for_one(clinic) -> None:
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect"}],
        [{"episode_id": "E1", "instrument": "t_score", "day": 0, "score": 60}],
        mapping="[instruments.t_score]\nrange = [20, 80]\n",
    )
    with pytest.raises(DefinitionError, match="has no remission rule: name one"):
        rates(store, Cohort(), Definition("t_score", min_baseline="none"), ("remission",))


def test_the_rule_is_said_with_its_source_or_as_unverified() -> None:
    describe = OUTCOMES["remission"].describe
    assert describe(REGISTRY["phq9"], Definition()).startswith(
        "PHQ-9 below 5 at the endpoint (rule phq9_lt5; NCQA/HEDIS"
    )
    assert describe(REGISTRY["madrs"], Definition("madrs")) == (
        "MADRS at or below 10 at the endpoint (rule madrs_le10; unverified)"
    )
