"""From FHIR files and a list of episodes to the store, as a clinic would import them."""

import json

import pytest

from analysis.errors import IdentityFound, InputError
from analysis.ingest import import_files, read_mapping

EPISODES = """\
episode_id,patient_id,modality,start_date
E1,p1,rtms,2025-02-24
E2,p2,ect,2025-01-10
"""
# As measure implementers draw a PHQ-9 total.
MEASURE = {
    "resourceType": "Observation",
    "id": "phq9-total",
    "meta": {"profile": ["http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-simple"]},
    "status": "final",
    "category": [
        {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                    "code": "survey",
                }
            ]
        }
    ],
    "code": {
        "coding": [
            {
                "system": "http://loinc.org",
                "code": "44261-6",
                "display": "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]",
            }
        ]
    },
    "subject": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "effectiveDateTime": "2025-02-25T14:35:00.000+00:00",
    "valueInteger": 10,
}
POINTS = (2, 2, 2, 1, 1, 1, 1, 1, 1)
CODES = (
    *("44250-9", "44255-8", "44259-0", "44254-1", "44251-7"),
    *("44258-2", "44252-5", "44253-3", "44260-8"),
)
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")


def behavioral_health(total: int, **parts) -> dict:
    """Draw a PHQ-9 form as in the behavioral health profiles: LA answers, and the total."""
    answered = [
        {
            "linkId": f"/{code}",
            "answer": [{"valueCoding": {"system": "http://loinc.org", "code": ANSWERS[points]}}],
        }
        for code, points in zip(CODES, POINTS, strict=True)
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "http://hl7.org/fhir/us/behavioral-health/Questionnaire/phq-9",
        "status": "completed",
        "subject": {"reference": "Patient/p2"},
        "authored": "2025-01-12T09:00:00-08:00",
        "item": [*answered, {"linkId": "/44261-6", "answer": [{"valueDecimal": total}]}],
        **parts,
    }


def load(clinic, mapping=None, **files):
    """Import the episodes and then FHIR files; check that every row is accounted for."""
    paths = [clinic.write("episodes.csv", EPISODES)]
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        suffix = "ndjson" if isinstance(content, str) else "json"
        paths.append(clinic.write(f"{name}.{suffix}", text))
    declared = read_mapping(clinic.write("map.toml", mapping)) if mapping else None
    report = import_files(clinic.store, paths, declared)
    for file in report.files:
        assert file.rows_read == file.loaded + file.quarantined + file.exact_duplicates
    return report


def bundle(*resources: dict) -> dict:
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_totals_items_and_stays_reach_the_store(clinic) -> None:
    stay = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/p2"},
        "period": {"start": "2025-01-20"},
    }
    report = load(clinic, export=bundle(MEASURE, behavioral_health(12), stay))
    assert [(file.kind, file.rows_in_file, file.loaded) for file in report.files[1:]] == [
        ("assessments", 2, 2),
        ("events", 1, 1),
    ]
    assert clinic.scores() == [("E1", "phq9", 1, 10), ("E2", "phq9", 2, 12)]
    assert clinic.rows("select items from assessment where items is not null") == [
        ("2 2 2 1 1 1 1 1 1",)
    ]
    assert clinic.rows(
        "select episode_id, day, event::varchar from event join episode using (episode)"
    ) == [("E2", 10, "hospitalisation")]


def test_a_folder_is_imported_as_one_file(clinic) -> None:
    folder = clinic.folder / "bulk"
    folder.mkdir()
    (folder / "1.json").write_text(json.dumps(MEASURE))
    (folder / "2.ndjson").write_text(json.dumps(behavioral_health(12)) + "\n")
    report = import_files(clinic.store, [clinic.write("episodes.csv", EPISODES), folder])
    assert [(file.file, file.loaded) for file in report.files] == [("episodes.csv", 2), ("bulk", 2)]
    assert clinic.scores() == [("E1", "phq9", 1, 10), ("E2", "phq9", 2, 12)]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 200, "O'Neil; drop table"]
)
def test_a17_any_name_of_a_file_is_only_a_name(clinic, name) -> None:
    path = clinic.write("plain.json", json.dumps(MEASURE))
    odd = path.rename(clinic.folder / f"{name.replace('/', '_')}.json")
    report = import_files(clinic.store, [clinic.write("episodes.csv", EPISODES), odd])
    assert report.files[1].file == odd.name
    assert clinic.scores() == [("E1", "phq9", 1, 10)]


