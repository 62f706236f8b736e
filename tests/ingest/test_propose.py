"""Proposed mappings: what is certain is written, what is not is a question, and names stay out."""

import contextlib
import re
import tempfile
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.ingest import Mapping, import_files, read_mapping
from analysis.ingest.propose import as_toml, propose
from analysis.ingest.propose.names import SYNONYMS, instrument_of, modality_of, visit_day
from analysis.ingest.reading.wide import plain_name
from analysis.instruments import REGISTRY
from analysis.modality import MODALITIES
from analysis.store import open_store

DOCS = Path(__file__).parents[2] / "docs" / "importing-tables.md"


@pytest.fixture
def proposed(tmp_path):
    """Propose a mapping for files; return its text. Names of files may have their own ending."""

    def run(**files: str | bytes) -> str:
        paths = []
        for name, content in files.items():
            paths.append(tmp_path / f"{name}.csv")
            data = content if isinstance(content, bytes) else content.encode()
            paths[-1].write_bytes(data)
        return as_toml(propose(paths))

    return run


def sure(text: str) -> dict[str, object]:
    return tomllib.loads(text)


LONG = (
    "Subject,Arm,Scale,StudyDay,Total,Clinic,Last Name\n"
    "P1,rTMS,PHQ-9,0,20,N,Miller\nP1,rTMS,PHQ-9,42,4,N,Miller\n"
    "P2,ECT+Psychotherapy,PHQ-9,0,999,S,Baker\nP2,ECT+Psychotherapy,HAMD,0,NA,S,Baker\n"
    "P3,Ketamin,SLEEPQ,0,12,S,Smith\n"
)


def test_a_long_file_is_described_with_reasons_and_questions(proposed):
    text = proposed(x=LONG)
    assert sure(text) == {
        "columns": {"patient_id": "Subject", "modality": "Arm", "instrument": "Scale",
                    "score": "Total", "day": "StudyDay", "site": "Clinic"},
        "values": {"modality": {"ECT": "ect", "Psychotherapy": "psychotherapy", "rTMS": "rtms"},
                   "instrument": {"PHQ-9": "phq9"}},
        "missing": {"codes": ["NA"]},
    }  # fmt: skip
    assert "# 5 of 5 values are whole numbers from 0 to 42" in text
    for question in (
        '# ? Ketamin = "iv_ketamine"', '# ? HAMD = "hamd17"', '# ? instruments = ["SLEEPQ"]',
        '# ? codes = ["NA", "999"]',
    ):  # fmt: skip
        assert question in text
    for name in ("Miller", "Baker", "Smith"):
        assert name not in text


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Patient Name", "Miller"), ("site", "Anna Miller"), ("clinic", "Miller, Anna"),
        ("site", "anna@example.org"), ("modality", "Anna Miller"), ("visit", "Anna Miller"),
        ("Scale", "0171 555 12 34 56"), ("instrument", "078-05-1120"), ("comment", "felt well"),
        ("therapist", "Miller"), ("sex", "https://example.org/anna"), ("phone", "555"),
        ("site", "Anna Müller"), ("Birth date", "1961-02-03"), ("event", "Anna Miller"),
        ("instrument", "Miller"), ("visit", "Miller"), ("Arm", "Miller"), ("AVISIT", "Miller"),
    ],
)  # fmt: skip
def test_values_that_may_name_a_person_are_not_shown(proposed, header, value):
    text = proposed(x=f'pid,phq9_w0,phq9_w6,{header}\nP1,3,4,"{value}"\nP2,5,6,"{value}"\n')
    assert value not in text
    assert value.split(",")[0] not in text


def test_long_free_text_is_not_shown(proposed):
    text = proposed(x="patient_id,modality\n" + "P1,she said that nothing helped her this week\n")
    assert "nothing helped" not in text


