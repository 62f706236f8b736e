"""Suicidal thoughts reduced: the item was above zero at baseline and is lower at the endpoint."""

import numpy as np

from analysis import OUTCOMES, Cohort, Definition, rates
from analysis.instruments import REGISTRY, suicidality_item


def test_lower_is_enough_and_the_same_is_not(differences) -> None:
    table = """
        baseline_item | endpoint_item | suicidality_reduced | suicidality_resolved
        3             | 2             | yes                 | no
        3             | 0             | yes                 | yes
        1             | 0             | yes                 | yes
        3             | 3             | no                  | no
        1             | 1             | no                  | no
        1             | 2             | no                  | no
        0             | 0             | not counted         | not counted
        0             | 1             | not counted         | not counted
        2             | -             | unknown             | unknown
        -             | 0             | not counted         | not counted
    """
    assert differences(table) == []


def test_the_total_plays_no_part(differences) -> None:
    table = """
        baseline | endpoint | baseline_item | endpoint_item | suicidality_reduced
        20       | 25       | 2             | 1             | yes
        20       | 2        | 2             | 2             | no
        4        | 4        | 2             | 1             | yes
        -        | -        | 2             | 1             | yes
        20       | 2        | 2             | -             | unknown
        20       | 2        | -             | 1             | not counted
    """
    assert differences(table) == []


def test_missing_answers_under_the_three_rules(differences) -> None:
    table = """
        missing     | items    | suicidality_reduced
        observed    | 0:2 7:1  | unknown
        locf        | 0:2 7:1  | yes
        locf        | 0:2 7:2  | no
        locf        | 0:2      | unknown
        nonresponse | 0:2 7:1  | no
        nonresponse | 0:2      | no
        nonresponse | 0:2 42:1 | yes
        nonresponse | 0:0      | not counted
    """
    assert differences(table) == []


def test_resolved_is_always_reduced() -> None:
    item = suicidality_item(REGISTRY["madrs"])
    scores = np.array([np.nan, *range(7)])
    before, after = (axis.ravel() for axis in np.meshgrid(scores, scores))
    resolved, reduced = (
        OUTCOMES[f"suicidality_{name}"].decide(before, after, item, Definition("madrs"))
        for name in ("resolved", "reduced")
    )
    assert (reduced[resolved == 1] == 1).all()
    assert ((resolved == -1) == (reduced == -1)).all()
    assert ((resolved == 1).sum(), (reduced == 1).sum()) == (6, 21)


def test_it_shares_its_denominator_with_resolved(clinic) -> None:
    items = {"A": (2, 1), "B": (2, 0), "C": (1, 1), "D": (0, 1), "E": (3, None), "F": (None, 0)}
    store = clinic(
        [{"episode_id": name, "patient_id": name, "modality": "ect"} for name in items],
        [
            {"episode_id": name, "instrument": "phq9", "day": day, "score": 20, "item_9": item}
            for name, answers in items.items()
            for day, item in zip((0, 42), answers, strict=True)
        ],
    )
    found = rates(store, Cohort(), Definition(), ("suicidality_resolved", "suicidality_reduced"))
    assert [(row.numerator, row.denominator, row.unknown) for row in found.rows] == [
        (1, 3, 1),
        (2, 3, 1),
    ]
    (flow,) = found.flow
    # of six episodes five have an answer at baseline, four of them above zero
    assert (flow.episodes, flow.with_baseline, flow.eligible, flow.with_endpoint) == (6, 5, 4, 3)


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["suicidality_reduced"].describe(
        suicidality_item(REGISTRY["madrs"]), Definition("madrs")
    )
    assert words == "MADRS item 10 above 0 at baseline and lower at the endpoint"
