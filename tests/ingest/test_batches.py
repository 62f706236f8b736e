"""Batches: what a later one corrects, replaces or takes back, and the figures as of then.

The rule behind all of it: what counts is what the batches that count make, in their order. So a
store in which a batch was withdrawn holds the same data as one that never got it.
"""

import shutil

import pytest

from analysis.errors import DefinitionError, InputError
from analysis.ingest import Choices, check_files, import_files, read_mapping
from analysis.store import open_store
from analysis.store.as_of import open_as_of, withdraw
from analysis.store.batches import read_batches
from tests.ingest.conftest import Clinic

HEADER = "episode_id,instrument,day,score\n"
EPISODES = "episode_id,patient_id,modality,site\nE1,P1,rtms,north\nE2,P2,ect,south\n"
FIRST = HEADER + "E1,phq9,0,20\nE1,phq9,42,12\nE2,phq9,0,18\n"
SECOND = HEADER + "E2,phq9,42,5\nE1,phq9,60,8\n"
CORRECTED = HEADER + "E1,phq9,42,4\n"
CORRECT = Choices(corrections=True)


def load(clinic, name, text, choices=None, mapping=None):
    path = clinic.write(f"{name}.csv", text)
    declared = read_mapping(clinic.write("map.toml", mapping)) if mapping else None
    return import_files(clinic.store, [path], declared, choices=choices)


def batches(clinic):
    with open_store(clinic.store) as store:
        return read_batches(store.connection)


@pytest.fixture(scope="module")
def drawn_three(clinic_of_this_file):
    for name, text in (("episodes", EPISODES), ("first", FIRST), ("second", SECOND)):
        load(clinic_of_this_file, name, text)
    return clinic_of_this_file


@pytest.fixture
def three(clinic, drawn_three):
    """Three batches: episodes, first scores, second scores."""
    shutil.copytree(drawn_three.folder, clinic.folder, dirs_exist_ok=True)
    return clinic


def test_each_import_is_a_batch_with_who_and_when(three):
    load(three, "third", CORRECTED, Choices(who="Dana", corrections=True))
    found = batches(three)
    assert [(b.batch, b.kind, b.corrections) for b in found] == [
        (1, "import", False),
        (2, "import", False),
        (3, "import", False),
        (4, "import", True),
    ]
    assert found[3].who == "Dana"
    assert all(b.when.endswith("+00:00") and b.snapshot for b in found)
    assert len({b.snapshot for b in found}) == 4


def test_a_correction_is_a_new_version_of_a_row(three):
    assert ("E1", 42, 12) in three.usable()
    report = load(three, "corrected", CORRECTED, CORRECT)
    assert report.quarantined == ()
    assert report.files[0].loaded == 1
    assert ("E1", 42, 4) in three.usable()
    assert ("E1", 42, 12) not in three.usable()
    past = three.rows(
        "select episode_id, instrument::varchar, day, score, batch from past_assessment"
    )
    assert past == [("E1", "phq9", 42, 12, 2)]


def test_without_saying_so_another_score_is_a_conflict(three, kept_aside):
    report = load(three, "corrected", CORRECTED)
    assert kept_aside(report) == [(2, "score", "4", "conflicting_scores")]
    assert "--corrections" in report.quarantined[0].allowed
    assert not [row for row in three.usable() if row[:2] == ("E1", 42)]


def test_a_correction_settles_a_conflict_even_with_one_of_its_scores(three):
    load(three, "corrected", CORRECTED)
    assert not [row for row in three.usable() if row[:2] == ("E1", 42)]
    report = load(three, "again", CORRECTED, CORRECT)
    assert (report.files[0].loaded, report.files[0].exact_duplicates) == (1, 0)
    assert ("E1", 42, 4) in three.usable()


def test_two_scores_in_one_file_of_corrections_are_a_conflict(three):
    report = load(three, "twice", HEADER + "E1,phq9,42,4\nE1,phq9,42,12\n", CORRECT)
    assert [row.rule for row in report.quarantined] == ["conflicting_scores"] * 2
    assert not [row for row in three.usable() if row[:2] == ("E1", 42)]


def test_the_same_corrections_again_change_nothing(three):
    load(three, "corrected", CORRECTED, CORRECT)
    before = three.snapshot()
    report = load(three, "corrected", CORRECTED, CORRECT)
    assert (report.changed, report.files[0].exact_duplicates) == (False, 1)
    assert three.snapshot() == before


FOUR = {"episodes": EPISODES, "first": FIRST, "second": SECOND, "corrected": CORRECTED}


def load_one_of_four(clinic, name):
    load(clinic, name, FOUR[name], CORRECT if name == "corrected" else None)


