"""Dates, study days, the as-of date and how long each episode has been followed."""

from datetime import date, timedelta

import pytest

EPISODES = "episode_id,patient_id,modality,start_date\n"
SCORES = "patient_id,instrument,date,score\n"
AS_OF = "[study]\nas_of = {}\n"


@pytest.mark.parametrize(
    ("on", "day"),
    [("2024-03-01", 0), ("2024-02-16", -14), ("2024-02-29", -1), ("2024-04-12", 42),
     ("2025-03-01", 365)],
)  # fmt: skip
def test_a_date_becomes_whole_days_since_the_start(clinic, on, day):
    clinic.load(episodes=EPISODES + "E1,P1,rtms,2024-03-01\n", x=SCORES + f"P1,phq9,{on},20\n")
    assert clinic.scores() == [("E1", "phq9", day, 20)]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2024-01-01", ("E1", 0)),
        ("2024-06-01", ("E1", 152)),
        ("2024-12-17", ("E1", 351)),
        ("2024-12-18", ("E2", -14)),
        ("2025-01-01", ("E2", 0)),
        ("2025-02-12", ("E2", 42)),
    ],
)
def test_of_several_episodes_the_latest_that_has_started_is_meant(clinic, on, expected):
    """A baseline taken within 14 days before an episode starts belongs to that episode."""
    clinic.load(
        episodes=EPISODES + "E1,P1,rtms,2024-01-01\nE2,P1,ect,2025-01-01\n",
        x=SCORES + f"P1,phq9,{on},20\n",
    )
    assert [(episode, day) for episode, _, day, _ in clinic.scores()] == [expected]


def test_a_date_before_all_episodes_of_a_patient_belongs_to_none(clinic, kept_aside):
    report = clinic.load(
        episodes=EPISODES + "E1,P1,rtms,2024-01-01\nE2,P1,ect,2025-01-01\n",
        x=SCORES + "P1,phq9,2023-06-01,20\n",
    )
    assert kept_aside(report) == [(2, "patient_id", "P1", "several_episodes")]


def test_an_episode_without_a_start_makes_dates_of_its_patient_ambiguous(clinic, kept_aside):
    """The undated episode could be the one that is meant: nothing is guessed."""
    report = clinic.load(
        episodes=EPISODES + "E1,P1,rtms,2024-01-01\nE2,P1,ect,\n",
        x=SCORES + "P1,phq9,2025-02-01,20\n",
    )
    assert kept_aside(report) == [(2, "patient_id", "P1", "several_episodes")]


def test_an_episode_of_an_earlier_import_makes_dates_ambiguous_too(clinic, kept_aside):
    """Start dates are not stored: a later import knows only those of its own files."""
    clinic.load(episodes=EPISODES + "E2,P1,ect,2025-06-01\n")
    report = clinic.load(
        episodes=EPISODES + "E1,P1,rtms,2024-01-01\n", x=SCORES + "P1,phq9,2025-06-10,20\n"
    )
    assert kept_aside(report) == [(2, "patient_id", "P1", "several_episodes")]


def test_dates_are_never_stored(clinic):
    clinic.load(episodes=EPISODES + "E1,P1,rtms,2024-03-01\n", x=SCORES + "P1,phq9,2024-03-05,20\n")
    types = clinic.rows("select distinct data_type from duckdb_columns() where not internal")
    assert not [name for (name,) in types if "DATE" in name or "TIME" in name]
    assert clinic.levels("start_year") == {"2024": 1}
    for table in ("episode", "assessment", "endpoint", "observation"):
        assert "2024-03" not in str(clinic.rows(f"select * from {table}"))


def test_the_latest_date_of_the_files_is_the_as_of_date(clinic):
    clinic.load(
        episodes=EPISODES + "E1,P1,rtms,2024-01-01\nE2,P2,ect,2024-03-01\nE3,P3,ect,\n",
        x=SCORES + "P1,phq9,2024-04-10,20\n",
    )
    assert clinic.ages() == {"E1": 100, "E2": 40, "E3": None}


def test_a_declared_as_of_date_comes_first(clinic):
    clinic.load(
        mapping=AS_OF.format("2024-12-31"),
        episodes=EPISODES + "E1,P1,rtms,2024-01-01\n",
        x=SCORES + "P1,phq9,2024-04-10,20\n",
    )
    assert clinic.ages() == {"E1": 365}


