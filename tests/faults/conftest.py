"""A good store and files for it, for tests that break things."""

import random
import shutil
import time

import pytest

from analysis.errors import StoreMissing
from analysis.ingest import import_files
from analysis.store import open_store
from analysis.store.backup import backup
from tests.faults.runs import SAVED
from tests.faults.runs import runner as started_runner
from tests.store.layouts import to_layout_2

EPISODES = "episode_id,patient_id,modality\nE1,P1,rtms\nE2,P2,ect\n"
SCORES = (
    "episode_id,instrument,day,score\nE1,phq9,0,20\nE1,phq9,42,4\nE2,phq9,0,18\nE2,phq9,42,17\n"
)
MORE = "patient_id,modality,instrument,day,score\nP3,rtms,phq9,0,20\nP3,rtms,phq9,42,19\n"
REFUSED = "episode_id,instrument,day,score,day\nE1,phq9,0,20,0\n"
# Episodes of a file that is too large for a small disk and a small memory.
MANY = 8000
# A store must answer again within this many seconds of a fault, with nobody's help.
BACK_AFTER = 5


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """The clinic's files: those of the first import, `more` for a second one, one to refuse.

    The store of the first import, the same in layout 2, and the backup of one with both imports.
    """
    folder = tmp_path_factory.mktemp("drawn")
    files = {"episodes": EPISODES, "scores": SCORES, "more": MORE, "refused": REFUSED}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    import_files(folder / "store", [folder / "episodes.csv", folder / "scores.csv"])
    shutil.copytree(folder / "store", folder / "layout_2")
    to_layout_2(folder / "layout_2")
    shutil.copytree(folder / "store", folder / "larger")
    import_files(folder / "larger", [folder / "more.csv"])
    backup(folder / "larger", folder / SAVED)
    return folder


@pytest.fixture
def store(drawn, tmp_path):
    """A store of two episodes in one batch, a copy for each test."""
    return shutil.copytree(drawn / "store", tmp_path / "store")


@pytest.fixture(scope="session")
def more(drawn):
    """A file that adds one rTMS episode without response."""
    return drawn / "more.csv"


@pytest.fixture(scope="session")
def content():
    """What a store holds, in brief: the snapshot's id and batch, and each table's rows and hash.

    Opening compares every table with it, so that equal answers mean equal content. None where
    there is no store yet.
    """

    def read(path):
        begun = time.monotonic()
        try:
            opened = open_store(path)
        except StoreMissing:
            return None
        with opened:
            assert time.monotonic() - begun < BACK_AFTER
            manifest = opened.manifest
            # who, when, and so the hash of the log, differ from run to run
            tables = {n: s for n, s in manifest.tables.items() if n not in ("batch", "mapping")}
            return manifest.snapshot, manifest.batch, tables, manifest.tables["batch"].rows

    return read


@pytest.fixture(scope="session")
def runner():
    """A process that forks one child for each run."""
    with started_runner() as started:
        yield started


@pytest.fixture(scope="session")
def big(tmp_path_factory):
    """A file that needs more room while it is imported than the small disks and memories have."""
    path = tmp_path_factory.mktemp("big") / "big.csv"
    dice = random.Random(5)
    with path.open("w", encoding="utf-8") as handle:
        handle.write("patient_id,modality,instrument,day,score,note\n")
        for n in range(MANY):
            for day in (0, 14, 42):
                handle.write(f'P{n},rtms,phq9,{day},{dice.randrange(28)},"two\nlines"\n')
    return path
