"""What is written out and imported again is the same data: the same snapshot id."""

import csv

import pytest

from analysis.cohort import Cohort
from analysis.definition import definition_from_query
from analysis.errors import InputError
from analysis.ingest import import_files, read_mapping
from analysis.measures import rates
from analysis.store import open_store
from analysis.store.as_of import open_as_of
from analysis.store.write_out import write_out
from dashboard.cli import main

MAPPING = """
[study]
as_of = "2026-01-31"
[fields]
ward = "ward"
referred_by = "referred_by"
[modalities.placebo]
label = "Placebo \\"blind\\""
[instruments.stai_t]
label = "STAI trait"
direction = "higher_is_worse"
range = [20, 80]
units_per_point = 2
remission = ["stai_t_le40"]
[instruments.mood]
label = "Mood"
range = [0, 100]
direction = "higher_is_better"
units_per_point = 10
"""
EPISODES = (
    "episode_id,patient_id,modality,{time},site,ward,referred_by,induction_end_day,"
    "planned_sessions,adequate_trials\n"
    'E1,P1,rtms+psychotherapy,{a},"north, ""old""",A,,28,30,\n'
    "E2,P2,placebo,{b},=cmd(),B,GP,,,3\n"
    "E3,P2,psychotherapy+placebo,,,,,,,\n"
)
DATED = EPISODES.format(time="start_date", a="2025-01-01", b="2025-02-03")
AGED = EPISODES.format(time="follow_up_days", a="395", b="0")
FULL = "episode_id,instrument,day,score," + ",".join(f"item_{n}" for n in range(1, 18)) + "\n"
FILES = {
    # every item, and an instrument without items beside it
    "full": FULL
    + "E1,phq9,0,,3,2,3,2,1,,3,2,2,,,,,,,,\n"  # one item not answered
    + "E1,phq9,42,,1,,,,,,,1,1,,,,,,,,\n"  # too few for a total
    + "E1,hamd17,0,," + ",".join(["2"] * 3 + ["1"] * 13 + ["0"]) + "\n"
    + "E1,stai_t,0,60.5" + "," * 17 + "\nE1,mood,0,7.3" + "," * 17 + "\n",
    # one item only; the total stands beside it
    "one": "episode_id,instrument,day,score,item_9\nE2,phq9,0,18,3\nE2,phq9,42,,0\n",
    "few": "episode_id,instrument,day,score,item_1,item_3\nE2,phq9,7,15,3,\nE2,mood,4,0,2,1\n",
    "plain": "episode_id,instrument,day,score\nE3,phq9,-7,21\nE3,phq9,-7,20\nE3,phq9,50,\n",
    "sessions": "episode_id,session,day,phase\nE1,1,0,induction\nE1,,40,maintenance\nE2,2,2,\n",
    "events": "episode_id,day,event\nE1,90,switch\nE2,12,drop_out\n",
    "trials": "episode_id,drug_class,adequate\nE1,ssri,yes\nE1,ssri,yes\nE1,snri,\nE2,tca,no\n",
}  # fmt: skip


def made(folder, episodes, mapping=MAPPING):
    folder.mkdir()
    (folder / "map.toml").write_text(mapping, "utf-8")
    for name, text in {"episodes": episodes, **FILES}.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    files = [folder / f"{name}.csv" for name in ("episodes", *FILES)]
    import_files(folder / "store", files, read_mapping(folder / "map.toml"))
    return folder / "store"


def again(folder):
    """Import what was written out into a new store."""
    report = import_files(
        folder / "store", sorted(folder.glob("*.csv")), read_mapping(folder / "mapping.toml")
    )
    return folder / "store", report


TABLES = ("episode", "assessment", "session", "event", "prior_trial", "level", "setting",
          "observation", "endpoint")  # fmt: skip


def content(store):
    batches = "exclude (batch)"
    return {
        t: store.rows(
            f"select * {batches if t in ('assessment', 'session', 'event', 'prior_trial') else ''} "
            f"from {t} order by all"
        )
        for t in TABLES
    }


@pytest.mark.parametrize(
    ("episodes", "dates"),
    [(AGED, False), (AGED, True), (DATED, True)],
    ids=["ages", "both", "dates"],
)
def test_a_store_with_everything_comes_back_with_the_same_id(tmp_path, episodes, dates):
    with open_store(made(tmp_path / "clinic", episodes)) as before:
        written = write_out(before, tmp_path / "out", dates=dates)
        assert {file.name for file in written.files} == {
            *("episodes.csv", "sessions.csv", "events.csv", "trials.csv"),
            *("assessments.csv", "assessments_2.csv", "assessments_3.csv"),
        }
        store, report = again(tmp_path / "out")
        assert [file.unused for file in report.files] == [()] * 7
        with open_store(store) as after:
            assert content(after) == content(before)
            assert after.snapshot == before.snapshot


