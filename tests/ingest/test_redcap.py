"""Flat exports of REDCap: events, repeating forms, labels, the dictionary, and the episode."""

from contextlib import closing

import duckdb
import pytest

from analysis.errors import InputError
from analysis.ingest import import_files, read_mapping
from analysis.ingest.reading import group_sources, stage_file
from analysis.ingest.reading.dictionary import choices

ITEMS = ", ".join(f'"phq9_{n}"' for n in range(1, 10))
MAP = f"""
[redcap]
id = "record_id"
events = {{ baseline_arm_1 = 0, week_6_arm_1 = 42 }}

[[redcap.scores]]
instrument = "phq9"
total = "phq9_total"
items = [{ITEMS}]
date = "phq9_date"
form = "phq9"

[redcap.episode]
modality = "tx_arm"
start_date = "tx_start"
site = "redcap_data_access_group"

[values.modality]
1 = "rtms"
2 = "ect"
"""
ITEM_NAMES = ",".join(f"phq9_{n}" for n in range(1, 10))
HEADER = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,"
    "redcap_data_access_group,redcap_survey_identifier,tx_arm,tx_start,pmh___1,pmh___2,"
    f"phq9_timestamp,phq9_date,{ITEM_NAMES},phq9_total,phq9_complete\n"
)
# demographics; then the form by event, by repeat with its own date, and one that is not complete
ROWS = (
    "1,baseline_arm_1,,,north,anon,1,2025-03-03,1,0,,,,,,,,,,,,,\n"
    "1,baseline_arm_1,phq9,1,north,,,,,,2025-03-03 10:00,,3,3,2,2,2,2,2,2,2,20,2\n"
    "1,week_6_arm_1,phq9,1,north,,,,,,,2025-04-10,1,0,0,0,0,1,1,1,0,4,2\n"
    "1,week_6_arm_1,phq9,2,north,,,,,,,2025-04-20,1,0,0,0,0,1,1,1,0,4,1\n"
    "2,baseline_arm_1,,,south,,2,2025-05-05,0,1,,,,,,,,,,,,,\n"
    "2,baseline_arm_1,phq9,1,south,,,,,,,,,,,,,,,,,18,2\n"
    "2,week_6_arm_1,phq9,1,south,,,,,,,,,,,,,,,,,,0\n"
)
DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels",Identifier?\n'
    "record_id,demographics,,text,Record ID,,\n"
    'tx_arm,demographics,,radio,Treatment,"1, rTMS | 2, ECT",\n'
    "tx_start,demographics,,text,First treatment,,\n"
    + "".join(
        f"phq9_{n},phq9,,radio,Question {n},"
        '"0, Not at all | 1, Several days | 2, More than half the days | 3, Nearly every day",\n'
        for n in range(1, 10)
    )
    + "phq9_date,phq9,,text,Date,,\nphq9_total,phq9,,calc,Total,sum([phq9_1]),\n"
)


def test_events_and_repeats_become_assessments_and_records_become_episodes(clinic, kept_aside):
    report = clinic.load(mapping=MAP, export=HEADER + ROWS)
    assert clinic.scores() == [
        ("1", "phq9", 0, 20),
        ("1", "phq9", 38, 4),
        ("2", "phq9", 0, 18),
    ]
    assert [row[3] for row in kept_aside(report)] == ["incomplete_form"]
    assert clinic.levels("site") == {"north": 1, "south": 1}
    assert clinic.levels("modality") == {"ect": 1, "rtms": 1}
    assessments, episodes = report.files
    assert (assessments.kind, assessments.rows_read, assessments.loaded) == ("assessments", 4, 3)
    assert (episodes.kind, episodes.rows_read, episodes.loaded) == ("episodes", 2, 2)
    answered = "select items from assessment join episode using (episode) "
    assert clinic.rows(answered + "where episode_id = '1' and day = 38") == [("1 0 0 0 0 1 1 1 0",)]