@pytest.mark.parametrize(
    ("dates", "sure_form", "questions"),
    [
        (("2025-03-04", "2025-03-25"), None, ()),
        (("25/03/2025", "04/03/2025"), "DD/MM/YYYY", ()),
        (("03/25/2025", "03/04/2025"), "MM/DD/YYYY", ()),
        (("03/04/2025", "05/06/2025"), None, ("DD/MM/YYYY", "MM/DD/YYYY")),
        (("03.04.2025", "25.06.2025"), "DD.MM.YYYY", ()),
        (("2025/03/04", "2025/06/25"), "YYYY/MM/DD", ()),
        (("04-Mar-2025", "25-Jun-2025"), "DD-MMM-YYYY", ()),
    ],
    ids=["iso", "C12 day first", "C12 month first", "C12 both", "dots", "slashes", "months"],
)
def test_the_form_of_dates_is_written_or_asked(proposed, dates, sure_form, questions):
    rows = "".join(f"P{n},rtms,phq9,{day},{n}\n" for n, day in enumerate(dates))
    text = proposed(x="patient_id,modality,instrument,date,score\n" + rows)
    assert sure(text).get("file", {}).get("dates") == sure_form  # type: ignore[attr-defined]
    for form in questions:
        assert f'# ? dates = "{form}"' in text
    assert text.count("# ? dates") == len(questions)


@pytest.mark.parametrize("first", [45750], ids=["C14"])
def test_days_as_spreadsheets_number_them_are_asked_with_an_example(proposed, first):
    rows = f"P1,rtms,phq9,{first},9\nP1,rtms,phq9,{first + 42},4\n"
    text = proposed(x="patient_id,modality,instrument,Datum,score\n" + rows)
    assert "# ? excel_epoch = 1900" in text
    assert "45750 is 2025-04-03" in text
    assert sure(text) == {"columns": {"date": "Datum"}}
    assert date(1899, 12, 30) + timedelta(days=45750) == date(2025, 4, 3)
    assert date(1904, 1, 1) + timedelta(days=45750) == date(2029, 4, 4)


@pytest.mark.parametrize("day", ["03/04/25"], ids=["C15"])
def test_two_digit_years_are_never_proposed_as_certain(proposed, day):
    text = proposed(x=f"patient_id,modality,instrument,date,score\nP1,rtms,phq9,{day},9\n")
    assert "file" not in sure(text)


def test_a_semicolon_file_with_decimal_commas_in_another_encoding(proposed):
    text = proposed(
        x="patient_id;modality;instrument;day;score;Ort\n"
        "P1;rtms;cgi_s;0;4,5;Z\xfcrich\nP2;ect;cgi_s;0;3;Bern\n".encode("windows-1252")
    )
    assert sure(text)["file"] == {"delimiter": ";", "decimal": ","}
    assert '# ? encoding = "windows-1252"' in text


def test_a_wide_file_gets_a_day_for_each_visit_that_says_it(proposed):
    text = proposed(x="patient_id,modality,phq9_w0,phq9_w6,phq9_m3,phq9_t2\nP1,rtms,20,4,3,2\n")
    assert sure(text) == {"wide": {"phq9": {"columns": {"phq9_w0": 0, "phq9_w6": 42}}}}
    assert "# ? phq9_m3 = 91" in text
    assert "# ? phq9_t2 = DAY" in text


def test_totals_beside_one_date_per_row_are_wide_too(proposed, clinic):
    file = (
        "patient_id,modality,start_date,date,phq9_total,GAD-7\nP1,rtms,2025-03-01,2025-03-03,9,8\n"
    )
    text = proposed(x=file)
    assert sure(text) == {
        "wide": {
            "phq9": {"columns": {"phq9_total": "date"}},
            "gad7": {"columns": {"GAD-7": "date"}},
        }
    }
    clinic.load(mapping=text, x=file)
    assert clinic.scores() == [("P1:rtms", "gad7", 2, 8), ("P1:rtms", "phq9", 2, 9)]


def test_visits_in_a_column_get_their_days(proposed, clinic):
    rows = "P1,rtms,phq9,Baseline,9\nP1,rtms,phq9,Week 4,5\n"
    file = "patient_id,modality,instrument,AVISIT,score\n" + rows
    text = proposed(x=file)
    assert sure(text)["visits"] == {"column": "AVISIT", "days": {"Baseline": 0, "Week 4": 28}}
    clinic.load(mapping=text, x=file)
    assert clinic.scores() == [("P1:rtms", "phq9", 0, 9), ("P1:rtms", "phq9", 28, 5)]


