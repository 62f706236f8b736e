"""Reliable deterioration: worse by more than the error of measurement."""

import numpy as np
import pytest

from analysis import OUTCOMES, Definition, DefinitionError
from analysis.instruments import REGISTRY


def test_published_points_count_themselves(differences) -> None:
    table = """
        instrument | baseline | endpoint | reliable_deterioration
        phq9       | 14       | 20       | yes
        phq9       | 14       | 19       | no
        phq9       | 14       | 14       | no
        phq9       | 20       | 14       | no
        gad7       | 11       | 15       | yes
        gad7       | 11       | 14       | no
        madrs      | 22       | 30       | yes
        madrs      | 22       | 29       | no
        bdi2       | 20       | 30       | yes
        bdi2       | 20       | 29       | no
        cgi_s      | 4        | 6        | yes
        cgi_s      | 4        | 5        | no
        promis_dep | 60.3     | 65.3     | yes
        promis_dep | 60.3     | 65.2     | no
    """
    assert differences(table) == []


def test_where_higher_is_better_the_rule_is_mirrored(differences) -> None:
    table = """
        baseline | endpoint | reliable_deterioration
        40       | 30       | yes
        40       | 31       | no
        40       | 50       | no
    """
    assert differences(table, instrument="who5") == []


def test_chosen_and_computed_rules(differences) -> None:
    # 1.96 x 5 x root of 2 (1 - 0.5) = 9.8; without any error one point is beyond it
    table = """
        reliable_change | baseline | endpoint | reliable_deterioration
        5               | 15       | 20       | yes
        5               | 15       | 19       | no
        r=0.5,sd=5      | 15       | 24       | no
        r=0.5,sd=5      | 15       | 25       | yes
        r=1,sd=5        | 15       | 15       | no
        r=1,sd=5        | 15       | 16       | yes
    """
    assert differences(table) == []


def test_the_spread_is_that_of_everybody_with_both_scores(differences) -> None:
    # Baselines 10, 12, 14, 16 and 18: SD root of 10 = 3.16, critical difference 3.92
    table = """
        scores     | reliable_deterioration
        0:10 42:14 | yes
        0:12 42:15 | no
        0:14 42:18 | yes
        0:16 42:19 | no
        0:18 42:10 | no
        0:27       | unknown
        0:1 42:27  | not counted
    """
    assert differences(table, reliable_change="r=0.8") == []


def test_nobody_is_reliably_better_and_worse(grid) -> None:
    for name in ("phq9", "cgi_s", "who5", "moca"):
        scale = REGISTRY[name]
        before, after = grid(scale)
        better, worse = (
            OUTCOMES[outcome].decide(before, after, scale, Definition(name))
            for outcome in ("reliable_improvement", "reliable_deterioration")
        )
        assert not np.any((better == 1) & (worse == 1))
        # and what is better one way round is worse the other way round
        backwards = OUTCOMES["reliable_deterioration"].decide(
            after, before, scale, Definition(name)
        )
        assert better.tolist() == backwards.tolist()


def test_a_missing_score_is_neither_yes_nor_no(differences) -> None:
    # Under nonresponse a missing endpoint is "not met", which here is the favourable side.
    table = """
        missing     | scores     | reliable_deterioration
        observed    | 0:14       | unknown
        observed    | 42:27      | not counted
        observed    | 0:9 42:27  | not counted
        observed    | 0:14 7:20  | unknown
        locf        | 0:14 7:20  | yes
        locf        | 0:14 7:19  | no
        locf        | 0:14       | unknown
        nonresponse | 0:14       | no
        nonresponse | 0:14 7:20  | no
        nonresponse | 0:14 42:20 | yes
    """
    assert differences(table) == []


def test_an_instrument_without_points_asks_for_a_rule(differences) -> None:
    table = """
        baseline | endpoint | reliable_deterioration
        20       | 30       | yes
    """
    with pytest.raises(DefinitionError, match="has no reliable-change points: name points"):
        differences(table, instrument="hama")
    assert differences(table, instrument="hama", reliable_change="10") == []


def test_the_rule_is_said_in_words() -> None:
    words = OUTCOMES["reliable_deterioration"].describe(REGISTRY["gad7"], Definition("gad7"))
    assert words.startswith("GAD-7 worse by at least 4 points (published; ")
