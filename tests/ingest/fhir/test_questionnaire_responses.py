"""QuestionnaireResponses: items by code, by the Questionnaire, by linkId, or as declared."""

import pytest

from analysis.errors import InputError
from analysis.ingest.declared_fhir import fhir_names

LOINC = "http://loinc.org"
SITE = "http://site.example/cs"
PHQ9 = (
    *("44250-9", "44255-8", "44259-0", "44254-1", "44251-7"),
    *("44258-2", "44252-5", "44253-3", "44260-8"),
)
GAD7 = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
PLACE = {"patient_id": "p1", "date": "2025-02-25"}
NAMES = fhir_names(
    "map.toml",
    {
        "items": {
            "http://site.example/Questionnaire/mood#q1": "madrs:1",
            "q1": "bdi2:1",
            "q2": "madrs:2",
            "sum": "madrs:total",
        },
        "answers": {f"{SITE}|often": 2},
    },
)


def chosen(code: str, system: str = LOINC, **parts) -> dict:
    return {"valueCoding": {"system": system, "code": code, **parts}}


def items(*scores: str) -> dict[str, str]:
    return {f"item_{number}": score for number, score in enumerate(scores, 1)}


ORDINAL = {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}
WEIGHT = {"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": 1}
MADE = {
    "PHQ-9 by linkIds with a slash, and its total": (
        {f"/{code}": chosen(ANSWERS[n % 4]) for n, code in enumerate(PHQ9)}
        | {"/69722-7": chosen("LA6572-7"), "/44261-6": {"valueDecimal": 12}},
        [{"instrument": "phq9", "score": "12", **items(*"012301230")}],
    ),
    "GAD-7 by bare linkIds": (
        {code: {"valueInteger": n % 4} for n, code in enumerate(GAD7)},
        [{"instrument": "gad7", **items(*"0123012")}],
    ),
    "linkIds with a path": (
        {f"/44249-1/{code}": chosen(ANSWERS[1]) for code in PHQ9},
        [{"instrument": "phq9", **items(*"1" * 9)}],
    ),
    "two instruments in one form": (
        {"/44261-6": {"valueInteger": 7}, "/70274-6": {"valueInteger": 5}},
        [{"instrument": "phq9", "score": "7"}, {"instrument": "gad7", "score": "5"}],
    ),
    "an item without an answer": (
        {"/44250-9": None, "/44255-8": {"valueDecimal": 2}},
        [{"instrument": "phq9", "item_2": "2"}],
    ),
    "points beside the code": (
        {
            "/44250-9": chosen("x", SITE, extension=[ORDINAL]),
            "/44255-8": chosen("y", SITE, extension=[WEIGHT]),
        },
        [{"instrument": "phq9", **items("2", "1")}],
    ),
    "declared linkIds, of one form and of any": (
        {"q1": {"valueInteger": 4}, "q2": chosen("often", SITE), "sum": {"valueInteger": 9}},
        [{"instrument": "madrs", "score": "9", **items("4", "2")}],
    ),
    "a total alone": ({"44261-6": {"valueInteger": 0}}, [{"instrument": "phq9", "score": "0"}]),
}


@pytest.mark.parametrize(("answers", "rows"), MADE.values(), ids=MADE)
def test_a_response_becomes_a_row_for_each_instrument(read, response, answers, rows) -> None:
    found = read(response(answers), NAMES)
    assert found.of("assessments") == [PLACE | row for row in rows]
    assert found.faults("assessments") == []


def test_items_in_groups_and_under_answers_are_found(read, response) -> None:
    inner = {"linkId": "44255-8", "answer": [{"valueInteger": 3}]}
    outer = {
        "linkId": "44250-9",
        "answer": [{"valueInteger": 1, "item": [inner]}],
    }
    found = read(response({}, item=[{"linkId": "g", "item": [{"linkId": "h", "item": [outer]}]}]))
    assert found.of("assessments") == [{**PLACE, "instrument": "phq9", **items("1", "3")}]


def test_an_items_own_code_goes_before_its_link_id(read, response) -> None:
    coded = {
        "linkId": "44250-9",
        "code": [{"system": LOINC, "code": "44260-8"}],
        "answer": [{"valueInteger": 1}],
    }
    found = read(response({}, item=[coded]))
    assert found.of("assessments") == [{**PLACE, "instrument": "phq9", "item_9": "1"}]


