"""Wide tables: a column per visit becomes a row per assessment, once the visits are declared."""

from contextlib import closing

import duckdb
import pytest

from analysis.errors import InputError
from analysis.ingest import Mapping, read_mapping
from analysis.ingest.reading import stage_file
from analysis.ingest.reading.wide import known_names, visit_columns

DECLARED = "[wide.phq9]\ncolumns = { phq9_w0 = 0, phq9_w6 = 42 }\n"
HEADER = "patient_id,modality,site,phq9_w0,phq9_w6\n"


@pytest.fixture
def staged(tmp_path):
    """Stage one file under a mapping; return the staged table, its rows and where they are from."""

    def read(mapping: str, text: str):
        (tmp_path / "map.toml").write_text(mapping, "utf-8")
        (tmp_path / "wide.csv").write_text(text, "utf-8")
        with closing(duckdb.connect()) as con:
            (table,) = stage_file(
                con, tmp_path / "wide.csv", read_mapping(tmp_path / "map.toml"), "t", tmp_path
            )
            rows = con.execute(f"select * from {table.table} order by line").fetchall()
            aside = con.execute(f"select * from {table.malformed} order by line").fetchall()
            origin = con.execute(f"select * from {table.origin} order by line").fetchall()
        return table, rows, aside, origin

    return read


def test_each_filled_cell_is_an_assessment_that_knows_its_place(staged):
    table, rows, aside, origin = staged(
        DECLARED, HEADER + "P1,rtms,north,20,4\nP2,ect,,,\nP3,ect,south,,7\n"
    )
    assert table.header == (
        "patient_id", "modality", "site", "instrument", "score", "day", "date",
    )  # fmt: skip
    assert rows == [
        (1, "P1", "rtms", "north", "phq9", "20", "0", None),
        (2, "P1", "rtms", "north", "phq9", "4", "42", None),
        (3, "P3", "ect", "south", "phq9", "7", "42", None),
    ]
    assert origin == [(1, 2, "phq9_w0"), (2, 2, "phq9_w6"), (3, 4, "phq9_w6")]
    assert (aside, table.rows, table.reshaped) == ([], 3, True)
    assert "1 rows have no score at any visit and give no assessment." in table.notes
    assert table.before is not None
    assert table.before.header == tuple(HEADER.strip().split(","))


def test_a_malformed_row_stays_one_and_keeps_its_line(staged):
    table, rows, aside, origin = staged(DECLARED, HEADER + "P1,rtms,north,20,4\nP2,ect\n")
    assert [row[0] for row in rows] == [1, 2]
    assert aside == [(3, "too_few_fields", "5 fields, as in the header")]
    assert origin[2] == (3, 3, None)
    assert table.rows == 3


def test_a_visit_may_have_a_column_for_its_date(clinic):
    clinic.load(
        mapping="[wide.phq9]\n"
        'columns = { phq9_w0 = "w0_date", phq9_w6 = "w6_date", phq9_w12 = 84 }\n',
        wide="patient_id,modality,start_date,w0_date,phq9_w0,w6_date,phq9_w6,phq9_w12\n"
        "P1,rtms,2025-03-03,2025-03-01,20,2025-04-10,4,6\n",
    )
    assert clinic.scores() == [
        ("P1:rtms", "phq9", -2, 20),
        ("P1:rtms", "phq9", 38, 4),
        ("P1:rtms", "phq9", 84, 6),
    ]


def test_the_wide_and_the_long_file_make_the_same_snapshot(new_clinic):
    wide, long = new_clinic("wide"), new_clinic("long")
    wide.load(mapping=DECLARED, x=HEADER + "P1,rtms,north,20,4\nP2,ect,south,,7\n")
    long.load(
        x="patient_id,modality,site,instrument,day,score\nP1,rtms,north,phq9,0,20\n"
        "P1,rtms,north,phq9,42,4\nP2,ect,south,phq9,42,7\n"
    )
    assert wide.snapshot() == long.snapshot()


def test_several_instruments_stand_in_one_wide_file(clinic):
    clinic.load(
        mapping=DECLARED + "[wide.gad7]\ncolumns = { gad7_w0 = 0 }\n",
        x="patient_id,modality,phq9_w0,phq9_w6,gad7_w0\nP1,rtms,20,4,11\n",
    )
    assert clinic.scores() == [
        ("P1:rtms", "gad7", 0, 11),
        ("P1:rtms", "phq9", 0, 20),
        ("P1:rtms", "phq9", 42, 4),
    ]


def test_a_mapping_that_renames_columns_of_other_files_reads_the_wide_one_too(clinic):
    report = clinic.load(
        mapping='[columns]\npatient_id = "Fall"\nmodality = "Arm"\nscore = "TOTAL"\nday = "Tag"\n'
        "instrument = 'Skala'\n[missing]\ncodes = ['-9']\n" + DECLARED,
        wide="Fall,Arm,phq9_w0,phq9_w6\nP1,rtms,20,-9\n",
        long="Fall,Arm,Skala,Tag,TOTAL\nP1,rtms,gad7,0,9\n",
    )
    assert report.quarantined == ()
    assert clinic.scores() == [
        ("P1:rtms", "gad7", 0, 9),
        ("P1:rtms", "phq9", 0, 20),
        ("P1:rtms", "phq9", 42, None),
    ]


