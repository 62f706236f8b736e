"""What may leave of the course of treatment: no count of a few, and no difference of a few."""

import pytest

from analysis.course import Course, CourseRow, release_course

COUNTS = ("with_sessions", "with_plan", "completed", "continuation", "maintenance", "retreatment")


def row(group=(), episodes=100, **counts):
    numbers = dict.fromkeys(COUNTS, 40) | {"with_sessions": 60, "completed": 20} | counts
    return CourseRow(
        group, episodes, median=20, lower_quartile=15, upper_quartile=30,
        estimate=0.5, conf_low=0.4, conf_high=0.6, **numbers,
    )  # fmt: skip


def released(by, *rows):
    return release_course(Course(by, rows, "All episodes.", "0123456789ab"), "shared").rows


def withheld(found):
    return {name for name in COUNTS if getattr(found, name) is None}


@pytest.mark.parametrize(
    ("episodes", "counts", "expected"),
    [
        (100, {}, set()),
        (100, {"maintenance": 10}, {"maintenance"}),
        (100, {"maintenance": 0}, set()),
        (100, {"maintenance": 60}, set()),
        # with sessions, but not in that phase: eight people
        (100, {"maintenance": 52}, {"maintenance"}),
        # with sessions, but without a plan: five people; the rate would tell its denominator
        (100, {"with_plan": 55}, {"with_plan", "completed"}),
        # with a plan, and not completed: four people
        (100, {"completed": 36}, {"completed"}),
        # without any session: three people
        (63, {}, {"with_sessions"}),
    ],
)
def test_which_counts_are_shown(episodes, counts, expected) -> None:
    (found,) = released((), row(episodes=episodes, **counts))
    assert withheld(found) == expected
    assert (found.estimate is None) == ("completed" in expected)
    assert (found.median is None) == ("with_sessions" in expected)
    assert not found.withheld


def test_a_group_of_ten_is_withheld_whole_and_another_with_it() -> None:
    small = row(("a",), 10, **dict.fromkeys(COUNTS, 5))
    rows = released(("site",), small, row(("b",)), row(("c",), 200, with_sessions=120))
    assert [found.withheld for found in rows] == [True, True, False]
    assert [found.episodes for found in rows] == [None, None, 200]
    assert withheld(rows[0]) == withheld(rows[1]) == set(COUNTS)


def test_a_withheld_count_takes_another_group_with_it() -> None:
    rows = released(("site",), row(("a",), maintenance=4), row(("b",), maintenance=30), row(("c",)))
    assert [found.maintenance for found in rows] == [None, None, 40]


def test_local_changes_nothing() -> None:
    few = row(maintenance=1)
    (found,) = release_course(Course((), (few,), "All episodes.", "00"), "local").rows
    assert found == few
