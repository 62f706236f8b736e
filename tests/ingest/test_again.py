"""Importing again, importing in parts, and importing in another order."""

import csv
import io
import random

import pytest

EPISODES = """\
episode_id,patient_id,modality,site,start_date,adequate_trials
E1,P1,rtms,north,2024-01-01,2
E2,P2,ect,south,2024-02-01,1
E3,P1,iv_ketamine,north,2024-06-01,4
E4,P4,rtms+psychotherapy,,2024-03-01,
E5,P5,rtms,south,2024-03-05,0
"""
SCORES = [
    "E1,phq9,2023-12-30,20,1", "E1,phq9,2024-02-12,4,2", "E2,phq9,2024-02-01,24,3",
    "E2,phq9,2024-03-14,20,3", "E2,phq9,2024-03-14,11,3", "E3,phq9,2024-05-30,19,",
    "E3,phq9,2024-07-01,9,", "E4,phq9,2024-03-01,15,", "E4,phq9,2024-04-01,7,",
    "E4,madrs,2024-03-01,30,", "E5,phq9,2024-03-05,12,", "E5,phq9,2024-04-20,,",
    "E5,phq9,2024-04-27,3,", "E5,phq9,2024-12-31,3,",
]  # fmt: skip
ASSESSMENTS = "episode_id,instrument,date,score,item_1\n" + "\n".join(SCORES) + "\n"
SESSIONS = "episode_id,session,day,phase\n" + "".join(
    f"E{e},{s},{s},induction\n" for e in (1, 2, 5) for s in range(1, 4)
)
EVENTS = "episode_id,day,event\nE1,90,retreatment\nE5,30,switch\n"
FILES = {
    "episodes": EPISODES,
    "assessments": ASSESSMENTS,
    "sessions": SESSIONS,
    "events": EVENTS,
}
RATES = {
    ("response", "rtms"): (2, 2),
    ("remission", "rtms"): (2, 2),
    ("response", "ect"): (0, 0),
    ("remission", "ect"): (0, 0),
    ("response", "iv_ketamine"): (1, 1),
    ("remission", "iv_ketamine"): (0, 1),
    ("response", "rtms+psychotherapy"): (1, 1),
    ("remission", "rtms+psychotherapy"): (0, 1),
}


@pytest.fixture(scope="module")
def once(clinic_of_this_file):
    """The snapshot id that every other way of importing the same data must give."""
    clinic_of_this_file.load(**FILES)
    assert clinic_of_this_file.rates() == RATES
    return clinic_of_this_file.snapshot()


def shuffled_rows(text: str, seed: int) -> str:
    header, *rows = text.splitlines()
    random.Random(seed).shuffle(rows)
    return "\n".join([header, *rows]) + "\n"


def shuffled_columns(text: str, seed: int) -> str:
    table = list(csv.reader(io.StringIO(text)))
    order = list(range(len(table[0])))
    random.Random(seed).shuffle(order)
    return "".join(",".join(row[at] for at in order) + "\n" for row in table)


def halves(text: str) -> tuple[str, str]:
    header, *rows = text.splitlines(keepends=True)
    middle = len(rows) // 2
    return header + "".join(rows[:middle]), header + "".join(rows[middle:])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_changes_nothing(clinic, once, seed):
    clinic.load(**{name: shuffled_rows(text, seed) for name, text in FILES.items()})
    assert clinic.snapshot() == once
    assert clinic.rates() == RATES


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_columns_changes_nothing(clinic, once, seed):
    clinic.load(**{name: shuffled_columns(text, seed) for name, text in FILES.items()})
    assert clinic.snapshot() == once
    assert clinic.rates() == RATES


def test_the_order_of_files_changes_nothing(clinic, once):
    clinic.load(**dict(reversed(FILES.items())))
    assert clinic.snapshot() == once
    assert clinic.rates() == RATES