@pytest.fixture
def staged(tmp_path):
    """Stage files together under a mapping; return table, rows, rows set aside and origin."""

    def read(mapping: str, *files: str):
        (tmp_path / "map.toml").write_text(mapping, "utf-8")
        paths = []
        for number, text in enumerate(files):
            paths.append(tmp_path / f"file{number}.csv")
            paths[-1].write_text(text, "utf-8")
        (source,) = group_sources(paths)
        with closing(duckdb.connect()) as con:
            tables = stage_file(con, source, read_mapping(tmp_path / "map.toml"), "t", tmp_path)
            return [
                (
                    table,
                    con.execute(f"select * from {table.table} order by line").fetchall(),
                    con.execute(f"select * from {table.malformed} order by line").fetchall(),
                    con.execute(f"select * from {table.origin} order by line").fetchall(),
                )
                for table in tables
            ]

    return read


def test_each_row_knows_its_line_and_form(staged):
    (table, rows, aside, origin), (episodes, records, _, of_records) = staged(MAP, HEADER + ROWS)
    assert table.header[:6] == ("episode_id", "patient_id", "instrument", "day", "date", "score")
    assert [row[:7] for row in rows] == [
        (1, "1", "1", "phq9", "0", None, "20"),
        (2, "1", "1", "phq9", None, "2025-04-10", "4"),
        (4, "2", "2", "phq9", "0", None, "18"),
    ]
    assert aside == [
        (3, "incomplete_form", 'a complete form (2), or complete = "any" in [[redcap.scores]]')
    ]
    assert origin == [(1, 3, "phq9"), (2, 4, "phq9"), (3, 5, "phq9"), (4, 7, "phq9")]
    assert episodes.header == ("episode_id", "patient_id", "modality", "start_date", "site")
    assert records == [
        (1, "1", "1", "1", "2025-03-03", "north"),
        (2, "2", "2", "2", "2025-05-05", "south"),
    ]
    assert of_records == [(1, 2, None), (2, 6, None)]


def test_what_redcap_itself_adds_is_listed_and_not_stored(staged):
    table = staged(MAP, HEADER + ROWS)[0][0]
    note = next(note for note in table.notes if note.startswith("Checkboxes"))
    for name in ("pmh___1", "pmh___2", "phq9_timestamp", "redcap_survey_identifier"):
        assert name in note
    assert "3 rows hold no score and give no assessment." in table.notes
    assert not [note for note in table.notes if "example.org" in note]


def test_an_incomplete_form_counts_where_that_is_declared(clinic):
    mapping = MAP.replace('form = "phq9"', 'form = "phq9"\ncomplete = "any"')
    report = clinic.load(mapping=mapping, export=HEADER + ROWS)
    assert report.quarantined == ()
    assert ("1", "phq9", 48, 4) in clinic.scores()


def test_two_values_in_one_record_are_kept_aside_together(clinic, kept_aside):
    report = clinic.load(mapping=MAP, export=HEADER + ROWS + "1,week_6_arm_1,,,north,,2,"
                         + "," * 16 + "\n")  # fmt: skip
    rules = [row[3] for row in kept_aside(report)]
    assert rules.count("conflicting_rows") == 1
    assert clinic.levels("modality") == {"ect": 1}
    assert clinic.scores() == [("2", "phq9", 0, 18)]


def test_an_event_without_a_day_is_kept_aside_unless_the_form_has_a_date(clinic, kept_aside):
    rows = ROWS.replace("week_6_arm_1", "week_8_arm_1")
    report = clinic.load(mapping=MAP, export=HEADER + rows + "2,unscheduled_arm_1,phq9,1,south,,"
                         ",,,,,,,,,,,,,,,11,2\n")  # fmt: skip
    assert [row[3] for row in kept_aside(report)] == ["incomplete_form", "undeclared_event"]
    assert ("1", "phq9", 38, 4) in clinic.scores()


def test_an_episodes_file_may_stand_beside_the_export(clinic):
    mapping = MAP[: MAP.index("[redcap.episode]")]
    clinic.load(
        mapping=mapping,
        episodes="episode_id,patient_id,modality,start_date\nE1,1,rtms,2025-03-03\nE2,2,ect,\n",
        export=HEADER + ROWS,
    )
    assert clinic.scores() == [("E1", "phq9", 0, 20), ("E1", "phq9", 38, 4), ("E2", "phq9", 0, 18)]


