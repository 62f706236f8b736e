"""What may leave of a curve: drawn examples, and an adversary who subtracts what is shown."""

import csv
import io
import json
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis import Cohort, Curves, CurveStep, CurveSummary, Definition, curves, release_curves
from analysis.curves import LANDMARKS
from analysis.events import COMPETING
from analysis.export import curves_csv, curves_json, summaries_csv
from analysis.stats.suppression import lines

SMALLEST = 11
FLOW = ("followed", "started", "eligible", "with_baseline", "episodes")


# ---- making an answer ----------------------------------------------------------------------------


@pytest.fixture
def program(clinic):
    """Return a function that makes a program from tables: per group (day, what happened, how many).

    `met` is a response on that day, `left` a last assessment without one, and `lost` stands for
    episodes that nobody assessed again.
    """

    def build(groups):
        episodes, scores = [], []
        for (site, modality), table in groups.items():
            for row, (day, status, count) in enumerate(table):
                for number in range(count):
                    name = f"{site}-{modality}-{row}-{number}"
                    episodes.append(
                        {"episode_id": name, "patient_id": f"patient_of_{name}"}
                        | {"modality": modality, "site": site, "follow_up_days": "400"}
                    )
                    scores.append((name, 0, "20"))
                    if status != "lost":
                        scores.append((name, day, "8" if status == "met" else "18"))
        return clinic(
            episodes,
            [
                {"episode_id": name, "instrument": "phq9", "day": str(day), "score": score}
                for name, day, score in scores
            ],
        )

    return build


def released(store, by=("site",), event="response"):
    answer = curves(store, Cohort(), Definition(), event, by)
    return answer, release_curves(answer, "shared")


def answer_of(by, tables) -> Curves:
    """Return the answer in which each group has the steps and losses drawn for it.

    A step is (events, competing, censored) on the next day; the losses lie before those followed.
    """
    steps, summaries = [], []
    for group, (drawn, losses) in tables.items():
        followed = sum(map(sum, drawn))
        at_risk, free, had, alive = followed, 1.0, 0.0, 1.0
        for day, (events, competing, censored) in enumerate(drawn, start=1):
            if events + competing + censored == 0:
                continue
            free *= 1 - events / at_risk
            had += alive * events / at_risk
            alive *= 1 - (events + competing) / at_risk
            steps.append(
                CurveStep(
                    group,
                    day,
                    at_risk,
                    events,
                    competing,
                    censored,
                    free,
                    free - 0.123456,
                    free,
                    had,
                    had,
                    had + 0.123456,
                )
            )
            at_risk -= events + competing + censored
        events, competing, censored = (sum(kind) for kind in zip(*drawn, strict=True))
        eligible = followed + losses[0]
        summaries.append(
            CurveSummary(
                group,
                eligible + losses[1] + losses[2],
                eligible + losses[1],
                eligible,
                None,
                followed,
                events,
                (("death", competing), *((n, 0) for n in list(COMPETING)[1:])),
                censored,
                5.0,
                4.0,
                None,
                7.654,
                6.543,
                8.765,
                9,
            )
        )
    return Curves(
        by, "response", tuple(steps), tuple(summaries), (), "All episodes.", Definition(),
        "As drawn.", (("response", "half"),), "0123456789ab",
    )  # fmt: skip


COUNTS = st.one_of(st.just(0), st.integers(1, 4), st.integers(8, 30))
STEPS = st.lists(st.tuples(COUNTS, st.one_of(st.just(0), COUNTS), COUNTS), min_size=1, max_size=9)
LOSSES = st.tuples(*[st.one_of(st.just(0), st.integers(1, 30))] * 3)
GROUPS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")),
    st.tuples(STEPS, LOSSES),
    min_size=1,
    max_size=7,
)


def enough(count):
    return count == 0 or count >= SMALLEST


def per_group(answer):
    for summary in answer.summaries:
        yield summary, [step for step in answer.steps if step.group == summary.group]


# ---- properties of random answers ----------------------------------------------------------------