@pytest.mark.parametrize(
    "columns",
    ["phq9_w0,phq9_w6,phq9_w12", "PHQ-9 Week 0,PHQ-9 Week 6", "madrs_baseline,madrs_d28",
     "phq9_total_t1,phq9_total_t2", "gad7.visit1,gad7.visit2", "hamd17_m0,hamd17_m6",
     "week_0_phq9,week_4_phq9", "bdi2_pre,bdi2_post", "phq9_4wk,phq9_8wk"],
    ids="B11 {}".format,
)  # fmt: skip
def test_a_wide_file_that_nothing_declares_is_refused_with_what_to_write(clinic, columns):
    values = ",".join("5" for _ in columns.split(","))
    with pytest.raises(InputError) as refused:
        clinic.load(wide=f"patient_id,modality,{columns}\nP1,rtms,{values}\n")
    message = str(refused.value)
    assert message.startswith("wide.csv, line 1: has a column per visit (")
    assert "Write [wide." in message
    assert "trd-outcomes map wide.csv" in message
    assert message.endswith("(E211)")
    assert not (clinic.store / "current.json").exists()


@pytest.mark.parametrize(
    "columns",
    ["phq9_1,phq9_2,phq9_3", "phq9_w0", "sleep_w0,sleep_w6", "phq9_total,phq9_complete",
     "note_w0,note_w6"],
)  # fmt: skip
def test_columns_that_only_look_similar_are_not_taken_for_visits(clinic, two_episodes, columns):
    header, row = two_episodes.splitlines()[:2]
    values = ",".join("5" for _ in columns.split(","))
    report = clinic.load(episodes=f"{header},{columns}\n{row},{values}\n")
    assert report.files[0].unused == tuple(columns.split(","))


def test_a_visit_that_was_forgotten_is_told(clinic):
    with pytest.raises(InputError, match=r"phq9_w12.*\(E211\)"):
        clinic.load(
            mapping=DECLARED, x="patient_id,modality,phq9_w0,phq9_w6,phq9_w12\nP1,rtms,9,8,7\n"
        )


def test_visits_of_an_instrument_that_is_not_wanted_can_be_left_out(clinic):
    report = clinic.load(
        mapping='[wide]\nignore = ["gad7"]\n' + DECLARED,
        x="patient_id,modality,phq9_w0,gad7_w0,gad7_w6\nP1,rtms,20,9,9\n",
    )
    assert clinic.scores() == [("P1:rtms", "phq9", 0, 20)]
    assert report.files[0].unused == ("gad7_w0", "gad7_w6")


def test_a_long_file_with_visit_columns_beside_the_score_is_a_long_file(clinic):
    clinic.load(
        x="patient_id,modality,instrument,day,score,gad7_w0,gad7_w6\nP1,rtms,phq9,0,20,1,2\n"
    )
    assert clinic.scores() == [("P1:rtms", "phq9", 0, 20)]


def test_a_date_column_that_is_not_there_is_told(clinic):
    with pytest.raises(InputError, match=r'lacks the column "w0_date" that \[wide.phq9\]'):
        clinic.load(
            mapping='[wide.phq9]\ncolumns = { phq9_w0 = "w0_date" }\n',
            x="patient_id,modality,phq9_w0\nP1,rtms,20\n",
        )


def test_a_wide_file_without_any_score_is_refused(clinic):
    with pytest.raises(InputError, match=r"no score in any of its visit columns\. \(E102\)"):
        clinic.load(mapping=DECLARED, x=HEADER + "P1,rtms,north,,\n")


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("[wide.phq9]\n", "[wide.phq9] needs columns = { phq9_w0 = 0, phq9_w6 = 42 }."),
        ("[wide]\nphq9 = 3\n", "[wide.phq9] needs columns = "),
        ("[wide.phq9]\ncolumns = { a = 0 }\nday = 1\n", "[wide.phq9] needs columns = "),
        ("[wide.phq9]\ncolumns = { a = true }\n", "a needs a whole day from -3660 to 18300."),
        ("[wide.phq9]\ncolumns = { a = 99999 }\n", "a needs a whole day from -3660 to 18300."),
        ("[wide]\nignore = 'gad7'\n", "[wide] ignore must be a list of texts"),
    ],
)
def test_a_slip_in_the_section_is_named(clinic, section, problem):
    with pytest.raises(InputError) as refused:
        read_mapping(clinic.write("map.toml", section))
    assert problem in str(refused.value)


@pytest.mark.parametrize("rest", ["", "\nP2,rtms,5,"])
def test_rows_are_accounted_for_whatever_they_hold(clinic, rest):
    report = clinic.load(
        mapping=DECLARED,
        x="patient_id,modality,phq9_w0,phq9_w6\nP1,rtms,28,4\nP1,rtms,28,4\nP9,tms,3,2\nx,y"
        + rest
        + "\n",
    )
    file = report.files[0]
    extra = 1 if rest else 0
    assert (file.rows_read, file.loaded, file.exact_duplicates) == (7 + extra, 1 + extra, 1)
    assert file.quarantined == 5


def test_the_names_of_visits_are_found_in_either_order():
    found = visit_columns(
        ["PHQ-9 Week 4", "w0_madrs", "phq9_w0_total", "phq9_date", "phq9_item1"],
        known_names(Mapping()),
    )
    assert found == {"PHQ-9 Week 4": ("phq9", "Week 4"), "w0_madrs": ("madrs", "w0")}