def test_follow_up_days_come_before_the_as_of_date(clinic):
    clinic.load(
        mapping=AS_OF.format("2024-12-31"),
        episodes="episode_id,patient_id,modality,start_date,follow_up_days\n"
        "E1,P1,rtms,2024-01-01,50\nE2,P2,rtms,2024-01-01,\nE3,P3,rtms,,70\n",
    )
    assert clinic.ages() == {"E1": 50, "E2": 365, "E3": 70}


def test_stored_ages_move_on_with_the_as_of_date(clinic):
    clinic.load(
        mapping=AS_OF.format("2024-06-30"),
        episodes="episode_id,patient_id,modality,start_date,follow_up_days\n"
        "E1,P1,rtms,2024-06-20,\nE2,P2,rtms,,50\nE3,P3,rtms,,\n",
    )
    clinic.load(mapping=AS_OF.format("2024-07-30"), episodes=EPISODES + "E4,P4,rtms,2024-07-01\n")
    assert clinic.ages() == {"E1": 40, "E2": 50, "E3": None, "E4": 29}


def test_the_as_of_date_never_goes_back(clinic):
    clinic.load(mapping=AS_OF.format("2024-06-30"), episodes=EPISODES + "E1,P1,rtms,2024-06-20\n")
    clinic.load(mapping=AS_OF.format("2024-06-25"), episodes=EPISODES + "E2,P2,rtms,2024-06-20\n")
    assert clinic.ages() == {"E1": 10, "E2": 10}


def test_one_import_or_two_give_the_same_ages(new_clinic):
    """Also for an episode that starts after the first import's as-of date."""
    early, late = "E1,P1,rtms,2024-01-01\nE2,P2,rtms,2024-03-01\n", "E3,P3,rtms,2024-04-01\n"
    once, twice = new_clinic("once"), new_clinic("twice")
    once.load(mapping=AS_OF.format("2024-04-01"), episodes=EPISODES + early + late)
    twice.load(mapping=AS_OF.format("2024-02-01"), episodes=EPISODES + early)
    twice.load(mapping=AS_OF.format("2024-04-01"), episodes=EPISODES + late)
    assert once.ages() == twice.ages() == {"E1": 91, "E2": 31, "E3": 0}
    assert once.snapshot() == twice.snapshot()


def test_the_same_file_under_a_later_as_of_date_moves_the_ages_on(clinic):
    files = {"episodes": EPISODES + "E1,P1,rtms,2024-01-01\n"}
    clinic.load(mapping=AS_OF.format("2024-02-01"), **files)
    report = clinic.load(mapping=AS_OF.format("2024-04-01"), **files)
    assert report.changed
    assert clinic.ages() == {"E1": 91}


def test_only_episodes_followed_past_the_window_are_mature(clinic):
    """The acute window ends on day 84: an age of 84 is not yet due, 85 is, unknown counts."""
    clinic.load(
        episodes="episode_id,patient_id,modality,follow_up_days\n"
        "E1,P1,rtms,84\nE2,P2,rtms,85\nE3,P3,rtms,\n",
        x="episode_id,instrument,day,score\n"
        + "".join(f"E{n},phq9,0,20\nE{n},phq9,42,4\n" for n in (1, 2, 3)),
    )
    assert clinic.rates(by=()) == {("response",): (2, 2), ("remission",): (2, 2)}


@pytest.mark.parametrize("days_ahead", [2, 400])
def test_a_date_in_the_future_does_not_move_the_as_of_date(clinic, days_ahead, kept_aside):
    ahead = (date.today() + timedelta(days=days_ahead)).isoformat()
    report = clinic.load(
        episodes=EPISODES + "E1,P1,rtms,2024-01-01\n",
        x=SCORES + f"P1,phq9,2024-01-11,20\nP1,phq9,{ahead},4\n",
    )
    assert kept_aside(report) == [(3, "date", ahead, "date_in_future")]
    assert clinic.ages() == {"E1": 10}


def test_the_course_ends_with_the_recorded_end_or_the_last_induction_session(clinic):
    clinic.load(
        episodes="episode_id,patient_id,modality,induction_end_day\nE1,P1,rtms,30\nE2,P2,rtms,\n"
        "E3,P3,rtms,\n",
        sessions="episode_id,day,phase\nE1,40,induction\nE2,0,induction\nE2,28,\n"
        "E2,90,maintenance\n",
    )
    ends = dict(clinic.rows("select episode_id, course_end from episode"))
    assert ends == {"E1": 30, "E2": 28, "E3": None}
