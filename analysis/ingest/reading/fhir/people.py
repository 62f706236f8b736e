"""Patients, Conditions and Encounters: attributes of a patient, and clinical events."""

from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from typing import Any

from analysis.ingest.reading.fhir.codes import built_in
from analysis.ingest.reading.fhir.shape import (
    EVENT_ROWS,
    PATIENT_ROWS,
    Misread,
    Outcome,
    Refused,
    Row,
    Unread,
    day,
    objects,
    own_id,
    part,
    patient,
    text,
)
from analysis.ingest.reading.icd10 import AT_ANY_TIME, LEVELS

ATTRIBUTES = (
    "sex",
    "diagnosis",
    "psychotic_features",
    "comorbid_anxiety",
    "comorbid_ptsd",
    "comorbid_ocd",
    "comorbid_adhd",
    "comorbid_substance_use",
)
SEXES = ("female", "male", "other")
INPATIENT = ("IMP", "ACUTE", "NONAC")
ACTIVE = ("active", "recurrence", "relapse")


def _attributes(who: str | None, stated: Pairs[str, str], source: str) -> Row:
    return Row(PATIENT_ROWS, (who, *(stated.get(name) for name in ATTRIBUTES)), source)


def _event(who: str | None, on: Any, event: str, source: str) -> Outcome:
    try:
        return Row(EVENT_ROWS, (who, day(on), event), source)
    except Misread as error:
        return Refused(EVENT_ROWS, error.rule, error.allowed, source)


def person(resource: Pairs[str, Any], full_url: str | None) -> Iterator[Outcome]:
    """Yield the sex of a Patient, and the death. Birth date, names and contacts are not read."""
    who, gender = own_id(resource, full_url), text(resource.get("gender"))
    yield _attributes(who, {"sex": gender} if gender in SEXES else {}, "Patient.gender")
    if "deceasedDateTime" in resource:
        yield _event(who, resource["deceasedDateTime"], "death", "Patient.deceasedDateTime")
    elif resource.get("deceasedBoolean") is True:
        yield _event(who, None, "death", "Patient.deceasedBoolean")


def encounter(resource: Pairs[str, Any], links: Pairs[str, str]) -> Iterator[Outcome]:
    """Yield a hospitalisation for an inpatient stay that took place."""
    if text(part(resource.get("class"), "code")) not in INPATIENT:
        yield Unread("Encounter")
    elif resource.get("status") not in ("finished", "in-progress"):
        allowed = "a status of finished or in-progress"
        yield Refused(EVENT_ROWS, "not_final", allowed, "Encounter.status")
    else:
        start = part(resource.get("period"), "start")
        who = patient(resource.get("subject"), links)
        yield _event(who, start, "hospitalisation", "Encounter.period")


def condition(resource: Pairs[str, Any], links: Pairs[str, str]) -> Iterator[Outcome]:
    """Yield what a confirmed diagnosis states; what no diagnosis states stays unknown.

    A comorbidity counts while it is active, the mood disorder that is treated at any time.
    """
    codings = objects(part(resource.get("code"), "coding"))
    stated = stated_by(codings)
    if not stated:
        yield Unread("Condition", next((text(one.get("code")) for one in codings), ""))
        return
    verified = _status(resource, "verificationStatus")
    if verified not in ("", "confirmed"):
        allowed = "a verification status of confirmed"
        yield Refused(PATIENT_ROWS, "not_confirmed", allowed, "Condition.verificationStatus")
        return
    if _status(resource, "clinicalStatus") not in ("", *ACTIVE):
        stated = {name: level for name, level in stated.items() if name in AT_ANY_TIME}
        if not stated:
            allowed = f"a clinical status of {', '.join(ACTIVE[:-1])} or {ACTIVE[-1]}"
            yield Refused(PATIENT_ROWS, "not_active", allowed, "Condition.clinicalStatus")
            return
    yield _attributes(patient(resource.get("subject"), links), stated, "Condition.code")


def _status(resource: Pairs[str, Any], name: str) -> str:
    if name not in resource:
        return ""
    found = [text(c.get("code")) for c in objects(part(resource[name], "coding"))]
    return found[0] if found else "unreadable"


def stated_by(codings: list[Pairs[str, Any]]) -> dict[str, str]:
    """Return the attributes that ICD-10 codes state, with their levels."""
    systems, stated = built_in()["systems"]["icd10"], dict[str, str]()
    codes = [text(coding.get("code")) for coding in codings if coding.get("system") in systems]
    for level in LEVELS:
        if any(map(level.fits, codes)):
            stated.setdefault(level.field, level.level)
    return stated
