"""Recovered: reliably better, and from the side of people who are ill to that of the well."""

import numpy as np
import pytest

from analysis import OUTCOMES, Definition, DefinitionError
from analysis.change_rules import Sample
from analysis.instruments import REGISTRY

CLASSES = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
WELLBEING = '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n'


def test_the_five_classes_side_by_side(differences) -> None:
    # PHQ-9: reliable from 6 points, and people who are well score below 10
    table = """
        baseline | endpoint | recovered | improved | unchanged | deteriorated | harmed
        20       | 9        | yes       | no       | no        | no           | no
        20       | 10       | no        | yes      | no        | no           | no
        20       | 14       | no        | yes      | no        | no           | no
        20       | 15       | no        | no       | yes       | no           | no
        15       | 9        | yes       | no       | no        | no           | no
        14       | 9        | no        | no       | yes       | no           | no
        10       | 4        | yes       | no       | no        | no           | no
        9        | 3        | no        | yes      | no        | no           | no
        9        | 4        | no        | no       | yes       | no           | no
        20       | 20       | no        | no       | yes       | no           | no
        20       | 25       | no        | no       | yes       | no           | no
        20       | 26       | no        | no       | no        | yes          | no
        10       | 16       | no        | no       | no        | yes          | no
        9        | 15       | no        | no       | no        | no           | yes
        9        | 14       | no        | no       | yes       | no           | no
        4        | 10       | no        | no       | no        | no           | yes
        3        | 9        | no        | no       | no        | yes          | no
        0        | 27       | no        | no       | no        | no           | yes
    """
    assert differences(table, min_baseline="none") == []


def test_each_instruments_own_points_and_cut_off(differences) -> None:
    # lt: the cut itself is ill; le: the cut itself is well
    table = """
        instrument | baseline | endpoint | recovered | improved | unchanged
        gad7       | 15       | 7        | yes       | no       | no
        gad7       | 15       | 8        | no        | yes      | no
        gad7       | 10       | 7        | no        | no       | yes
        madrs      | 30       | 10       | yes       | no       | no
        madrs      | 30       | 11       | no        | yes      | no
        hamd17     | 25       | 7        | yes       | no       | no
        hamd17     | 25       | 8        | no        | yes      | no
        bdi2       | 30       | 13       | yes       | no       | no
        bdi2       | 30       | 14       | no        | yes      | no
        bdi2       | 20       | 11       | no        | no       | yes
        qids_sr16  | 15       | 5        | yes       | no       | no
        qids_sr16  | 15       | 6        | no        | yes      | no
        qids_sr16  | 11       | 5        | yes       | no       | no
        promis_dep | 60       | 54.9     | yes       | no       | no
        promis_dep | 60       | 55       | no        | yes      | no
    """
    assert differences(table) == []


def test_a_chosen_cut_off_is_a_switch(differences) -> None:
    table = """
        cutoff | baseline | endpoint | recovered | improved
        lt10   | 20       | 10       | no        | yes
        le10   | 20       | 10       | yes       | no
        lt5    | 20       | 5        | no        | yes
        lt5    | 20       | 4        | yes       | no
        lt15   | 15       | 9        | yes       | no
        le15   | 15       | 9        | no        | yes
        le15   | 16       | 9        | yes       | no
    """
    assert differences(table) == []


@pytest.mark.parametrize("cutoff", ["a", "b:8:4", "c:8:4"])
def test_computed_cut_offs_and_the_score_on_the_cut_itself(cutoff, differences) -> None:
    # Baselines 18, 20 and 22 of those with both scores: mean 20, SD 2. So the cut is 16 by
    # a: 20 - 2 x 2, by b: 8 + 2 x 4, and by c: (2 x 8 + 4 x 20) / (2 + 4).
    # A score equal to a computed cut is on neither side.
    table = """
        scores     | recovered | improved
        0:18 42:15 | yes       | no
        0:20 42:16 | no        | yes
        0:22 42:17 | no        | yes
        0:27       | unknown   | unknown
    """
    assert differences(table, reliable_change="3", cutoff=cutoff) == []


def test_who_starts_on_the_cut_or_beyond_it_cannot_recover(differences) -> None:
    # b: 8 + 2 x 4 = 16
    table = """
        baseline | endpoint | recovered | improved
        17       | 5        | yes       | no
        16       | 5        | no        | yes
        15       | 5        | no        | yes
    """
    assert differences(table, cutoff="b:8:4") == []


