"""The mapping file: what it renames, what it declares, and what a slip in it is told."""

import contextlib

import pytest

from analysis.errors import InputError, OutcomesError
from analysis.ingest import Mapping, read_mapping

WAITLIST = """
[columns]
patient_id = "Fall"
modality = "Gruppe"
instrument = "Skala"
score = "Summe"
day = "Tag"
site = "Ort"

[values.modality]
KET = "iv_ketamine"
TMS = "rtms"

[values.instrument]
"PHQ 9" = "phq9"

[values.site]
N = "north"
"""
THEIR_FILE = "Fall,Gruppe,Skala,Summe,Tag,Ort\n"


def test_columns_and_values_are_renamed(clinic):
    clinic.load(
        mapping=WAITLIST,
        x=THEIR_FILE + "P1,KET,PHQ 9,20,0,N\nP2,TMS,PHQ 9,18,0,S\nP3,TMS+KET,PHQ 9,17,0,\n",
    )
    assert clinic.scores() == [
        ("P1:iv_ketamine", "phq9", 0, 20),
        ("P2:rtms", "phq9", 0, 18),
        ("P3:rtms+iv_ketamine", "phq9", 0, 17),
    ]
    assert clinic.levels("site") == {"north": 1, "S": 1, "unknown": 1}


def test_a_column_that_is_renamed_is_not_read_under_its_old_name(clinic, two_episodes):
    """`score` is mapped to TOTAL, so the column that happens to be called score is not it."""
    report = clinic.load(
        mapping='[columns]\nscore = "TOTAL"\n',
        episodes=two_episodes,
        x="episode_id,instrument,day,score,TOTAL\nE1,phq9,0,1,20\n",
    )
    assert clinic.scores() == [("E1", "phq9", 0, 20)]
    assert report.files[-1].unused == ("score",)


def test_what_nothing_declares_is_kept_aside_with_a_hint(clinic, kept_aside):
    report = clinic.load(
        mapping=WAITLIST,
        x=THEIR_FILE + "P1,KETA,PHQ 9,20,0,N\nP2,TMS,PHQ9,18,0,N\nP3,TMS,PHQ 9,18,0,N\n",
    )
    assert kept_aside(report) == [
        (2, "modality", "KETA", "unknown_modality"),
        (3, "instrument", "PHQ9", "unknown_instrument"),
    ]
    assert report.quarantined[1].allowed == 'did you mean "phq9"?'


@pytest.mark.parametrize(
    "written", ["rtms+psychotherapy", "psychotherapy+rtms", "rtms + psychotherapy",
                "psychotherapy+rtms+psychotherapy"],
)  # fmt: skip
def test_a_combination_is_a_set(clinic, written):
    clinic.load(
        episodes=f"episode_id,patient_id,modality\nE1,P1,{written}\nE2,P2,rtms\n"
        "E3,P3,rtms+psychotherapy\n"
    )
    assert clinic.levels("modality") == {"rtms": 1, "rtms+psychotherapy": 2}


def test_a_combination_in_another_order_is_the_same_episode(clinic):
    header = "patient_id,modality,instrument,day,score\n"
    report = clinic.load(
        x=header + "P1,rtms+ect,phq9,0,20\nP1,ect+rtms,phq9,42,4\n",
    )
    assert report.quarantined == ()
    assert clinic.levels("modality") == {"rtms+ect": 1}


def test_visits_stand_for_days(clinic, two_episodes):
    report = clinic.load(
        mapping='[visits]\ncolumn = "AVISIT"\ndays = { "Baseline" = -1, "Week 6" = 42 }\n',
        episodes=two_episodes,
        x="episode_id,instrument,AVISIT,score\nE1,phq9,Baseline,20\nE1,phq9,Week 6,4\n",
    )
    assert report.quarantined == ()
    assert clinic.scores() == [("E1", "phq9", -1, 20), ("E1", "phq9", 42, 4)]


def test_a_declared_field_can_be_grouped_by(clinic):
    clinic.load(
        mapping='[fields]\ncoil_position = "COIL"\n',
        long="patient_id,modality,instrument,day,score,COIL\n"
        "P1,rtms,phq9,0,20,left\nP1,rtms,phq9,42,4,left\nP2,rtms,phq9,0,20,right\n"
        "P2,rtms,phq9,42,19,right\n",
    )
    assert clinic.levels("coil_position") == {"left": 1, "right": 1}
    assert clinic.rates(by=("coil_position",)) == {
        ("response", "left"): (1, 1),
        ("remission", "left"): (1, 1),
        ("response", "right"): (0, 1),
        ("remission", "right"): (0, 1),
    }


