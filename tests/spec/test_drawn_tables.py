"""The drawn tables themselves: a cell that is wrong is found, whatever it is about."""

import pytest


def test_every_wrong_cell_is_listed_with_the_answer(differences) -> None:
    table = """
        scores    | items   | events    | response | response_event | suicidality_resolved
        0:20 42:9 | 0:2 42:0 | -         | no       | met 41         | no
        0:20 42:9 | 0:0 42:0 | 30:switch | yes      | met 42         | unknown
    """
    wrong = differences(table)
    assert [line.split(": ")[-1] for line in wrong] == [
        "response is yes",
        "response_event is met 42",
        "suicidality_resolved is yes",
        "response_event is switch 30",
        "suicidality_resolved is not counted",
    ]


def test_a_table_needs_a_column_to_answer(differences) -> None:
    with pytest.raises(AssertionError, match="a column to answer"):
        differences("baseline | instrument\n20 | phq9")


def test_a_column_that_nobody_knows_is_refused(differences) -> None:
    with pytest.raises(AssertionError, match="no such column: respons"):
        differences("baseline | endpoint | respons\n20 | 5 | yes")
