"""Suicidal thoughts emergent: the item was zero at baseline and is above zero at the endpoint."""

import pytest

from analysis import OUTCOMES, Cohort, Definition, DefinitionError, rates
from analysis.instruments import REGISTRY, suicidality_item


def test_who_was_free_of_the_thoughts_is_asked_whether_they_came(differences) -> None:
    table = """
        baseline_item | endpoint_item | suicidality_emergent
        0             | 1             | yes
        0             | 3             | yes
        0             | 0             | no
        0             | -             | unknown
        1             | 3             | not counted
        1             | 0             | not counted
        3             | -             | not counted
        -             | 3             | not counted
        -             | 0             | not counted
    """
    assert differences(table) == []


def test_the_total_plays_no_part(differences) -> None:
    table = """
        baseline | endpoint | baseline_item | endpoint_item | suicidality_emergent
        20       | 2        | 0             | 1             | yes
        20       | 25       | 0             | 0             | no
        4        | 4        | 0             | 1             | yes
        -        | -        | 0             | 1             | yes
        20       | 2        | 0             | -             | unknown
        20       | 2        | -             | 1             | not counted
        20       | 2        | 1             | 3             | not counted
    """
    assert differences(table) == []


def test_missing_answers_under_the_three_rules(differences) -> None:
    # Under nonresponse a missing endpoint is "not met", which here is the favourable side.
    table = """
        missing     | items        | suicidality_emergent
        observed    | 0:0 7:1      | unknown
        locf        | 0:0 7:1      | yes
        locf        | 0:0 7:1 42:0 | no
        locf        | 0:0          | unknown
        nonresponse | 0:0 7:1      | no
        nonresponse | 0:0          | no
        nonresponse | 0:0 42:1     | yes
        nonresponse | 0:1          | not counted
    """
    assert differences(table) == []


def test_thoughts_that_came_and_went_before_the_endpoint_are_not_seen_there(differences) -> None:
    table = """
        timepoint  | items             | suicidality_emergent
        acute      | 0:0 20:2 42:0     | no
        acute      | 0:0 20:0 42:2     | yes
        week_2     | 0:0 14:2 42:0     | yes
        hours_24   | 0:0 1:1 42:0      | yes
        hours_24   | 0:0 42:1          | unknown
    """
    assert differences(table) == []


def test_it_is_asked_apart_from_resolved_since_it_is_about_other_people(sample_store) -> None:
    for other in ("suicidality_resolved", "suicidality_reduced", "response"):
        with pytest.raises(DefinitionError, match="not about the same episodes"):
            rates(sample_store, Cohort(), Definition(), ("suicidality_emergent", other))


def test_together_they_are_about_everybody_with_an_answer_at_baseline(sample_store) -> None:
    def flow(outcome):
        (found,) = rates(sample_store, Cohort(), Definition(), (outcome,)).flow
        return found

    emergent, resolved = flow("suicidality_emergent"), flow("suicidality_resolved")
    assert emergent.with_baseline == resolved.with_baseline > 0
    assert emergent.eligible + resolved.eligible == emergent.with_baseline
    assert min(emergent.eligible, resolved.eligible) > 0


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["suicidality_emergent"].describe(
        suicidality_item(REGISTRY["bdi2"]), Definition("bdi2")
    )
    assert words == "BDI-II item 9 0 at baseline and above 0 at the endpoint"
