"""The same episodes told by several files: nothing is doubled, and silence changes nothing."""

import pytest

from analysis.errors import DefinitionError

LONG = "patient_id,modality,instrument,day,score"
AS_OF = '[study]\nas_of = "{}"\n'


def test_days_reach_the_as_of_date_as_dates_do(clinic):
    clinic.load(
        episodes="episode_id,patient_id,modality,start_date\nE1,P1,rtms,2025-01-01\n"
        "E2,P2,rtms,2025-01-10\n",
        x="episode_id,instrument,day,score\nE1,phq9,0,20\nE1,phq9,80,4\nE2,phq9,70,4\n",
    )
    assert clinic.ages() == {"E1": 80, "E2": 71}


def test_days_without_any_start_date_reach_no_date(clinic):
    clinic.load(x=LONG + "\nP1,rtms,phq9,0,20\nP1,rtms,phq9,42,4\n")
    assert clinic.ages() == {"P1:rtms": None}


def test_a_later_file_that_does_not_have_a_column_leaves_it_as_it_was(clinic):
    clinic.load(
        mapping=AS_OF.format("2025-06-01"),
        x=f"{LONG},site,start_date,induction_end_day\nP1,rtms,phq9,0,20,north,2025-05-01,30\n",
    )
    report = clinic.load(x=LONG + "\nP1,rtms,phq9,20,4\n")
    assert report.replaced_episodes == 0
    assert clinic.levels("site") == {"north": 1}
    assert clinic.ages() == {"P1:rtms": 31}
    assert clinic.rows("select induction_end from episode") == [(30,)]


def test_what_only_one_row_of_an_episode_says_counts_for_all(clinic):
    report = clinic.load(
        x=f"{LONG},sex\nP1,rtms,phq9,0,20,female\nP1,rtms,phq9,42,4,\nP2,ect,phq9,0,9,male\n"
        "P2,ect,phq9,7,8,female\n"
    )
    assert [(row.line, row.rule) for row in report.quarantined] == [
        (4, "conflicting_rows"),
        (5, "conflicting_rows"),
    ]
    assert clinic.levels("sex") == {"female": 1}


@pytest.mark.parametrize("together", [True, False])
def test_a_long_file_adds_to_the_episode_that_the_patient_has(clinic, together):
    episodes = "episode_id,patient_id,modality,site\nE1,P1,rtms,north\nE2,P2,rtms,south\n"
    scores = LONG + "\nP1,rtms,phq9,0,20\nP1,rtms,phq9,42,4\n"
    if together:
        clinic.load(episodes=episodes, x=scores)
    else:
        clinic.load(episodes=episodes)
        clinic.load(x=scores)
    assert clinic.scores() == [("E1", "phq9", 0, 20), ("E1", "phq9", 42, 4)]
    assert clinic.levels("site") == {"north": 1, "south": 1}


def test_a_long_file_cannot_choose_between_two_episodes_of_one_modality(clinic):
    report = clinic.load(
        episodes="episode_id,patient_id,modality\nE1,P1,rtms\nE2,P1,rtms\n",
        x=LONG + "\nP1,rtms,phq9,0,20\n",
    )
    assert [row.rule for row in report.quarantined] == ["several_episodes"]


def test_a_long_file_may_name_its_episodes(clinic):
    clinic.load(x=f"episode_id,{LONG}\nA,P1,rtms,phq9,0,20\nB,P1,rtms,phq9,0,18\n")
    assert clinic.scores() == [("A", "phq9", 0, 20), ("B", "phq9", 0, 18)]


def test_a_renamed_value_is_not_renamed_again(clinic):
    clinic.load(
        mapping='[values.modality]\nDRUG = "ect"\nect = "rtms"\n',
        x=LONG + "\nP1,DRUG,phq9,0,20\nP2,ect,phq9,0,20\nP3,DRUG+ect,phq9,0,20\n",
    )
    assert clinic.levels("modality") == {"rtms": 1, "ect": 1, "rtms+ect": 1}


def test_an_instrument_is_ignored_under_their_name_for_it(clinic):
    report = clinic.load(
        mapping='[values.instrument]\n"Ham-A" = "hama"\n[ignore]\ninstruments = ["Ham-A"]\n',
        x=LONG + "\nP1,rtms,phq9,0,20\nP1,rtms,Ham-A,0,20\n",
    )
    assert (report.files[0].ignored, report.files[0].quarantined) == (1, 0)


def test_levels_are_part_of_what_a_snapshot_is(new_clinic):
    ids = set()
    for site in ("A", "Zebra", ""):
        clinic = new_clinic(site or "unknown")
        clinic.load(x=f"{LONG},site\nP1,rtms,phq9,0,20,{site}\n")
        ids.add(clinic.snapshot())
    assert len(ids) == 3


def test_an_instrument_keeps_the_declaration_it_was_loaded_with(clinic):
    declared = '[instruments.x]\nrange = [0, 10]\ndirection = "{}"\n'
    clinic.load(mapping=declared.format("higher_is_worse"), x=LONG + "\nP1,rtms,x,0,8\n")
    with pytest.raises(DefinitionError, match="declared otherwise in an earlier import"):
        clinic.load(mapping=declared.format("higher_is_better"), x=LONG + "\nP1,rtms,x,20,2\n")


def test_an_import_touches_no_file_that_is_not_its_own(clinic):
    clinic.load(x=LONG + "\nP1,rtms,phq9,0,20\n")
    own = clinic.store / "scores.part1.csv"
    own.write_text(LONG + "\nP1,rtms,phq9,42,4\n")
    clinic.load(y=LONG + "\nP1,rtms,phq9,20,9\n")
    assert own.exists()


def test_the_nearest_score_may_be_far_away(clinic):
    clinic.load(x=LONG + "\nP1,rtms,phq9,0,20\nP1,rtms,phq9,18000,4\n")
    found = clinic.rates(by=(), timepoint="1:18300:nearest@42")
    assert found == {("response",): (1, 1), ("remission",): (1, 1)}
