"""FHIR files drawn in the tests, and what the reader makes of them."""

import json
from dataclasses import dataclass

import duckdb
import pytest

from analysis.ingest.declared_fhir import FhirNames
from analysis.ingest.reading.fhir import is_fhir, stage_fhir


@dataclass
class Read:
    """The tables of one file: rows without their empty cells, faults and origins by line."""

    rows: dict[str, list[dict]]
    malformed: dict[str, list[tuple]]
    origin: dict[str, dict[int, tuple]]
    counted: dict[str, int]
    notes: tuple[str, ...]

    def of(self, kind: str) -> list[dict]:
        return self.rows.get(kind, [])

    def faults(self, kind: str) -> list[tuple]:
        return self.malformed.get(kind, [])


def kind_of(header: tuple[str, ...]) -> str:
    if "instrument" in header:
        return "assessments"
    return "events" if "event" in header else "patients"


@pytest.fixture
def read(tmp_path):
    """Read a path, or a resource or a list of them (as one Bundle)."""

    def reading(content, names: FhirNames | None = None, name: str = "export.json") -> Read:
        path = tmp_path / name
        if isinstance(content, list):
            entries = [{"resource": resource} for resource in content]
            content = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        if isinstance(content, dict):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        if content is not None:
            path.write_bytes(content)
        assert is_fhir(path)
        found = Read({}, {}, {}, {}, ())
        with duckdb.connect() as con:
            for staged in stage_fhir(con, path, names or FhirNames(), "staged_0", tmp_path):
                kind = kind_of(staged.header)
                rows = con.execute(f"select * from {staged.table} order by line").fetchall()
                found.rows[kind] = [
                    {n: v for n, v in zip(staged.header, row[1:], strict=True) if v is not None}
                    for row in rows
                ]
                found.malformed[kind] = con.execute(
                    f"select rule, allowed from {staged.malformed} order by line"
                ).fetchall()
                origin = con.execute(f"select * from {staged.origin} order by line").fetchall()
                found.origin[kind] = {line: tuple(place) for line, *place in origin}
                assert staged.rows == len(rows) + len(found.malformed[kind]) == len(origin)
                assert len(found.origin[kind]) == len(origin)
                found.counted[kind] = staged.rows
                found.notes += staged.notes
        assert not list(tmp_path.glob("fhir_*.csv"))
        return found

    return reading


@pytest.fixture(scope="session")
def observation():
    """Draw an Observation of a PHQ-9 total; None leaves a part out."""

    def draw(**parts) -> dict:
        resource = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
            "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": "2025-02-25",
            "valueInteger": 10,
        }
        drawn = {**resource, **parts}
        return {name: value for name, value in drawn.items() if value is not None}

    return draw


@pytest.fixture(scope="session")
def response():
    """Draw a QuestionnaireResponse from linkIds with their answers."""

    def draw(answers: dict, **parts) -> dict:
        return {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": "http://site.example/Questionnaire/mood|1.0",
            "status": "completed",
            "subject": {"reference": "Patient/p1"},
            "authored": "2025-02-25T14:35:00-05:00",
            "item": [
                {"linkId": link, **({} if answer is None else {"answer": [answer]})}
                for link, answer in answers.items()
            ],
            **parts,
        }

    return draw
