"""Deteriorated: reliably worse, without leaving the side of people who are well."""

from analysis import OUTCOMES, Definition
from analysis.instruments import REGISTRY


def test_reliably_worse_and_ill_before_or_still_well(differences) -> None:
    table = """
        baseline | endpoint | deteriorated | reliable_deterioration | harmed
        20       | 26       | yes          | yes                    | no
        20       | 25       | no           | no                     | no
        10       | 16       | yes          | yes                    | no
        9        | 15       | no           | yes                    | yes
        3        | 9        | yes          | yes                    | no
        4        | 10       | no           | yes                    | yes
        0        | 6        | yes          | yes                    | no
        20       | 14       | no           | no                     | no
    """
    assert differences(table, min_baseline="none") == []


def test_other_scales_and_rules(differences) -> None:
    table = """
        instrument | reliable_change | cutoff | baseline | endpoint | deteriorated
        cgi_s      | 2               | le2    | 4        | 6        | yes
        cgi_s      | 2               | le2    | 2        | 4        | no
        who5       | 10              | le51   | 50       | 40       | yes
        who5       | 10              | le51   | 50       | 41       | no
        who5       | 10              | le51   | 60       | 50       | no
        who5       | 10              | le51   | 70       | 60       | yes
        phq9       | r=0.5,sd=5      | lt10   | 12       | 21       | no
        phq9       | r=0.5,sd=5      | lt10   | 12       | 22       | yes
    """
    assert differences(table, min_baseline="none") == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    # Under nonresponse a missing endpoint is "not met", which here is the favourable side.
    table = """
        missing     | scores     | deteriorated
        observed    | 0:20       | unknown
        observed    | 42:27      | not counted
        observed    | 0:9 42:27  | not counted
        observed    | 0:20 7:26  | unknown
        locf        | 0:20 7:26  | yes
        locf        | 0:20       | unknown
        nonresponse | 0:20       | no
        nonresponse | 0:20 7:26  | no
        nonresponse | 0:20 42:26 | yes
    """
    assert differences(table) == []


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["deteriorated"].describe(REGISTRY["phq9"], Definition())
    assert words.startswith("PHQ-9 worse by at least 6 points (published; ")
    assert ", without leaving below 10 (" in words
