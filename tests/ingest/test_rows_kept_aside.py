"""Each rule that keeps a row aside: the row, and the column, value, rule and words it is given.

All rows of a table are one file. Its first rows are good, so that the others stand on known lines.
"""

from datetime import date, timedelta

import pytest

from analysis.instruments import REGISTRY

TOMORROW = (date.today() + timedelta(days=2)).isoformat()
LONG_TEXT = "x" * 61

VISITS = """
[visits]
column = "visit"
days = { T0 = 0, T1 = 42 }
"""

EPISODES = """\
episode_id,patient_id,modality,start_date
E1,P1,rtms,2024-01-10
E2,P2,ect,2024-01-10
E3,P2,rtms,2025-01-10
E4,P4,ect,
"""

WHOLE = "a whole number from 0 to 27"
DAYS = "whole days since the first treatment day"
INSTRUMENTS = "one of " + ", ".join(REGISTRY)
EVENTS = "hospitalisation, switch, drop_out, death, retreatment"
PHASES = "induction, continuation, maintenance or retreatment"

ASSESSMENTS = (
    "episode_id,patient_id,instrument,day,date,visit,score,item_1,item_2",
    [
        "E1,,phq9,0,,,0,,",
        "E1,,phq9,1,,,27,,",
    ],
    [
        # a score is a whole number inside the range of its instrument
        ("E1,,phq9,2,,,28,,", "score", "28", "score_out_of_range", WHOLE),
        ("E1,,phq9,3,,,-1,,", "score", "-1", "score_out_of_range", WHOLE),
        ("E1,,madrs,2,,,61,,", "score", "61", "score_out_of_range", "a whole number from 0 to 60"),
        ("E1,,gad7,2,,,22,,", "score", "22", "score_out_of_range", "a whole number from 0 to 21"),
        ("E1,,phq9,4,,,12.5,,", "score", "12.5", "not_whole_number", WHOLE),
        ('E1,,phq9,5,,,"10,5",,', "score", "10,5", "not_whole_number", WHOLE),
        ("E1,,phq9,6,,,ten,,", "score", "ten", "not_whole_number", WHOLE),
        ("E1,,phq9,7,,,12*,,", "score", "12*", "not_whole_number", WHOLE),
        ("E1,,phq9,8,,,12/27,,", "score", "12/27", "not_whole_number", WHOLE),
        ("E1,,phq9,9,,,>20,,", "score", ">20", "not_whole_number", WHOLE),
        ("E1,,phq9,10,,,12?,,", "score", "12?", "not_whole_number", WHOLE),
        ("E1,,phq9,11,,,1e1,,", "score", "1e1", "not_whole_number", WHOLE),
        ("E1,,phq9,12,,,0x0A,,", "score", "0x0A", "not_whole_number", WHOLE),
        ("E1,,phq9,14,,,NaN,,", "score", "NaN", "not_whole_number", WHOLE),
        ("E1,,phq9,15,,,inf,,", "score", "inf", "not_whole_number", WHOLE),
        ("E1,,phq9,16,,,999,,", "score", "999", "score_out_of_range", WHOLE),
        ("E1,,phq9,17,,,12345678901234567890,,", "score", "12345678901234567890",
         "not_whole_number", WHOLE),
        ("E1,,phq9,18,,,10,3,x", "item_2", "x", "not_whole_number", "a whole number from 0 to 3"),
        # an instrument of the registry or of the mapping, in one version
        ("E1,,,20,,,10,,", "instrument", None, "missing_instrument", "an instrument"),
        ("E1,,PHQ-9,21,,,10,,", "instrument", "PHQ-9", "unknown_instrument",
         'did you mean "phq9"?'),
        ("E1,,bdi-2,22,,,10,,", "instrument", "bdi-2", "unknown_instrument",
         'did you mean "bdi2"?'),
        ("E1,,mood,24,,,10,,", "instrument", "mood", "unknown_instrument", INSTRUMENTS),
        # an episode that is known, or a patient with exactly one
        (",,phq9,30,,,10,,", "patient_id", None, "missing_id", "an episode id or a patient id"),
        ("E9,,phq9,31,,,10,,", "episode_id", "E9", "unknown_episode", "an episode that was loaded"),
        ("e1,,phq9,32,,,10,,", "episode_id", "e1", "unknown_episode", "an episode that was loaded"),
        (",P9,phq9,33,,,10,,", "patient_id", "P9", "unknown_patient", "a patient with an episode"),
        (",P2,phq9,34,,,10,,", "patient_id", "P2", "several_episodes",
         "an episode_id, since this patient has several episodes"),
        # a place in time: whole days, a declared visit, or a date
        ("E1,,phq9,1.5,,,10,,", "day", "1.5", "not_whole_number", DAYS),
        ("E1,,phq9,week 2,,,10,,", "day", "week 2", "not_whole_number", DAYS),
        ("E1,,phq9,,,T9,10,,", "visit", "T9", "unknown_visit", "a visit declared in [visits] days"),
        ("E1,,phq9,,2024-02-30,,10,,", "date", "2024-02-30", "not_a_date",
         "a date such as 2025-03-31"),
        ("E1,,phq9,,31/03/2024,,10,,", "date", "31/03/2024", "not_a_date",
         "a date such as 2025-03-31"),
        ("E1,,phq9,,03/04/24,,10,,", "date", "03/04/24", "not_a_date",
         "a date such as 2025-03-31"),
        ("E1,,phq9,,45750,,10,,", "date", "45750", "not_a_date", "a date such as 2025-03-31"),
        (f"E1,,phq9,,{TOMORROW},,10,,", "date", TOMORROW, "date_in_future", "a date up to today"),
        ("E4,,phq9,,2024-02-01,,10,,", "date", "2024-02-01", "unknown_start",
         "a day, or the episode's start_date in the same import"),
        ("E1,,phq9,,,,10,,", "day", None, "missing_day", "a day, a visit or a date"),
        ("E1,,phq9,99999,,,10,,", "day", "99999", "day_out_of_range", "-3660 to 18300"),
        ("E1,,phq9,-3661,,,10,,", "day", "-3661", "day_out_of_range", "-3660 to 18300"),
        # one score per instrument and day
        ("E1,,phq9,50,,,10,,", "score", "10", "conflicting_scores",
         "one score per instrument and day; day 50 has several"),
        ("E1,,phq9,50,,,11,,", "score", "11", "conflicting_scores",
         "one score per instrument and day; day 50 has several"),
    ],
)  # fmt: skip

