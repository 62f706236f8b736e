"""Suicidal thoughts resolved: the item was above zero at baseline and is zero at the endpoint."""

import pytest

from analysis import OUTCOMES, Cohort, Definition, DefinitionError, rates
from analysis.instruments import REGISTRY, suicidality_item


def test_who_had_the_thoughts_at_baseline_is_asked_whether_they_are_gone(differences) -> None:
    table = """
        baseline_item | endpoint_item | suicidality_resolved
        1             | 0             | yes
        3             | 0             | yes
        1             | 1             | no
        3             | 1             | no
        2             | 3             | no
        0             | 0             | not counted
        0             | 2             | not counted
        2             | -             | unknown
        0             | -             | not counted
        -             | 0             | not counted
        -             | 2             | not counted
    """
    assert differences(table) == []


def test_the_total_plays_no_part(differences) -> None:
    # below the moderate band, missing, or far from remission: the item alone decides
    table = """
        baseline | endpoint | baseline_item | endpoint_item | suicidality_resolved
        20       | 18       | 2             | 0             | yes
        20       | 2        | 2             | 1             | no
        4        | 4        | 1             | 0             | yes
        9        | 20       | 1             | 0             | yes
        -        | -        | 2             | 0             | yes
        -        | 18       | 2             | 1             | no
        20       | 2        | 2             | -             | unknown
        20       | 2        | -             | 0             | not counted
        20       | 2        | -             | -             | not counted
    """
    assert differences(table) == []


def test_a_minimum_of_the_total_plays_no_part(differences) -> None:
    table = """
        min_baseline | baseline | endpoint | baseline_item | endpoint_item | suicidality_resolved
        none         | 12       | 5        | 1             | 0             | yes
        moderate     | 5        | 5        | 1             | 0             | yes
        20           | 12       | 5        | 1             | 0             | yes
        20           | 27       | 5        | 0             | 0             | not counted
    """
    assert differences(table) == []


def test_baseline_and_endpoint_are_those_of_the_item(differences) -> None:
    table = """
        scores             | items              | suicidality_resolved
        -7:15 0:20 42:5    | -7:2 42:0          | yes
        -15:20 0:20 42:5   | -15:2 42:0         | not counted
        -7:15 0:20 42:5    | -7:2 0:0 42:0      | not counted
        -7:15 0:20 42:5    | -7:0 0:2 42:0      | yes
        0:20 42:5 60:20    | 0:2 42:0           | yes
        0:20 42:5 60:20    | 0:2 42:0 60:1      | no
        0:20 42:5          | 0:2 100:0          | unknown
        -                  | 0:2 42:0 42:1      | unknown
        -                  | 0:2 42:0 42:0      | yes
    """
    assert differences(table) == []


def test_missing_answers_under_the_three_rules(differences) -> None:
    table = """
        missing     | items         | suicidality_resolved
        observed    | 0:2 7:0       | unknown
        observed    | 0:2           | unknown
        observed    | 0:0           | not counted
        locf        | 0:2 7:0       | yes
        locf        | 0:2 7:1       | no
        locf        | 0:2           | unknown
        locf        | 0:0 7:0       | not counted
        nonresponse | 0:2 7:0       | no
        nonresponse | 0:2           | no
        nonresponse | 0:2 42:0      | yes
        nonresponse | 0:0           | not counted
        nonresponse | 42:0          | not counted
    """
    assert differences(table) == []


def test_an_immature_episode_is_in_no_count(differences) -> None:
    table = """
        follow_up | timepoint | items   | suicidality_resolved
        84        | acute     | 0:2 42:0 | not counted
        85        | acute     | 0:2 42:0 | yes
        1         | hours_24  | 0:2 1:0  | not counted
        2         | hours_24  | 0:2 1:0  | yes
    """
    assert differences(table) == []


@pytest.mark.parametrize(
    ("instrument", "highest"), [("bdi2", 3), ("madrs", 6), ("hamd17", 4), ("qids_sr16", 3)]
)
def test_every_instrument_asks_with_an_item_of_its_own(instrument, highest, differences) -> None:
    table = f"""
        baseline_item | endpoint_item | suicidality_resolved
        {highest}     | 0             | yes
        {highest}     | 1             | no
        0             | 0             | not counted
    """
    assert differences(table, instrument=instrument) == []


def test_an_instrument_without_such_an_item_is_refused(sample_store) -> None:
    with pytest.raises(DefinitionError, match="GAD-7 has no item on suicidal thoughts"):
        rates(sample_store, Cohort(), Definition("gad7"), ("suicidality_resolved",))


def test_it_is_not_mixed_with_outcomes_of_the_total(sample_store) -> None:
    with pytest.raises(DefinitionError, match="not about the same episodes"):
        rates(sample_store, Cohort(), Definition(), ("response", "suicidality_resolved"))


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["suicidality_resolved"].describe(
        suicidality_item(REGISTRY["phq9"]), Definition()
    )
    assert words == "PHQ-9 item 9 above 0 at baseline and 0 at the endpoint"
