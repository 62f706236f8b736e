"""The item on suicidal thoughts is followed like a scale of its own, never as part of a total."""

import pytest

from analysis.errors import UnknownName
from analysis.store import open_store

HEADER = "episode_id,instrument,day,score,item_9\n"
PHQ9 = "phq9:suicidality"

# scores of one episode as day:total:item | baseline | acute | week_6
SERIES = """
0:20:3 42:4:0                   | 3 | 0 | 0
-3:20:2 0:19:1 14:15:2 84:4:1   | 1 | 1 | -
-15:20:3 42:4:0                 | - | 0 | 0
0:20: 42:4:0                    | - | 0 | 0
-3:20:2 0:20: 42:4:             | 2 | - | -
0::3 42::1                      | 3 | 1 | 1
0:20:3 42:4:0 42:4:0            | 3 | 0 | 0
0:20:3 42:4:0 42:4:1 50:9:2     | 3 | 2 | -
0:20:3 42:4:0 42:5:0 50:9:2     | 3 | 2 | -
0:20:3 42:4:0 42::1 60:9:2      | 3 | 2 | -
0:20:0                          | 0 | - | -
"""
DRAWN = [[cell.strip() for cell in line.split("|")] for line in SERIES.strip().splitlines()]


def rows(episode: str, drawn: str) -> str:
    return "".join(
        "{},phq9,{},{},{}\n".format(episode, *visit.split(":")) for visit in drawn.split()
    )


@pytest.fixture(scope="module")
def followed(clinic_of_this_file):
    clinic = clinic_of_this_file
    names = [f"E{n:02}" for n in range(len(DRAWN))]
    clinic.load(
        episodes="episode_id,patient_id,modality\n" + "".join(f"{n},P{n},rtms\n" for n in names),
        x=HEADER + "".join(rows(n, drawn) for n, (drawn, *_) in zip(names, DRAWN, strict=True)),
    )
    return clinic


@pytest.mark.parametrize("place", range(len(DRAWN)), ids=[row[0] for row in DRAWN])
def test_the_series_has_a_baseline_and_endpoints_of_its_own(followed, place):
    found = followed.rows(
        "select baseline, acute, week_6 from endpoint join episode using (episode) "
        f"where instrument::varchar = '{PHQ9}' and episode_id = 'E{place:02}'"
    )
    assert [["-" if s is None else str(s) for s in row] for row in found] == [DRAWN[place][1:]]


def test_each_score_of_the_series_knows_the_next(followed):
    found = followed.rows(
        "select day, next_day, score, baseline from observation join episode using (episode) "
        f"where instrument::varchar = '{PHQ9}' and episode_id = 'E01' order by day"
    )
    assert found == [(-3, 0, 2, 1), (0, 14, 1, 1), (14, 84, 2, 1), (84, None, 1, 1)]


def test_the_series_leaves_the_totals_as_they_are(followed):
    with_items = followed.rows(
        "select episode_id, day, score from observation join episode using (episode) "
        "where instrument::varchar = 'phq9' and episode_id in ('E01', 'E08') order by all"
    )
    assert with_items == [
        ("E01", -3, 20), ("E01", 0, 19), ("E01", 14, 15), ("E01", 84, 4), ("E08", 0, 20),
        ("E08", 50, 9),
    ]  # fmt: skip


def test_only_real_instruments_count_as_recorded(followed):
    with open_store(followed.store) as store:
        assert dict(store.recorded) == {"phq9": sum(len(row[0].split()) for row in DRAWN) - 1}
        assert set(store.items_recorded) == {"phq9"}
        (with_item,) = store.rows("select count(suicidality) from assessment")[0]
        assert store.items_recorded["phq9"] == with_item


def test_a_store_knows_the_item_as_a_scale(followed):
    with open_store(followed.store) as store:
        item = store.instrument(PHQ9)
        assert (item.id, item.low, item.high, item.floor) == (PHQ9, 0, 3, 0)
        assert store.instrument("phq9").high == 27


@pytest.mark.parametrize("name", ["gad7:suicidality", "madrs:suicidality", "x:suicidality"])
def test_an_item_that_was_never_recorded_is_unknown(followed, name):
    with open_store(followed.store) as store, pytest.raises(UnknownName) as refused:
        store.instrument(name)
    assert str(refused.value).startswith(
        f'There is no item on suicidal thoughts in this store "{name}"'
    )
    assert "Known: phq9:suicidality." in str(refused.value)


def test_a_store_without_items_has_no_series(clinic, two_episodes):
    clinic.load(episodes=two_episodes, x="episode_id,instrument,day,score\nE1,phq9,0,20\n")
    found = clinic.rows("select distinct instrument::varchar from endpoint")
    assert found == [("phq9",)]
    with open_store(clinic.store) as store:
        assert dict(store.items_recorded) == {}
        with pytest.raises(UnknownName):
            store.instrument(PHQ9)


def test_every_episode_has_an_endpoint_row_where_any_assessment_has_the_item(clinic, two_episodes):
    clinic.load(
        episodes=two_episodes,
        x="episode_id,instrument,day,score,item_9,item_10\nE1,phq9,0,20,2,\nE2,madrs,0,30,,\n",
    )
    found = clinic.rows(
        "select instrument::varchar, episode_id, baseline from endpoint "
        "join episode using (episode) order by 1, 2"
    )
    assert found == [
        ("madrs", "E1", None), ("madrs", "E2", 30), ("phq9", "E1", 20), ("phq9", "E2", None),
        (PHQ9, "E1", 2), (PHQ9, "E2", None),
    ]  # fmt: skip


def test_a_later_import_keeps_the_items_of_an_earlier_one(clinic, two_episodes):
    clinic.load(episodes=two_episodes, x=HEADER + "E1,phq9,0,20,2\n")
    clinic.load(y=HEADER + "E2,phq9,0,20,1\nE1,phq9,0,20,2\n")
    found = clinic.rows(
        "select episode_id, suicidality from assessment join episode using (episode)"
    )
    assert sorted(found) == [("E1", 2), ("E2", 1)]
    with open_store(clinic.store) as store:
        assert dict(store.items_recorded) == {"phq9": 2}
