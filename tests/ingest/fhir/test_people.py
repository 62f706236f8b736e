"""Patients, Conditions and Encounters: attributes of a patient and clinical events, and no more."""

import pytest

from analysis.fields import EPISODE_FIELDS
from analysis.ingest.reading.fhir.codes import built_in
from analysis.ingest.reading.icd10 import LEVELS

CM = "http://hl7.org/fhir/sid/icd-10-cm"


def condition(*codes: str, who="Patient/p1", clinical="active", verified="confirmed", system=CM):
    resource = {
        "resourceType": "Condition",
        "subject": {"reference": who},
        "code": {"coding": [{"system": system, "code": code} for code in codes]},
    }
    for name, status in (("clinicalStatus", clinical), ("verificationStatus", verified)):
        if status is not None:
            resource[name] = {"coding": [{"code": status}]}
    return resource


def stay(code="IMP", status="finished", start="2025-03-01T08:00:00Z", **parts) -> dict:
    return {
        "resourceType": "Encounter",
        "status": status,
        "class": {"code": code},
        "subject": {"reference": "Patient/p1"},
        "period": {"start": start, "end": "2025-03-09"},
        **parts,
    }


UNIPOLAR, BIPOLAR = {"diagnosis": "unipolar"}, {"diagnosis": "bipolar"}
PSYCHOTIC = {"psychotic_features": "yes"}
STATED = {
    "F32.1": UNIPOLAR,
    "F33.41": UNIPOLAR,
    "F32.A": UNIPOLAR,
    "F32.3": UNIPOLAR | PSYCHOTIC,
    "F33.3": UNIPOLAR | PSYCHOTIC,
    "F31.81": BIPOLAR,
    "F31.2": BIPOLAR | PSYCHOTIC,
    "F31.5": BIPOLAR | PSYCHOTIC,
    "F31.64": BIPOLAR | PSYCHOTIC,
    "F31.63": BIPOLAR,
    "F41.1": {"comorbid_anxiety": "yes"},
    "F40.01": {"comorbid_anxiety": "yes"},
    "F43.12": {"comorbid_ptsd": "yes"},
    "F42.2": {"comorbid_ocd": "yes"},
    "F90.0": {"comorbid_adhd": "yes"},
    "F10.20": {"comorbid_substance_use": "yes"},
    "F19.10": {"comorbid_substance_use": "yes"},
    "f3310": UNIPOLAR,
}
NOT_STATED = ("F17.210", "F10.21", "F14.11", "F32.81", "F43.20", "F20.9", "I10", "F3", "")


@pytest.mark.parametrize(("code", "stated"), STATED.items(), ids=STATED)
def test_a_confirmed_diagnosis_states_attributes(read, code, stated) -> None:
    found = read([condition(code)])
    assert found.of("patients") == [{"patient_id": "p1", **stated}]
    assert set(stated) <= set(EPISODE_FIELDS)


@pytest.mark.parametrize("code", NOT_STATED)
def test_other_diagnoses_state_nothing_and_are_counted(read, code) -> None:
    found = read([condition(code), condition("F33.1")])
    assert found.of("patients") == [{"patient_id": "p1", **UNIPOLAR}]
    assert found.notes[0].startswith("1 Condition resources with other codes were not read")


def test_a_code_of_another_system_states_nothing(read) -> None:
    found = read([condition("F33.1", system="http://snomed.info/sct"), condition("F42")])
    assert found.of("patients") == [{"patient_id": "p1", "comorbid_ocd": "yes"}]


STATUSES = {
    "no statuses": (condition("F33.1", clinical=None, verified=None), None),
    "in remission by now": (condition("F33.1", clinical="remission"), None),
    "resolved comorbidity": (condition("F43.10", clinical="resolved"), "not_active"),
    "refuted": (condition("F33.1", verified="refuted"), "not_confirmed"),
    "entered in error": (condition("F33.1", verified="entered-in-error"), "not_confirmed"),
    "provisional": (condition("F33.1", verified="provisional"), "not_confirmed"),
    "a status that cannot be read": (
        condition("F33.1") | {"verificationStatus": "confirmed"},
        "not_confirmed",
    ),
}


@pytest.mark.parametrize(("resource", "rule"), STATUSES.values(), ids=STATUSES)
def test_the_statuses_of_a_condition_decide(read, resource, rule) -> None:
    found = read([resource])
    assert [broken for broken, _ in found.faults("patients")] == ([] if rule is None else [rule])
    assert found.of("patients") == ([{"patient_id": "p1", **UNIPOLAR}] if rule is None else [])


