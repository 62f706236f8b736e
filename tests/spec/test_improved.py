"""Improved: reliably better, without crossing to the side of people who are well."""

from analysis import OUTCOMES, Definition
from analysis.instruments import REGISTRY


def test_reliably_better_but_still_ill_or_well_already(differences) -> None:
    table = """
        baseline | endpoint | improved | reliable_improvement | recovered
        20       | 14       | yes      | yes                  | no
        20       | 10       | yes      | yes                  | no
        20       | 9        | no       | yes                  | yes
        20       | 15       | no       | no                   | no
        9        | 3        | yes      | yes                  | no
        9        | 4        | no       | no                   | no
        10       | 4        | no       | yes                  | yes
        20       | 26       | no       | no                   | no
    """
    assert differences(table, min_baseline="none") == []


def test_points_computed_from_a_reliability_must_be_exceeded(differences) -> None:
    # 1.96 x 5 x root of 2 (1 - 0.5) = 9.8
    table = """
        reliable_change | baseline | endpoint | improved
        r=0.5,sd=5      | 25       | 15       | yes
        r=0.5,sd=5      | 25       | 16       | no
        r=1,sd=5        | 25       | 24       | yes
        r=1,sd=5        | 25       | 25       | no
    """
    assert differences(table) == []


def test_the_classes_need_no_share_of_the_baseline(differences) -> None:
    # from the lowest score nothing can improve, and that is known
    table = """
        instrument | reliable_change | cutoff | baseline | endpoint | improved
        phq9       | 6               | lt10   | 0        | 0        | no
        cgi_s      | 2               | le2    | 6        | 4        | yes
        cgi_s      | 2               | le2    | 6        | 2        | no
        cgi_s      | 2               | le2    | 6        | 5        | no
        cgi_s      | 2               | le2    | 1        | 1        | no
        who5       | 10              | le51   | 30       | 40       | yes
        who5       | 10              | le51   | 30       | 51       | no
        who5       | 10              | le51   | 60       | 70       | yes
    """
    assert differences(table, min_baseline="none") == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        missing     | scores     | improved
        observed    | 0:20       | unknown
        observed    | 42:12      | not counted
        observed    | 0:9 42:3   | not counted
        observed    | 0:20 7:12  | unknown
        locf        | 0:20 7:12  | yes
        locf        | 0:20       | unknown
        nonresponse | 0:20       | no
        nonresponse | 0:20 7:12  | no
        nonresponse | 0:20 42:12 | yes
    """
    assert differences(table) == []


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["improved"].describe(REGISTRY["bdi2"], Definition("bdi2"))
    assert words.startswith("BDI-II better by at least 10 points (computed; ")
    assert ", without crossing to at or below 13 (" in words