EPISODE_ROWS = (
    "episode_id,patient_id,modality,start_date,start_year,follow_up_days,induction_end_day,"
    "planned_sessions,adequate_trials,site",
    [
        "E11,P11,rtms,2024-01-10,2024,300,42,30,2,north",
        "E12,P12,rtms+psychotherapy,,,,,,,",
    ],
    [
        (",P1,rtms,,,,,,,", "episode_id", None, "missing_id", "an episode id"),
        ("E20,,rtms,,,,,,,", "patient_id", None, "missing_id", "a patient id"),
        ("E21,P1,,,,,,,,", "modality", None, "missing_modality", "a modality of the registry"),
        ("E22,P1,rtsm,,,,,,,", "modality", "rtsm", "unknown_modality", 'did you mean "rtms"?'),
        ("E23,P1,RTMS,,,,,,,", "modality", "RTMS", "unknown_modality", 'did you mean "rtms"?'),
        ("E24,P1,rtms+psychoterapy,,,,,,,", "modality", "rtms+psychoterapy", "unknown_modality",
         'did you mean "psychotherapy"?'),
        ("E25,P1,42,,,,,,,", "modality", "42", "unknown_modality",
         "one of rtms, accelerated_tms, ect, iv_ketamine, esketamine, psilocybin, mdma, "
         "medication_switch, augmentation, psychotherapy, vns, lifestyle, digital"),
        ("E26,P1,rtms,10.01.2024,,,,,,", "start_date", "10.01.2024", "not_a_date",
         "a date such as 2025-03-31"),
        ("E27,P1,rtms,2024-13-01,,,,,,", "start_date", "2024-13-01", "not_a_date",
         "a date such as 2025-03-31"),
        (f"E28,P1,rtms,{TOMORROW},,,,,,", "start_date", TOMORROW, "date_in_future",
         "a date up to today"),
        ("E29,P1,rtms,,24,,,,,", "start_year", "24", "not_a_year", "a year such as 2025"),
        ("E30,P1,rtms,,,-3,,,,", "follow_up_days", "-3", "not_whole_number", "whole days from 0"),
        ("E31,P1,rtms,,,,six,,,", "induction_end_day", "six", "not_whole_number",
         "whole days from 0"),
        ("E32,P1,rtms,,,,,2.5,,", "planned_sessions", "2.5", "not_whole_number",
         "a whole number from 0"),
        ("E33,P1,rtms,,,,,,many,", "adequate_trials", "many", "not_whole_number",
         "a whole number from 0"),
        (f"E34,P1,rtms,,,,,,,{LONG_TEXT}", "site", "x" * 20 + "...", "text_too_long",
         "a level of at most 60 characters"),
        ("E35,P1,rtms,,,,,,,north", "episode_id", "E35", "conflicting_rows",
         "one row per episode; these rows differ"),
        ("E35,P1,rtms,,,,,,,south", "episode_id", "E35", "conflicting_rows",
         "one row per episode; these rows differ"),
    ],
)  # fmt: skip

