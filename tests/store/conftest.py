"""A good store, fresh for each test, and what is in it."""

import shutil

import pytest

from analysis.cohort import Cohort
from analysis.definition import Definition
from analysis.ingest import import_files
from analysis.measures import rates
from analysis.store import open_store

EPISODES = "episode_id,patient_id,modality\nE1,P1,rtms\nE2,P2,ect\n"
SCORES = (
    "episode_id,instrument,day,score\nE1,phq9,0,20\nE1,phq9,42,4\nE2,phq9,0,18\nE2,phq9,42,17\n"
)
MORE = "patient_id,modality,instrument,day,score\nP3,rtms,phq9,0,20\nP3,rtms,phq9,42,19\n"


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """The clinic's files: those of the first import, and `more` for a second one."""
    folder = tmp_path_factory.mktemp("drawn")
    files = {"episodes": EPISODES, "scores": SCORES, "more": MORE}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    import_files(folder / "store", [folder / "episodes.csv", folder / "scores.csv"])
    return folder


@pytest.fixture
def store(drawn, tmp_path):
    """A store of two episodes, a copy for each test."""
    return shutil.copytree(drawn / "store", tmp_path / "store")


@pytest.fixture(scope="session")
def more(drawn):
    """A file that adds one rTMS episode without response."""
    return drawn / "more.csv"


@pytest.fixture(scope="session")
def answer():
    """The rates of an open store, as {(measure, modality): (numerator, denominator)}."""

    def ask(opened):
        rows = rates(opened, Cohort(), Definition(), by=("modality",)).rows
        return {(row.measure, *row.group): (row.numerator, row.denominator) for row in rows}

    return ask


@pytest.fixture(scope="session")
def everything():
    """All that a store holds, so that two stores can be compared."""

    def read(path):
        with open_store(path) as opened:
            return opened.manifest, {
                table: opened.rows(f"select * from {table} order by all")
                for table in opened.manifest.tables
            }

    return read
