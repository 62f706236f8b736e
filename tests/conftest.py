"""Stores for the tests: a small clinic written for one test, and the sample data once per run."""

import csv
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from analysis import open_store
from analysis.ingest import Mapping, import_files, read_mapping

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data"
SAMPLE_FILES = [
    SAMPLE / f"{name}.csv" for name in ("episodes", "assessments", "sessions", "events", "trials")
]

# Of so many small clinics that tests have asked for last, the store is kept for whoever asks again.
CLINICS_KEPT = 16

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items):
    """The dearest tests come first: begun last, one of them would keep a single worker busy."""
    items.sort(key=lambda item: item.path.parent.name not in ("browser", "faults"))


def write_rows(path: Path, rows):
    """Write records as CSV; what a record lacks is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def clinic_folder(tmp_path_factory):
    """Return a function that imports a clinic's rows, those of the last few equal clinics once.

    The folder has the files and the store; a test copies it.
    """
    made: dict[str, Path] = {}

    def folder_of(kinds, mapping):
        key = repr((kinds, mapping))
        if key not in made:
            folder = tmp_path_factory.mktemp("clinic")
            files = [write_rows(folder / f"{kind}.csv", rows) for kind, rows in kinds if rows]
            (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
            understood = read_mapping(folder / "mapping.toml") if mapping else Mapping()
            import_files(folder / "store", files, understood)
            if len(made) == CLINICS_KEPT:
                shutil.rmtree(made.pop(next(iter(made))))
            made[key] = folder
        return made[key]

    return folder_of


@pytest.fixture
def clinic(tmp_path, clinic_folder):
    """Return a function that imports the rows of a small clinic and opens its store.

    Rows are records of the four kinds of file; a mapping is the text of a mapping file.
    """
    with ExitStack() as opened:

        def build(episodes, assessments, sessions=(), mapping="", events=()):
            folder = tmp_path / f"clinic_{len(list(tmp_path.iterdir()))}"
            kinds = (
                ("episodes", list(episodes)),
                ("assessments", list(assessments)),
                ("sessions", list(sessions)),
                ("events", list(events)),
            )
            shutil.copytree(clinic_folder(kinds, mapping), folder)
            return opened.enter_context(open_store(folder / "store"))

        yield build


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory):
    """Return the store of the sample data."""
    folder = tmp_path_factory.mktemp("sample") / "store"
    import_files(folder, SAMPLE_FILES)
    with open_store(folder) as store:
        yield store
