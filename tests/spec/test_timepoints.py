"""Timepoints: a window of days, and a rule that picks one assessment in it."""

import pytest

from analysis.timepoints import TIMEPOINTS

WELLBEING = '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n'


def test_the_windows_of_the_presets_hold_both_their_ends(differences) -> None:
    table = """
        timepoint | scores     | endpoint
        acute     | 0:20 13:9  | -
        acute     | 0:20 14:9  | 9
        acute     | 0:20 84:9  | 9
        acute     | 0:20 85:9  | -
        week_1    | 0:20 3:9   | -
        week_1    | 0:20 4:9   | 9
        week_1    | 0:20 10:9  | 9
        week_1    | 0:20 11:9  | -
        week_2    | 0:20 10:9  | -
        week_2    | 0:20 11:9  | 9
        week_2    | 0:20 17:9  | 9
        week_2    | 0:20 18:9  | -
        week_4    | 0:20 24:9  | -
        week_4    | 0:20 25:9  | 9
        week_4    | 0:20 31:9  | 9
        week_4    | 0:20 32:9  | -
        week_6    | 0:20 34:9  | -
        week_6    | 0:20 35:9  | 9
        week_6    | 0:20 49:9  | 9
        week_6    | 0:20 50:9  | -
        week_8    | 0:20 48:9  | -
        week_8    | 0:20 49:9  | 9
        week_8    | 0:20 63:9  | 9
        week_8    | 0:20 64:9  | -
        week_12   | 0:20 76:9  | -
        week_12   | 0:20 77:9  | 9
        week_12   | 0:20 91:9  | 9
        week_12   | 0:20 92:9  | -
        month_6   | 0:20 152:9 | -
        month_6   | 0:20 153:9 | 9
        month_6   | 0:20 213:9 | 9
        month_6   | 0:20 214:9 | -
        month_12  | 0:20 334:9 | -
        month_12  | 0:20 335:9 | 9
        month_12  | 0:20 395:9 | 9
        month_12  | 0:20 396:9 | -
        hours_24  | 0:20 1:9   | 9
        hours_24  | 0:20 2:9   | -
        hours_24  | -1:20 0:9  | -
        last      | 0:20 1:9   | 9
        last      | 0:20 999:9 | 9
        last      | 0:20       | -
    """
    assert differences(table) == []


def test_acute_and_last_take_the_last_score(differences) -> None:
    table = """
        timepoint | scores                  | endpoint
        acute     | 0:20 14:8 40:15 84:12   | 12
        acute     | 0:20 14:8 40:15 85:12   | 15
        last      | 0:20 14:8 40:15 400:12  | 12
        hours_24  | 0:20 1:8 2:15           | 8
    """
    assert differences(table) == []


def test_weeks_and_months_take_the_nearest_score_and_the_later_of_two(differences) -> None:
    table = """
        timepoint | scores               | endpoint
        week_2    | 0:20 12:8 15:9       | 9
        week_2    | 0:20 13:8 16:9       | 8
        week_2    | 0:20 13:8 15:9       | 9
        week_2    | 0:20 13:9 15:8       | 8
        week_2    | 0:20 11:8 17:9       | 9
        week_2    | 0:20 13:8 14:7 15:9  | 7
        week_6    | 0:20 35:8 49:9       | 9
        week_6    | 0:20 36:8 49:9       | 8
        month_6   | 0:20 182:8 184:9     | 9
        month_6   | 0:20 182:8 185:9     | 8
        month_12  | 0:20 335:8 395:9     | 9
    """
    assert differences(table) == []


def test_a_window_and_a_pick_can_be_written_out(differences) -> None:
    table = """
        timepoint        | scores                     | endpoint
        28:56            | 0:20 27:5 28:8 56:9 57:6   | 9
        28:56:last       | 0:20 27:5 28:8 56:9 57:6   | 9
        28:56:first      | 0:20 27:5 28:8 56:9 57:6   | 8
        28:56:nearest@42 | 0:20 30:8 40:9 56:6        | 9
        28:56:nearest@42 | 0:20 41:8 43:9             | 9
        28:56:nearest@28 | 0:20 28:8 42:9             | 8
        28:56:best       | 0:20 28:8 42:6 56:9        | 6
        28:56:best       | 0:20 27:1 42:6 57:1        | 6
        42:42            | 0:20 41:8 42:9 43:6        | 9
        28:56            | 0:20 57:6                  | -
    """
    assert differences(table) == []


def test_the_best_score_is_the_highest_where_higher_is_better(differences) -> None:
    table = """
        timepoint  | scores              | endpoint
        14:84:best | 0:5 20:18 40:9 84:2 | 18
        14:84:best | 0:5 13:25 40:9      | 9
    """
    assert differences(table, WELLBEING, instrument="wellbeing", min_baseline="none") == []


def test_only_scores_after_the_baseline_score_count(differences) -> None:
    table = """
        timepoint   | baseline_window | scores             | baseline | endpoint
        -14:84:best | -14:0           | -10:5 -2:20 42:9   | 20       | 9
        -14:84      | -14:0           | -10:5 -2:20        | 20       | -
        -14:0       | -14:0           | -10:5 -2:20 0:18   | 18       | -
        -5:10:first | -14:-7          | -10:20 -6:18 -3:16 | 20       | 16
        -14:84      | -14:-7          | -10:20 -6:18       | 20       | 18
        1:84:first  | -14:7           | 0:20 3:18 7:16 9:5 | 16       | 5
        acute       | -14:20          | 0:20 16:12 30:9    | 12       | 9
        acute       | -14:20          | 0:20 16:12         | 12       | -
    """
    assert differences(table) == []


def test_the_end_of_the_course_is_recorded_or_the_last_induction_session(differences) -> None:
    table = """
        course_end | sessions                  | scores              | endpoint
        30         | -                         | 0:20 44:9           | 9
        30         | -                         | 0:20 45:9           | -
        30         | -                         | 0:20 1:12 40:9 60:5 | 9
        -          | 0 7 28                    | 0:20 42:9           | 9
        -          | 0 7 28                    | 0:20 43:9           | -
        30         | 0 7 60                    | 0:20 44:9 70:5      | 9
        -          | 0 7 28 90:maintenance     | 0:20 42:9 100:5     | 9
        -          | 0:continuation            | 0:20 7:9            | -
        -          | -                         | 0:20 7:9            | -
        -          | 0                         | 0:20 14:9           | 9
        0          | -                         | 0:20 14:9 15:5      | 9
    """
    assert differences(table, timepoint="end_of_course") == []


def test_every_preset_is_in_the_tables_above() -> None:
    assert set(TIMEPOINTS) == {
        "acute",
        "week_1",
        "week_2",
        "week_4",
        "week_6",
        "week_8",
        "week_12",
        "month_6",
        "month_12",
        "end_of_course",
        "hours_24",
        "last",
    }


@pytest.mark.parametrize("written", ["14:84", "14:84:last"])
def test_a_preset_that_is_written_out_picks_the_same_scores(differences, written) -> None:
    table = f"""
        timepoint | scores                   | endpoint | response
        acute     | 0:20 13:1 14:9 84:12     | 12       | no
        {written} | 0:20 13:1 14:9 84:12     | 12       | no
        acute     | 0:20 13:1 85:9           | -        | unknown
        {written} | 0:20 13:1 85:9           | -        | unknown
    """
    assert differences(table) == []