def test_d03_the_same_score_twice_is_a_duplicate(clinic) -> None:
    report = load(clinic, a=bundle(MEASURE), b=json.dumps({**MEASURE, "id": "other"}) + "\n")
    assert [(file.loaded, file.exact_duplicates) for file in report.files[1:]] == [(1, 0), (0, 1)]


QUARANTINED = {
    "a total that its items do not make": (behavioral_health(13), "total_disagrees"),
    "C08 above the range": ({**MEASURE, "valueInteger": 28}, "score_out_of_range"),
    "C08 below the range": ({**MEASURE, "valueInteger": -1}, "score_out_of_range"),
    "C09 a half": ({**MEASURE, "valueInteger": 12.5}, "not_whole_number"),
    "C17 in the future": ({**MEASURE, "effectiveDateTime": "2999-01-01"}, "date_in_future"),
    "month only": ({**MEASURE, "effectiveDateTime": "2025-02"}, "not_a_date"),
    "a day that is none": ({**MEASURE, "effectiveDateTime": "2025-02-30"}, "not_a_date"),
    "no patient": ({**MEASURE, "subject": {"display": "Ann Example"}}, "missing_id"),
    "no episode": ({**MEASURE, "subject": {"reference": "Patient/p9"}}, "unknown_patient"),
    "preliminary": ({**MEASURE, "status": "preliminary"}, "not_final"),
}


@pytest.mark.parametrize(("resource", "rule"), QUARANTINED.values(), ids=QUARANTINED)
def test_a_row_is_kept_aside_with_its_rule(clinic, resource, rule) -> None:
    report = load(clinic, export=bundle(resource))
    (row,) = report.quarantined
    assert row.rule == rule
    assert (report.files[1].rows_read, report.files[1].quarantined) == (1, 1)
    assert "Ann Example" not in repr(report)


def test_d02_a_value_that_is_absent_for_a_reason_is_a_missing_total(clinic) -> None:
    absent = {**MEASURE, "dataAbsentReason": {"text": "declined"}}
    del absent["valueInteger"]
    assert load(clinic, export=bundle(absent)).files[1].loaded == 1
    assert clinic.scores() == [("E1", "phq9", 1, None)]


def test_a_clinics_own_codes_are_declared_in_the_mapping(clinic) -> None:
    mapping = """
    [fhir.codes]
    "http://site.example/cs|MADRS-TOT" = "madrs"
    [fhir.items]
    "http://site.example/Questionnaire/qids#total" = "qids_sr16:total"
    """
    code = {"coding": [{"system": "http://site.example/cs", "code": "MADRS-TOT"}]}
    form = behavioral_health(
        0,
        questionnaire="http://site.example/Questionnaire/qids",
        item=[{"linkId": "total", "answer": [{"valueInteger": 14}]}],
    )
    load(clinic, mapping, export=bundle({**MEASURE, "code": code, "valueInteger": 31}, form))
    assert clinic.scores() == [("E1", "madrs", 1, 31), ("E2", "qids_sr16", 2, 14)]


def test_a_refused_file_leaves_the_store_as_it_was(clinic) -> None:
    load(clinic, export=bundle(MEASURE))
    before = clinic.snapshot()
    with pytest.raises(InputError, match=r"lines\.ndjson, line 2: .*\(E110\)$"):
        load(
            clinic,
            lines=json.dumps({**MEASURE, "valueInteger": 3}) + "\n" + '{"resourceType": "Obs',
        )
    assert clinic.snapshot() == before
    assert clinic.scores() == [("E1", "phq9", 1, 10)]


def test_an_address_of_a_person_in_place_of_a_code_system_is_refused(clinic) -> None:
    mapping = '[fhir.codes]\n"jane@site.example|MADRS" = "madrs"\n'
    with pytest.raises(IdentityFound) as refused:
        load(clinic, mapping, export=bundle(MEASURE))
    assert refused.value.code == "E414"
