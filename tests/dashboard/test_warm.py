"""The warm-up of a server, each time in a process of its own: freezing is for good."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import warm

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboard" / "app.py"
PROBE = """
import gc, json, os, sys
from streamlit.runtime.caching import get_resource_cache_stats_provider
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from dashboard import warm

def kept():
    found = get_resource_cache_stats_provider().get_stats()
    return sorted((s.cache_name, s.byte_length) for part in found.values() for s in part)

def loaded():
    ours = ("analysis", "dashboard", "pandas", "scipy", "numpy", "duckdb")
    return {name for name in sys.modules if name.partition(".")[0] in ours}

def drawn(address):
    page = AppTest.from_file(sys.argv[2], default_timeout=120)
    page._page_hash = calc_hash(address)
    page.run()
    titles = [title.value for title in page.title]
    return [titles, len(page.exception), len(page.error), kept()]

first, *others = json.loads(sys.argv[1])
said = {"before": gc.get_freeze_count(), "pages": {first: drawn(first)}}
said["frozen_first"] = gc.get_freeze_count()
drawn(first)
said["frozen"], before = gc.get_freeze_count(), loaded()
more = [[n] for n in range(1000)]
said["again"], said["frozen_again"] = warm.up(), gc.get_freeze_count()
said["kept"] = kept()
said["pages"] |= {address: drawn(address) for address in others}
said["later"] = sorted(loaded() - before)
print(json.dumps(said))
"""
PAGES = {
    "": "Program",
    "outcomes": "Outcomes",
    "trajectories": "Trajectories",
    "durability": "Durability",
    "compare": "Compare",
    "sensitivity": "Sensitivity",
    "course": "Course",
    "methods": "Instruments and methods",
    "import": "Import",
}


def warmed(monkeypatch, store, *addresses):
    """Return what a fresh process said of its warm-up and of the pages that it then drew."""
    if store is None:
        monkeypatch.delenv("TRD_OUTCOMES_STORE", raising=False)
    else:
        monkeypatch.setenv("TRD_OUTCOMES_STORE", str(store))
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(addresses), str(APP)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_runs_load_and_freeze_everything_and_later_pages_load_no_more(
    monkeypatch, sample_store
):
    said = warmed(monkeypatch, sample_store.path, *PAGES)
    assert (said["before"], said["again"]) == (0, False)
    assert 50_000 < said["frozen_first"] < said["frozen"] == said["frozen_again"]
    assert {address: found[:3] for address, found in said["pages"].items()} == {
        address: [[title], 0, 0] for address, title in PAGES.items()
    }
    assert said["later"] == []


def test_the_first_page_finds_its_answers_there_whatever_was_opened_before(
    monkeypatch, sample_store
):
    said = warmed(monkeypatch, sample_store.path, "methods", "")
    titles, errors, problems, kept = said["pages"][""]
    assert (titles, errors, problems) == (["Program"], 0, 0)
    assert ["dashboard.data._both_ways", len(warm.FIRST_PAGE)] in kept
    assert kept == said["kept"]


def test_a_store_that_is_not_there_yet_is_no_hindrance(monkeypatch, tmp_path):
    said = warmed(monkeypatch, tmp_path / "none", "import")
    assert said["frozen"] > 50_000
    assert said["pages"]["import"][:3] == [["Import"], 0, 0]


@pytest.mark.parametrize("left", ["no store named", "damaged"])
def test_a_store_that_cannot_be_read_is_said_on_the_page(monkeypatch, tmp_path, left):
    if left == "damaged":
        (tmp_path / "current.json").write_text("{", "utf-8")
    said = warmed(monkeypatch, None if left == "no store named" else tmp_path, "")
    assert said["frozen"] > 50_000
    assert said["pages"][""][:3] == [[], 0, 1]