def test_a_declared_field_stays_when_a_later_import_knows_nothing_of_it(clinic):
    clinic.load(
        mapping='[fields]\ncoil = "COIL"\n',
        episodes="episode_id,patient_id,modality,COIL\nE1,P1,rtms,left\n",
    )
    clinic.load(episodes="episode_id,patient_id,modality\nE2,P2,rtms\n")
    assert clinic.levels("coil") == {"left": 1, "unknown": 1}


@pytest.mark.parametrize("name", ["site", "ward"])
def test_a_field_with_too_many_levels_is_refused(clinic, two_episodes, name):
    clinic.load(episodes=two_episodes)
    before = clinic.snapshot()
    rows = "".join(f"X{n},Y{n},rtms,level {n}\n" for n in range(101))
    with pytest.raises(InputError) as refused:
        clinic.load(
            mapping='[fields]\nward = "WARD"\n',
            episodes=f"episode_id,patient_id,modality,{'WARD' if name == 'ward' else name}\n{rows}",
        )
    assert f"the field {name} has " in str(refused.value)
    assert "has at most 100" in str(refused.value)
    assert clinic.snapshot() == before


def test_a_declared_modality_and_instrument_are_known_from_then_on(clinic):
    clinic.load(
        mapping='[modalities.light]\nlabel = "Bright light"\n'
        '[instruments.wellbeing]\nlabel = "Well-being"\nrange = [20, 80]\n'
        'direction = "higher_is_better"\n',
        long="patient_id,modality,instrument,day,score\nP1,light,wellbeing,0,20\n"
        "P1,light,wellbeing,42,80\nP1,light,wellbeing,43,81\nP1,light,wellbeing,44,19\n",
    )
    report = clinic.load(
        more="patient_id,modality,instrument,day,score\nP2,rtms+light,wellbeing,0,30\n"
    )
    assert report.files[0].loaded == 1
    assert [(row.line, row.rule, row.allowed) for row in clinic.reports[0].quarantined] == [
        (4, "score_out_of_range", "a whole number from 20 to 80"),
        (5, "score_out_of_range", "a whole number from 20 to 80"),
    ]
    assert clinic.levels("modality") == {"light": 1, "rtms+light": 1}
    assert clinic.rates(by=("modality",), instrument="wellbeing", min_baseline="none",
                        remission="wellbeing_le70") == {
        ("response", "light"): (1, 1),
        ("remission", "light"): (1, 1),
        ("response", "rtms+light"): (0, 0),
        ("remission", "rtms+light"): (0, 0),
    }  # fmt: skip


def test_ignored_instruments_are_counted_and_not_read(clinic, two_episodes):
    report = clinic.load(
        mapping='[ignore]\ninstruments = ["SLEEP"]\n',
        episodes=two_episodes,
        x="episode_id,instrument,day,score\nE1,phq9,0,20\nE1,SLEEP,0,n/a\nE9,SLEEP,,\n",
    )
    file = report.files[-1]
    assert (file.rows_in_file, file.ignored, file.rows_read, file.loaded) == (3, 2, 1, 1)
    assert report.quarantined == ()


@pytest.mark.parametrize("code", ["999", "-9", "R", "n/a"])
def test_a_declared_missing_code_is_a_score_without_a_total(clinic, two_episodes, code):
    report = clinic.load(
        mapping=f'[missing]\ncodes = ["{code}"]\n',
        episodes=two_episodes,
        x=f"episode_id,instrument,day,score\nE1,phq9,0,20\nE1,phq9,42,{code}\n",
    )
    assert report.quarantined == ()
    assert clinic.scores() == [("E1", "phq9", 0, 20), ("E1", "phq9", 42, None)]
    assert clinic.usable() == [("E1", 0, 20)]


def test_a_missing_code_among_the_items_is_missing_too(clinic, two_episodes):
    report = clinic.load(
        mapping='[missing]\ncodes = ["999"]\n',
        episodes=two_episodes,
        x="episode_id,instrument,day,score,item_1,item_2\nE1,phq9,0,20,3,999\n",
    )
    assert report.quarantined == ()


