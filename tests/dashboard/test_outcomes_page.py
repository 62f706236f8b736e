"""The Outcomes page: every outcome the instrument has, its rule, and the five classes of change."""

import csv
import io

import pytest

from analysis import OUTCOMES
from analysis.outcomes import available
from analysis.stats.reliable_change import CLASSES
from dashboard import data_outcomes
from dashboard.views.outcomes import ADVERSE

CASES = {"rtms": (40, 40)}
WORSE = ("reliable_deterioration", "deteriorated", "harmed", "suicidality_emergent")


def offered(page):
    return list(page.app.selectbox(key="outcome").options)


@pytest.fixture
def five_classes(clinic):
    """Return a function that makes a program: per modality how many episodes are in each class."""
    endpoints = dict(zip(CLASSES, ("4", "12", "19", "26", "20"), strict=True))

    def build(groups):
        episodes, scores = [], []
        for modality, counts in groups.items():
            for name, number in zip(CLASSES, counts, strict=True):
                for n in range(number):
                    episode = f"{modality}-{name}-{n}"
                    episodes.append(
                        {
                            "episode_id": episode,
                            "patient_id": f"patient_of_{episode}",
                            "modality": modality,
                            "follow_up_days": "400",
                        }
                    )
                    before = "5" if name == "harmed" else "20"
                    scores += [
                        {"episode_id": episode, "instrument": "phq9", "day": day, "score": score}
                        for day, score in (("0", before), ("42", endpoints[name]))
                    ]
        return clinic(episodes, scores)

    return build


def test_outcomes_are_offered_under_their_heading(open_page, sample_store):
    assert offered(open_page("Outcomes", sample_store.path)) == [
        "Response",
        "Partial response",
        "Remission",
        "Symptom-free",
        "Any improvement",
        "Minimal important improvement",
        "Reliable improvement",
        "Reliable deterioration",
        "Clinically significant change: recovered",
        "Clinically significant change: improved",
        "Clinically significant change: unchanged",
        "Clinically significant change: deteriorated",
        "Clinically significant change: harmed",
        "Durability: sustained response",
        "Durability: sustained remission",
        "Suicidal thoughts: resolved",
        "Suicidal thoughts: reduced",
        "Suicidal thoughts: emergent",
    ]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_shows_the_engines_numbers_and_its_rule(
    open_page, sample_store, answered, outcome
):
    page = open_page("Outcomes", sample_store.path, chosen={"outcome": outcome})
    answer = answered(sample_store, outcomes=(outcome,))
    row = answer.rows[0]
    assert not page.app.error
    assert f"= {row.numerator:,} / (" in page.app.code[0].value
    assert answer.rules[0][1] in page.text
    assert answer.definition_sentence in page.text


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_where_to_meet_it_is_to_be_worse_the_page_says_which_side_is_favourable(
    open_page, sample_store, outcome
):
    page = open_page("Outcomes", sample_store.path, chosen={"outcome": outcome})
    assert (ADVERSE in page.text) == (outcome in WORSE)


def test_an_item_outcome_is_about_those_with_the_item_above_zero(open_page, sample_store, answered):
    page = open_page("Outcomes", sample_store.path, chosen={"outcome": "suicidality_resolved"})
    flow = answered(sample_store, outcomes=("suicidality_resolved",), by=("modality",)).flow
    assert "PHQ-9 item 9." in page.text
    assert "Eligible: item above 0 at baseline." in page.text
    table = next(t for t in page.tables if "Eligible" in t)
    assert list(table["Eligible"]) == [f"{step.eligible:,}" for step in flow]


def test_without_answers_to_the_item_its_outcomes_are_not_offered(open_page, small_program):
    page = open_page("Outcomes", small_program(CASES).path)
    assert not [label for label in offered(page) if label.startswith("Suicidal")]
    link = {"outcome": "suicidality_resolved"}
    page = open_page("Outcomes", small_program(CASES).path, link=link)
    assert 'outcome "suicidality_resolved" cannot be used' in page.warning
    assert "holds no answers to the item of PHQ-9" in page.warning


@pytest.mark.parametrize("instrument", ["phq9", "gad7", "madrs", "qids_sr16"])
def test_only_outcomes_with_a_rule_on_the_instrument_are_offered(
    open_page, sample_store, answered, instrument
):
    if instrument not in sample_store.recorded:
        pytest.skip(f"the sample has no {instrument}")
    page = open_page("Outcomes", sample_store.path, chosen={"instrument": instrument})
    definition = answered(sample_store, instrument=instrument).definition
    scale = sample_store.instruments[instrument]
    known = [
        o
        for o in OUTCOMES.values()
        if available(o, scale, definition)
        and (not o.item or instrument in sample_store.items_recorded)
    ]
    assert len(offered(page)) == len(known) < len(OUTCOMES) + 1


def test_a_link_to_an_outcome_that_the_instrument_lacks_is_said(open_page, sample_store):
    link = {"instrument": "gad7", "outcome": "suicidality_resolved"}
    page = open_page("Outcomes", sample_store.path, link=link)
    assert "GAD-7 has no item on suicidal thoughts." in page.warning


