"""Unchanged: neither reliably better nor reliably worse, whatever the cut-off."""

from analysis import OUTCOMES, Cohort, Definition, rates
from analysis.instruments import REGISTRY


def test_less_than_reliable_change_is_none_even_past_the_cut_off(differences) -> None:
    table = """
        baseline | endpoint | unchanged
        20       | 20       | yes
        20       | 15       | yes
        20       | 14       | no
        20       | 25       | yes
        20       | 26       | no
        12       | 7        | yes
        8        | 13       | yes
        8        | 14       | no
        0        | 0        | yes
        0        | 5        | yes
        0        | 6        | no
    """
    assert differences(table, min_baseline="none") == []


def test_half_points_tenths_and_mirrored_scales(differences) -> None:
    table = """
        instrument | reliable_change | cutoff | baseline | endpoint | unchanged
        promis_dep | 5               | lt55   | 60.3     | 55.4     | yes
        promis_dep | 5               | lt55   | 60.3     | 55.3     | no
        madrs_s    | 4.5             | le9    | 20       | 16       | yes
        madrs_s    | 4.5             | le9    | 20       | 15.5     | no
        cgi_s      | 2               | le2    | 3        | 2        | yes
        cgi_s      | 2               | le2    | 4        | 2        | no
        who5       | 10              | le51   | 50       | 59       | yes
        who5       | 10              | le51   | 50       | 60       | no
        who5       | 10              | le51   | 50       | 41       | yes
        who5       | 10              | le51   | 50       | 40       | no
    """
    assert differences(table, min_baseline="none") == []


def test_without_error_of_measurement_only_the_same_score_is_unchanged(differences) -> None:
    table = """
        baseline | endpoint | unchanged
        20       | 20       | yes
        20       | 19       | no
        20       | 21       | no
    """
    assert differences(table, reliable_change="r=1,sd=5") == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        missing     | scores     | unchanged
        observed    | 0:20       | unknown
        observed    | 42:20      | not counted
        observed    | 0:9 42:9   | not counted
        observed    | 0:20 7:20  | unknown
        locf        | 0:20 7:20  | yes
        locf        | 0:20       | unknown
        nonresponse | 0:20       | no
        nonresponse | 0:20 7:20  | no
        nonresponse | 0:20 42:20 | yes
    """
    assert differences(table) == []


def test_the_classes_add_up_to_everybody_with_an_endpoint(clinic) -> None:
    endpoints = {"A": 5, "B": 13, "C": 18, "D": 26, "E": 20, "F": None}
    store = clinic(
        [{"episode_id": name, "patient_id": name, "modality": "ect"} for name in endpoints],
        [
            {"episode_id": name, "instrument": "phq9", "day": day, "score": score}
            for name, endpoint in endpoints.items()
            for day, score in ((0, 20), (42, endpoint))
            if score is not None
        ],
    )
    classes = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
    for missing, denominator in (("observed", 5), ("nonresponse", 6)):
        rows = rates(store, Cohort(), Definition(missing=missing), classes).rows
        # who has no endpoint is in none of the five: under nonresponse they miss one person
        assert [row.numerator for row in rows] == [1, 1, 2, 1, 0]
        assert {row.denominator for row in rows} == {denominator}


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["unchanged"].describe(REGISTRY["gad7"], Definition("gad7"))
    assert words.startswith("GAD-7 neither better nor worse by at least 4 points (published; ")