@pytest.mark.parametrize(
    "address", ["http://site.example/Questionnaire/mood|1.0", "Questionnaire/f1"]
)
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_the_codes_of_the_questionnaire_name_the_items(read, response, address, first) -> None:
    questionnaire = {
        "resourceType": "Questionnaire",
        "id": "f1",
        "url": "http://site.example/Questionnaire/mood",
        "item": [
            {
                "linkId": "g",
                "item": [{"linkId": "14363", "code": [{"system": LOINC, "code": PHQ9[2]}]}],
            },
            {"linkId": "2", "code": [{"system": LOINC, "code": "44261-6"}]},
        ],
    }
    answered = response(
        {"14363": chosen(ANSWERS[3]), "2": {"valueInteger": 9}}, questionnaire=address
    )
    both = [questionnaire, answered] if first else [answered, questionnaire]
    found = read(both)
    assert found.of("assessments") == [{**PLACE, "instrument": "phq9", "score": "9", "item_3": "3"}]
    assert found.notes == ()


@pytest.mark.parametrize("inside", [True, False], ids=["coding", "option"])
def test_the_questionnaire_gives_the_points_of_a_clinics_own_answers(
    read, response, inside
) -> None:
    option = chosen("often", "http://site.example/own")
    (option["valueCoding"] if inside else option)["extension"] = [ORDINAL]
    item = {"linkId": "q2", "answerOption": [option, {"valueString": "x"}, chosen("never")]}
    form = {"resourceType": "Questionnaire", "url": "http://site.example/Questionnaire/mood"}
    answered = response({"q2": chosen("often", "http://site.example/own")})
    found = read([{**form, "item": [item]}, answered], NAMES)
    assert found.of("assessments") == [{**PLACE, "instrument": "madrs", "item_2": "2"}]
    other = read([{**form, "url": "http://site.example/other", "item": [item]}, answered], NAMES)
    assert [rule for rule, _ in other.faults("assessments")] == ["unknown_answer"]


KEPT_ASIDE = {
    "in progress": ({"44250-9": {"valueInteger": 1}}, {"status": "in-progress"}, "not_final"),
    "entered in error": (
        {"44250-9": {"valueInteger": 1}},
        {"status": "entered-in-error"},
        "not_final",
    ),
    "an answer of unknown points": ({"44250-9": chosen("LA9-9")}, {}, "unknown_answer"),
    "an answer of another scale": ({"q2": chosen("LA6569-3")}, {}, "unknown_answer"),
    "text": ({"44250-9": {"valueString": "not at all"}}, {}, "not_a_number"),
    "the day in words": ({"44250-9": {"valueInteger": 1}}, {"authored": "Monday"}, "not_a_date"),
    "the same item twice": (
        {"/44250-9": {"valueInteger": 1}, "44250-9": {"valueInteger": 2}},
        {},
        "several_answers",
    ),
}


@pytest.mark.parametrize(("answers", "parts", "rule"), KEPT_ASIDE.values(), ids=KEPT_ASIDE)
def test_a_response_is_kept_aside_with_its_rule(read, response, answers, parts, rule) -> None:
    found = read(response(answers, **parts), NAMES)
    assert found.of("assessments") == []
    ((broken, allowed),) = found.faults("assessments")
    assert broken == rule
    assert allowed


def test_two_answers_to_one_item_are_kept_aside(read, response) -> None:
    item = {"linkId": "44250-9", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}
    found = read(response({}, item=[item]))
    assert found.faults("assessments") == [("several_answers", "one answer to each item")]


def test_a_form_without_a_known_item_is_counted(read, response) -> None:
    found = read(
        [response({"q7": {"valueInteger": 1}}), response({"44261-6": {"valueInteger": 1}})]
    )
    assert found.counted == {"assessments": 1}
    assert found.notes == (
        "1 QuestionnaireResponse resources without a known item were not read; "
        "their first items: q7 (1).",
    )


MAPPINGS = {
    "not a section": ({"codes": "madrs"}, "[fhir] codes must be a section"),
    "no instrument": ({"codes": {"X": 3}}, '[fhir.codes] "X" must name an instrument'),
    "item 0": ({"items": {"q": "madrs:0"}}, '[fhir.items] "q" must name'),
    "item 61": ({"items": {"q": "madrs:61"}}, '[fhir.items] "q" must name'),
    "points in words": ({"answers": {"a": "two"}}, '[fhir.answers] "a" must be a whole number'),
}


@pytest.mark.parametrize(("section", "said"), MAPPINGS.values(), ids=MAPPINGS)
def test_a_slip_in_the_mapping_is_named(section, said) -> None:
    with pytest.raises(InputError) as refused:
        fhir_names("map.toml", section)
    assert str(refused.value).startswith(f"map.toml: {said}")