def test_where_higher_is_better_the_rules_are_mirrored(differences) -> None:
    # b: mean 20 and SD 3 of people who are well, so 20 - 2 x 3 = 14
    table = """
        cutoff | baseline | endpoint | recovered | improved | unchanged | deteriorated | harmed
        lt15   | 8        | 16       | yes       | no       | no        | no           | no
        lt15   | 8        | 15       | no        | yes      | no        | no           | no
        le15   | 8        | 15       | yes       | no       | no        | no           | no
        le15   | 8        | 14       | no        | yes      | no        | no           | no
        lt15   | 8        | 12       | no        | no       | yes       | no           | no
        lt15   | 16       | 11       | no        | no       | no        | no           | yes
        lt15   | 15       | 10       | no        | no       | no        | yes          | no
        lt15   | 24       | 16       | no        | no       | no        | yes          | no
        b:20:3 | 8        | 15       | yes       | no       | no        | no           | no
        b:20:3 | 8        | 14       | no        | yes      | no        | no           | no
        b:20:3 | 15       | 10       | no        | no       | no        | no           | yes
    """
    options = {"instrument": "wellbeing", "min_baseline": "none", "reliable_change": "5"}
    assert differences(table, WELLBEING, **options) == []


@pytest.mark.parametrize("cutoff", [None, "a", "b:6:4", "c:6:4"])
@pytest.mark.parametrize("change", [None, "r=0.85", "r=0.85,sd=4", "r=1,sd=4"])
@pytest.mark.parametrize(
    "name", ["phq9", "gad7", "madrs", "bdi2", "hamd17", "promis_dep", "moca", "oq45"]
)
def test_every_pair_of_scores_is_in_exactly_one_class(name, change, cutoff, grid) -> None:
    scale = REGISTRY[name]
    before, after = grid(scale)
    units, middle = scale.units_per_point, (scale.low + scale.high) / 2
    definition = Definition(
        name, reliable_change=change, cutoff=cutoff, sample=Sample(middle, 4.0, 30)
    )
    found = np.stack(
        [
            OUTCOMES[name].decide(before / units, after / units, scale, definition)
            for name in CLASSES
        ]
    )
    assert set(np.unique(found)) <= {0, 1}
    assert (found.sum(axis=0) == 1).all()
    # the classes are reliable change, told apart by the cut-off
    for better, together in (("improvement", (0, 1)), ("deterioration", (3, 4))):
        reliable = OUTCOMES[f"reliable_{better}"].decide(
            before / units, after / units, scale, definition
        )
        assert reliable.tolist() == found[list(together)].sum(axis=0).tolist()


def test_every_pair_of_phq9_scores_is_where_the_rule_puts_it(grid) -> None:
    before, after = grid(REGISTRY["phq9"])

    def place(b: int, e: int) -> str:
        ill_before, well_after = b >= 10, e < 10
        if b - e >= 6:
            return "recovered" if ill_before and well_after else "improved"
        if e - b >= 6:
            return "harmed" if not ill_before and not well_after else "deteriorated"
        return "unchanged"

    expected = [place(b, e) for b, e in zip(before.tolist(), after.tolist(), strict=True)]
    for name in CLASSES:
        found = OUTCOMES[name].decide(
            before.astype(float), after.astype(float), REGISTRY["phq9"], Definition()
        )
        assert found.tolist() == [int(one == name) for one in expected]


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        missing     | scores    | recovered
        observed    | 0:20      | unknown
        observed    | 42:0      | not counted
        observed    | 0:9 42:0  | not counted
        observed    | 0:20 7:5  | unknown
        locf        | 0:20 7:9  | yes
        locf        | 0:20 7:10 | no
        locf        | 0:20      | unknown
        nonresponse | 0:20      | no
        nonresponse | 0:20 7:5  | no
        nonresponse | 0:20 42:9 | yes
    """
    assert differences(table) == []


@pytest.mark.parametrize(
    ("instrument", "message"),
    [
        ("hama", "has no reliable-change points: name points"),
        ("hamd24", "has no reliable-change points: name points"),
        ("cgi_s", "has no cut-off between the ill and the well: name one"),
    ],
)
def test_an_instrument_without_a_rule_asks_for_one(instrument, message, differences) -> None:
    table = """
        baseline | endpoint | recovered
        6        | 2        | yes
    """
    options = {"instrument": instrument, "min_baseline": "none"}
    with pytest.raises(DefinitionError, match=message):
        differences(table, **options)
    assert differences(table, **options, reliable_change="2", cutoff="le4") == []


def test_the_rule_is_said_with_points_and_cut_off() -> None:
    words = OUTCOMES["recovered"].describe(REGISTRY["phq9"], Definition(cutoff="lt8"))
    assert words.startswith("PHQ-9 better by at least 6 points (published; ")
    assert words.endswith(", and from the ill side to below 8 (chosen; unverified)")