ITEMS = ",".join(f"phq9_{n}" for n in range(1, 10))
EXPORT = (
    f"record_id,redcap_event_name,tx_arm,tx_start,gender,{ITEMS},phq9_total,phq9_complete\n"
    "1,baseline_arm_1,1,2025-03-03,2,,,,,,,,,,,\n"
    "1,week_6_arm_1,,,,1,0,0,0,0,1,1,1,0,4,2\n"
    "2,baseline_arm_1,2,2025-04-03,1,3,3,2,2,2,2,2,2,2,20,2\n"
)
DICTIONARY = (
    '"Variable / Field Name","Form Name","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels"\n'
    "record_id,demo,text,Record ID,\n"
    'tx_arm,demo,radio,Treatment,"1, rTMS | 2, ECT"\ntx_start,demo,text,Start,\n'
    'gender,demo,radio,Sex,"1, Male | 2, Female"\n'
    + "".join(f'phq9_{n},phq9,radio,Q{n},"0, Not at all | 1, Several days"\n' for n in range(1, 10))
    + "phq9_total,phq9,calc,Total,\n"
)


def test_an_export_of_redcap_with_its_dictionary_needs_no_decision(proposed, clinic, tmp_path):
    text = proposed(export=EXPORT, dictionary=DICTIONARY)
    assert "# ?" not in text
    assert sure(text)["redcap"] == {
        "id": "record_id",
        "events": {"baseline_arm_1": 0, "week_6_arm_1": 42},
        "scores": [{
            "instrument": "phq9", "total": "phq9_total", "form": "phq9",
            "items": [f"phq9_{n}" for n in range(1, 10)],
        }],
        "episode": {"modality": "tx_arm", "start_date": "tx_start", "sex": "gender"},
    }  # fmt: skip
    assert sure(text)["values"] == {
        "modality": {"1": "rtms", "2": "ect"},
        "sex": {"1": "male", "2": "female"},
    }
    mapping = read_mapping(clinic.write("map.toml", text))
    files = [tmp_path / "export.csv", tmp_path / "dictionary.csv"]
    assert import_files(clinic.store, files, mapping).quarantined == ()
    assert clinic.scores() == [("1", "phq9", 42, 4), ("2", "phq9", 0, 20)]
    assert clinic.levels("sex") == {"female": 1, "male": 1}


def test_without_the_dictionary_the_codes_of_treatments_are_asked(proposed):
    text = proposed(export=EXPORT)
    assert '# ? 1 = "MODALITY"' in text
    assert read_mapping_of(text).tables.redcap is not None


def test_events_that_say_no_day_leave_the_whole_section_open(proposed):
    text = proposed(export="record_id,redcap_event_name,phq9_total\n1,visit_1_arm_1,20\n")
    assert read_mapping_of(text) == Mapping()
    assert "# ? [redcap]" in text


def read_mapping_of(text: str) -> Mapping:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.toml"
        path.write_text(text, "utf-8")
        return read_mapping(path)


def test_tables_of_omop_need_nothing_but_site_codes(proposed):
    text = proposed(
        MEASUREMENT="person_id,measurement_concept_id,measurement_date\n1,2,2025-01-01\n",
        CONCEPT="concept_id,concept_name,vocabulary_id,concept_code\n2,x,LOINC,44261-6\n",
    )
    assert read_mapping_of(text) == Mapping()
    assert '# ? PHQ9-TOTAL = "phq9"' in text


def test_another_name_in_another_file_is_a_question(proposed):
    one = "patient_id,modality,instrument,day,TOTAL\nP1,rtms,phq9,0,20\n"
    two = "patient_id,instrument,day,sum\nP1,gad7,0,9\n"
    three = "patient_id,instrument,day,score\nP1,madrs,0,9\n"
    text = proposed(one=one, two=two, three=three)
    assert sure(text) == {"columns": {"score": "TOTAL"}}
    assert '# ? score = "sum"' in text
    assert '# ? score = "score"' in text


NASTY = 'a "quoted" \\ name\twith\u2028signs = "x" # ]'


def test_names_with_signs_of_toml_stay_one_text(proposed):
    quoted = NASTY.replace('"', '""')
    text = proposed(x=f'patient_id,modality,"{quoted}_w0",phq9_w0,"phq9 w6"\nP1,"{quoted}",3,4,5\n')
    assert sure(text)["wide"] == {"phq9": {"columns": {"phq9_w0": 0, "phq9 w6": 42}}}
    questions = [line for line in text.splitlines() if line.startswith("# ? ")]
    for question in questions:
        if "=" in question:
            tomllib.loads(question.removeprefix("# ? "))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty."),
        (b"PK\x03\x04\0\0", "is a zip archive that is damaged"),
        (b",,\n1,2,3\n", "no column"),
    ],
    ids=["A01", "A04", "no names"],
)
def test_what_is_no_table_is_told(proposed, content, told):
    with pytest.raises(InputError, match=told):
        proposed(x=content)