def test_without_dates_the_figures_are_the_same(tmp_path):
    """The follow-up ages stand, but they do not grow with the as-of date: another id."""
    with open_store(made(tmp_path / "clinic", DATED)) as before:
        assert write_out(before, tmp_path / "out").undated == 2
        header = (tmp_path / "out" / "episodes.csv").read_text("utf-8").splitlines()[0]
        assert "date" not in header
        store, _ = again(tmp_path / "out")
        with open_store(store) as after:
            assert after.snapshot != before.snapshot
            ours, theirs = content(before), content(after)
            assert {t: v for t, v in ours.items() if t != "episode"} == {
                t: v for t, v in theirs.items() if t != "episode"
            }
            figures = []
            for opened in (before, after):
                query = {"instrument": "phq9", "min_baseline": "none"}
                definition = definition_from_query(query, opened.instruments)
                figures.append(rates(opened, Cohort(), definition, by=("modality",)).rows)
            assert figures[0] == figures[1]


def test_the_sample_data_come_back_with_the_same_id(sample_store, tmp_path):
    write_out(sample_store, tmp_path / "out")
    store, report = again(tmp_path / "out")
    with open_store(store) as after:
        assert after.snapshot == sample_store.snapshot
    conflicts = sum(file.quarantined for file in report.files)
    (stored,) = sample_store.rows(
        "select count(*) from quarantine where rule = 'conflicting_scores'"
    )
    assert conflicts == stored[0]


def test_what_a_mean_of_two_scores_keeps_of_its_items(tmp_path):
    mapping = '[conflicts]\nrule = "mean"\n'
    (tmp_path / "map.toml").write_text(mapping, "utf-8")
    (tmp_path / "s.csv").write_text(
        "patient_id,modality,instrument,day,score,item_9\nP1,ect,phq9,0,20,2\nP1,ect,phq9,0,18,2\n"
    )
    import_files(tmp_path / "store", [tmp_path / "s.csv"], read_mapping(tmp_path / "map.toml"))
    with open_store(tmp_path / "store") as before:
        assert before.rows("select score, items, suicidality from assessment") == [(19, None, 2)]
        write_out(before, tmp_path / "out")
        store, _ = again(tmp_path / "out")
        with open_store(store) as after:
            assert content(after)["endpoint"] == content(before)["endpoint"]
            assert after.rows("select score, suicidality from assessment") == [(19, 2)]


def test_cells_stand_as_they_are(tmp_path):
    with open_store(made(tmp_path / "clinic", AGED)) as store:
        write_out(store, tmp_path / "out")
    with (tmp_path / "out" / "episodes.csv").open(newline="", encoding="utf-8") as handle:
        rows = {row["episode_id"]: row for row in csv.DictReader(handle)}
    assert (rows["E1"]["site"], rows["E2"]["site"]) == ('north, "old"', "=cmd()")
    assert rows["E3"]["site"] == rows["E3"]["follow_up_days"] == ""
    assert rows["E2"]["adequate_trials"] == "3"


def test_a_folder_with_files_is_left_alone(tmp_path):
    store = made(tmp_path / "clinic", AGED)
    with open_store(store) as opened, pytest.raises(InputError, match=r"holds files already.*E507"):
        write_out(opened, tmp_path / "clinic")


def test_the_command_as_of_a_batch(tmp_path, capsys):
    store = made(tmp_path / "clinic", DATED)
    (tmp_path / "more.csv").write_text("episode_id,instrument,day,score\nE3,phq9,60,3\n", "utf-8")
    import_files(store, [tmp_path / "more.csv"])
    out = tmp_path / "out"
    assert main(["export", str(store), "--to", "csv", str(out), "--as-of", "1"]) == 0
    told = capsys.readouterr().out
    assert f"{out / 'episodes.csv'}: 3 rows" in told
    assert "2 episodes have a start date" in told
    with open_as_of(store, 1) as then:
        assert f"This is snapshot {then.snapshot}, as of batch 1 (" in told
    assert "E3,phq9,60," not in (out / "assessments.csv").read_text("utf-8")
    assert main(["export", str(store), "--to", "csv", str(out)]) == 2
