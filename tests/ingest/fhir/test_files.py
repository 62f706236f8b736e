"""Bundles, lines and folders; and files that are refused whole, with one sentence."""

import gzip
import json
import random

import duckdb
import pytest

from analysis.errors import InputError
from analysis.ingest.declared_fhir import FhirNames
from analysis.ingest.reading.fhir import is_fhir, stage_fhir

ROW = {"patient_id": "p1", "date": "2025-02-25", "instrument": "phq9", "score": "10"}
UUID = "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"


def bundle(*entries: dict, kind: str = "collection", **parts) -> dict:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **parts}


def lines(*resources: dict) -> str:
    return "".join(json.dumps(resource) + "\n" for resource in resources)


@pytest.fixture
def refusal(tmp_path):
    """Return the sentence that refuses a file."""

    def refuse(content: bytes | str, name: str = "export.json") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        assert is_fhir(path)
        with duckdb.connect() as con, pytest.raises(InputError) as refused:
            stage_fhir(con, path, FhirNames(), "staged_0", tmp_path)
        assert "\n" not in str(refused.value)
        assert not list(tmp_path.glob("fhir_*.csv"))
        return str(refused.value)

    return refuse


@pytest.mark.parametrize(
    "kind", ["collection", "searchset", "transaction", "batch", "document", "message"]
)
def test_bundles_of_every_kind_are_read(read, observation, kind) -> None:
    entries: tuple[dict, ...] = (
        {"fullUrl": "http://x/Observation/1", "resource": observation()},
        {"search": {}},
    )
    assert read(bundle(*entries, kind=kind)).of("assessments") == [ROW]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("last", [True, False], ids=["type last", "type first"])
def test_the_form_and_order_of_json_do_not_matter(read, observation, indent, last) -> None:
    drawn = bundle({"resource": observation()}, {"resource": observation(status="unknown")})
    if last:
        drawn = dict(reversed(drawn.items()))
    found = read(json.dumps(drawn, indent=indent))
    assert found.of("assessments") == [ROW]
    assert [number for number, _ in found.origin["assessments"].values()] == [1, 2]


def test_one_resource_alone(read, observation) -> None:
    assert read(observation()).of("assessments") == [ROW]


def test_a_bundle_in_a_bundle(read, observation) -> None:
    inner = bundle({"resource": observation()}, {"resource": observation(valueInteger=3)})
    found = read(bundle({"resource": bundle({"resource": inner})}, {"resource": observation()}))
    assert [row["score"] for row in found.of("assessments")] == ["10", "3", "10"]
    assert [number for number, _ in found.origin["assessments"].values()] == [1, 1, 2]


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(("own", "who"), [({"id": "p1"}, "p1"), ({}, UUID)], ids=["id", "no id"])
def test_addresses_are_resolved_within_their_bundle(read, observation, first, own, who) -> None:
    patient = {
        "fullUrl": f"urn:uuid:{UUID}",
        "resource": {"resourceType": "Patient", "gender": "female", **own},
    }
    score = {"resource": observation(subject={"reference": f"urn:uuid:{UUID}"})}
    entries = (patient, score) if first else (score, patient)
    alone = read(bundle(*entries, kind="transaction"))
    nested = read(lines(bundle(*entries), observation()), name="x.ndjson")
    assert alone.of("patients") == nested.of("patients") == [{"patient_id": who, "sex": "female"}]
    assert alone.of("assessments") == [ROW | {"patient_id": who}]
    assert nested.of("assessments") == [ROW | {"patient_id": who}, ROW]


@pytest.mark.parametrize("name", ["x.ndjson", "x.json", "x.txt"])
def test_lines_of_resources_are_known_by_their_content(read, observation, name) -> None:
    before = "\n" if name == "x.ndjson" else ""
    found = read(before + lines(observation(), observation(status="unknown")), name=name)
    blank = len(before)
    assert found.of("assessments") == [ROW]
    assert [number for number, _ in found.origin["assessments"].values()] == [1 + blank, 2 + blank]


def test_a_last_line_without_its_line_end_is_read(read, observation) -> None:
    content = lines(observation(), observation()).rstrip("\n").replace("\n", "\r\n")
    assert read(content, name="x.ndjson").of("assessments") == [ROW, ROW]


@pytest.mark.parametrize("name", ["x.json", "x.ndjson"])
def test_a07_a_byte_order_mark_is_no_part_of_the_text(read, observation, name) -> None:
    assert read(b"\xef\xbb\xbf" + lines(observation()).encode(), name=name).of("assessments") == [
        ROW
    ]


def test_a_page_of_a_search_says_that_others_follow(read, observation) -> None:
    following = [{"relation": "next", "url": "http://x/next"}]
    found = read(bundle({"resource": observation()}, kind="searchset", link=following))
    assert found.notes == ("Pages of a search that further pages follow: 1. Are all of them here?",)


