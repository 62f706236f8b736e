"""Who the episodes are: counts that add up, and what of them may be shown."""

import csv
import io
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import Cohort, UnknownName
from analysis.case_mix import CaseMix, LevelCount, case_mix, release_case_mix
from analysis.export import case_mix_csv
from analysis.policy import SMALLEST

RULES = ("treatment_resistant_1", "treatment_resistant", "treatment_resistant_4")


@pytest.fixture
def program(clinic):
    """Return a function that makes episodes: modality, adequate trials, setting, how many."""

    def build(*groups):
        episodes, scores = [], []
        for modality, trials, setting, number in groups:
            for n in range(number):
                name = f"{modality}-{trials}-{setting}-{n}"
                episodes.append(
                    {
                        "episode_id": name,
                        "patient_id": f"patient_of_{name}",
                        "modality": modality,
                        "adequate_trials": trials,
                        "setting": setting,
                        "follow_up_days": "400",
                    }
                )
                scores.append({"episode_id": name, "instrument": "phq9", "day": "0", "score": "20"})
        return clinic(episodes, scores)

    return build


def counts(answer, field):
    return {(*row.group, row.level): row.episodes for row in answer.rows if row.field == field}


def test_each_rule_asks_for_more_trials(program) -> None:
    store = program(
        ("ect", "0", "inpatient", 1),
        ("ect", "1", "inpatient", 2),
        ("ect", "2", "outpatient", 3),
        ("rtms", "5", "outpatient", 4),
        ("rtms", "", "", 5),
    )
    answer = case_mix(store, Cohort(), RULES)
    yes = [counts(answer, rule)["yes",] for rule in RULES]
    no = [counts(answer, rule)["no",] for rule in RULES]
    unknown = [counts(answer, rule)["unknown",] for rule in RULES]
    assert (yes, no, unknown) == ([9, 7, 4], [1, 3, 6], [5, 5, 5])


def test_the_levels_of_a_group_add_up_to_its_episodes(sample_store) -> None:
    fields = (*RULES, "setting", "treatment_setting", "pharmacogenetic_testing")
    answer = case_mix(sample_store, Cohort(), fields, ("site",))
    for field, (site, episodes) in product(fields, sample_store.levels["site"].items()):
        own = counts(answer, field)
        assert sum(n for key, n in own.items() if key[0] == site) == episodes


def test_a_field_can_be_grouped_by_itself(sample_store) -> None:
    answer = case_mix(sample_store, Cohort(), ("site",), ("site",))
    for (group, level), n in counts(answer, "site").items():
        assert n == (sample_store.levels["site"][level] if group == level else 0)


def test_a_cohort_is_obeyed(sample_store) -> None:
    valley = Cohort.of({"site": ["valley"]})
    answer = case_mix(sample_store, valley, ("setting",))
    assert sum(counts(answer, "setting").values()) == sample_store.levels["site"]["valley"]


def test_an_unknown_field_is_named(sample_store) -> None:
    with pytest.raises(UnknownName, match="shoe_size"):
        case_mix(sample_store, Cohort(), ("shoe_size",))


def test_small_counts_are_withheld_with_what_would_give_them_back(program) -> None:
    store = program(
        ("ect", "2", "inpatient", 30),
        ("ect", "2", "outpatient", 4),
        ("rtms", "2", "inpatient", 20),
        ("rtms", "2", "outpatient", 40),
    )
    answer = release_case_mix(case_mix(store, Cohort(), ("setting",), ("modality",)), "shared")
    assert set(counts(answer, "setting").values()) == {None}
    whole = release_case_mix(case_mix(store, Cohort(), ("setting",)), "shared")
    assert counts(whole, "setting") == {("inpatient",): 50, ("outpatient",): 44}


def test_a_group_that_is_too_small_shows_not_even_its_zeros(program) -> None:
    store = program(
        ("ect", "2", "inpatient", 5),
        ("rtms", "2", "inpatient", 50),
        ("rtms", "2", "outpatient", 50),
        ("vns", "2", "inpatient", 30),
        ("vns", "2", "outpatient", 30),
    )
    answer = release_case_mix(case_mix(store, Cohort(), ("setting",), ("modality",)), "shared")
    own = counts(answer, "setting")
    assert own["ect", "outpatient"] is own["ect", "inpatient"] is None


def test_a_few_between_two_rules_are_not_told_by_their_difference(program) -> None:
    store = program(
        ("ect", "1", "inpatient", 5), ("ect", "2", "inpatient", 60), ("ect", "0", "", 40)
    )
    answer = release_case_mix(case_mix(store, Cohort(), RULES), "shared")
    first, second = counts(answer, RULES[0]), counts(answer, RULES[1])
    assert first["yes",] == 65
    assert second["yes",] is None


@given(
    st.lists(st.integers(0, 40), min_size=6, max_size=6),
    st.sampled_from([("a",), ("a", "b"), ("a", "b", "c")]),
)
def test_whatever_the_counts_a_shown_one_is_none_or_not_small(numbers, groups) -> None:
    levels = ("yes", "no")
    keys = list(product(groups, levels))
    rows = tuple(
        LevelCount((group,), "setting", level, n)
        for (group, level), n in zip(keys, numbers, strict=False)
    )
    answer = CaseMix(("modality",), ("setting",), rows, "All episodes.", "0")
    released = release_case_mix(answer, "shared")
    by_key = {(row.group[0], row.level): row for row in released.rows}
    true = {(row.group[0], row.level): row.episodes or 0 for row in rows}
    for key, row in by_key.items():
        assert row.withheld == (row.episodes is None)
        assert row.episodes in (None, true[key])
        assert row.episodes is None or row.episodes == 0 or row.episodes >= SMALLEST
    # along a line whose total is known, one hidden count could be worked out
    for line in (
        *([(g, level) for level in levels] for g in groups),
        *([(g, level) for g in groups] for level in levels),
    ):
        hidden = [key for key in line if by_key[key].withheld]
        if hidden and sum(true[key] for key in hidden):
            assert len(hidden) == len(line) or len(hidden) > 1


def test_the_file_leaves_withheld_cells_empty(program) -> None:
    store = program(("ect", "2", "inpatient", 30), ("ect", "2", "outpatient", 4))
    answer = release_case_mix(case_mix(store, Cohort(), ("setting",)), "shared")
    rows = list(csv.DictReader(io.StringIO(case_mix_csv(answer))))
    assert {row["episodes"] for row in rows} == {""}
    assert {row["snapshot"] for row in rows} == {store.snapshot}
    assert {row["release"] for row in rows} == {"shared"}
