"""Observations of totals: which become a score, which are kept aside and which are none of ours."""

import json
import re

import pytest

from analysis.ingest.declared_fhir import fhir_names

LOINC = "http://loinc.org"
NAMES = fhir_names(
    "map.toml",
    {
        "codes": {
            "http://site.example/cs|MADRS-TOT": "madrs",
            "HAMD": "hamd17",
            "http://site.example/cs|MADRS-3": "madrs:3",
        },
        "answers": {"http://site.example/cs|none": 0},
    },
)


def code(*codes: tuple[str, str]) -> dict:
    return {"coding": [{"system": system, "code": value} for system, value in codes]}


def quantity(value, **parts) -> dict:
    return {"valueInteger": None, "valueQuantity": {"value": value, **parts}}


def component(loinc: str, **parts) -> dict:
    return {"code": code((LOINC, loinc)), **parts}


def answer(loinc: str, system: str = LOINC) -> dict:
    return {"valueCodeableConcept": code((system, loinc))}


NO_VALUE = {"valueInteger": None}
ROW = {"patient_id": "p1", "date": "2025-02-25", "instrument": "phq9", "score": "10"}
MADE = {
    "as is": ({}, {}),
    "amended": ({"status": "amended"}, {}),
    "corrected": ({"status": "corrected"}, {}),
    "quantity": (quantity(10, unit="{score}"), {}),
    "decimal keeps its digits": (quantity("@10.50"), {"score": "10.50"}),
    "C09 12.5": (quantity(12.5), {"score": "12.5"}),
    "C08 -1": ({"valueInteger": -1}, {"score": "-1"}),
    "an exponent stays": (quantity("@1E1"), {"score": "1E1"}),
    "valueDecimal": ({**NO_VALUE, "valueDecimal": "@7.0"}, {"score": "7.0"}),
    "absent with a reason": (
        {**NO_VALUE, "dataAbsentReason": code(("x", "asked-declined"))},
        {"score": None},
    ),
    "time and offset": ({"effectiveDateTime": "2025-02-25T23:35:00.000-08:00"}, {}),
    "time in UTC": ({"effectiveDateTime": "2025-02-25T00:05:00Z"}, {}),
    "period": (
        {
            "effectiveDateTime": None,
            "effectivePeriod": {"start": "2025-02-25", "end": "2025-03-01"},
        },
        {},
    ),
    "instant": ({"effectiveDateTime": None, "effectiveInstant": "2025-02-25T10:00:00.5+01:00"}, {}),
    "month only": ({"effectiveDateTime": "2025-02"}, {"date": "2025-02"}),
    "no date": ({"effectiveDateTime": None}, {"date": None}),
    "GAD-7": ({"code": code((LOINC, "70274-6"))}, {"instrument": "gad7"}),
    "BDI-II": ({"code": code((LOINC, "89209-1"))}, {"instrument": "bdi2"}),
    "LOINC by its OID": ({"code": code(("urn:oid:2.16.840.1.113883.6.1", "44261-6"))}, {}),
    "second coding": (
        {"code": code(("http://snomed.info/sct", "720433000"), (LOINC, "44261-6"))},
        {},
    ),
    "site code": ({"code": code(("http://site.example/cs", "MADRS-TOT"))}, {"instrument": "madrs"}),
    "site code of any system": ({"code": code(("urn:x", "HAMD"))}, {"instrument": "hamd17"}),
    "total and panel": ({"code": code((LOINC, "44249-1"), (LOINC, "44261-6"))}, {}),
    "absolute reference": ({"subject": {"reference": "https://ehr.example/r4/Patient/p1"}}, {}),
    "reference to a version": ({"subject": {"reference": "Patient/p1/_history/3"}}, {}),
    "C02 id 12E3": ({"subject": {"reference": "Patient/12E3"}}, {"patient_id": "12E3"}),
    "C03 long id": (
        {"subject": {"reference": "Patient/9007199254740993"}},
        {"patient_id": "9007199254740993"},
    ),
    "urn outside a Bundle": (
        {"subject": {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}},
        {"patient_id": "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
    ),
    "E10 a record number is no reference": (
        {"subject": {"identifier": {"system": "urn:mrn", "value": "84736251"}}},
        {"patient_id": None},
    ),
    "E10 a record number in a search": (
        {"subject": {"reference": "Patient?identifier=urn:mrn|84736251"}},
        {"patient_id": None},
    ),
    "a group": ({"subject": {"reference": "Group/g1"}}, {"patient_id": None}),
    "contained patient": ({"subject": {"reference": "#p1"}}, {"patient_id": None}),
    "items in components": (
        {
            "component": [
                component("44250-9", **answer("LA6569-3")),
                component("44260-8", valueInteger=2),
            ]
        },
        {"item_1": "1", "item_9": "2"},
    ),
    "panel with its total among the components": (
        {
            **NO_VALUE,
            "code": code((LOINC, "44249-1")),
            "component": [
                component("44255-8", **answer("LA6571-9")),
                component("44261-6", valueInteger=10),
            ],
        },
        {"item_2": "3"},
    ),
    "a component without an answer": (
        {"component": [component("44250-9", dataAbsentReason=code(("x", "unknown")))]},
        {},
    ),
    "site component": (
        {
            "code": code(("http://site.example/cs", "MADRS-TOT")),
            "component": [
                {
                    "code": code(("http://site.example/cs", "MADRS-3")),
                    **answer("none", "http://site.example/cs"),
                }
            ],
        },
        {"instrument": "madrs", "item_3": "0"},
    ),
}


def written(resource: dict) -> str:
    """Return a resource as JSON; "@10.50" becomes a number that is written so."""
    return re.sub(r'"@([^"]*)"', r"\1", json.dumps(resource))


@pytest.mark.parametrize(("parts", "changed"), MADE.values(), ids=MADE)
def test_an_observation_becomes_a_row(read, observation, parts, changed) -> None:
    found = read(written(observation(**parts)), NAMES)
    expected = {name: value for name, value in {**ROW, **changed}.items() if value is not None}
    assert found.of("assessments") == [expected]
    assert found.faults("assessments") == []


KEPT_ASIDE = {
    "preliminary": (
        {"status": "preliminary"},
        "not_final",
        "a status of final, amended or corrected",
    ),
    "entered in error": ({"status": "entered-in-error"}, "not_final", None),
    "no status": ({"status": None}, "not_final", None),
    "deprecated code": (
        {"code": code((LOINC, "44262-4"))},
        "deprecated_code",
        "the total's code 44261-6",
    ),
    "two instruments": (
        {"code": code((LOINC, "44261-6"), (LOINC, "70274-6"))},
        "several_instruments",
        None,
    ),
    "C05 comparator": (quantity(20, comparator=">"), "not_a_number", None),
    "C05 text": ({**NO_VALUE, "valueString": "12/27"}, "not_a_number", None),
    "C05 text in a number": ({"valueInteger": "12*"}, "not_a_number", None),
    "C11 true": ({"valueInteger": True}, "not_a_number", None),
    "null": ({"valueQuantity": {"value": None}, "valueInteger": None}, "not_a_number", None),
    "an object": ({"valueInteger": {"value": 3}}, "not_a_number", None),
    "B09 a number of 200,000 digits": (quantity("1" * 200_000), "not_a_number", None),
    "two values": ({"valueQuantity": {"value": 10}}, "not_a_number", None),
    "no value": (NO_VALUE, "not_a_number", "a value, or dataAbsentReason"),
    "value and reason": ({"dataAbsentReason": code(("x", "error"))}, "not_a_number", None),
    "E09 words for a date": (
        {"effectiveDateTime": "seen with Ann Example"},
        "not_a_date",
        "a date such as 2025-03-31",
    ),
    "C15 two-digit year": ({"effectiveDateTime": "03/04/25"}, "not_a_date", None),
    "an item twice": (
        {"component": [component("44250-9", valueInteger=1), component("44250-9", valueInteger=2)]},
        "several_answers",
        None,
    ),
    "two totals": ({"component": [component("44261-6", valueInteger=9)]}, "several_answers", None),
    "unknown answer": (
        {"component": [component("44250-9", **answer("LA9999-9"))]},
        "unknown_answer",
        None,
    ),
}


@pytest.mark.parametrize(("parts", "rule", "allowed"), KEPT_ASIDE.values(), ids=KEPT_ASIDE)
def test_an_observation_is_kept_aside_with_its_rule(
    read, observation, parts, rule, allowed
) -> None:
    found = read([observation(**parts), observation()], NAMES)
    assert found.of("assessments") == [ROW]
    ((broken, right),) = found.faults("assessments")
    assert broken == rule
    assert right == allowed or (allowed is None and right)


def test_a_total_under_the_code_of_the_panel_is_taken_with_a_warning(read, observation) -> None:
    found = read([observation(code=code((LOINC, "44249-1"))), observation()])
    assert found.of("assessments") == [ROW, ROW]
    (note,) = found.notes
    assert note.startswith(
        "Scores under the code of the whole panel were taken for totals: phq9 (1)"
    )


def test_a_panel_that_only_lists_its_members_is_counted(read, observation) -> None:
    panel = observation(code=code((LOINC, "44249-1")), valueInteger=None)
    found = read([{**panel, "hasMember": [{"reference": "Observation/1"}]}, observation()])
    assert found.of("assessments") == [ROW]
    assert found.notes == (
        "1 Observation resources of a panel without a value of its own were not read.",
    )


def test_observations_with_other_codes_are_counted_with_the_ten_most_frequent(
    read, observation
) -> None:
    vitals = [
        observation(code=code((LOINC, f"{number}-0")))
        for number in range(12)
        for _ in range(number)
    ]
    found = read([*vitals, observation()])
    assert found.counted == {"assessments": 1}
    (note,) = found.notes
    assert note.startswith("66 Observation resources with other codes were not read: 11-0 (11), ")
    assert "2-0 (2), ..." in note
    assert "1-0 (1)" not in note.replace("11-0 (11)", "")


@pytest.mark.parametrize("system", ["http://snomed.info/sct", "", None])
def test_a_code_counts_only_in_its_own_system(read, observation, system) -> None:
    other = observation(code={"coding": [{"system": system, "code": "44261-6"}]})
    assert read([other, observation()]).counted == {"assessments": 1}


def test_codes_without_a_verified_source_need_a_mapping(read, observation) -> None:
    phq2 = observation(code=code((LOINC, "55758-7")))
    names = fhir_names("map.toml", {"codes": {"http://loinc.org|55758-7": "phq2"}})
    assert read([phq2, observation()]).counted == {"assessments": 1}
    assert read([phq2], names).of("assessments") == [{**ROW, "instrument": "phq2"}]


def test_each_row_says_where_it_stood(read, observation) -> None:
    found = read([observation(status="unknown"), observation(code=None), observation()])
    assert list(found.origin["assessments"].values()) == [
        (1, "Observation.status"),
        (3, "Observation.value"),
    ]
