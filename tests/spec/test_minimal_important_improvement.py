"""Minimal important improvement: better by the least that matters to patients, or more."""

from fractions import Fraction

import numpy as np
import pytest

from analysis import OUTCOMES, Definition, DefinitionError
from analysis.instruments import REGISTRY

T_SCORE = "[instruments.t_score]\nrange = [20, 80]\n"
WELLBEING = '[instruments.wellbeing]\nrange = [0, 25]\ndirection = "higher_is_better"\n'


def test_the_instruments_own_points_at_their_edge(differences) -> None:
    table = """
        instrument | baseline | endpoint | minimal_important_improvement
        phq9       | 20       | 15       | yes
        phq9       | 20       | 16       | no
        phq9       | 20       | 20       | no
        phq9       | 20       | 25       | no
        gad7       | 15       | 11       | yes
        gad7       | 15       | 12       | no
        madrs      | 30       | 24       | yes
        madrs      | 30       | 25       | no
        hamd17     | 25       | 20       | yes
        hamd17     | 25       | 21       | no
        cgi_s      | 5        | 4        | yes
        cgi_s      | 5        | 5        | no
        promis_dep | 60.3     | 56.8     | yes
        promis_dep | 60.3     | 56.9     | no
    """
    assert differences(table) == []


def test_per_cent_is_counted_from_the_baseline_and_equality_counts(differences) -> None:
    # BDI-II: 32 % in treatment-resistant depression; Y-BOCS: 35 %
    table = """
        instrument | baseline | endpoint | minimal_important_improvement
        bdi2       | 25       | 17       | yes
        bdi2       | 25       | 18       | no
        bdi2       | 50       | 34       | yes
        bdi2       | 50       | 35       | no
        bdi2       | 20       | 13       | yes
        bdi2       | 20       | 14       | no
        ybocs      | 20       | 13       | yes
        ybocs      | 20       | 14       | no
    """
    assert differences(table) == []


def test_points_or_per_cent_can_be_chosen(differences) -> None:
    table = """
        minimal_important | baseline | endpoint | minimal_important_improvement
        3                 | 20       | 17       | yes
        3                 | 20       | 18       | no
        3.5               | 20       | 17       | no
        3.5               | 20       | 16       | yes
        20%               | 20       | 16       | yes
        20%               | 20       | 17       | no
        20%               | 17       | 14       | no
        20%               | 17       | 13       | yes
        100%              | 20       | 0        | yes
        100%              | 20       | 1        | no
    """
    assert differences(table) == []


def test_per_cent_is_counted_from_the_floor_where_that_is_not_zero(differences) -> None:
    table = """
        instrument | minimal_important | baseline | endpoint | minimal_important_improvement
        t_score    | 25%               | 60       | 50       | yes
        t_score    | 25%               | 60       | 51       | no
        t_score    | 25%               | 20       | 20       | unknown
        cgi_s      | 50%               | 5        | 3        | yes
        cgi_s      | 50%               | 5        | 4        | no
        cgi_s      | 50%               | 1        | 1        | unknown
    """
    assert differences(table, T_SCORE, min_baseline="none") == []


def test_where_higher_is_better_the_rule_is_mirrored(differences) -> None:
    table = """
        instrument | minimal_important | baseline | endpoint | minimal_important_improvement
        who5       | -                 | 40       | 50       | yes
        who5       | -                 | 40       | 49       | no
        who5       | -                 | 40       | 30       | no
        wellbeing  | 25%               | 5        | 10       | yes
        wellbeing  | 25%               | 5        | 9        | no
        wellbeing  | 25%               | 25       | 25       | unknown
        wellbeing  | 5                 | 25       | 25       | no
    """
    assert differences(table, WELLBEING, min_baseline="none") == []


def test_at_the_floor_no_share_is_known_but_points_are(differences) -> None:
    table = """
        minimal_important | baseline | endpoint | minimal_important_improvement
        20%               | 0        | 0        | unknown
        20%               | 0        | 5        | unknown
        5                 | 0        | 0        | no
        5                 | 4        | 0        | no
        5                 | 5        | 0        | yes
    """
    assert differences(table, min_baseline="none") == []


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    table = """
        missing     | minimal_important | scores      | minimal_important_improvement
        observed    | 5                 | 0:20        | unknown
        observed    | 5                 | 42:0        | not counted
        observed    | 5                 | 0:9 42:0    | not counted
        observed    | 20%               | 0:20 7:10   | unknown
        locf        | 20%               | 0:20 7:16   | yes
        locf        | 5                 | 0:20 7:16   | no
        locf        | 5                 | 0:20        | unknown
        nonresponse | 5                 | 0:20        | no
        nonresponse | 20%               | 0:20 7:10   | no
        nonresponse | 20%               | 0:20 42:10  | yes
    """
    assert differences(table) == []


def test_under_nonresponse_an_undefined_share_is_still_no_failure(differences) -> None:
    table = """
        minimal_important | scores   | minimal_important_improvement
        20%               | 0:0      | unknown
        20%               | 0:0 42:0 | unknown
        5                 | 0:0      | no
    """
    assert differences(table, min_baseline="none", missing="nonresponse") == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("phq9", "5"),
        ("phq9", "23%"),
        ("gad7", "26.8%"),
        ("bdi2", "32%"),
        ("bdi2", "17.5%"),
        ("cgi_s", "33.3%"),
        ("madrs_s", "12.5%"),
        ("promis_dep", "3.5"),
        ("who5", "10"),
    ],
)
def test_no_pair_of_scores_is_decided_by_rounding(name, rule, grid) -> None:
    scale = REGISTRY[name]
    before, after = grid(scale)
    units = scale.units_per_point
    found = OUTCOMES["minimal_important_improvement"].decide(
        before / units, after / units, scale, Definition(name, minimal_important=rule)
    )
    sign = 1 if scale.higher_is_worse else -1
    amount = Fraction(rule.rstrip("%")) * units
    floor = round((scale.floor or 0) * units)
    expected = []
    for b, e in zip(before.tolist(), after.tolist(), strict=True):
        if not rule.endswith("%"):
            expected.append(int(sign * (b - e) >= amount))
        elif b == floor:
            expected.append(-1)
        else:
            expected.append(int(Fraction(b - e, b - floor) * 100 * units >= amount))
    assert found.tolist() == expected


@pytest.mark.parametrize("name", ["who5", "promis_dep", "moca", "eq5d5l"])
def test_per_cent_is_refused_where_percent_change_means_nothing(name) -> None:
    scale, some = REGISTRY[name], np.array([1.0])
    with pytest.raises(DefinitionError, match="Percent change is not defined on"):
        OUTCOMES["minimal_important_improvement"].decide(
            some, some, scale, Definition(name, minimal_important="20%")
        )


def test_an_instrument_without_a_rule_asks_for_one(differences) -> None:
    table = """
        baseline | endpoint | minimal_important_improvement
        20       | 10       | yes
    """
    with pytest.raises(DefinitionError, match="has no minimal important change: name one"):
        differences(table, instrument="qids_sr16")
    assert differences(table, instrument="qids_sr16", minimal_important="5") == []


def test_the_rule_is_said_with_its_source_or_as_unverified() -> None:
    describe = OUTCOMES["minimal_important_improvement"].describe
    own = describe(REGISTRY["bdi2"], Definition("bdi2"))
    assert own.startswith("BDI-II better by at least 32 % (")
    assert not own.endswith("(unverified)")
    chosen = describe(REGISTRY["phq9"], Definition(minimal_important="4"))
    assert chosen == "PHQ-9 better by at least 4 points (unverified)"