SESSION_ROWS = (
    "episode_id,patient_id,session,day,phase",
    ["E1,,1,0,induction", "E1,,2,2,", "E1,,,4,maintenance"],
    [
        ("E1,,x,5,induction", "session", "x", "not_whole_number", "a whole number from 1"),
        ("E1,,0,5,induction", "session", "0", "not_whole_number", "a whole number from 1"),
        ("E1,,3,5,taper", "phase", "taper", "unknown_phase", PHASES),
        ("E9,,3,5,induction", "episode_id", "E9", "unknown_episode", "an episode that was loaded"),
        (",P2,3,5,induction", "patient_id", "P2", "several_episodes",
         "an episode_id, since this patient has several episodes"),
        ("E1,,3,,induction", "day", None, "missing_day", "a day, a visit or a date"),
        ("E1,,3,soon,induction", "day", "soon", "not_whole_number", DAYS),
    ],
)  # fmt: skip

EVENT_ROWS = (
    "episode_id,day,event",
    ["E1,30,hospitalisation", "E1,40,drop_out"],
    [
        ("E1,5,", "event", None, "missing_event", EVENTS),
        ("E1,5,party", "event", "party", "unknown_event", EVENTS),
        ("E9,5,death", "episode_id", "E9", "unknown_episode", "an episode that was loaded"),
        ("E1,,death", "day", None, "missing_day", "a day, a visit or a date"),
    ],
)

LONG_ROWS = (
    "patient_id,modality,instrument,day,score,site,start_date,follow_up_days",
    ["P51,rtms,phq9,0,20,north,2024-01-10,", "P51,rtms,phq9,42,4,north,,"],
    [
        (",rtms,phq9,0,20,,,", "patient_id", None, "missing_id", "a patient id"),
        ("P52,,phq9,0,20,,,", "modality", None, "missing_modality", "a modality of the registry"),
        ("P53,etc,phq9,0,20,,,", "modality", "etc", "unknown_modality", 'did you mean "ect"?'),
        (f"P54,ect,phq9,0,20,{LONG_TEXT},,", "site", "x" * 20 + "...", "text_too_long",
         "a level of at most 60 characters"),
        ("P55,ect,phq9,0,20,north,,", "patient_id", "P55", "conflicting_rows",
         "the same episode attributes on all rows of a patient and modality"),
        ("P55,ect,phq9,42,9,south,,", "patient_id", "P55", "conflicting_rows",
         "the same episode attributes on all rows of a patient and modality"),
        ("P56,ect,phq9,0,20,,10.01.2024,", "start_date", "10.01.2024", "not_a_date",
         "a date such as 2025-03-31"),
        ("P57,ect,phq9,0,20,,,soon", "follow_up_days", "soon", "not_whole_number",
         "whole days from 0"),
        ("P51,rtms,phq9,9,28,north,,", "score", "28", "score_out_of_range", WHOLE),
        ("P51,rtms,phq9,x,20,north,,", "day", "x", "not_whole_number", DAYS),
    ],
)  # fmt: skip

TABLES = {
    "assessments": ASSESSMENTS,
    "episodes": EPISODE_ROWS,
    "sessions": SESSION_ROWS,
    "events": EVENT_ROWS,
    "long": LONG_ROWS,
}
CASES = [
    pytest.param(kind, 2 + len(good) + position, *bad, id=f"{kind}: {bad[0]}"[:70])
    for kind, (_, good, rows) in TABLES.items()
    for position, bad in enumerate(rows)
]