def figures_of(store):
    return store.snapshot, store.rows("select * from endpoint order by all")


@pytest.fixture(scope="module")
def drawn_four(tmp_path_factory):
    """Return a clinic with four batches, and the figures after each."""
    clinic, figures = Clinic(tmp_path_factory.mktemp("four")), []
    for name in FOUR:
        load_one_of_four(clinic, name)
        with open_store(clinic.store) as store:
            figures.append(figures_of(store))
    return clinic, figures


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_the_figures_as_of_a_batch_are_those_of_then(drawn_four, batch):
    clinic, figures = drawn_four
    with open_as_of(clinic.store, batch) as store:
        assert figures_of(store) == figures[batch - 1]


def test_an_unknown_batch_is_refused_with_those_there_are(three):
    with pytest.raises(DefinitionError, match="There is no batch 9 in this store"):
        open_as_of(three.store, 9)
    with pytest.raises(DefinitionError, match="There is no batch 9"):
        withdraw(three.store, 9)


@pytest.mark.parametrize("gone", FOUR)
def test_a_withdrawn_batch_might_as_well_never_have_come(drawn_four, new_clinic, gone):
    whole, without = new_clinic("whole"), new_clinic("without")
    shutil.copytree(drawn_four[0].folder, whole.folder)
    for name in FOUR:
        if name != gone:
            load_one_of_four(without, name)
    withdraw(whole.store, list(FOUR).index(gone) + 1)
    assert whole.scores() == without.scores()
    assert whole.snapshot() == without.snapshot()


def test_a_withdrawal_can_be_withdrawn(three):
    before = three.snapshot()
    withdraw(three.store, 2)
    assert three.scores() == [("E1", "phq9", 60, 8), ("E2", "phq9", 42, 5)]
    withdraw(three.store, 4)
    assert three.snapshot() == before
    assert [(b.kind, b.ends) for b in batches(three)][3:] == [("withdrawal", 2), ("withdrawal", 4)]


def test_a_batch_is_withdrawn_once(three):
    withdraw(three.store, 2)
    with pytest.raises(DefinitionError, match="Batch 2 does not count"):
        withdraw(three.store, 2)


def test_scores_of_a_withdrawn_episode_come_back_with_it(three):
    before = three.snapshot()
    withdraw(three.store, 1)
    assert three.scores() == []
    load(three, "episodes", EPISODES)
    assert three.snapshot() == before


def test_a_file_of_a_withdrawn_batch_can_be_imported_again(three):
    before = three.snapshot()
    withdraw(three.store, 2)
    assert load(three, "first", FIRST).changed
    assert three.snapshot() == before


def test_a_replacement_that_drops_rows_stops_and_asks(three):
    shorter = HEADER + "E1,phq9,0,20\n"
    before = three.snapshot()
    with pytest.raises(InputError, match="2 earlier rows of batch 2 are absent") as refused:
        load(three, "shorter", shorter, Choices(replaces=2))
    assert "--accept-absent 2" in str(refused.value)
    assert refused.value.code == "E416"
    assert three.snapshot() == before
    load(three, "shorter", shorter, Choices(replaces=2, accept_absent=2))
    assert three.scores() == [
        ("E1", "phq9", 0, 20),
        ("E1", "phq9", 60, 8),
        ("E2", "phq9", 42, 5),
    ]


def test_a_replacement_with_all_rows_counts_instead(new_clinic):
    replaced, direct = new_clinic("replaced"), new_clinic("direct")
    better = HEADER + "E1,phq9,0,21\nE1,phq9,42,12\nE2,phq9,0,18\nE2,phq9,7,17\n"
    for clinic, text in ((replaced, FIRST), (direct, better)):
        load(clinic, "episodes", EPISODES)
        load(clinic, "first", text)
    load(replaced, "better", better, Choices(replaces=2))
    assert replaced.snapshot() == direct.snapshot()


def test_a_batch_that_does_not_count_cannot_be_replaced(three):
    with pytest.raises(DefinitionError, match="no batch 7 that counts"):
        load(three, "x", FIRST, Choices(replaces=7))


def test_a_refused_file_leaves_a_line_in_the_log_and_no_data(three):
    before, scores = three.snapshot(), three.scores()
    text = b"episode_id,instrument,day,score\nE1,ph\0q9,1,20\n"
    with pytest.raises(InputError):
        load(three, "bad", text)
    last = batches(three)[-1]
    assert (last.batch, last.kind) == (4, "refused")
    assert "NUL" in last.note
    (row,) = three.rows("select file, kind, sha256, rows_in_file from batch_file where batch = 4")
    assert row[:2] == ("bad.csv", "refused")
    assert (len(row[2]), row[3]) == (64, 1)
    assert (three.snapshot(), three.scores()) == (before, scores)


