"""Baseline: the last assessment on day -14 to 0, both ends in."""


def test_the_baseline_is_the_last_score_on_day_minus_14_to_0(differences) -> None:
    table = """
        scores            | baseline
        -15:18 42:9       | -
        -14:18 42:9       | 18
        -1:18 42:9        | 18
        0:18 42:9         | 18
        1:18 42:9         | -
        42:9              | -
        -14:18 -1:20 42:9 | 20
        -3:18 0:12 42:9   | 12
        -20:25 -3:18 42:9 | 18
        -3:18 1:25 42:9   | 18
    """
    assert differences(table) == []


def test_without_a_baseline_no_outcome_is_known(differences) -> None:
    table = """
        scores      | response    | remission   | locf        | nonresponse
        -15:18 42:3 | not counted | not counted | not counted | not counted
        1:18 42:3   | not counted | not counted | not counted | not counted
        42:3        | not counted | not counted | not counted | not counted
        0:18 42:3   | yes         | yes         | yes         | yes
    """
    assert differences(table) == []


def test_another_baseline_window_can_be_chosen(differences) -> None:
    table = """
        baseline_window | scores          | baseline
        -14:0           | -20:25 0:18 7:9 | 18
        -30:0           | -20:25 7:9      | 25
        -30:-14         | -20:25 0:18 7:9 | 25
        -14:-14         | -15:25 -13:18   | -
        -14:-14         | -14:25 -13:18   | 25
        0:0             | -1:25 0:18      | 18
        -14:7           | 0:18 7:15 42:9  | 15
    """
    assert differences(table) == []