def test_a_missing_attribute_code_is_unknown(clinic):
    clinic.load(
        mapping='[missing]\ncodes = ["999"]\n',
        episodes="episode_id,patient_id,modality,site\n999,P1,rtms,999\n",
    )
    assert clinic.levels("site") == {"unknown": 1}
    assert clinic.rows("select episode_id from episode") == [("999",)]


def test_an_empty_mapping_is_no_mapping(clinic):
    assert read_mapping(clinic.write("map.toml", "")) == Mapping()


SLIPS = {
    "not TOML": ("[columns\n", "map.toml: is not a TOML file that can be read: "),
    "not UTF-8": (b'[columns]\nscore = "Gr\xf6\xdfe"\n', "is not a TOML file that can be read: "),
    "unknown section": ("[colums]\n", "map.toml: [colums] is not a section. Known: columns, "),
    "section is a value": ("columns = 5\n", "map.toml: [columns] must be a section of "),
    "section is a list": ("[[ignore]]\n", "map.toml: [ignore] must be a section of "),
    "column is a number": ("[columns]\nscore = 5\n", "map.toml: [columns] score must name one"),
    "field is a list": ('[fields]\nward = ["A"]\n', "map.toml: [fields] ward must name one"),
    "values is a text": ('[values]\nmodality = "x"\n', "map.toml: [values.modality] must hold "),
    "value is a number": ("[values.modality]\nTMS = 1\n", "[values.modality] must hold lines "),
    "visits without a column": ("[visits]\ndays = { T1 = 0 }\n", "map.toml: [visits] needs column"),
    "visit column is a number": ("[visits]\ncolumn = 1\n", "map.toml: [visits] needs column"),
    "visit day is a text": (
        '[visits]\ncolumn = "V"\ndays = { T1 = "0" }\n',
        "map.toml: [visits] days must give a whole day per visit",
    ),
    "visit day is true": (
        '[visits]\ncolumn = "V"\ndays = { T1 = true }\n',
        "map.toml: [visits] days must give a whole day per visit",
    ),
    "visit day out of all range": (
        '[visits]\ncolumn = "V"\ndays = { T1 = 99999999999999 }\n',
        "map.toml: [visits] days must give a whole day per visit",
    ),
    "field with a bad name": ('[fields]\n"Ward 1" = "W"\n', '[fields] "Ward 1" cannot be the name'),
    "field with a long name": (f'[fields]\n{"w" * 41} = "W"\n', "cannot be the name of a field."),
    "field with our name": ('[fields]\nscore = "W"\n', '[fields] "score" cannot be the name'),
    "field that is derived": (
        '[fields]\ntreatment_resistant = "W"\n',
        '[fields] "treatment_resistant" cannot be the name of a field.',
    ),
    "field that is one already": (
        '[fields]\nsite = "W"\n',
        '[fields] "site" is a field already: name its column in [columns].',
    ),
    "modality with a bad name": ("[modalities.Light]\n", "[modalities.Light] must be a section "),
    "modality is a text": ('[modalities]\nlight = "Light"\n', "[modalities.light] must be a "),
    "instrument with a bad name": ("[instruments.'x y']\n", "[instruments.x y] must be a section "),
    "instrument without a range": ("[instruments.x]\n", "[instruments.x]: range is two whole "),
    "range with one end": ("[instruments.x]\nrange = [0]\n", "range is two whole numbers"),
    "range backwards": ("[instruments.x]\nrange = [9, 0]\n", "range is two whole numbers"),
    "range with a fraction": ("[instruments.x]\nrange = [0, 9.5]\n", "range is two whole numbers"),
    "range of texts": ('[instruments.x]\nrange = ["0", "9"]\n', "range is two whole numbers"),
    "unknown direction": (
        '[instruments.x]\nrange = [0, 9]\ndirection = "up"\n',
        "[instruments.x]: direction is higher_is_worse or higher_is_better.",
    ),
    "direction is a list": (
        '[instruments.x]\nrange = [0, 9]\ndirection = ["up"]\n',
        "[instruments.x]: direction is higher_is_worse or higher_is_better.",
    ),
    "remission rule is no rule": (
        '[instruments.x]\nrange = [0, 9]\nremission = ["low"]\n',
        '"low" is not a remission rule: write ',
    ),
    "remission rule is a number": ("[instruments.x]\nrange = [0, 9]\nremission = [5]\n", ""),
    "remission is a number": ("[instruments.x]\nrange = [0, 9]\nremission = 5\n", ""),
    "floor is a text": ('[instruments.x]\nrange = [0, 9]\nfloor = "low"\n', ""),
    "caseness is a text": ('[instruments.x]\nrange = [0, 9]\ncaseness = "high"\n', ""),
    "label is a number": ("[instruments.x]\nrange = [0, 9]\nlabel = 5\n", ""),
    "range beyond all scales": ("[instruments.x]\nrange = [0, 32768]\n", "[instruments.x]"),
    "ignore is a text": ('[ignore]\ninstruments = "X"\n', "instruments must be a list of texts"),
    "missing code is a number": ("[missing]\ncodes = [999]\n", "codes must be a list of texts"),
    "as-of is no date": ('[study]\nas_of = "soon"\n', "map.toml: [study] as_of must be a date"),
    "as-of is a number": ("[study]\nas_of = 2025\n", "map.toml: [study] as_of must be a date"),
    "as-of is a time": (
        "[study]\nas_of = 2025-01-01T00:00:00\n",
        "map.toml: [study] as_of must be a date",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_the_mapping_is_named(clinic, content, sentence):
    path = clinic.write("map.toml", content)
    with pytest.raises(OutcomesError) as refused:
        read_mapping(path)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


OUR_WORDS = ["date", "visit", "day", "file", "line", "items", "start_date", "follow_up_days",
             "induction_end_day", "planned_sessions", "episode_id", "patient_id", "modality",
             "instrument", "score", "event", "session", "phase", "dated", "induction_end", "acute",
             "last", "week_1", "hours_24", "end_of_course", "month_6", "known_modality",
             "start_day", "versions", "copy", "stored_patient", "fault", "description", "same_id",
             "iso_date", "modality_hint", "follow_up_age", "measure", "numerator", "estimate",
             "snapshot", "release", "cohort", "definition", "rules", "unclear", "stated_trials",
             "adequate", "drug_class", "suicidality", "units", "total", "listed",
             "series"]  # fmt: skip


def test_a_field_is_refused_or_works_whatever_its_name(clinic):
    """A clinic cannot know our words: a field named like one is refused or simply loaded."""
    accepted: list[str] = []
    for name in OUR_WORDS:
        path = clinic.write("map.toml", f'[fields]\n{name} = "THEIRS"\n')
        with contextlib.suppress(OutcomesError):
            accepted += read_mapping(path).fields
    clinic.load(
        mapping="[fields]\n" + "".join(f'{name} = "THEIRS"\n' for name in accepted),
        episodes="episode_id,patient_id,modality,THEIRS\nE1,P1,rtms,a\nE2,P2,ect,b\n",
        x="episode_id,instrument,day,score\nE1,phq9,0,20\nE2,phq9,0,20\n",
    )
    for name in accepted:
        assert clinic.levels(name) == {"a": 1, "b": 1}
        assert len(clinic.rates(by=(name,))) == 4


def test_the_widest_range_holds_its_highest_score(clinic, two_episodes):
    clinic.load(
        mapping="[instruments.steps]\nrange = [0, 32767]\n",
        episodes=two_episodes,
        x="episode_id,instrument,day,score\nE1,steps,0,32767\nE1,steps,1,32768\n",
    )
    assert clinic.scores() == [("E1", "steps", 0, 32767)]


def test_a_missing_mapping_file_is_named(tmp_path):
    with pytest.raises(InputError, match="there is no such mapping file"):
        read_mapping(tmp_path / "map.toml")


def test_a_folder_is_no_mapping_file(tmp_path):
    with pytest.raises(InputError, match="is not a TOML file that can be read"):
        read_mapping(tmp_path)


@pytest.mark.parametrize(
    "slip",
    ['[columns]\ninstrumnt = "X"\n', '[values.modalty]\nTMS = "rtms"\n',
     "[study]\nasof = 2025-01-01\n", '[missing]\ncode = ["9"]\n', '[ignore]\ninstrument = ["X"]\n',
     '[visits]\ncolumn = "V"\nday = { T1 = 0 }\n', '[modalities.light]\nlable = "L"\n',
     "[instruments.x]\nrange = [0, 9]\nflor = 1\n"],
)  # fmt: skip
def test_a_name_that_means_nothing_here_is_named_not_skipped(clinic, slip):
    with pytest.raises(OutcomesError):
        read_mapping(clinic.write("map.toml", slip))