def test_a_record_may_name_its_patient_and_its_episode(clinic):
    clinic.load(
        mapping='[redcap]\nid = "rid"\nevents = { base = 0 }\n'
        '[[redcap.scores]]\ninstrument = "phq9"\ntotal = "t"\n'
        '[redcap.episode]\nmodality = "arm"\npatient_id = "study_id"\nepisode_id = "course"\n',
        x="rid,redcap_event_name,study_id,course,arm,t\n"
        "7,base,S1,C1,rtms,\n7,base,,,,20\n8,base,S1,C2,ect,\n8,base,,,,18\n",
    )
    assert clinic.scores() == [("C1", "phq9", 0, 20), ("C2", "phq9", 0, 18)]
    assert clinic.rows("select distinct patient_id from episode") == [("S1",)]


LABELS_ROW = HEADER.replace("redcap_event_name", "Event Name").replace("record_id", "Record ID")


@pytest.mark.parametrize(
    "labels",
    [
        LABELS_ROW,
        HEADER.replace("redcap_repeat_instrument", "Repeat Instrument"),
        HEADER.replace("phq9_complete", "Complete?"),
    ],
    ids=["B12 all", "B12 repeat", "B12 complete"],
)
def test_a_row_of_labels_is_refused_or_skipped_where_that_is_declared(new_clinic, labels):
    clinic = new_clinic("refused")
    with pytest.raises(InputError) as refused:
        clinic.load(mapping=MAP, export=HEADER + labels + ROWS)
    message = str(refused.value)
    assert message.startswith("export.csv, line 2: has a row of labels under the header. Export ")
    assert "labels_row = true" in message
    assert message.endswith("(E212)")
    skipped, plain = new_clinic("skipped"), new_clinic("plain")
    mapping = MAP.replace('id = "record_id"', 'id = "record_id"\nlabels_row = true')
    skipped.load(mapping=mapping, export=HEADER + labels + ROWS)
    plain.load(mapping=MAP, export=HEADER + ROWS)
    assert skipped.scores() == plain.scores()
    assert skipped.reports[0].files[0].rows_read == plain.reports[0].files[0].rows_read


@pytest.mark.parametrize("names", ["Record ID,Event Name"], ids=["B12 labels for names"])
def test_labels_for_names_are_refused(clinic, names):
    with pytest.raises(InputError, match=r"labels for names\. Export .*raw data.*\(E212\)"):
        clinic.load(mapping=MAP, x=f"{names},Treatment,Total\n1,Baseline,rTMS,20\n")


def test_an_export_that_nothing_declares_is_refused(clinic):
    with pytest.raises(InputError, match=r"flat export of REDCap\. .*map export\.csv.*\(E213\)"):
        clinic.load(export=HEADER + ROWS)


def test_an_export_without_a_field_that_is_named_is_refused(clinic):
    with pytest.raises(InputError, match=r'"phq9_total".*did you mean "phq9_totl"\?.*\(E214\)'):
        clinic.load(mapping=MAP, x=HEADER.replace("phq9_total", "phq9_totl") + ROWS)


def test_a_table_with_an_instrument_column_is_no_flat_export(clinic, two_episodes):
    clinic.load(
        mapping='[visits]\ncolumn = "redcap_event_name"\ndays = { base = 0 }\n',
        episodes=two_episodes,
        x="episode_id,redcap_event_name,instrument,score\nE1,base,phq9,20\n",
    )
    assert clinic.scores() == [("E1", "phq9", 0, 20)]


def both(clinic, mapping, export, dictionary):
    paths = [clinic.write("export.csv", export), clinic.write("dictionary.csv", dictionary)]
    return import_files(clinic.store, paths, read_mapping(clinic.write("map.toml", mapping)))