def test_files_split_in_two_change_nothing(clinic, once):
    parts = {
        f"{name}_{number}": half
        for name, text in FILES.items()
        for number, half in enumerate(halves(text))
    }
    clinic.load(**parts)
    assert clinic.snapshot() == once
    assert clinic.rates() == RATES


def test_two_imports_give_what_one_gives(clinic, once):
    """Days instead of dates for the scores, since start dates are not kept for later."""
    first, second = halves(ASSESSMENTS)
    clinic.load(episodes=EPISODES, assessments=first)
    report = clinic.load(episodes=EPISODES, assessments=second, sessions=SESSIONS, events=EVENTS)
    assert [file.loaded for file in report.files[1:]] == [7, 9, 2]
    assert clinic.snapshot() == once
    assert clinic.rates() == RATES


def test_a_second_import_adds(clinic):
    header = "patient_id,modality,instrument,day,score\n"
    clinic.load(x=header + "P1,rtms,phq9,0,20\nP1,rtms,phq9,42,4\n")
    before = clinic.snapshot()
    report = clinic.load(y=header + "P2,rtms,phq9,0,20\nP2,rtms,phq9,42,19\n")
    assert report.changed
    assert clinic.snapshot() == report.snapshot != before
    assert clinic.rates() == {("response", "rtms"): (1, 2), ("remission", "rtms"): (1, 2)}
    assert clinic.rows("select batch, file from batch_file order by all") == [
        (1, "x.csv"),
        (2, "y.csv"),
    ]


def test_the_same_files_again_change_nothing(clinic):
    first = clinic.load(**FILES)
    pointer = (clinic.store / "current.json").read_bytes()
    again = clinic.load(**FILES)
    assert (first.changed, again.changed) == (True, False)
    assert again.snapshot == first.snapshot
    assert [file.loaded for file in again.files] == [0, 0, 0, 0]
    assert (clinic.store / "current.json").read_bytes() == pointer


def test_a_file_with_rows_kept_aside_is_known_again_too(clinic, two_episodes):
    text = "episode_id,instrument,day,score\nE1,phq9,0,20\nE1,phq9,1,28\nE1\n"
    clinic.load(episodes=two_episodes, x=text)
    pointer = (clinic.store / "current.json").read_bytes()
    again = clinic.load(episodes=two_episodes, x=text)
    assert not again.changed
    assert (clinic.store / "current.json").read_bytes() == pointer
    assert clinic.rows("select count(*) from quarantine") == [(2,)]


def test_a_corrected_row_loads_in_the_next_import(clinic, two_episodes):
    header = "episode_id,instrument,day,score\n"
    clinic.load(episodes=two_episodes, x=header + "E1,phq9,0,20\nE1,phq9,42,28\n")
    report = clinic.load(x=header + "E1,phq9,42,8\n")
    assert report.files[0].loaded == 1
    assert clinic.usable() == [("E1", 0, 20), ("E1", 42, 8)]


def test_one_file_that_is_named_twice_counts_once(clinic, two_episodes):
    text = "episode_id,instrument,day,score\nE1,phq9,0,20\n"
    report = clinic.load(episodes=two_episodes, x=text, y=text)
    assert [file.loaded for file in report.files] == [2, 1, 0]
    assert report.files[-1].exact_duplicates == 1
    assert clinic.usable() == [("E1", 0, 20)]


def test_the_snapshot_id_changes_with_any_change_of_the_data(new_clinic, once):
    changes = {
        "score": ("E1,phq9,2024-02-12,4,2", "E1,phq9,2024-02-12,5,2"),
        "item": ("E1,phq9,2024-02-12,4,2", "E1,phq9,2024-02-12,4,1"),
        "day": ("E4,phq9,2024-04-01", "E4,phq9,2024-04-02"),
        "instrument": ("E4,madrs", "E4,gad7"),
    }
    ids = {once}
    for name, (old, new) in changes.items():
        clinic = new_clinic(name)
        clinic.load(**{**FILES, "assessments": ASSESSMENTS.replace(old, new)})
        ids.add(clinic.snapshot())
    assert len(ids) == 1 + len(changes)
