"""Antidepressant trials before the episode: rows of their own, and what follows from their number.

Two adequate trials make an episode treatment-resistant; studies also ask for one or four.
"""

import itertools

import pytest

from analysis.fields import TREATMENT_RESISTANT_RULES

HEADER = "episode_id,drug_class,adequate\n"
TWO = "E1,ssri,yes\nE1,ssri,yes\n"
CLASSES = "ssri, snri, tca, maoi, bupropion, mirtazapine, vortioxetine, augmentation, other"

# The answers of the rows of one episode (y, n, ? for an empty cell), what the episodes file states
# | adequate trials | at least one, two, four
DERIVED = """
y y       | -  | 2       | yes     yes     no
y         | -  | 1       | yes     no      no
n         | -  | 0       | no      no      no
y n n     | -  | 1       | yes     no      no
y y y y   | -  | 4       | yes     yes     yes
y y y y y | -  | 5       | yes     yes     yes
?         | -  | unknown | unknown no      no
? ?       | -  | unknown | unknown unknown no
y ?       | -  | unknown | yes     unknown no
y y ?     | -  | unknown | yes     yes     no
y y ? ?   | -  | unknown | yes     yes     unknown
y y y y ? | -  | unknown | yes     yes     yes
n n n n   | -  | 0       | no      no      no
          | -  | unknown | unknown unknown unknown
          | 0  | 0       | no      no      no
          | 3  | 3       | yes     yes     no
y y       | 0  | 0       | no      no      no
n         | 4  | 4       | yes     yes     yes
? ? ?     | 1  | 1       | yes     no      no
"""
ANSWERS = {"y": "yes", "n": "no", "?": ""}
DRAWN = [[cell.strip() for cell in line.split("|")] for line in DERIVED.splitlines()[1:]]
NAMES = [f"E{number:02}" for number in range(len(DRAWN))]


def lists(con_rows):
    """Return the trials of each episode, sorted."""
    grouped: dict[str, list[str]] = {}
    for episode, drug_class, adequate in con_rows:
        grouped.setdefault(episode, []).append(f"{drug_class} {adequate}")
    return {episode: sorted(trials) for episode, trials in grouped.items()}


def stored(clinic):
    return lists(
        clinic.rows(
            "select episode_id, drug_class, adequate from prior_trial join episode using (episode)"
        )
    )


def report_of(report, file=-1):
    counts = report.files[file]
    return (counts.loaded, counts.quarantined, counts.exact_duplicates)


@pytest.fixture(scope="module")
def derived(clinic_of_this_file):
    """The four fields of each drawn episode."""
    clinic = clinic_of_this_file
    episodes = "episode_id,patient_id,modality,adequate_trials\n" + "".join(
        f"{name},P{name},rtms,{stated.replace('-', '')}\n"
        for name, (_, stated, *_) in zip(NAMES, DRAWN, strict=True)
    )
    rows = "".join(
        f"{name},ssri,{ANSWERS[answer]}\n"
        for name, (answers, *_) in zip(NAMES, DRAWN, strict=True)
        for answer in answers.split()
    )
    clinic.load(episodes=episodes, trials=HEADER + rows)
    columns = ", ".join(f"{name}::varchar" for name in TREATMENT_RESISTANT_RULES)
    found = clinic.rows(f"select episode_id, adequate_trials::varchar, {columns} from episode")
    return {name: answers for name, *answers in found}


@pytest.mark.parametrize("place", range(len(DRAWN)), ids=[f"{r[0]} / {r[1]}" for r in DRAWN])
def test_what_follows_from_the_number_of_adequate_trials(derived, place):
    _, _, adequate, resistant = DRAWN[place]
    assert derived[NAMES[place]] == [adequate, *resistant.split()]


def test_the_fields_ask_for_one_two_and_four_trials():
    assert TREATMENT_RESISTANT_RULES == {
        "treatment_resistant_1": 1, "treatment_resistant": 2, "treatment_resistant_4": 4,
    }  # fmt: skip


