"""A clinic's folder: its files are drawn in the tests, imported, and the store is read back."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analysis.cohort import Cohort
from analysis.definition import definition_from_query
from analysis.ingest import ImportReport, import_files, read_mapping
from analysis.measures import rates
from analysis.store import open_store

EPISODES = """\
episode_id,patient_id,modality
E1,P1,rtms
E2,P2,ect
"""


@dataclass
class Clinic:
    """Files of one clinic and the store they go into."""

    folder: Path
    reports: list[ImportReport] = field(default_factory=list)

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def write(self, name: str, content: str | bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, mapping: str | None = None, **files: str | bytes) -> ImportReport:
        """Import files in the order given: episodes="..." becomes episodes.csv."""
        paths = [self.write(f"{name}.csv", content) for name, content in files.items()]
        declared = None
        if mapping is not None:
            declared = read_mapping(self.write("map.toml", mapping))
        report = import_files(self.store, paths, declared)
        for file in report.files:
            accounted = file.loaded + file.quarantined + file.exact_duplicates
            assert file.rows_read == accounted
            assert file.rows_in_file == file.rows_read + file.ignored
        self.reports.append(report)
        return report

    def rows(self, sql: str):
        with open_store(self.store) as store:
            return store.rows(sql)

    def scores(self):
        """Every stored score as (episode_id, instrument, day, score)."""
        return self.rows(
            "select episode_id, instrument::varchar, day, score from assessment "
            "join episode using (episode) order by all"
        )

    def usable(self):
        """Every score that can become a baseline or an endpoint, as (episode_id, day, score)."""
        return self.rows(
            "select episode_id, day, score from observation join episode using (episode) "
            "order by all"
        )

    def snapshot(self) -> str:
        with open_store(self.store) as store:
            return store.snapshot

    def ages(self) -> dict[str, int | None]:
        return dict(self.rows("select episode_id, follow_up_age from episode order by all"))

    def levels(self, name: str) -> dict[str, int]:
        with open_store(self.store) as store:
            return dict(store.levels[name])

    def rates(self, by: tuple[str, ...] = ("modality",), **query: str):
        """Numerator and denominator per measure and group."""
        with open_store(self.store) as store:
            definition = definition_from_query({"instrument": "phq9", **query}, store.instruments)
            answer = rates(store, Cohort(), definition, ("response", "remission"), by)
        return {(row.measure, *row.group): (row.numerator, row.denominator) for row in answer.rows}


@pytest.fixture
def clinic(tmp_path) -> Clinic:
    return Clinic(tmp_path)


@pytest.fixture(scope="module")
def clinic_of_this_file(tmp_path_factory) -> Clinic:
    """One clinic for all tests of a file, where an import is read by many of them."""
    return Clinic(tmp_path_factory.mktemp("clinic"))


@pytest.fixture
def new_clinic(tmp_path):
    """Make as many clinics as a comparison needs."""

    def make(name: str) -> Clinic:
        return Clinic(tmp_path / name)

    return make


@pytest.fixture(scope="session")
def two_episodes() -> str:
    return EPISODES


@pytest.fixture(scope="session")
def kept_aside():
    """Return what a report says about its quarantined rows, as (line, column, value, rule)."""

    def rows(report: ImportReport):
        return [(row.line, row.column, row.value, row.rule) for row in report.quarantined]

    return rows
