"""Harmed: reliably worse, and from the side of people who are well to that of the ill."""

from analysis import OUTCOMES, Definition
from analysis.instruments import REGISTRY


def test_from_well_to_ill_by_a_reliable_change(differences) -> None:
    table = """
        baseline | endpoint | harmed
        9        | 15       | yes
        9        | 14       | no
        4        | 10       | yes
        3        | 9        | no
        10       | 16       | no
        0        | 27       | yes
        27       | 0        | no
        9        | 3        | no
    """
    assert differences(table, min_baseline="none") == []


def test_nobody_who_is_eligible_as_moderately_ill_can_be_harmed(differences) -> None:
    # PHQ-9: eligible from 10, well below 10; so this class needs another minimum
    table = """
        min_baseline | baseline | endpoint | harmed      | deteriorated
        moderate     | 9        | 27       | not counted | not counted
        moderate     | 10       | 27       | no          | yes
        5            | 9        | 27       | yes         | no
        none         | 9        | 27       | yes         | no
    """
    assert differences(table) == []


def test_the_cut_itself_is_ill_or_well_as_the_rule_says(differences) -> None:
    # b: 4 + 2 x 3 = 10; on a computed cut a score is neither ill nor well
    table = """
        cutoff | baseline | endpoint | harmed
        lt10   | 10       | 20       | no
        le10   | 10       | 20       | yes
        lt10   | 2        | 10       | yes
        le10   | 2        | 10       | no
        b:4:3  | 9        | 20       | yes
        b:4:3  | 11       | 20       | no
        b:4:3  | 2        | 9        | no
        b:4:3  | 2        | 11       | yes
    """
    assert differences(table, min_baseline="none") == []


def test_other_scales(differences) -> None:
    table = """
        instrument | reliable_change | cutoff | baseline | endpoint | harmed
        cgi_s      | 2               | le2    | 2        | 4        | yes
        cgi_s      | 2               | le2    | 2        | 3        | no
        cgi_s      | 2               | le2    | 3        | 7        | no
        who5       | 10              | le51   | 60       | 50       | yes
        who5       | 10              | le51   | 61       | 51       | no
        who5       | 10              | le51   | 50       | 0        | no
        madrs      | 8               | le10   | 10       | 18       | yes
        madrs      | 8               | le10   | 11       | 19       | no
    """
    assert differences(table, min_baseline="none") == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    # Under nonresponse a missing endpoint is "not met", which here is the favourable side.
    table = """
        missing     | scores    | harmed
        observed    | 0:9       | unknown
        observed    | 42:27     | not counted
        observed    | 0:9 7:20  | unknown
        locf        | 0:9 7:20  | yes
        locf        | 0:9       | unknown
        nonresponse | 0:9       | no
        nonresponse | 0:9 7:20  | no
        nonresponse | 0:9 42:20 | yes
    """
    assert differences(table, min_baseline="none") == []


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["harmed"].describe(REGISTRY["madrs"], Definition("madrs"))
    assert words.startswith("MADRS worse by at least 8 points (chosen; ")
    assert ", and no longer at or below 10 (" in words