def test_trials_are_found_by_episode_or_by_patient(clinic, two_episodes):
    report = clinic.load(
        episodes=two_episodes,
        trials="patient_id,drug_class,adequate\nP1,SSRI,Yes\nP1,Tca,NO\nP2,other,\n",
    )
    assert (report.files[-1].kind, report_of(report)) == ("trials", (3, 0, 0))
    assert stored(clinic) == {"E1": ["ssri True", "tca False"], "E2": ["other None"]}


def test_equal_rows_of_one_file_are_different_trials(clinic, two_episodes):
    report = clinic.load(episodes=two_episodes, trials=HEADER + TWO)
    assert report_of(report) == (2, 0, 0)
    assert stored(clinic) == {"E1": ["ssri True", "ssri True"]}
    assert clinic.levels("treatment_resistant") == {"yes": 1, "unknown": 1}


def test_the_same_file_again_changes_nothing(clinic, two_episodes):
    clinic.load(episodes=two_episodes, trials=HEADER + TWO)
    pointer = (clinic.store / "current.json").read_bytes()
    again = clinic.load(trials=HEADER + TWO)
    assert not again.changed
    assert report_of(again) == (0, 0, 2)
    assert (clinic.store / "current.json").read_bytes() == pointer


def test_another_list_replaces_the_stored_one_of_that_episode_only(clinic, two_episodes):
    clinic.load(episodes=two_episodes, trials=HEADER + TWO + "E2,tca,yes\n")
    report = clinic.load(trials=HEADER + "E1,ssri,yes\nE2,tca,yes\n")
    assert report_of(report) == (1, 0, 1)
    assert stored(clinic) == {"E1": ["ssri True"], "E2": ["tca True"]}
    assert clinic.levels("adequate_trials") == {"1": 2}
    assert clinic.levels("treatment_resistant") == {"no": 2}


def test_the_order_of_rows_and_imports_changes_nothing(new_clinic, two_episodes):
    rows = ["E1,ssri,yes\n", "E1,ssri,\n", "E1,tca,no\n", "E2,maoi,yes\n"]
    ids = set()
    for number, order in enumerate(itertools.permutations(rows)):
        if number % 5 == 0:
            clinic = new_clinic(f"order_{number}")
            clinic.load(episodes=two_episodes, trials=HEADER + "".join(order))
            ids.add(clinic.snapshot())
    apart = new_clinic("apart")
    apart.load(episodes=two_episodes, trials=HEADER + "E2,other,\n")
    apart.load(trials=HEADER + "".join(rows[:3]))
    apart.load(trials=HEADER + rows[3])
    assert ids == {apart.snapshot()}


def test_one_file_that_is_named_twice_counts_once(clinic, two_episodes):
    report = clinic.load(episodes=two_episodes, x=HEADER + TWO, y=HEADER + TWO)
    assert [report_of(report, file) for file in (1, 2)] == [(2, 0, 0), (0, 0, 2)]
    assert stored(clinic) == {"E1": ["ssri True", "ssri True"]}


@pytest.mark.parametrize("backwards", [False, True])
def test_two_files_that_tell_one_episode_otherwise_contradict_each_other(
    clinic, two_episodes, backwards
):
    texts = [HEADER + TWO, HEADER + "E1,ssri,yes\nE2,tca,no\n"]
    x, y = reversed(texts) if backwards else texts
    report = clinic.load(episodes=two_episodes, x=x, y=y)
    assert {(row.column, row.value, row.rule) for row in report.quarantined} == {
        ("episode_id", "E1", "conflicting_rows")
    }
    assert stored(clinic) == {"E2": ["tca False"]}


def test_trials_come_before_or_after_the_episodes_are_told_again(clinic, two_episodes):
    """What follows from the rows is worked out anew with each import, whatever the import is of."""
    clinic.load(episodes=two_episodes, trials=HEADER + TWO)
    report = clinic.load(
        episodes="episode_id,patient_id,modality,site\nE1,P1,rtms,north\nE2,P2,ect,\n"
    )
    assert report.replaced_episodes == 1
    assert clinic.levels("adequate_trials") == {"2": 1, "unknown": 1}
    clinic.load(episodes="episode_id,patient_id,modality,adequate_trials\nE1,P1,rtms,1\n")
    assert clinic.levels("adequate_trials") == {"1": 1, "unknown": 1}
    assert clinic.levels("treatment_resistant") == {"no": 1, "unknown": 1}
    assert clinic.load(trials=HEADER + TWO + "E1,snri,yes\n").changed
    assert clinic.levels("adequate_trials") == {"1": 1, "unknown": 1}


