"""Whatever is in a FHIR file: tables whose rows add up, or a sentence that refuses it."""

import copy
import json
import math
import re
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.ingest.declared_fhir import FhirNames
from analysis.ingest.reading.fhir import stage_fhir

SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
LOINC = "http://loinc.org"
WHO = {"reference": "Patient/p1"}
OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": LOINC, "code": "44261-6"}]},
    "subject": WHO,
    "effectiveDateTime": "2025-02-25T10:00:00Z",
    "valueInteger": 10,
    "component": [
        {"code": {"coding": [{"system": LOINC, "code": "44250-9"}]}, "valueInteger": 1},
    ],
}
GOOD = {
    "resourceType": "Bundle",
    "type": "collection",
    "link": [{"relation": "self"}],
    "entry": [
        {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": {
            "resourceType": "Patient", "gender": "female", "deceasedDateTime": "2025-06-01"}},
        {"resource": OBSERVATION},
        {"resource": {
            "resourceType": "Questionnaire", "url": "http://x/q",
            "item": [{"linkId": "a", "code": [{"system": LOINC, "code": "44255-8"}]}]}},
        {"resource": {
            "resourceType": "QuestionnaireResponse", "questionnaire": "http://x/q|1",
            "status": "completed", "authored": "2025-03-01", "subject": WHO,
            "item": [{"linkId": "a", "answer": [
                {"valueCoding": {"system": LOINC, "code": "LA6570-1"}}]}]}},
        {"resource": {
            "resourceType": "Condition", "subject": WHO,
            "verificationStatus": {"coding": [{"code": "confirmed"}]},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [
                {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F33.3"}]}}},
        {"resource": {
            "resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"},
            "subject": WHO, "period": {"start": "2025-03-01"}}},
    ],
}  # fmt: skip
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
FORMS = {
    "patient_id": ID,
    "date": re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}"),
    "instrument": re.compile("phq9|gad7|bdi2"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fhir")


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as opened:
        yield opened


def attempt(con, folder, path):
    """Return the tables of a file, or the sentence that refuses it."""
    try:
        return stage_fhir(con, path, FhirNames(), "staged_0", folder)
    except InputError as refused:
        return str(refused)


def check(con, folder, content: bytes, name: str) -> bool:
    """Read content; return whether it became tables, all of whose cells have their form."""
    path = folder / name
    path.write_bytes(content)
    tables = attempt(con, folder, path)
    assert not list(folder.glob("fhir_*"))
    if isinstance(tables, str):
        assert re.fullmatch(rf"{name}[,:] .*\(E1\d\d\)", tables)
        return False
    for staged in tables:
        rows = con.execute(f"select * from {staged.table}").fetchall()
        broken = con.execute(f"select line, rule, allowed from {staged.malformed}").fetchall()
        origin = con.execute(f"select * from {staged.origin}").fetchall()
        assert staged.rows == len(rows) + len(broken) > 0
        assert sorted(row[0] for row in (*rows, *broken)) == sorted(row[0] for row in origin)
        assert all(rule and allowed for _, rule, allowed in broken)
        for row in rows:
            for column, cell in zip(staged.header, row[1:], strict=True):
                form = FORMS.get(column, re.compile(r"[a-z_]+|-?[0-9.]+([eE][+-]?[0-9]+)?"))
                assert cell is None or form.fullmatch(cell)
    return True


def places(value, place=()):
    """List the place of every value inside a value, itself included."""
    yield place
    inner = value.items() if isinstance(value, dict) else ()
    for name, one in enumerate(value) if isinstance(value, list) else inner:
        yield from places(one, (*place, name))


def changed(place, value):
    whole: Any = copy.deepcopy(GOOD)
    if not place:
        return value
    at = whole
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = value
    return whole


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**400, 1e308, 1.5, math.nan, "", "x", "\ud800", "\0", "Patient/"),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        {"coding": None},
        {"coding": [[]]},
        {"value": None},
        "2025-02-30",
    ),
    *({"resourceType": "Bundle", "entry": {}}, {"resourceType": "Bundle", "entry": [None, {}]}),
    *(
        {"resourceType": []},
        {"reference": 3},
        {"start": []},
        "٣",
        "२०२५-०२-२५",
        " 44261-6",
        "44261-6",
    ),
)
PLACES = list(places(GOOD))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["resourceType", "entry", "resource", "code", "item", "answer", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(SETTINGS, max_examples=60)
@given(place=st.sampled_from(PLACES), value=st.sampled_from(ODD) | JSON)
@pytest.mark.parametrize("name", ["x.json", "x.ndjson"])
def test_a_bundle_with_any_value_at_any_place(con, folder, name, place, value) -> None:
    check(con, folder, json.dumps(changed(place, value)).encode(), name)


@settings(SETTINGS, max_examples=50)
@given(
    at=st.integers(0, len(json.dumps(GOOD))),
    cut=st.integers(0, 40),
    put=st.binary(max_size=4) | st.sampled_from([b'"', b"}", b"]", b",", b"{", b"\n", b"\\u"]),
)
@pytest.mark.parametrize("name", ["x.json", "x.ndjson"])
def test_a_bundle_with_bytes_cut_out_and_put_in(con, folder, name, at, cut, put) -> None:
    whole = json.dumps(GOOD).encode()
    check(con, folder, whole[:at] + put + whole[at + cut :], name)


@settings(SETTINGS, max_examples=50)
@given(content=st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode))
@pytest.mark.parametrize("name", ["x.json", "x.ndjson"])
def test_any_bytes_and_any_json(con, folder, name, content) -> None:
    assert not check(con, folder, content, name)


@pytest.mark.parametrize("name", ["x.json", "x.ndjson"])
def test_the_bundle_itself_is_read(con, folder, name) -> None:
    assert check(con, folder, json.dumps(GOOD).encode(), name)
