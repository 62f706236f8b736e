"""What is there twice: the same row, different scores on one day, an episode with other attributes.

The outcome never depends on the order of rows, of files or of imports.
"""

import itertools

import pytest

HEADER = "episode_id,instrument,day,score\n"
BEFORE, FIRST, SECOND = "E1,phq9,0,20\n", "E1,phq9,42,4\n", "E1,phq9,42,5\n"
LATER = "E1,phq9,60,9\n"
USABLE = [("E1", 0, 20), ("E1", 60, 9)]


@pytest.mark.parametrize("rows", list(itertools.permutations([BEFORE, FIRST, SECOND])))
def test_a_day_with_two_scores_is_unusable_in_any_order(clinic, two_episodes, rows):
    report = clinic.load(episodes=two_episodes, x=HEADER + "".join(rows) + LATER)
    lines = sorted([2 + rows.index(FIRST), 2 + rows.index(SECOND)])
    assert [(row.line, row.rule) for row in report.quarantined] == [
        (line, "conflicting_scores") for line in lines
    ]
    assert clinic.usable() == USABLE


@pytest.mark.parametrize(("early", "late"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_a_later_import_can_make_a_day_unusable(clinic, two_episodes, kept_aside, early, late):
    clinic.load(episodes=two_episodes, x=HEADER + BEFORE + early + LATER)
    assert len(clinic.usable()) == 3
    report = clinic.load(y=HEADER + late)
    assert kept_aside(report) == [(2, "score", late[-2], "conflicting_scores")]
    assert clinic.usable() == USABLE


def test_one_import_or_two_give_the_same_data(new_clinic, two_episodes):
    together, forth, back = (new_clinic(name) for name in ("together", "forth", "back"))
    together.load(episodes=two_episodes, x=HEADER + BEFORE + FIRST + SECOND)
    for clinic, rows in ((forth, (FIRST, SECOND)), (back, (SECOND, FIRST))):
        clinic.load(episodes=two_episodes, x=HEADER + BEFORE + rows[0])
        clinic.load(x=HEADER + rows[1])
    assert together.snapshot() == forth.snapshot() == back.snapshot()
    assert together.rates() == forth.rates() == back.rates()


def test_two_files_of_one_import_conflict_like_two_rows(clinic, two_episodes):
    report = clinic.load(
        episodes=two_episodes, x=HEADER + BEFORE + FIRST, y=HEADER + SECOND + LATER
    )
    assert [(row.file, row.line) for row in report.quarantined] == [("x.csv", 3), ("y.csv", 2)]
    assert clinic.usable() == USABLE


def test_a_conflict_stays_one_when_a_row_of_it_comes_again(clinic, two_episodes):
    clinic.load(episodes=two_episodes, x=HEADER + BEFORE + FIRST + SECOND + LATER)
    before = clinic.snapshot()
    report = clinic.load(x=HEADER + FIRST)
    assert report.files[0].exact_duplicates == 1
    assert clinic.snapshot() == before
    assert clinic.usable() == USABLE


@pytest.mark.parametrize(
    "other",
    ["E1,gad7,42,5\n", "E2,phq9,42,5\n", "E1,phq9,43,5\n", "E1,phq9,42,\n", "E1,phq9,42,4\n"],
    ids=["other instrument", "other episode", "other day", "no score", "same score"],
)
def test_what_is_no_conflict(clinic, two_episodes, other):
    report = clinic.load(episodes=two_episodes, x=HEADER + FIRST + other)
    assert report.quarantined == ()
    assert ("E1", 42, 4) in clinic.usable()


def test_the_same_score_with_other_items_is_usable_once(clinic, two_episodes):
    report = clinic.load(
        episodes=two_episodes,
        x="episode_id,instrument,day,score,item_1,item_2\nE1,phq9,0,4,1,3\nE1,phq9,0,4,3,1\n",
    )
    assert report.quarantined == ()
    assert clinic.usable() == [("E1", 0, 4)]


REPEATED = {
    "episodes": "episode_id,patient_id,modality,site\nE5,P5,rtms,north\nE5,P5,rtms,north\n",
    "assessments": HEADER + "E1,phq9,0,20\nE1,phq9,0,20\n",
    "scores without a total": HEADER + "E1,phq9,0,\nE1,phq9,0,\n",
    "sessions": "episode_id,session,day,phase\nE1,1,0,induction\nE1,1,0,induction\n",
    "sessions without a number": "episode_id,day,phase\nE1,0,\nE1,0,\n",
    "events": "episode_id,day,event\nE1,9,switch\nE1,9,switch\n",
    "long": "patient_id,modality,instrument,day,score\nP6,ect,phq9,0,20\nP6,ect,phq9,0,20\n",
}


@pytest.mark.parametrize("content", REPEATED.values(), ids=REPEATED)
def test_an_exact_duplicate_is_counted_and_loaded_once(clinic, two_episodes, content):
    report = clinic.load(episodes=two_episodes, x=content)
    file = report.files[-1]
    assert (file.loaded, file.quarantined, file.exact_duplicates) == (1, 0, 1)
    again = clinic.load(x=content + content.splitlines()[-1] + "\n").files[0]
    assert (again.loaded, again.quarantined, again.exact_duplicates) == (0, 0, 3)


def test_an_episode_that_comes_again_with_other_attributes_replaces_the_stored_one(clinic):
    header = "episode_id,patient_id,modality,site\n"
    clinic.load(episodes=header + "E1,P1,rtms,north\nE2,P2,ect,north\n", x=HEADER + BEFORE + FIRST)
    report = clinic.load(episodes=header + "E1,P1,accelerated_tms,south\nE2,P2,ect,north\n")
    assert report.replaced_episodes == 1
    file = report.files[0]
    assert (file.loaded, file.quarantined, file.exact_duplicates) == (1, 0, 1)
    assert clinic.levels("site") == {"north": 1, "south": 1}
    assert clinic.levels("modality") == {"accelerated_tms": 1, "ect": 1}
    assert clinic.usable() == [("E1", 0, 20), ("E1", 42, 4)]


def test_conflicting_episode_rows_leave_the_stored_episode_as_it_was(clinic, kept_aside):
    header = "episode_id,patient_id,modality,site\n"
    clinic.load(episodes=header + "E1,P1,rtms,north\n")
    report = clinic.load(episodes=header + "E1,P1,rtms,south\nE1,P1,rtms,east\n")
    assert kept_aside(report) == [
        (2, "episode_id", "E1", "conflicting_rows"),
        (3, "episode_id", "E1", "conflicting_rows"),
    ]
    assert clinic.levels("site") == {"north": 1}


def test_rows_of_an_episode_that_was_kept_aside_have_no_episode(clinic, kept_aside):
    report = clinic.load(
        episodes="episode_id,patient_id,modality\nE1,P1,rtms\nE3,P3,rtsm\n",
        x=HEADER + "E1,phq9,0,20\nE3,phq9,0,20\n",
    )
    assert kept_aside(report) == [
        (3, "modality", "rtsm", "unknown_modality"),
        (3, "episode_id", "E3", "unknown_episode"),
    ]


def test_an_episode_and_a_patient_that_contradict_each_other_are_kept_aside(clinic, two_episodes):
    report = clinic.load(
        episodes=two_episodes,
        x="episode_id,patient_id,instrument,day,score\nE1,P1,phq9,0,20\nE1,P2,phq9,42,4\n",
    )
    assert [(row.line, row.column) for row in report.quarantined] == [(3, "patient_id")]
    assert clinic.usable() == [("E1", 0, 20)]


def test_episode_rows_that_differ_only_in_how_a_combination_is_written_are_the_same(clinic):
    report = clinic.load(
        episodes="episode_id,patient_id,modality\nE1,P1,rtms+ect\nE1,P1,ect+rtms\n"
    )
    file = report.files[0]
    assert (file.loaded, file.quarantined, file.exact_duplicates) == (1, 0, 1)