@given(GROUPS)
@settings(max_examples=120)
@example({("a", "x"): ([(40, 0, 0), (1, 0, 39)], (0, 0, 0))})
@example({("a", "x"): ([(20, 5, 20)], (3, 0, 0)), ("a", "y"): ([(20, 0, 20)], (0, 12, 0))})
def test_whatever_lies_between_shown_steps_is_nobody_or_eleven(tables) -> None:
    answer = release_curves(answer_of(("site", "modality"), tables), "shared")
    for summary, steps in per_group(answer):
        if summary.withheld:
            assert steps == []
            continue
        assert summary.followed >= SMALLEST
        assert min(summary.events, summary.followed - summary.events) >= SMALLEST
        if not steps:
            continue
        assert steps[0].at_risk == summary.followed
        for step, following in pairwise(steps):
            assert enough(step.events)
            assert enough(step.at_risk - step.events - following.at_risk)
        told = sum(step.events for step in steps)
        assert enough(steps[-1].events)
        assert enough(summary.events - told)


@given(GROUPS)
@settings(max_examples=120)
def test_shown_counts_are_the_right_ones(tables) -> None:
    answer = answer_of(("site", "modality"), tables)
    shown = release_curves(answer, "shared")
    for (summary, steps), (true, every) in zip(per_group(shown), per_group(answer), strict=True):
        before = 0
        for step in steps:
            passed = [row for row in every if before < row.day <= step.day]
            assert step.events == sum(row.events for row in passed)
            assert step.at_risk == passed[0].at_risk
            assert step.incidence == round(passed[-1].incidence, 3)
            before = step.day
        # who leaves after each shown step, and after the last, counted from the tables themselves
        ends = [*(step.day for step in steps), 10_000]
        for low, high in pairwise([0, *ends]):
            between = [row for row in every if low < row.day <= high]
            if steps:
                assert enough(sum(row.events for row in between))
                assert enough(sum(row.competing + row.censored for row in between))
        if not summary.withheld:
            assert (summary.followed, summary.events) == (true.followed, true.events)


@given(GROUPS)
@settings(max_examples=120)
def test_no_loss_of_one_to_ten_lies_between_two_shown_numbers(tables) -> None:
    answer = release_curves(answer_of(("site", "modality"), tables), "shared")
    for summary in answer.summaries:
        shown = [n for n in (getattr(summary, name) for name in FLOW) if n is not None]
        assert all(enough(abs(one - other)) for one, other in combinations(shown, 2))


@given(GROUPS)
@settings(max_examples=120)
def test_known_totals_give_no_small_count_of_the_other_groups_back(tables) -> None:
    """The totals of all groups, and along each field, may be known from elsewhere."""
    by = ("site", "modality")
    answer = answer_of(by, tables)
    shown = {row.group: row for row in release_curves(answer, "shared").summaries}
    true: dict[Any, Any] = {row.group: row for row in answer.summaries}
    for line in lines(list(true)):
        hidden = [group for group in line if shown[group].withheld]
        if not hidden or len(hidden) == len(line):
            continue
        assert len(hidden) >= 2
        assert sum(true[group].events for group in hidden) >= SMALLEST
        without = [true[group].followed - true[group].events for group in hidden]
        assert sum(without) >= SMALLEST
        # numbers of the flow that all others show are known of the hidden ones together
        others = [group for group in line if group not in hidden]
        told = [n for n in FLOW if all(getattr(shown[g], n) is not None for g in others)]
        sums = [sum(getattr(true[group], name) for group in hidden) for name in told]
        assert all(enough(abs(one - other)) for one, other in combinations(sums, 2))


@given(GROUPS)
@settings(max_examples=80)
def test_a_number_of_the_flow_is_told_of_every_shown_group_or_of_none(tables) -> None:
    answer = release_curves(answer_of(("site", "modality"), tables), "shared")
    rows = [row for row in answer.summaries if not row.withheld]
    for name in FLOW:
        assert len({getattr(row, name) is None for row in rows}) <= 1


@given(GROUPS)
@settings(max_examples=80)
def test_neither_file_holds_what_is_withheld(tables) -> None:
    answer = release_curves(answer_of(("site", "modality"), tables), "shared")
    for row in csv.DictReader(io.StringIO(curves_csv(answer))):
        columns = ("competing", "censored", "estimate", "conf_low", "conf_high")
        assert {row[name] for name in columns} == {""}
        assert len(row["incidence"]) <= 5
        assert len(row["incidence_high"]) <= 4
    for row in csv.DictReader(io.StringIO(summaries_csv(answer))):
        assert {row[name] for name in ("censored", *COMPETING)} == {""}
        assert row["mean"] in ("", "8.0")
        if row["withheld"] == "True":
            assert {row[name] for name in (*FLOW, "events", "median", "mean")} == {""}


@given(GROUPS)
@settings(max_examples=50)
def test_local_changes_nothing_but_the_label(tables) -> None:
    answer = answer_of(("site", "modality"), tables)
    assert release_curves(answer, "local") == answer


