"""Several assessments of one instrument on one day."""

import pytest

from analysis import Cohort, Definition, open_store, rates
from analysis.ingest import import_files
from analysis.store import change

SAME_DAY = """
    scores                     | baseline | endpoint | response
    0:20 0:20 42:9             | 20       | 9        | yes
    0:20 42:9 42:9             | 20       | 9        | yes
    0:20 42:9 42:15            | 20       | -        | unknown
    0:20 42:15 42:9            | 20       | -        | unknown
    0:20 30:12 42:9 42:10      | 20       | 12       | no
    0:20 42:9 42:9 42:10       | 20       | -        | unknown
    0:20 0:18 42:9             | -        | 9        | not counted
    -7:16 0:20 0:18 42:9       | 16       | 9        | no
    -7:18 0:20 0:16 42:9       | 18       | 9        | yes
"""
# In the seventh row the score of day 42 still stands in the window, beside no baseline.


@pytest.mark.parametrize("backwards", [False, True], ids=["as written", "backwards"])
def test_equal_scores_count_once_and_different_ones_make_the_day_unusable(
    differences, backwards
) -> None:
    assert differences(SAME_DAY, backwards=backwards) == []


def test_the_scores_of_a_conflict_are_reported(tmp_path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(
        "patient_id,modality,instrument,day,score\n"
        "P1,ect,phq9,0,20\n"
        "P1,ect,phq9,42,9\n"
        "P1,ect,phq9,42,15\n"
    )
    report = import_files(tmp_path / "store", [file])
    assert [(row.line, row.rule) for row in report.quarantined] == [
        (3, "conflicting_scores"),
        (4, "conflicting_scores"),
    ]


@pytest.mark.parametrize("scores", [("9", "15"), ("15", "9")])
def test_a_conflict_between_two_imports_makes_the_day_unusable_too(tmp_path, scores) -> None:
    for number, score in enumerate(scores):
        file = tmp_path / f"month_{number}.csv"
        file.write_text(
            f"patient_id,modality,instrument,day,score\nP1,ect,phq9,0,20\nP1,ect,phq9,42,{score}\n"
        )
        import_files(tmp_path / "store", [file])
    with open_store(tmp_path / "store") as store:
        (row,) = rates(store, Cohort(), Definition(), ("response",)).rows
    assert (row.numerator, row.denominator, row.unknown) == (0, 0, 1)


def test_a_questionnaire_without_a_total_is_no_conflict(tmp_path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(
        "patient_id,modality,instrument,day,score\n"
        "P1,ect,phq9,0,20\nP1,ect,phq9,42,\nP1,ect,phq9,42,9\n"
    )
    import_files(tmp_path / "store", [file])
    with open_store(tmp_path / "store") as store:
        table = change(store, Cohort(), Definition())
    assert (table.baseline.tolist(), table.endpoint.tolist()) == ([20], [9])
