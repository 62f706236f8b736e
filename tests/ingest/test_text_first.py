"""Everything is text until a rule says what it is: nothing is guessed, nothing is coerced."""

import pytest

from analysis.store.manifest import TABLES

IDS = ["00123", "123", "12E3", "1E05", "9007199254740993", "9007199254740992", "0x1F", "TRUE",
       "NULL", "nan", "2024-01-01", "+1", "-1", "1.0", "1,5", 'say "hi"', "Z\u00fcrich",
       "\u7530"]  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def test_ids_stay_the_text_they_are(clinic):
    text = "".join(f"{quoted(i)},{quoted('p' + i)},rtms\n" for i in IDS)
    clinic.load(episodes="episode_id,patient_id,modality\n" + text)
    stored = clinic.rows("select episode_id, patient_id from episode")
    assert sorted(stored) == sorted((i, f"p{i}") for i in IDS)


def test_ids_that_look_like_one_number_are_different_patients(clinic):
    clinic.load(
        long="patient_id,modality,instrument,day,score\n"
        "00123,rtms,phq9,0,20\n123,rtms,phq9,0,15\n12E3,rtms,phq9,0,10\n12000,rtms,phq9,0,12\n"
    )
    stored = clinic.rows("select count(distinct patient) from episode")
    assert stored == [(4,)]


@pytest.mark.parametrize(
    ("written", "score"),
    [("0", 0), ("27", 27), ("+5", 5), ("05", 5), ("5.0", 5), (" 5 ", 5), ('"5"', 5), ("", None)],
)
def test_a_score_that_is_a_whole_number_is_loaded(clinic, two_episodes, written, score):
    report = clinic.load(
        episodes=two_episodes, x=f"episode_id,instrument,day,score\nE1,phq9,0,{written}\n"
    )
    assert report.files[-1].loaded == 1
    assert clinic.scores() == [("E1", "phq9", 0, score)]


@pytest.mark.parametrize(
    ("written", "day"), [("0", 0), ("-7", -7), ("+7", 7), ("7.0", 7), ("007", 7), ("18300", 18300)]
)
def test_a_day_that_is_a_whole_number_is_loaded(clinic, two_episodes, written, day):
    clinic.load(episodes=two_episodes, x=f"episode_id,instrument,day,score\nE1,phq9,{written},5\n")
    assert clinic.scores() == [("E1", "phq9", day, 5)]


def test_levels_stay_the_text_they_are(clinic):
    sites = ["=cmd()", "<script>alert(1)</script>", "[red]north[/red]", "O'Hara; drop table",
             "\u00b2", "1\u00b2", "{x}", "$1", "%s", "01", "1", "\u0661"]  # fmt: skip
    rows = "".join(f"E{n},P{n},rtms,{site}\n" for n, site in enumerate(sites))
    clinic.load(episodes="episode_id,patient_id,modality,site\n" + rows)
    assert clinic.levels("site") == dict.fromkeys(sites, 1)


def test_missing_attributes_are_a_level_of_their_own(clinic):
    clinic.load(
        episodes="episode_id,patient_id,modality,site,sex\nE1,P1,rtms,north,\nE2,P2,ect,,female\n"
    )
    assert clinic.levels("site") == {"north": 1, "unknown": 1}
    assert clinic.levels("sex") == {"female": 1, "unknown": 1}
    assert clinic.levels("age_band") == {"unknown": 2}


@pytest.mark.parametrize(
    ("trials", "adequate", "resistant"),
    [("0", "0", "no"), ("1", "1", "no"), ("2", "2", "yes"), ("5.0", "5", "yes"),
     ("", "unknown", "unknown")],
)  # fmt: skip
def test_two_adequate_trials_make_treatment_resistance(clinic, trials, adequate, resistant):
    clinic.load(
        episodes="episode_id,patient_id,modality,adequate_trials,treatment_resistant\n"
        f"E1,P1,rtms,{trials},maybe\n"
    )
    assert clinic.levels("adequate_trials") == {adequate: 1}
    assert clinic.levels("treatment_resistant") == {resistant: 1}


def test_columns_that_nobody_declared_are_listed_and_never_stored(clinic, two_episodes):
    needle = "Needle-in-a-note"
    report = clinic.load(
        episodes=f"episode_id,patient_id,modality,bed\nE1,P1,rtms,{needle}\n",
        x=f"episode_id,instrument,day,score,note,site\nE1,phq9,0,20,{needle},{needle}\n"
        f"E1,phq9,1,99,{needle},{needle}\n",
    )
    assert [file.unused for file in report.files] == [("bed",), ("note", "site")]
    for path in clinic.store.iterdir():
        assert needle.encode() not in path.read_bytes()
    tables = clinic.rows("select table_name from duckdb_tables()")
    assert len(tables) == len(TABLES)
    for (table,) in tables:
        assert needle not in str(clinic.rows(f"select * from {table}"))


def test_item_scores_are_kept_in_the_order_of_their_numbers(clinic, two_episodes):
    clinic.load(
        episodes=two_episodes,
        x="episode_id,item_2,instrument,item_10,day,score,item_1\nE1,2,madrs,0,0,20,3\n",
    )
    assert clinic.rows("select score, items from assessment") == [(20, "3 2 . . . . . . . 0")]


def test_a_missing_item_score_keeps_its_place(clinic, two_episodes):
    """Which item is missing must stay known: the ninth item of the PHQ-9 is about suicide."""
    report = clinic.load(
        episodes=two_episodes,
        x="episode_id,instrument,day,score,item_1,item_2,item_3\n"
        "E1,phq9,0,20,3,,2\nE1,phq9,0,20,3,2,\n",
    )
    assert report.files[-1].exact_duplicates == 0
    ((first,), (second,)) = clinic.rows("select items from assessment order by items")
    assert first != second
