"""Tables of an OMOP model: totals through CONCEPT, case mix of codes, stays and deaths."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from analysis.errors import InputError
from analysis.ingest import import_files, read_mapping
from analysis.ingest.mapping import Mapping
from analysis.ingest.reading import group_sources, stage_file
from analysis.ingest.reading.icd10 import FIELDS, LEVELS, SOURCE

# Concept ids are made up: nothing may depend on them.
CONCEPT = """\
concept_id,concept_name,domain_id,vocabulary_id,concept_class_id,standard_concept,concept_code
101,PHQ-9 total score,Measurement,LOINC,Survey,S,44261-6
102,GAD-7 total score,Measurement,LOINC,Survey,,70274-6
103,Standard GAD total,Measurement,SNOMED,Scale,S,445455005
104,Body weight,Measurement,LOINC,Clinical,S,29463-7
105,PHQ-9 look-alike,Measurement,Site,Survey,,44261-6
8532,FEMALE,Gender,Gender,Gender,S,F
8507,MALE,Gender,Gender,Gender,S,M
9201,Inpatient Visit,Visit,Visit,Visit,S,IP
9202,Outpatient Visit,Visit,Visit,Visit,S,OP
301,Major depressive disorder recurrent severe with psychotic symptoms,C,ICD10CM,5,,F33.3
302,Bipolar disorder,C,ICD10CM,5,,F31.9
303,Post-traumatic stress disorder,C,ICD10CM,5,,F43.10
304,Nicotine dependence,C,ICD10CM,5,,F17.200
305,Alcohol dependence,C,ICD10CM,5,,F10.20
306,Major depressive disorder,C,ICD10CM,5,,F32.9
"""
RELATIONSHIP = "concept_id_1,concept_id_2,relationship_id\n102,103,Maps to\n101,104,Has property\n"
MEASUREMENT_HEADER = (
    "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,"
    "value_as_number,measurement_source_value,measurement_source_concept_id\n"
)
MEASUREMENT = (
    MEASUREMENT_HEADER + "1,P1,101,2025-03-03,2025-03-03 10:00:00,20,PHQ9,101\n"
    "2,P1,101,,2025-04-14 10:00:00,4.0,PHQ9,0\n"
    "3,P1,104,2025-04-14,,81.5,WEIGHT,104\n"
    "4,P2,103,2025-05-05,,11,GAD,102\n"
    "5,P2,0,2025-05-05,,18,PHQ9-TOTAL,0\n"
    "6,P2,105,2025-05-05,,3,other,105\n"
)
OBSERVATION = (
    "OBSERVATION_ID,PERSON_ID,OBSERVATION_CONCEPT_ID,OBSERVATION_DATE,VALUE_AS_NUMBER\n"
    "1,P2,101,2025-06-16,9\n2,P2,999,2025-06-16,1\n"
)
PERSON = (
    "person_id,gender_concept_id,year_of_birth,birth_datetime\n"
    "P1,8532,1961,1961-01-01\nP2,8507,1970,\nP3,8507,1971,\nP4,0,1971,\n"
)
CONDITIONS = (
    "condition_occurrence_id,person_id,condition_concept_id,condition_source_concept_id\n"
    "1,P1,0,301\n2,P1,0,303\n3,P1,0,304\n4,P2,306,0\n5,P2,302,0\n6,P2,0,305\n7,P3,0,305\n"
)
VISITS = (
    "visit_occurrence_id,person_id,visit_concept_id,visit_start_date\n"
    "1,P1,9201,2025-05-01\n2,P1,9202,2025-05-02\n3,P3,9201,2025-05-03\n"
)
DEATHS = "person_id,death_date\nP2,2025-09-01\nP3,2025-09-02\n"
EPISODES = (
    "episode_id,patient_id,modality,start_date\nE1,P1,rtms,2025-03-03\nE2,P2,ect,2025-05-05\n"
)
SITE_CODES = '[omop.codes]\n"PHQ9-TOTAL" = "phq9"\n'
SCORES = [
    ("E1", "phq9", 0, 20),
    ("E1", "phq9", 42, 4),
    ("E2", "gad7", 0, 11),
    ("E2", "phq9", 0, 18),
]


@pytest.fixture
def staged(tmp_path):
    """Stage files of a model together; return each table with rows, malformed rows and origin."""

    def read(mapping: str = SITE_CODES, **files: str):
        (tmp_path / "map.toml").write_text(mapping, "utf-8")
        paths = []
        for name, text in files.items():
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_text(text, "utf-8")
        (source,) = group_sources(paths)
        with closing(duckdb.connect()) as con:
            found = stage_file(con, source, read_mapping(tmp_path / "map.toml"), "t", tmp_path)
            return {
                table.name: (
                    table,
                    con.execute(f"select * exclude line from {table.table} order by line")
                    .fetchall(),
                    con.execute(f"select * from {table.malformed}").fetchall(),
                    con.execute(f"select * from {table.origin} order by line").fetchall(),
                )
                for table in found
            }  # fmt: skip

    return read


def test_totals_are_found_by_code_by_what_it_maps_to_and_by_codes_of_the_site(clinic):
    report = clinic.load(
        mapping=SITE_CODES,
        episodes=EPISODES,
        MEASUREMENT=MEASUREMENT,
        concept=CONCEPT,
        Concept_Relationship=RELATIONSHIP,
    )
    assert clinic.scores() == SCORES
    file = report.files[-1]
    assert (file.file, file.rows_read, file.loaded) == ("MEASUREMENT.csv", 4, 4)


def test_the_rows_left_out_are_counted_and_each_row_knows_its_line(staged):
    table, rows, aside, origin = staged(
        MEASUREMENT=MEASUREMENT + "x,y\n", CONCEPT=CONCEPT, RELATION=RELATIONSHIP
    )["MEASUREMENT.csv"]
    assert rows == [
        ("P1", "phq9", "2025-03-03", "20"),
        ("P1", "phq9", "2025-04-14", "4.0"),
        ("P2", "gad7", "2025-05-05", "11"),
        ("P2", "phq9", "2025-05-05", "18"),
    ]
    assert [row[1] for row in aside] == ["too_few_fields"]
    assert [file_line for _, file_line, _ in origin] == [2, 3, 5, 6, 8]
    assert table.rows == 5
    assert table.notes == ("2 rows that are not totals were left out.",)


def test_ids_are_never_taken_for_granted(staged):
    """The same rows under other ids give the same; the usual ids alone give nothing."""
    swapped = {"101": "40772146", "102": "3042932", "103": "44788"}
    measurement, concept, relation = MEASUREMENT, CONCEPT, RELATIONSHIP
    for old, new in swapped.items():
        measurement = measurement.replace(f",{old},", f",{new},").replace(f",{old}\n", f",{new}\n")
        concept = concept.replace(f"\n{old},", f"\n{new},")
        relation = relation.replace(f"\n{old},", f"\n{new},").replace(f",{old},", f",{new},")
    one = staged(M=MEASUREMENT, C=CONCEPT, R=RELATIONSHIP)["M.csv"][1]
    other = staged(M=measurement, C=concept, R=relation)["M.csv"][1]
    assert one == other
    assert len(one) == 4


def test_a_standard_concept_of_two_instruments_stands_for_neither(staged):
    rows = staged(M=MEASUREMENT, C=CONCEPT, R=RELATIONSHIP + "101,103,Maps to\n")["M.csv"][1]
    # the row under the shared concept is still known by its own source concept
    assert [row[1] for row in rows] == ["phq9", "phq9", "gad7", "phq9"]
    alone = MEASUREMENT.replace(",GAD,102", ",GAD,0")
    rows = staged(M=alone, C=CONCEPT, R=RELATIONSHIP + "101,103,Maps to\n")["M.csv"][1]
    assert [row[1] for row in rows] == ["phq9", "phq9", "phq9"]


def test_observation_is_read_too_whatever_the_case_of_its_names(clinic):
    clinic.load(
        episodes=EPISODES, OBSERVATION=OBSERVATION, MEASUREMENT=MEASUREMENT, CONCEPT=CONCEPT
    )
    assert ("E2", "phq9", 42, 9) in clinic.scores()
    files = [file.file for file in clinic.reports[0].files]
    assert files == ["episodes.csv", "MEASUREMENT.csv", "OBSERVATION.csv"]


def test_persons_with_a_score_become_patients_and_what_no_code_says_is_unknown(staged):
    found = staged(M=MEASUREMENT, C=CONCEPT, P=PERSON, D=CONDITIONS)
    table, rows, _, _ = found["P.csv"]
    assert table.header == ("patient_id", "sex", *FIELDS)
    attributes = [dict(zip(table.header, row, strict=True)) for row in rows]
    assert attributes == [
        dict.fromkeys(table.header)
        | {"patient_id": "P1", "sex": "female", "diagnosis": "unipolar",
           "psychotic_features": "yes", "comorbid_ptsd": "yes"},
        dict.fromkeys(table.header)
        | {"patient_id": "P2", "sex": "male", "diagnosis": "bipolar",
           "comorbid_substance_use": "yes"},
    ]  # fmt: skip
    assert table.notes == ("2 rows that are not persons with a score were left out.",)
    assert "birth" not in " ".join(table.header)
    assert not [cell for row in rows for cell in row if cell and "19" in cell]


def test_stays_and_deaths_of_scored_persons_become_events(clinic):
    report = clinic.load(
        episodes=EPISODES, M=MEASUREMENT, C=CONCEPT, V=VISITS, Z=DEATHS, mapping=SITE_CODES
    )
    assert report.quarantined == ()
    assert clinic.rows(
        "select episode_id, day, event::varchar from event join episode using (episode) "
        "order by all"
    ) == [("E1", 59, "hospitalisation"), ("E2", 119, "death")]


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("how", ["folder", "files"])
def test_a_folder_or_its_files_named_together_are_one_source(clinic, separator, how):
    folder = clinic.folder / "cdm"
    folder.mkdir(parents=True)
    for name, text in {
        "MEASUREMENT": MEASUREMENT, "CONCEPT": CONCEPT, "CONCEPT_RELATIONSHIP": RELATIONSHIP,
    }.items():  # fmt: skip
        (folder / f"{name}.csv").write_text(text.replace(",", separator), "utf-8")
    (folder / "DRUG_EXPOSURE.csv").write_text("drug_exposure_id,person_id\n1,P1\n", "utf-8")
    episodes = clinic.write("episodes.csv", EPISODES)
    named = [folder] if how == "folder" else sorted(folder.glob("[CM]*.csv"))
    sources = group_sources([*named, episodes])
    assert [source.omop for source in sources] == [True, False]
    mapping = read_mapping(clinic.write("map.toml", SITE_CODES))
    import_files(clinic.store, [*named, episodes], mapping)
    assert clinic.scores() == SCORES


def test_a_quote_in_a_vocabulary_with_tabs_is_a_sign_like_any_other(clinic):
    concept = CONCEPT.replace(",", "\t").replace("Body weight", 'Body "weight')
    clinic.load(episodes=EPISODES, M=MEASUREMENT, C=concept, mapping=SITE_CODES)
    assert ("E1", "phq9", 0, 20) in clinic.scores()


@pytest.mark.parametrize(
    ("files", "told", "code"),
    [
        ({"M": MEASUREMENT}, "M.csv: are tables of OMOP without CONCEPT, which says", "E221"),
        ({"C": CONCEPT, "P": PERSON}, "without scores: name MEASUREMENT or OBSERVATION", "E221"),
        ({"M": MEASUREMENT_HEADER + "1,P1,104,2025-01-01,,3,W,104\n", "C": CONCEPT},
         "M.csv: holds no score: no concept is the LOINC code of a total", "E222"),
        ({"M": MEASUREMENT, "C": CONCEPT + "1,2\n"}, "C.csv: has a row that is not of the", "E222"),
        ({"M": MEASUREMENT, "N": MEASUREMENT, "C": CONCEPT},
         "N.csv: holds the table MEASUREMENT, as M.csv does", "E223"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(staged, files, told, code):
    with pytest.raises(InputError) as refused:
        staged("", **files)
    assert told in str(refused.value)
    assert str(refused.value).endswith(f"({code})")


def test_a_table_without_rows_is_as_if_it_were_not_there(staged):
    found = staged(M=MEASUREMENT, C=CONCEPT, O=OBSERVATION.splitlines()[0] + "\n", Z=DEATHS[:21])
    assert list(found) == ["M.csv"]


@pytest.mark.parametrize("code", ["F10.21", "F32.81", "F1021", "f32.81"])
def test_a_code_that_is_left_out_says_nothing(staged, code):
    concepts = CONCEPT.replace("F10.20", code)
    rows = staged(M=MEASUREMENT, C=concepts, P=PERSON, D=CONDITIONS)["P.csv"][1]
    assert rows[1][:3] == ("P2", "male", "bipolar")
    assert set(rows[1][3:]) == {None}


def test_diagnoses_that_cannot_be_read_are_told(staged):
    found = staged(M=MEASUREMENT, C=CONCEPT, P=PERSON, D=CONDITIONS + "8,P1\n")
    assert "1 rows of D.csv do not have the form of its header and say nothing." in (
        found["P.csv"][0].notes
    )
    alone = staged(M=MEASUREMENT, C=CONCEPT, P=PERSON.splitlines()[0], D=CONDITIONS)
    assert "CONDITION_OCCURRENCE is read beside PERSON only." in alone["M.csv"][0].notes


def test_a_file_of_deaths_alone_is_not_taken_for_a_model(tmp_path):
    path = tmp_path / "deaths.csv"
    path.write_text(DEATHS, "utf-8")
    assert [source.omop for source in group_sources([path])] == [False]


@pytest.mark.parametrize(
    ("code", "field", "level"),
    [
        ("F32.9", "diagnosis", "unipolar"), ("F31.81", "diagnosis", "bipolar"),
        ("F31.64", "psychotic_features", "yes"), ("F31.63", "psychotic_features", None),
        ("F41.1", "comorbid_anxiety", "yes"), ("F43.12", "comorbid_ptsd", "yes"),
        ("F43.2", "comorbid_ptsd", None), ("F42.2", "comorbid_ocd", "yes"),
        ("F90.0", "comorbid_adhd", "yes"), ("F17.210", "comorbid_substance_use", None),
        ("F19.20", "comorbid_substance_use", "yes"), ("F34.1", "diagnosis", None),
        ("F32.81", "diagnosis", None), ("F10.21", "comorbid_substance_use", None),
    ],
)  # fmt: skip
def test_what_a_diagnosis_code_says(code, field, level):
    fitting = [each for each in LEVELS if each.field == field and each.fits(code)]
    assert (fitting[0].level if fitting else None) == level
    assert SOURCE == "ICD-10-CM code titles"


@pytest.mark.parametrize("section", ["[omop]\ncode = 1\n", "[omop.codes]\nx = 1\n"])
def test_a_slip_in_the_section_is_named(clinic, section):
    with pytest.raises(InputError, match=r"\[omop"):
        read_mapping(clinic.write("map.toml", section))


def large_model(folder: Path, measurements: int, concepts: int) -> list[Path]:
    """Write a model with a tenth of its measurements being totals."""
    paths = [folder / "MEASUREMENT.csv", folder / "CONCEPT.csv"]
    with closing(duckdb.connect()) as con:
        con.execute(
            "copy (select n as measurement_id, n // 40 as person_id, case when n % 10 = 0 then 101 "
            "else 500000 + n % 1000 end as measurement_concept_id, "
            "date '2024-01-01' + (n % 600)::integer as measurement_date, "
            "n % 28 as value_as_number, 'x' as measurement_source_value, "
            f"0 as measurement_source_concept_id from range({measurements}) t(n)) "
            f"to '{paths[0]}' (header)"
        )
        con.execute(
            "copy (select n as concept_id, 'Concept ' || n as concept_name, 'SNOMED' as "
            "vocabulary_id, n::varchar as concept_code from "
            f"range(1000, {1000 + concepts}) t(n) union all "
            "values (101, 'PHQ-9 total', 'LOINC', '44261-6')) "
            f"to '{paths[1]}' (header, delim '\t')"
        )
    return paths


def test_a_large_model_is_read_by_the_engine(tmp_path):
    paths = large_model(tmp_path, 200_000, 400_000)
    (source,) = group_sources(paths)
    with closing(duckdb.connect()) as con:
        (table,) = stage_file(con, source, Mapping(), "t", tmp_path)
    assert table.rows == 20_000
