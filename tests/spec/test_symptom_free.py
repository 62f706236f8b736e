"""Symptom-free: the endpoint is the best score that the scale has."""

from analysis import OUTCOMES, Definition
from analysis.instruments import REGISTRY


def test_only_the_lowest_score_of_the_scale_is_free_of_symptoms(differences) -> None:
    table = """
        instrument | baseline | endpoint | symptom_free
        phq9       | 20       | 0        | yes
        phq9       | 20       | 1        | no
        phq9       | 20       | 20       | no
        madrs      | 30       | 0        | yes
        madrs      | 30       | 1        | no
        bdi2       | 30       | 0        | yes
        bdi2       | 30       | 1        | no
        madrs_s    | 30       | 0        | yes
        madrs_s    | 30       | 0.5      | no
    """
    assert differences(table) == []


def test_remission_is_not_freedom_from_symptoms(differences) -> None:
    table = """
        baseline | endpoint | remission | symptom_free
        20       | 0        | yes       | yes
        20       | 1        | yes       | no
        20       | 4        | yes       | no
        20       | 5        | no        | no
    """
    assert differences(table) == []


def test_the_lowest_score_need_not_be_zero(differences) -> None:
    table = """
        instrument | baseline | endpoint | symptom_free
        cgi_s      | 5        | 1        | yes
        cgi_s      | 5        | 2        | no
        promis_dep | 70       | 34.2     | yes
        promis_dep | 70       | 34.3     | no
    """
    assert differences(table) == []


def test_the_end_of_the_range_counts_and_not_the_zero_of_percent_change(differences) -> None:
    mapping = "[instruments.t_score]\nrange = [20, 80]\nfloor = 40\n"
    table = """
        baseline | endpoint | symptom_free
        60       | 20       | yes
        60       | 21       | no
        60       | 40       | no
        40       | 20       | yes
    """
    assert differences(table, mapping, instrument="t_score", min_baseline="none") == []


def test_where_higher_is_better_it_is_the_highest_score(differences) -> None:
    table = """
        baseline | endpoint | symptom_free
        40       | 100      | yes
        40       | 96       | no
        40       | 0        | no
    """
    assert differences(table, instrument="who5") == []


def test_who_is_free_of_symptoms_at_baseline_and_stays_so_is_free_of_them(differences) -> None:
    table = """
        min_baseline | baseline | endpoint | symptom_free
        none         | 0        | 0        | yes
        none         | 0        | 1        | no
        moderate     | 0        | 0        | not counted
        moderate     | 9        | 0        | not counted
        moderate     | 10       | 0        | yes
    """
    assert differences(table) == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        missing     | scores      | symptom_free
        observed    | 0:20        | unknown
        observed    | 42:0        | not counted
        observed    | 0:20 7:0    | unknown
        locf        | 0:20 7:0    | yes
        locf        | 0:20 7:1    | no
        locf        | 0:20        | unknown
        nonresponse | 0:20        | no
        nonresponse | 0:20 7:0    | no
        nonresponse | 0:20 42:0   | yes
    """
    assert differences(table) == []


def test_the_rule_is_said_in_words() -> None:
    describe = OUTCOMES["symptom_free"].describe
    assert describe(REGISTRY["cgi_s"], Definition("cgi_s")) == (
        "CGI-S exactly 1 at the endpoint, the best score of the scale"
    )
    assert "exactly 100 at" in describe(REGISTRY["who5"], Definition("who5"))