# ---- drawn examples ------------------------------------------------------------------------------

LARGE = [(14, "met", 30), (14, "left", 20), (28, "met", 15), (56, "left", 30)]


def test_a_group_of_few_is_withheld_and_takes_another_with_it(program) -> None:
    few = [(14, "met", 4), (28, "left", 4)]
    groups = {("north", "ect"): LARGE, ("south", "ect"): LARGE, ("west", "ect"): few}
    _, shown = released(program(groups))
    assert [row.withheld for row in shown.summaries].count(True) == 2
    assert next(row for row in shown.summaries if row.group == ("west",)).followed is None


def test_steps_of_few_are_joined_to_the_next(program) -> None:
    table = [(7, "met", 6), (14, "met", 6), (21, "left", 12), (28, "met", 3), (35, "left", 3)]
    _, shown = released(program({("north", "ect"): [*table, (42, "met", 20), (49, "left", 15)]}))
    assert [(step.day, step.at_risk, step.events) for step in shown.steps] == [
        (14, 65, 12),
        (21, 53, 0),
        (49, 41, 23),
    ]


def test_the_last_step_is_taken_back_where_few_come_after_it(program) -> None:
    table = [(14, "met", 20), (28, "left", 20), (42, "met", 2), (56, "left", 11)]
    _, shown = released(program({("north", "ect"): table}))
    assert [(step.day, step.events) for step in shown.steps] == []
    assert shown.summaries[0].events == 22


def test_the_share_by_kaplan_meier_is_not_shown_beside_the_incidence(clinic, program) -> None:
    """One death among forty who left: the two shares together would tell of it."""
    table = [(14, "left", 15), (28, "met", 20), (42, "left", 40)]
    answer, shown = released(program({("north", "ect"): table}))
    assert all(step.estimate is not None for step in answer.steps)
    assert {step.estimate for step in shown.steps} == {None}


def test_a_landmark_is_read_off_the_last_shown_step_and_says_its_day(program) -> None:
    answer, shown = released(program({("north", "ect"): LARGE}))
    found = {mark.day: (mark.read_on, mark.withheld) for mark in shown.landmarks}
    assert found == {
        14: (14, False),
        28: (28, False),
        56: (56, False),
        84: (None, True),
        183: (None, True),
        365: (None, True),
    }
    exact = {mark.day: mark.estimate for mark in answer.landmarks}
    assert [m.estimate for m in shown.landmarks[:3]] == [round(exact[d], 3) for d in (14, 28, 56)]
    assert {mark.at_risk for mark in shown.landmarks} == {None}


def test_a_landmark_before_which_no_new_step_is_shown_is_withheld(program) -> None:
    table = [(14, "met", 30), (20, "met", 3), (25, "left", 5), (70, "met", 30), (80, "left", 30)]
    table += [(200, "left", 20)]
    _, shown = released(program({("north", "ect"): table}))
    assert [mark.read_on for mark in shown.landmarks] == [14, None, None, 80, None, None]


def test_local_landmarks_are_read_off_their_own_day(program) -> None:
    answer, _ = released(program({("north", "ect"): LARGE}))
    assert [m.read_on for m in answer.landmarks] == [14, 28, 56, None, None, None]
    assert [m.day for m in answer.landmarks] == list(LANDMARKS)


def test_those_whom_nobody_saw_again_are_told_for_all_groups_or_none(program) -> None:
    """North loses three: its eligible ones would follow from south's and the known total."""
    lost = [*LARGE, (0, "lost", 3)]
    _, shown = released(program({("north", "ect"): lost, ("south", "ect"): LARGE}))
    assert [row.eligible for row in shown.summaries] == [None, None]
    assert [row.followed for row in shown.summaries] == [95, 95]
    _, kept = released(
        program({("north", "ect"): [*LARGE, (0, "lost", 12)], ("south", "ect"): LARGE})
    )
    assert [row.eligible for row in kept.summaries] == [107, 95]


def test_the_exports_of_the_sample_data_hold_no_small_count(sample_store) -> None:
    for event in ("response", "remission", "relapse"):
        answer = curves(sample_store, Cohort(), Definition(), event, ("site", "sex"))
        text = curves_json(release_curves(answer, "shared"))
        found = json.loads(text)
        counted = [row[n] for row in found["rows"] for n in ("at_risk", "events")]
        counted += [row[name] for row in found["summaries"] for name in (*FLOW, "events")]
        assert all(enough(count) for count in counted if count is not None)