@pytest.fixture(scope="module")
def imports(clinic_of_this_file):
    """One import per table, all into the same store."""
    clinic = clinic_of_this_file
    reports = {"known": clinic.load(known=EPISODES)}
    for kind, (header, good, bad) in TABLES.items():
        text = "\n".join([header, *good, *(row[0] for row in bad)]) + "\n"
        files = {kind: text}
        if kind == "assessments":
            files = {"known": EPISODES, **files}  # dates count from a start in the same import
        reports[kind] = clinic.load(mapping=VISITS, **files)
    return reports


@pytest.mark.parametrize(("kind", "line", "row", "column", "value", "rule", "allowed"), CASES)
def test_a_bad_row_is_kept_aside_with_its_reason(
    imports, kind, line, row, column, value, rule, allowed
):
    found = [q for q in imports[kind].quarantined if q.line == line]
    assert [(q.file, q.column, q.value, q.rule, q.allowed) for q in found] == [
        (f"{kind}.csv", column, value, rule, allowed)
    ]


@pytest.mark.parametrize("kind", TABLES)
def test_only_the_bad_rows_are_kept_aside(imports, kind):
    _, good, bad = TABLES[kind]
    report = imports[kind].files[-1]
    assert report.kind == kind
    assert (report.loaded, report.quarantined, report.exact_duplicates) == (len(good), len(bad), 0)


def test_what_was_kept_aside_is_listed_in_the_store(imports, clinic_of_this_file):
    stored = clinic_of_this_file.rows("select file, count(*) from quarantine group by all")
    assert dict(stored) == {f"{kind}.csv": len(bad) for kind, (_, _, bad) in TABLES.items()}


def test_no_score_that_was_kept_aside_is_usable(imports, clinic_of_this_file):
    usable = [row for row in clinic_of_this_file.usable() if row[0] == "E1"]
    assert usable == [("E1", 0, 0), ("E1", 1, 27)]


def test_an_episode_cannot_change_its_patient(clinic, two_episodes):
    clinic.load(episodes=two_episodes)
    report = clinic.load(episodes="episode_id,patient_id,modality\nE1,P9,rtms\n")
    (row,) = report.quarantined
    assert (row.line, row.column, row.value, row.rule) == (2, "patient_id", "P9", "other_patient")
    assert clinic.rows("select patient_id from episode where episode_id = 'E1'") == [("P1",)]


def test_rows_kept_aside_change_nothing_else(new_clinic, two_episodes):
    """A row with a fault moves neither the data nor the as-of date that ages are counted to."""
    episodes = "episode_id,patient_id,modality,start_date\nE1,P1,rtms,2024-01-10\n"
    header = "episode_id,instrument,date,score\nE1,phq9,2024-01-10,20\n"
    without, with_fault = new_clinic("without"), new_clinic("with")
    without.load(episodes=episodes, assessments=header)
    report = with_fault.load(
        episodes=episodes, assessments=header + "E1,phq9,2025-06-01,99\nE1,phq9,2025/07/01,3\n"
    )
    assert [row.rule for row in report.quarantined] == ["score_out_of_range", "not_a_date"]
    assert with_fault.ages() == without.ages() == {"E1": 0}
    assert with_fault.snapshot() == without.snapshot()


@pytest.mark.parametrize(
    ("files", "rules"),
    [
        ({"episodes": "episode_id,patient_id,modality\nE1,P1,rtsm\n"}, ["unknown_modality"]),
        ({"x": "episode_id,instrument,day,score\nE1,phq9,0,20\n"}, ["unknown_episode"]),
        ({"x": "patient_id,modality,instrument,day,score\nP1,rtsm,phq9,0,20\n"},
         ["unknown_modality"]),
        ({"x": "episode_id,instrument,day,score\nE1,phq9\n"}, ["too_few_fields"]),
    ],
    ids=["episodes", "assessments first", "long", "malformed"],
)  # fmt: skip
def test_a_first_import_of_bad_rows_only_makes_a_store_without_episodes(
    clinic, two_episodes, files, rules
):
    report = clinic.load(**files)
    assert [row.rule for row in report.quarantined] == rules
    assert clinic.ages() == {}
    clinic.load(episodes=two_episodes)
    assert clinic.levels("modality") == {"rtms": 1, "ect": 1}
    assert [rule for (rule,) in clinic.rows("select rule from quarantine")] == rules