def test_resources_of_other_types_are_counted(read, observation) -> None:
    procedure = {"resourceType": "Procedure"}
    found = read([procedure, procedure, {"resourceType": "Device"}, observation()])
    assert found.notes == ("Resources of other types were not read: Procedure (2), Device (1).",)


def test_a_folder_is_read_as_one(read, tmp_path, observation, response) -> None:
    folder = tmp_path / "bulk"
    folder.mkdir()
    questionnaire = {
        "resourceType": "Questionnaire",
        "url": "http://site.example/Questionnaire/mood",
        "item": [{"linkId": "9", "code": [{"system": "http://loinc.org", "code": "44261-6"}]}],
    }
    (folder / "a.ndjson").write_text(lines(observation(), observation(status="unknown")))
    (folder / "b.json").write_text(json.dumps(response({"9": {"valueInteger": 4}})))
    (folder / "c.JSON").write_text(json.dumps(bundle({"resource": questionnaire})))
    (folder / ".hidden.json").write_text("{")
    (folder / "readme.txt").write_text("{")
    found = read(None, name="bulk")
    assert found.of("assessments") == [ROW, ROW | {"score": "4"}]
    assert list(found.origin["assessments"].values()) == [
        (1, "file 1: Observation.value"),
        (2, "file 1: Observation.status"),
        (1, "file 2: QuestionnaireResponse.item"),
    ]


def test_a_packed_file_in_a_folder_is_refused(tmp_path, observation) -> None:
    folder = tmp_path / "bulk"
    folder.mkdir()
    (folder / "a.ndjson").write_text(lines(observation()))
    (folder / "b.ndjson.gz").write_bytes(gzip.compress(lines(observation()).encode()))
    assert is_fhir(folder)
    with duckdb.connect() as con, pytest.raises(InputError, match=r"b\.ndjson\.gz: .*\(E104\)$"):
        stage_fhir(con, folder, FhirNames(), "staged_0", tmp_path)


NOT_FHIR = {
    "CSV": ("x.csv", b"episode_id,instrument,day,score\nE1,phq9,0,20\n"),
    "CSV by the name of JSON": ("x.json", b"episode_id,day\n"),
    "other JSON in a text file": ("x.txt", b'{"a": 1}'),
    "empty": ("x.json", b""),
    "a picture": ("x.json", b"\x89PNG\r\n\x1a\n"),
    "packed": ("x.ndjson.gz", gzip.compress(b'{"resourceType": "Observation"}')),
}


@pytest.mark.parametrize(("name", "content"), NOT_FHIR.values(), ids=NOT_FHIR)
def test_fhir_is_known_by_content_not_by_name(tmp_path, name, content) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert not is_fhir(path)
    assert not is_fhir(tmp_path / "missing.json")


def test_a_folder_without_fhir_is_none(tmp_path) -> None:
    assert not is_fhir(tmp_path)
    (tmp_path / "x.csv").write_text("episode_id\n")
    (tmp_path / "y.json").write_text("episode_id\n")
    assert not is_fhir(tmp_path)