def test_the_classes_are_the_engines_and_add_up_to_everybody_with_both_scores(
    open_page, sample_store, answered
):
    page = open_page("Outcomes", sample_store.path)
    table = next(t for t in page.tables if "Harmed" in t).set_index("Group")
    answer = answered(sample_store, outcomes=CLASSES, by=("modality",))
    for position, group in enumerate(dict.fromkeys(row.group for row in answer.rows)):
        own = [row for row in answer.rows if row.group == group]
        shown = table.iloc[position]
        assert shown["With both scores"] == f"{own[0].denominator:,}"
        cells = [f"{100 * row.estimate:.1f} % ({row.numerator})" for row in own]
        assert list(shown[1:]) == cells
        assert sum(row.numerator for row in own) == own[0].denominator


def test_the_bars_hold_the_shares_of_the_table(open_page, five_classes):
    store = five_classes({"rtms": (30, 20, 25, 13, 12), "ect": (5, 1, 3, 0, 0)})
    page = open_page("Outcomes", store.path, chosen={"min_baseline": "none"})
    figure = page.figures[-1]
    bars = {trace["name"]: trace for trace in figure["data"] if trace["type"] == "bar"}
    assert list(bars) == ["Recovered", "Improved", "Unchanged", "Deteriorated", "Harmed"]
    assert [bars[name]["x"] for name in bars] == [
        [30.0, 55.6],
        [20.0, 11.1],
        [25.0, 33.3],
        [13.0, 0.0],
        [12.0, 0.0],
    ]
    assert bars["Recovered"]["text"] == ["30", "5"]
    assert bars["Harmed"]["text"] == ["12", ""]  # a part of nobody has no number


@pytest.mark.parametrize("missing", ["observed", "nonresponse"])
def test_a_missing_score_is_in_no_class_under_any_rule(open_page, sample_store, answered, missing):
    page = open_page("Outcomes", sample_store.path, chosen={"missing": missing, "by": []})
    table = next(t for t in page.tables if "Harmed" in t)
    answer = answered(sample_store, outcomes=CLASSES)
    assert list(table["With both scores"]) == [f"{answer.rows[0].denominator:,}"]
    assert "Counted: episodes with an endpoint; without both scores there is no class" in page.text


def test_a_group_is_withheld_in_all_its_classes_or_in_none(open_page, five_classes):
    # in the ECT group only one class is small
    store = five_classes({"rtms": (30, 20, 25, 13, 12), "ect": (30, 20, 25, 13, 3)})
    chosen = {"min_baseline": "none", "by": ["modality"]}
    page = open_page("Outcomes", store.path, release="shared", chosen=chosen)
    table = next(t for t in page.tables if "Harmed" in t).set_index("Group")
    for group in table.index:
        cells = [cell for name, cell in table.loc[group].items() if name != "With both scores"]
        assert all(cell == "withheld" for cell in cells) or "withheld" not in cells
    assert set(table.loc["ECT", ["Recovered", "Harmed"]]) == {"withheld"}
    drawn = [trace["x"] for trace in page.figures[-1]["data"] if trace["type"] == "bar"]
    places = list(table.index)
    assert all(shares[places.index("ECT")] is None for shares in drawn)


def test_the_two_blocks_of_the_page_do_not_give_each_other_away(open_page, five_classes):
    """What one hides of those with an endpoint, the other must not show."""
    store = five_classes(
        {"rtms": (30, 20, 25, 13, 12), "ect": (3, 2, 1, 1, 1), "vns": (9, 3, 1, 0, 0)}
    )
    for outcome in ("recovered", "response", "reliable_improvement"):
        chosen = {"min_baseline": "none", "outcome": outcome}
        page = open_page("Outcomes", store.path, release="shared", chosen=chosen)
        rates = page.tables[0]
        hidden = set(rates.loc[rates["n / N"] == "withheld", "Group"])
        classes = next(t for t in page.tables if "Harmed" in t).set_index("Group")
        assert hidden <= set(classes.index[classes["With both scores"] == "withheld"])


def test_where_the_classes_have_no_rule_the_page_says_why(open_page, clinic):
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect", "follow_up_days": "400"}],
        [
            {"episode_id": "E1", "instrument": "phq2", "day": day, "score": score}
            for day, score in (("0", "5"), ("42", "1"))
        ],
    )
    page = open_page("Outcomes", store.path)
    assert "Not shown: PHQ-2 has no reliable-change points" in page.text
    assert not page.app.exception
    assert not page.app.error
    program = open_page("Program", store.path)  # there is neither a response nor a remission
    assert not program.app.error
    assert "Any improvement" in program.tiles


def test_too_few_to_compute_a_rule_from_leaves_the_other_block_as_it_is(open_page, one_episode):
    page = open_page("Outcomes", one_episode.path, chosen={"reliable_change": "r=0.8"})
    assert "Response = 1 / (1 − 0)" in page.app.code[0].value
    assert "Not shown: Too few episodes with both scores" in page.text


def test_the_file_of_the_classes_holds_them_all(open_page, five_classes):
    store = five_classes({"rtms": (30, 20, 25, 13, 12)})
    page = open_page("Outcomes", store.path, chosen={"min_baseline": "none"})
    (text,) = (text for name, text in page.files.items() if "classes" in name)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["measure"]: row["numerator"] for row in rows} == dict(
        zip(CLASSES, ("30", "20", "25", "13", "12"), strict=True)
    )


def test_only_four_outcomes_are_adverse():
    assert [name for name in OUTCOMES if data_outcomes.is_adverse(name)] == list(WORSE)