@pytest.mark.parametrize(
    ("label", "day", "certain"),
    [
        ("Baseline", 0, True), ("w0", 0, True), ("Week 12", 84, True), ("baseline_arm_1", 0, True),
        ("week_6_arm_2", 42, True), ("D28", 28, True), ("4 weeks", 28, True), ("m6", 183, False),
        ("T1", None, False), ("visit 2", None, False), ("Screening", None, False),
    ],
)  # fmt: skip
def test_the_day_of_a_visit_is_certain_only_where_its_name_says_it(label, day, certain):
    assert visit_day(label) == (day, certain)


@pytest.mark.parametrize("id", sorted(REGISTRY))
def test_an_instrument_is_known_by_id_and_label(id):
    assert instrument_of(id) == instrument_of(REGISTRY[id].label) == (id, True)


@pytest.mark.parametrize("id", sorted(MODALITIES))
def test_a_modality_is_known_by_id_and_label(id):
    assert modality_of(id) == modality_of(MODALITIES[id]) == (id, True)


def test_no_name_of_a_column_stands_for_two_of_ours():
    words = [word for names in SYNONYMS.values() for word in names]
    assert len(words) == len(set(words))
    assert all(plain_name(ours) in SYNONYMS[ours] for ours in SYNONYMS)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_whatever_the_bytes_a_mapping_or_a_sentence_comes_out(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            tomllib.loads(as_toml(propose([path])))


@pytest.mark.parametrize("number", range(4))
def test_the_examples_of_the_documentation_are_mappings(number):
    text = DOCS.read_text("utf-8")
    example = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[number]
    assert read_mapping_of(example) != Mapping()


# ---- any clean file with other names -------------------------------------------------------------

COLUMNS = ("patient_id", "modality", "instrument", "day", "score", "site")
SCALES = ("phq9", "gad7", "madrs", "bdi2", "hamd17")


def dressed(name: str) -> st.SearchStrategy[str]:
    """A name as it may be written in a header: capitals or not, one of the usual ones."""
    return st.sampled_from(SYNONYMS[name]).flatmap(
        lambda word: st.sampled_from([word, word.upper(), word.title(), f"{word[:1]}_{word[1:]}"])
    )


@st.composite
def clean_files(draw) -> tuple[str, str]:
    """The same rows under our names and under others."""
    patients = draw(st.integers(1, 4))
    modalities = st.sampled_from(["rtms", "ect", "iv_ketamine", "rtms+psychotherapy"])
    own = [
        (draw(modalities), draw(st.sampled_from(["north", "south", ""]))) for _ in range(patients)
    ]
    keys = draw(
        st.sets(
            st.tuples(st.integers(0, patients - 1), st.sampled_from(SCALES), st.integers(-7, 90)),
            min_size=1,
            max_size=12,
        )
    )
    labels = draw(st.booleans())

    def words(text: str, names: dict[str, str]) -> str:
        return "+".join(names[part] for part in text.split("+")) if labels else text

    header = [draw(dressed(name)) for name in COLUMNS]
    ours, theirs = [",".join(COLUMNS)], [",".join(header)]
    scale_labels = {id: REGISTRY[id].label for id in SCALES}
    for patient, scale, day in sorted(keys):
        score = draw(st.integers(0, int(REGISTRY[scale].high)))
        modality, site = own[patient]
        ours.append(f"P{patient},{modality},{scale},{day},{score},{site}")
        theirs.append(
            f"P{patient},{words(modality, MODALITIES)},{words(scale, scale_labels)},{day},{score},"
            f"{site}"
        )
    return "\n".join(ours) + "\n", "\n".join(theirs) + "\n"


def snapshot_of(folder: Path, text: str, mapping: Mapping | None) -> str:
    folder.mkdir()
    (folder / "x.csv").write_text(text, "utf-8")
    report = import_files(folder / "store", [folder / "x.csv"], mapping)
    assert report.quarantined == ()
    with open_store(folder / "store") as store:
        return store.snapshot


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(clean_files())
def test_a_clean_file_under_other_names_makes_the_same_snapshot(files):
    ours, theirs = files
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "theirs.csv").write_text(theirs, "utf-8")
        mapping = read_mapping_of(as_toml(propose([folder / "theirs.csv"])))
        assert snapshot_of(folder / "a", ours, None) == snapshot_of(folder / "b", theirs, mapping)