START = '{"resourceType": "Observation", "status": "final"'
LINE = START + "}\n"
REFUSED = {
    "A02 nothing in it": (
        '{"resourceType": "Bundle"}',
        "x: holds no score, event or patient that can be read. (E102)",
    ),
    "A02 nothing of ours": (
        '{"resourceType": "Procedure"}',
        "x: holds no score, event or patient that can be read. "
        "Resources of other types were not read: Procedure (1). (E102)",
    ),
    "no resource": (
        '{"a": 1}',
        "x: is JSON without a resourceType: it holds no FHIR resource. (E121)",
    ),
    "a list": ("[]", "x: is JSON without a resourceType: it holds no FHIR resource. (E121)"),
    "a list of resources": (f"[{START}}}]", "(E121)"),
    "entries without a Bundle": ('{"entry": [{"resource": {"resourceType": "Device"}}]}', "(E121)"),
    "entries of another type": (
        '{"resourceType": "List", "entry": [{"resource": {"resourceType": "Device"}}]}',
        "(E121)",
    ),
    "a line without a resource": (LINE + '{"a": 1}\n', "x, line 2: is JSON without a resourceType"),
    "a line that is a list": (LINE + "[]\n", "x, line 2: is JSON without a resourceType"),
    "a type that is no text": ('{"resourceType": null}', "(E121)"),
    "a line that is no JSON": (
        LINE + START + ",}\n" + LINE,
        "x, line 2: is not JSON: export it again. (E120)",
    ),
    "a second value in a line": (
        LINE + LINE.strip() + "{}\n" + LINE,
        "x, line 2: goes on after its end: ",
    ),
    "an entry that is no JSON": (
        '{"resourceType": "Bundle", "entry": [{}, {"resource": nul}]}',
        "x: entry 2: is not JSON: export it again. (E120)",
    ),
    "no comma between entries": (
        '{"resourceType": "Bundle", "entry": [{} {}]}',
        "x: entry 2: is not JSON",
    ),
    "more after the end": (
        '{"resourceType": "Bundle"} {}',
        "x: goes on after its end: export it again. (E120)",
    ),
    "a name twice": (
        '{"resourceType": "Bundle", "resourceType": "Bundle"}',
        "x: an object has a name twice: ",
    ),
    "a name twice inside": (
        LINE + START + ', "code": {"a": 1, "a": 2}}\n',
        "x, line 2: an object has a name twice: ",
    ),
    "NaN": (START + ', "valueDecimal": NaN}', "x: NaN and Infinity are no numbers in JSON: "),
    "Infinity": (
        START + ', "valueDecimal": -Infinity}',
        "x: NaN and Infinity are no numbers in JSON: ",
    ),
    "deep lists": (
        START + ', "a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        "x: is nested too deeply: ",
    ),
    "deep objects": (
        START + ', "a": ' + '{"a":' * 100_000 + "1" + "}" * 100_001,
        "x: is nested too deeply: ",
    ),
    "A08 NUL": (START + ', "id": "a\0b"}', "x: is not JSON: export it again. (E120)"),
    "bad UTF-8": (
        LINE.encode() + b'{"resourceType": "\xff"}\n',
        "x, line 2: is not UTF-8 text: export it again. (E120)",
    ),
    "bad UTF-8 in a Bundle": (
        b'{"resourceType": "\xff"}',
        "x: is not UTF-8 text: export it again. (E120)",
    ),
    "a history": ('{"resourceType": "Bundle", "type": "history"}', "(E122)"),
    "a name without quotes": ("{resourceType: 1}", "x: is not JSON"),
    "a colon missing": ('{"resourceType" 1}', "x: is not JSON"),
    "cut inside an entry": (
        '{"resourceType": "Bundle", "entry": [{"a": {}',
        "x: the end of the file is missing: export it again. (E110)",
    ),
}


@pytest.mark.parametrize(
    ("content", "said"),
    REFUSED.values(),
    ids=REFUSED,
)
def test_a_file_is_refused_whole(refusal, content, said) -> None:
    sentence = refusal(content).replace("export.json", "x", 1)
    assert sentence.startswith(said) if said.startswith("x") else sentence.endswith(said)
    assert sentence.count("(E1") == 1


def test_a05_utf_16_is_no_json_text(tmp_path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"\xff\xfe" + LINE.encode("utf-16-le"))
    assert not is_fhir(path)


@pytest.mark.parametrize("name", ["x.ndjson", "x.json"])
def test_a10_a_file_that_is_cut_loads_nothing(refusal, observation, name) -> None:
    resources = [observation(note=[{"text": f"{'ü' * n}]}}"}]) for n in range(12)]
    if name == "x.json":
        whole = json.dumps(bundle(*({"resource": one} for one in resources)), ensure_ascii=False)
    else:
        whole = lines(*resources).rstrip("\n")
    whole_bytes = whole.encode()
    ends = {n for n, byte in enumerate(whole_bytes) if byte == 10} if name == "x.ndjson" else set()
    chosen = random.Random(10).sample(range(len(whole_bytes) // 2, len(whole_bytes)), 60)
    for cut in [cut for cut in chosen if not {cut, cut - 1} & ends][:50]:
        sentence = refusal(whole_bytes[:cut], name)
        assert sentence.endswith("(E110)")


@pytest.mark.parametrize(("name", "size"), [("x.json", 129), ("x.ndjson", 17)])
def test_a11_a_text_over_the_limit_is_refused(refusal, tmp_path, name, size) -> None:
    sentence = refusal(b'{"resourceType": "' + b"a" * (size * 2**20), name)
    assert sentence.endswith("(E111)")
    assert f"{size - 1} MB" in sentence


def test_a11_a_text_of_too_many_values_is_refused(refusal) -> None:
    sentence = refusal(b'{"resourceType": "Bundle", "a": [' + b"[]," * 6_000_001 + b"[]]}")
    assert sentence.endswith("export it as NDJSON, one resource a line. (E111)")


def test_a01_an_empty_file_in_a_folder_is_refused(tmp_path, observation) -> None:
    (tmp_path / "a.json").write_text(json.dumps(observation()))
    (tmp_path / "b.ndjson").write_bytes(b"")
    with (
        duckdb.connect() as con,
        pytest.raises(InputError, match=r"^b\.ndjson: is empty. \(E101\)$"),
    ):
        stage_fhir(con, tmp_path, FhirNames(), "staged_0", tmp_path)