def test_a_check_says_what_an_import_would_do_and_stores_nothing(three):
    path = three.write("more.csv", HEADER + "E1,phq9,90,7\nE1,phq9,91,99\nE1,phq9,0,20\n")
    before = (three.store / "current.json").read_bytes()
    dry = check_files([path], store=three.store)
    assert (three.store / "current.json").read_bytes() == before
    real = import_files(three.store, [path])
    assert dry.files == real.files
    assert dry.quarantined == real.quarantined
    assert not dry.changed
    alone = check_files([three.write("episodes.csv", EPISODES), path])
    assert (alone.files[1].loaded, alone.files[1].quarantined) == (2, 1)


def test_what_is_told_of_a_patient_goes_to_each_of_their_episodes(clinic):
    episodes = "episode_id,patient_id,modality,sex\nE1,P1,rtms,\nE2,P1,ect,male\nE3,P3,ect,\n"
    load(clinic, "episodes", episodes)
    report = load(clinic, "people", "patient_id,sex,diagnosis\nP1,female,bipolar\nP9,male,\n")
    assert report.files[0].kind == "patients"
    assert [(r.line, r.rule) for r in report.quarantined] == [(3, "unknown_patient")]
    told = clinic.rows(
        "select episode_id, sex::varchar, diagnosis::varchar from episode order by 1"
    )
    assert told == [
        ("E1", "female", "bipolar"),
        ("E2", "female", "bipolar"),
        ("E3", "unknown", "unknown"),
    ]
    again = load(clinic, "people", "patient_id,sex,diagnosis\nP1,female,bipolar\n")
    assert (again.files[0].exact_duplicates, again.changed) == (1, True)


def test_an_episodes_file_of_the_same_import_comes_before_what_is_told_of_the_patient(clinic):
    episodes = clinic.write("e.csv", "episode_id,patient_id,modality,sex\nE1,P1,rtms,male\n")
    people = clinic.write("p.csv", "patient_id,sex,diagnosis\nP1,female,bipolar\n")
    import_files(clinic.store, [people, episodes])
    told = clinic.rows("select sex::varchar, diagnosis::varchar from episode")
    assert told == [("male", "bipolar")]


CONFLICT = "episode_id,instrument,day,score,time\nE1,phq9,0,9,10:00\nE1,phq9,0,14,08:30\n"
SETTLED = [("first", 14), ("last", 9), ("worst", 14), ("mean", 12)]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("rule", "score"), SETTLED)
def test_a_rule_that_was_chosen_settles_a_day(clinic, rule, score, backwards):
    load(clinic, "episodes", EPISODES)
    header, *rows = CONFLICT.splitlines()
    text = "\n".join([header, *(rows[::-1] if backwards else rows)]) + "\n"
    report = load(clinic, "x", text, mapping=f'[conflicts]\nrule = "{rule}"\n')
    assert clinic.usable() == [("E1", 0, score)]
    (row,) = report.quarantined
    assert row.rule == "other_score_counts"
    assert f"by the rule {rule} {score} counts on day 0" in row.allowed
    assert report.files[0].loaded == 1


@pytest.mark.parametrize("rule", ["first", "last"])
def test_without_times_first_and_last_settle_nothing(clinic, rule):
    load(clinic, "episodes", EPISODES)
    text = HEADER + "E1,phq9,0,9\nE1,phq9,0,14\n"
    report = load(clinic, "x", text, mapping=f'[conflicts]\nrule = "{rule}"\n')
    assert [row.rule for row in report.quarantined] == ["conflicting_scores"] * 2
    assert clinic.usable() == []


def test_an_unknown_rule_is_refused(clinic):
    with pytest.raises(InputError, match="rule must be one of first, last, mean, worst"):
        read_mapping(clinic.write("map.toml", '[conflicts]\nrule = "newest"\n'))


def test_worst_is_the_lowest_where_higher_is_better(clinic):
    load(clinic, "episodes", EPISODES)
    text = HEADER + "E1,who5,0,40\nE1,who5,0,60\n"
    load(clinic, "x", text, mapping='[conflicts]\nrule = "worst"\n')
    assert clinic.usable() == [("E1", 0, 40)]


def test_the_same_file_again_changes_nothing(three):
    """A16: not even the log; the report says nothing is new."""
    before = (three.store / "current.json").read_bytes()
    report = load(three, "first", FIRST)
    assert (report.changed, report.files[0].exact_duplicates) == (False, 3)
    assert (three.store / "current.json").read_bytes() == before