def test_labels_of_items_become_codes_through_the_dictionary(clinic):
    labels = ["Not at all", "Several days", "More than half the days", "Nearly every day"]
    answered = "1,week_6_arm_1,phq9,1,north,,,,,,,2025-04-10," + ",".join(
        labels[n] for n in (1, 0, 0, 0, 0, 1, 1, 1, 0)
    )
    export = HEADER + ROWS.splitlines()[0] + "\n" + answered + ",4,Complete\n"
    for order in (1, -1):
        paths = [
            clinic.write("export.csv", export),
            clinic.write("dictionary.csv", DICTIONARY),
        ][::order]
        report = import_files(clinic.store, paths, read_mapping(clinic.write("map.toml", MAP)))
        assert report.quarantined == ()
        assert [file.file for file in report.files] == ["export.csv", "export.csv"]
    assert clinic.rows("select items from assessment") == [("1 0 0 0 0 1 1 1 0",)]


def test_without_the_dictionary_labels_are_kept_aside(clinic):
    answered = "1,week_6_arm_1,phq9,1,north,,,,,,,2025-04-10,Several days,0,0,0,0,1,1,1,0,4,2\n"
    report = clinic.load(mapping=MAP, x=HEADER + ROWS.splitlines()[0] + "\n" + answered)
    assert [(q.column, q.rule) for q in report.quarantined] == [
        ("item_1 (phq9)", "not_whole_number")
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("phq9_7,phq9", "phq9_07,phq9", '"phq9_7" that [redcap] of the mapping file names; did'),
        (",phq9,", ",phq,", 'does not have the form "phq9"'),
    ],
)
def test_a_field_that_the_dictionary_does_not_know_is_told(clinic, old, new, told):
    with pytest.raises(InputError) as refused:
        both(clinic, MAP, HEADER + ROWS, DICTIONARY.replace(old, new))
    assert told in str(refused.value)
    assert str(refused.value).endswith("(E214)")


def test_a_dictionary_alone_is_no_data(clinic):
    with pytest.raises(InputError, match=r"data dictionary .* together with the export\. \(E215\)"):
        clinic.load(mapping=MAP, dictionary=DICTIONARY)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0, Not at all | 1, Several days", {"0": "Not at all", "1": "Several days"}),
        ("a,Yes, once|b,No", {"a": "Yes, once", "b": "No"}),
        ("sum([a],[b])", {"sum([a]": "[b])"}),
        ("", {}),
    ],
)
def test_choices_are_read_as_redcap_writes_them(text, found):
    assert choices(text) == found


SLIPS = {
    "no id": ("[redcap]\n", 'needs id = "record_id"'),
    "unknown name": ('[redcap]\nid = "r"\nform = "x"\n', '"form" means nothing here; known: '),
    "day is a text": (
        '[redcap]\nid = "r"\nevents = { a = "0" }\n', "a needs a whole day from -3660 to 18300."),
    "nothing to read": ('[redcap]\nid = "r"\n', "needs a [[redcap.scores]] block or [redcap.ep"),
    "no fields": (
        '[redcap]\nid = "r"\n[[redcap.scores]]\ninstrument = "phq9"\n',
        "phq9 needs total or items."),
    "no day": (
        '[redcap]\nid = "r"\n[[redcap.scores]]\ninstrument = "phq9"\ntotal = "t"\n',
        "phq9 needs date, or [redcap] events with days."),
    "complete": (
        '[redcap]\nid = "r"\n[[redcap.scores]]\ninstrument = "phq9"\ntotal = "t"\ndate = "d"\n'
        "complete = true\n", 'complete is "2"'),
    "no modality": (
        '[redcap]\nid = "r"\n[redcap.episode]\nsite = "s"\n', 'needs modality = "THEIR FIELD"'),
    "no such attribute": (
        '[redcap]\nid = "r"\n[redcap.episode]\nmodality = "s"\nsit = "s"\n',
        '"sit" is no column of an episode.'),
    "scores is no list": ('[redcap]\nid = "r"\nscores = 3\n', "needs [[redcap.scores]] blocks"),
}  # fmt: skip


@pytest.mark.parametrize(("section", "problem"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_the_section_is_named(clinic, section, problem):
    with pytest.raises(InputError) as refused:
        read_mapping(clinic.write("map.toml", section))
    assert problem in str(refused.value)
