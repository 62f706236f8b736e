"""Missing endpoints: left out, carried forward, or counted as not met."""

import pytest

from analysis import Cohort, Definition, rates
from analysis.timepoints import parse_timepoint


def test_response_under_the_three_rules(differences) -> None:
    table = """
        scores                | observed    | locf        | nonresponse
        0:20 42:9             | yes         | yes         | yes
        0:20 42:15            | no          | no          | no
        0:20 7:9              | unknown     | yes         | no
        0:20 7:15             | unknown     | no          | no
        0:20                  | unknown     | unknown     | no
        0:20 7:9 100:18       | unknown     | yes         | no
        0:20 7:18 100:9       | unknown     | no          | no
        0:20 100:9            | unknown     | unknown     | no
        0:20 7:18 42:9        | yes         | yes         | yes
        0:20 7:9 42:18        | no          | no          | no
        -7:20                 | unknown     | unknown     | no
        -7:20 1:9             | unknown     | yes         | no
        42:9                  | not counted | not counted | not counted
    """
    assert differences(table) == []


def test_remission_under_the_three_rules(differences) -> None:
    table = """
        missing     | scores     | remission
        observed    | 0:20 7:4   | unknown
        locf        | 0:20 7:4   | yes
        locf        | 0:20 7:5   | no
        nonresponse | 0:20 7:4   | no
        nonresponse | 0:20 42:4  | yes
        observed    | 0:20 42:4  | yes
        locf        | 0:20       | unknown
    """
    assert differences(table) == []


def test_what_cannot_be_decided_at_all_is_no_failure_of_treatment(differences) -> None:
    table = """
        scores   | observed | locf    | nonresponse | remission
        0:0 42:0 | unknown  | unknown | unknown     | yes
        0:0 7:0  | unknown  | unknown | unknown     | unknown
        0:0      | unknown  | unknown | unknown     | unknown
    """
    assert differences(table, min_baseline="none") == []


def test_the_carried_score_ends_with_the_window_and_is_the_last(differences) -> None:
    table = """
        timepoint     | course_end | scores             | locf
        week_2        | -          | 0:20 3:15 10:9     | yes
        week_2        | -          | 0:20 3:9 10:15     | no
        week_2        | -          | 0:20 17:9 18:20    | yes
        hours_24      | -          | 0:20 2:9           | unknown
        end_of_course | 30         | 0:20 44:9 45:20    | yes
        end_of_course | -          | 0:20 44:9          | unknown
        14:84:best    | -          | 0:20 20:5 84:18    | no
        28:56:first   | -          | 0:20 28:5 56:18    | no
        last          | -          | 0:20 400:9         | yes
    """
    assert differences(table) == []


# Ten people from baseline 20. Response by their last score: A, B, C in the window; D, E before it.
TEN = {
    "A": {42: 5},
    "B": {42: 9},
    "C": {7: 18, 84: 10},
    "D": {7: 5},
    "E": {7: 10},
    "F": {42: 11},
    "G": {7: 5, 42: 19},
    "H": {7: 19},
    "I": {},
    "J": {100: 5},
}


@pytest.mark.parametrize(
    ("missing", "numerator", "denominator", "unknown"),
    [
        ("observed", 3, 5, 5),  # A B C of A B C F G
        ("locf", 5, 8, 2),  # A B C D E of all but I and J
        ("nonresponse", 3, 10, 0),  # A B C of all
    ],
)
def test_ten_people_by_hand(clinic, missing, numerator, denominator, unknown) -> None:
    store = clinic(
        [{"episode_id": name, "patient_id": name, "modality": "ect"} for name in TEN],
        [
            {"episode_id": name, "instrument": "phq9", "day": day, "score": score}
            for name, scores in TEN.items()
            for day, score in {0: 20, **scores}.items()
        ],
    )
    (row,) = rates(store, Cohort(), Definition(missing=missing), ("response",)).rows
    assert (row.numerator, row.denominator, row.unknown) == (numerator, denominator, unknown)
    assert row.estimate == numerator / denominator
    assert row.completeness == 0.5
    assert row.missing == missing


@pytest.mark.parametrize(
    ("course_end", "responded", "decided"),
    [
        (30, 1, 2),  # the window ends on day 44: A by day 40, B no
        (60, 2, 2),  # on day 74: A, and B by day 70
        (99_999, 1, 2),  # a code for a day that nobody knows: A no longer, B by day 70
    ],
)
def test_the_last_score_is_carried_to_the_end_of_the_course(
    clinic, course_end, responded, decided
) -> None:
    scores = {"A": {40: 8, 400: 18}, "B": {7: 18, 70: 9}}
    store = clinic(
        [
            {"episode_id": n, "patient_id": n, "modality": "ect", "induction_end_day": course_end}
            for n in scores
        ],
        [
            {"episode_id": name, "instrument": "phq9", "day": day, "score": score}
            for name, own in scores.items()
            for day, score in {0: 20, **own}.items()
        ],
    )
    definition = Definition(missing="locf", timepoint=parse_timepoint("end_of_course"))
    (row,) = rates(store, Cohort(), definition, ("response",)).rows
    assert (row.numerator, row.denominator, row.unknown) == (responded, decided, 0)
