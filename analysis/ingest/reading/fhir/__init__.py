"""FHIR R4: Bundles, lines of resources and folders of both, as tables of our columns."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from analysis.errors import InputError
from analysis.ingest.declared_fhir import FhirNames
from analysis.ingest.reading.fhir.answers import (
    Question,
    Questionnaires,
    observation,
    questions,
    response,
)
from analysis.ingest.reading.fhir.codes import Codes, codes
from analysis.ingest.reading.fhir.files import FhirFile, Resource, fhir_files, is_fhir, resources
from analysis.ingest.reading.fhir.people import condition, encounter, person
from analysis.ingest.reading.fhir.shape import Outcome, Unread, objects, text
from analysis.ingest.reading.fhir.staging import Spool, headers
from analysis.ingest.reading.fhir.tally import Tally
from analysis.ingest.reading.staged import Staged

__all__ = ["is_fhir", "stage_fhir"]


def stage_fhir(
    con: duckdb.DuckDBPyConnection, path: Path, names: FhirNames, table: str, folder: Path
) -> list[Staged]:
    """Read a Bundle, lines of resources or a folder; return its scores, events and patients.

    Each is a table of text under our column names, rows of resources that cannot be used among
    the malformed; resources that are none of ours are counted in `notes`. `folder` takes the rows
    while they are read. Raises InputError for JSON that cannot be read or holds nothing of ours.
    """
    files, known, tally = fhir_files(path), codes(names), Tally()
    name = path.name or path.resolve().name
    questionnaires = _questionnaires(files)
    with Spool(folder, headers(known.most_items)) as spool:
        for file in files:
            for resource in resources(file):
                for found in _outcomes(resource, known, questionnaires):
                    if isinstance(found, Unread):
                        tally.add(found)
                    else:
                        spool.add(found, resource.number, file.place)
        kinds = [kind for kind, rows in spool.rows.items() if rows]
        notes = tally.notes()
        if not kinds:
            problem = f"holds no score, event or patient that can be read. {' '.join(notes)}"
            raise InputError(name, problem.strip(), code="E102")
        staged = []
        for number, kind in enumerate(kinds, 1):
            target = table if number == 1 else f"{table}_{number}"
            rows = spool.stage(con, kind, target)
            header = spool.columns[kind]
            staged.append(
                Staged(name, _hash(files), header, target, rows, True, notes, iso_dates=True)
            )
            notes = ()
    return staged


def _hash(files: list[FhirFile]) -> str:
    """Return the hash of a file, or one over those of all files of a folder."""
    if len(files) == 1:
        return files[0].sha256
    return hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()


def _outcomes(resource: Resource, known: Codes, forms: Questionnaires) -> Iterator[Outcome]:
    content, kind = resource.content, text(resource.content.get("resourceType"))
    if kind == "Observation":
        yield from observation(content, known, resource.links)
    elif kind == "QuestionnaireResponse":
        yield from response(content, known, resource.links, forms)
    elif kind == "Patient":
        yield from person(content, resource.full_url)
    elif kind == "Condition":
        yield from condition(content, resource.links)
    elif kind == "Encounter":
        yield from encounter(content, resource.links)
    elif kind == "Bundle":
        if any(link.get("relation") == "next" for link in objects(content.get("link"))):
            yield Unread("page")
    elif kind != "Questionnaire":
        yield Unread("type", kind)


def _questionnaires(files: list[FhirFile]) -> Questionnaires:
    """Return what the Questionnaires of all files say of their items."""
    forms: dict[tuple[str, str], Question] = {}
    for file in files:
        for resource in resources(file, marked=b'"Questionnaire"'):
            if resource.content.get("resourceType") == "Questionnaire":
                forms.update(questions(resource.content))
    return forms