# Each row beside a good one of the same file, on the third line.
BAD = [
    ("E1,,yes", "drug_class", None, "missing_drug_class", CLASSES),
    ("E1,prozac,yes", "drug_class", "prozac", "unknown_drug_class", CLASSES),
    ("E1,ssri,perhaps", "adequate", "perhaps", "not_yes_or_no", "yes, no or empty"),
    ("E9,ssri,yes", "episode_id", "E9", "unknown_episode", "an episode that was loaded"),
    (",ssri,yes", "patient_id", None, "missing_id", "an episode id or a patient id"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "column", "value", "rule", "allowed"), BAD)
def test_a_bad_row_is_kept_aside_with_its_reason(
    clinic, two_episodes, row, column, value, rule, allowed
):
    report = clinic.load(episodes=two_episodes, trials=f"{HEADER}E2,tca,no\n{row}\n")
    found = [(q.line, q.column, q.value, q.rule, q.allowed) for q in report.quarantined]
    assert found == [(3, column, value, rule, allowed)]
    assert stored(clinic) == {"E2": ["tca False"]}


def test_a_list_with_a_row_kept_aside_is_not_used(clinic, two_episodes, kept_aside):
    """One adequate trial too few would make an episode look less resistant than it is."""
    clinic.load(episodes=two_episodes, trials=HEADER + TWO)
    report = clinic.load(trials=HEADER + "E1,ssri,yes\nE1,prozac,yes\nE2,tca,yes\n")
    assert kept_aside(report) == [
        (2, "drug_class", "ssri", "incomplete_trials"),
        (3, "drug_class", "prozac", "unknown_drug_class"),
    ]
    assert report_of(report) == (1, 2, 0)
    assert stored(clinic) == {"E1": ["ssri True", "ssri True"], "E2": ["tca True"]}
    corrected = clinic.load(trials=HEADER + "E1,ssri,yes\nE1,ssri,yes\nE1,snri,yes\n")
    assert report_of(corrected) == (3, 0, 0)
    assert clinic.levels("adequate_trials") == {"1": 1, "3": 1}


def test_a_patient_with_several_episodes_needs_an_episode_id(clinic, kept_aside):
    report = clinic.load(
        episodes="episode_id,patient_id,modality\nE1,P1,rtms\nE2,P1,ect\n",
        trials="patient_id,drug_class\nP1,ssri\n",
    )
    assert kept_aside(report) == [(2, "patient_id", "P1", "several_episodes")]


def test_classes_and_answers_can_be_renamed(clinic, two_episodes):
    clinic.load(
        mapping='[columns]\ndrug_class = "CLASS"\nadequate = "OK"\n'
        '[values.drug_class]\nProzac = "ssri"\n[values.adequate]\n1 = "yes"\n0 = "no"\n'
        '[missing]\ncodes = ["-9"]\n',
        episodes=two_episodes,
        trials="episode_id,CLASS,OK,note\nE1,Prozac,1,x\nE1,tca,0,\nE1,maoi,-9,\n",
    )
    assert stored(clinic) == {"E1": ["maoi None", "ssri True", "tca False"]}


def test_trials_without_any_answer_are_of_unknown_adequacy(clinic, two_episodes):
    clinic.load(episodes=two_episodes, trials="episode_id,drug_class\nE1,ssri\nE1,tca\n")
    assert clinic.levels("treatment_resistant_1") == {"unknown": 2}
    assert clinic.levels("treatment_resistant_4") == {"no": 1, "unknown": 1}


def test_where_treatment_is_given_is_a_field(clinic):
    clinic.load(
        episodes="episode_id,patient_id,modality,treatment_setting\nE1,P1,digital,home\n"
        "E2,P2,rtms,clinic\nE3,P3,rtms,\n"
    )
    assert clinic.levels("treatment_setting") == {"clinic": 1, "home": 1, "unknown": 1}