def test_a_patient_is_one_row_with_all_that_is_stated(read) -> None:
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female"}
    conditions = [condition("F33.3"), condition("F31.9"), condition("F41.1"), condition("F42")]
    found = read([*conditions, patient, condition("F90.0", who="Patient/p2")])
    assert found.of("patients") == [
        {
            "patient_id": "p1", "sex": "female", **BIPOLAR, **PSYCHOTIC,
            "comorbid_anxiety": "yes", "comorbid_ocd": "yes",
        },
        {"patient_id": "p2", "comorbid_adhd": "yes"},
    ]  # fmt: skip
    assert list(found.origin["patients"].values()) == [
        (1, "Condition.code, Patient.gender"),
        (6, "Condition.code"),
    ]


def test_two_sexes_for_one_patient_are_kept_aside(read) -> None:
    both = [{"resourceType": "Patient", "id": "p1", "gender": g} for g in ("female", "male")]
    found = read([*both, {"resourceType": "Patient", "id": "p2", "gender": "other"}])
    assert found.of("patients") == [{"patient_id": "p2", "sex": "other"}]
    assert found.faults("patients") == [("conflicting_rows", "one sex for a patient")]


def test_an_unknown_gender_stays_unknown(read) -> None:
    found = read([{"resourceType": "Patient", "id": "p1", "gender": "unknown"}])
    assert found.of("patients") == [{"patient_id": "p1"}]


EVENTS = {
    "inpatient": (stay(), {"date": "2025-03-01", "event": "hospitalisation"}),
    "acute, going on": (
        stay("ACUTE", "in-progress", "2025-03-01"),
        {"date": "2025-03-01", "event": "hospitalisation"},
    ),
    "no start": (stay(period={}), {"event": "hospitalisation"}),
    "death": (
        {"resourceType": "Patient", "id": "p1", "deceasedDateTime": "2025-06-01"},
        {"date": "2025-06-01", "event": "death"},
    ),
    "death on an unknown day": (
        {"resourceType": "Patient", "id": "p1", "deceasedBoolean": True},
        {"event": "death"},
    ),
}


@pytest.mark.parametrize(("resource", "row"), EVENTS.values(), ids=EVENTS)
def test_stays_and_deaths_are_events(read, resource, row) -> None:
    assert read([resource]).of("events") == [{"patient_id": "p1", **row}]


NO_EVENTS = {
    "planned": (stay(status="planned"), "not_final"),
    "cancelled": (stay(status="cancelled"), "not_final"),
    "a day in words": (stay(start="at Easter"), "not_a_date"),
}


@pytest.mark.parametrize(("resource", "rule"), NO_EVENTS.values(), ids=NO_EVENTS)
def test_stays_that_did_not_take_place_are_kept_aside(read, resource, rule) -> None:
    found = read([resource])
    assert found.of("events") == []
    assert [broken for broken, _ in found.faults("events")] == [rule]


def test_visits_are_counted(read) -> None:
    found = read([stay("AMB"), stay("EMER"), stay()])
    assert found.counted == {"events": 1}
    assert found.notes == ("2 Encounter resources that are no inpatient stay were not read.",)


def test_the_living_have_no_event(read) -> None:
    found = read([{"resourceType": "Patient", "id": "p1", "deceasedBoolean": False}])
    assert found.counted == {"patients": 1}


def test_e09_nothing_else_of_a_person_is_read(read, observation, response) -> None:
    needle = "Needle"
    note = [{"text": needle}]
    person = {
        "resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1931-04-05",
        "name": [{"family": needle}], "address": [{"line": [needle]}],
        "telecom": [{"value": needle}], "identifier": [{"value": needle}],
        "text": {"div": needle}, "contact": [{"name": {"text": needle}}],
    }  # fmt: skip
    code = {"coding": [{"system": "http://loinc.org", "code": "44261-6", "display": needle}]}
    found = read(
        [
            person,
            observation(note=note, text={"div": needle}, code={**code, "text": needle}),
            observation(code={"text": needle}),
            observation(valueInteger=None, valueString=needle),
            observation(subject={"reference": "Patient/p1", "display": needle}),
            response({"44250-9": {"valueString": needle}, "note": {"valueString": needle}}),
            {**condition("F33.1"), "note": note},
            condition(needle + " Needleson"),
            stay(reasonCode=[{"text": needle}], period={"start": needle}),
            {"resourceType": needle + " Needleson"},
        ]
    )
    assert found.counted == {"assessments": 4, "events": 1, "patients": 1}
    everything = repr((found.rows, found.malformed, found.origin, found.notes))
    assert needle not in everything
    assert "1931" not in everything


def test_every_group_of_codes_has_a_source_or_the_mark_unverified() -> None:
    for block in built_in()["instruments"].values():
        assert bool(block.get("source")) != bool(block.get("unverified"))
    unverified = [level.field for level in LEVELS if not level.source]
    assert unverified == ["comorbid_ocd", "comorbid_adhd"]
