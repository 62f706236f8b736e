"""Prior trials agree with the recorded counts; where no count is recorded they tell what they can.

yes, no, "": trials known to be adequate, known not to be, and of unknown adequacy.
"""

import pytest


@pytest.fixture(scope="module")
def counts(episodes, adequacy):
    """Per episode, with those without trials."""
    return adequacy.reindex(episodes.index, fill_value=0)


def test_as_many_trials_are_adequate_as_recorded(episodes, counts) -> None:
    recorded = episodes.loc[episodes["adequate_trials"] != "", "adequate_trials"].astype(int)
    assert len(recorded) > 1100
    assert (counts["yes"][recorded.index] == recorded).all()
    assert (counts[""][recorded.index] == 0).all()


def test_there_are_inadequate_trials_too(counts) -> None:
    assert 0.4 < (counts["no"] > 0).mean() < 0.6


def test_half_of_north_leaves_the_count_to_its_trials(episodes, counts) -> None:
    known = episodes["trials"].notna()
    left = known & (episodes["adequate_trials"] == "")
    assert set(episodes["site"][left]) == {"north"}
    assert (left.sum(), (known & (episodes["site"] == "north")).sum()) == (266, 542)
    assert (counts[left].sum(axis=1) > 0).all()
    assert (counts[""][left] == 0).all()


def test_the_trials_give_back_a_count_for_all_but_the_unknown_ones(episodes, counts) -> None:
    unknown = episodes["trials"].isna()
    assert unknown.sum() == 42
    assert (counts[""][unknown] > 0).sum() == 20
    assert (counts[unknown].sum(axis=1) == 0).sum() == 22


def test_two_or_more_adequate_is_decided_in_some_whatever_the_unknown_ones_are(counts) -> None:
    unsure = counts[counts[""] > 0]
    certain = unsure["yes"] >= 2
    ruled_out = unsure["yes"] + unsure[""] < 2
    assert (certain.sum(), ruled_out.sum(), (~certain & ~ruled_out).sum()) == (11, 3, 6)
