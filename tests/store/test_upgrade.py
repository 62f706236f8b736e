"""A store of layout 2, made with its own schema, and what an upgrade makes of it.

F13: a failure half way leaves the old store untouched, a newer one is refused with both version
numbers, and the figures after the upgrade are those of a fresh import.
"""

import json
import shutil
from pathlib import Path

import pytest

from analysis.errors import DefinitionError, StoreDamaged, StoreMissing
from analysis.fields import EPISODE_FIELDS
from analysis.ingest import import_files, read_mapping
from analysis.store import open_store
from analysis.store.as_of import open_as_of
from analysis.store.batches import read_batches
from analysis.store.upgrade import upgrade
from dashboard.cli import main
from tests.store.layouts import to_layout_2

MAPPING = """
[study]
as_of = "2026-01-31"
[fields]
ward = "ward"
[modalities.placebo]
label = "Placebo"
[instruments.stai_t]
label = "STAI trait"
range = [20, 80]
direction = "higher_is_worse"
units_per_point = 2
"""
FILES = {
    "episodes": "episode_id,patient_id,modality,start_date,site,ward\n"
    "E1,P1,rtms+psychotherapy,2025-01-01,north,A\nE2,P2,placebo,2025-02-01,,B\n",
    "scores": "episode_id,instrument,day,score,item_9\nE1,phq9,0,20,2\nE1,phq9,42,4,0\n"
    "E2,phq9,0,18,\nE2,phq9,42,17,\nE2,stai_t,0,60.5,\nE2,phq9,70,99,\n",
    "sessions": "episode_id,session,day,phase\nE1,1,0,induction\nE1,2,2,\n",
    "events": "episode_id,day,event\nE1,90,switch\n",
    "trials": "episode_id,drug_class,adequate\nE1,ssri,yes\nE1,ssri,yes\nE1,snri,\n",
}


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A store of this layout and the same one in layout 2, imported in two steps."""
    folder = tmp_path_factory.mktemp("layouts")
    (folder / "map.toml").write_text(MAPPING, "utf-8")
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    mapping = read_mapping(folder / "map.toml")
    first, *rest = (folder / f"{name}.csv" for name in FILES)
    import_files(folder / "fresh", [first], mapping)
    import_files(folder / "fresh", rest, mapping)
    shutil.copytree(folder / "fresh", folder / "old")
    to_layout_2(folder / "old")
    return folder


@pytest.fixture
def old(made, tmp_path):
    return shutil.copytree(made / "old", tmp_path / "store")


def content(store: Path):
    return {f.name: f.read_bytes() for f in store.iterdir() if f.suffix != ".lock"}


@pytest.mark.parametrize("case", ["F13"])
def test_the_data_after_an_upgrade_are_those_of_a_fresh_import(made, old, case):
    assert upgrade(old) is not None
    with open_store(made / "fresh") as fresh, open_store(old) as upgraded:
        assert upgraded.snapshot == fresh.snapshot
        for table in ("observation", "endpoint", "level", "setting"):
            query = f"select * from {table} order by all"
            assert upgraded.rows(query) == fresh.rows(query)
        batches = read_batches(upgraded.connection)
        assert [(b.batch, b.kind, b.who, b.when) for b in batches] == [
            (1, "import", "unknown", "unknown"),
            (2, "import", "unknown", "unknown"),
        ]
        assert upgraded.rows("select distinct batch from assessment") == [(2,)]
        assert upgraded.rows("select rule, cells from quarantine") == [("score_out_of_range", None)]
        assert upgraded.rows("select site from said_episode order by episode_id") == [
            ("north",),
            (None,),
        ]
    assert upgrade(old) is None


def test_the_first_form_of_layout_2_keeps_the_trials_that_were_stated(tmp_path):
    """It had no table of prior trials; the figures are those of a fresh import all the same."""
    (tmp_path / "map.toml").write_text(MAPPING, "utf-8")
    episodes = (
        "episode_id,patient_id,modality,follow_up_days,ward,adequate_trials\n"
        "E1,P1,rtms+psychotherapy,90,A,2\nE2,P2,placebo,,B,\n"
    )
    for name, text in {**FILES, "episodes": episodes}.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    files = [tmp_path / f"{name}.csv" for name in FILES if name != "trials"]
    import_files(tmp_path / "fresh", files, read_mapping(tmp_path / "map.toml"))
    old = shutil.copytree(tmp_path / "fresh", tmp_path / "old")
    to_layout_2(old, first_form=True)
    assert upgrade(old) is not None
    with open_store(tmp_path / "fresh") as fresh, open_store(old) as upgraded:
        assert upgraded.snapshot == fresh.snapshot
        assert upgraded.rows("select stated_trials from episode order by episode_id") == [
            (2,),
            (None,),
        ]
        for table in ("observation", "endpoint", "level", "setting"):
            query = f"select * from {table} order by all"
            assert upgraded.rows(query) == fresh.rows(query)


def test_what_came_before_an_upgrade_is_not_made_up(old):
    upgrade(old)
    with pytest.raises(DefinitionError, match="was not kept: it came before the store was upgrad"):
        open_as_of(old, 1)
    with open_as_of(old, 2) as then, open_store(old) as present:
        assert then.snapshot == present.snapshot


def test_an_upgraded_store_takes_imports_and_knows_its_files(made, old):
    upgrade(old)
    mapping = read_mapping(made / "map.toml")
    again = import_files(old, [made / f"{name}.csv" for name in FILES], mapping)
    assert (again.changed, again.files[1].quarantined) == (False, 1)
    (old.parent / "more.csv").write_text("episode_id,instrument,day,score\nE2,phq9,84,3\n", "utf-8")
    assert import_files(old, [old.parent / "more.csv"]).batch == 3


@pytest.mark.parametrize("step", ["Checking the store", "Giving every row its batch",
                                  "Sorting the scores", "Working out baselines and endpoints",
                                  "Publishing"])  # fmt: skip
def test_an_upgrade_that_fails_half_way_leaves_the_old_store(old, step):
    before = content(old)

    def stop(at):
        if at == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade(old, stop)
    assert content(old) == before
    assert upgrade(old) is not None


@pytest.mark.parametrize("damage", ["snapshot", "rows", "id", "gone"])
def test_a_store_that_is_not_what_its_manifest_says_is_not_upgraded(old, damage):
    pointer = old / "current.json"
    data = json.loads(pointer.read_text("utf-8"))
    if damage == "snapshot":
        (old / data["file"]).write_bytes(b"garbage")
    elif damage == "gone":
        (old / data["file"]).unlink()
    elif damage == "id":
        pointer.write_text(json.dumps({**data, "snapshot": "0" * 12}), "utf-8")
    else:
        data["tables"]["quarantine"]["rows"] = 7
        pointer.write_text(json.dumps(data), "utf-8")
    before = content(old)
    with pytest.raises(StoreDamaged, match="layout version 2, to become 3"):
        upgrade(old)
    assert content(old) == before


def test_a_newer_layout_is_refused_with_both_numbers(old, tmp_path):
    data = json.loads((old / "current.json").read_text("utf-8"))
    (old / "current.json").write_text(json.dumps({**data, "schema_version": 4}), "utf-8")
    with pytest.raises(StoreDamaged, match="layout version 4; this program reads version 3"):
        upgrade(old)
    with pytest.raises(StoreMissing):
        upgrade(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_layout_1_is_refused_with_both_numbers_and_left_as_it_is(old, tmp_path, capsys):
    """It was never released: its files are imported again."""
    data = json.loads((old / "current.json").read_text("utf-8"))
    (old / "current.json").write_text(json.dumps({**data, "schema_version": 1}), "utf-8")
    before = content(old)
    with pytest.raises(StoreDamaged, match="layout version 1; this program reads version 3"):
        upgrade(old)
    for command in (["upgrade", str(old)], ["rates", str(old)], ["info", str(old)],
                    ["backup", str(old), str(tmp_path / "b.zip")],
                    ["export", str(old), "--to", "csv", str(tmp_path / "out")]):  # fmt: skip
        assert main(command) == 2
        assert "Import the files again into a new store." in capsys.readouterr().err
    assert content(old) == before
    assert not (tmp_path / "b.zip").exists()
    assert not (tmp_path / "out").exists()


def test_the_command(old, capsys):
    assert main(["rates", str(old)]) == 2
    assert f"Run trd-outcomes upgrade {old}." in capsys.readouterr().err
    assert main(["upgrade", str(old)]) == 0
    assert "has layout 3 now: 2 episodes, all rows in batch 2" in capsys.readouterr().out
    assert main(["rates", str(old), "--by", "modality"]) == 0
    assert main(["upgrade", str(old)]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_every_field_of_the_registry_is_in_the_store_that_was_drawn(made):
    with open_store(made / "fresh") as fresh:
        assert set(EPISODE_FIELDS) < set(fresh.fields)
