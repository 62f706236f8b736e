"""What rows mean: each kind of doubtful row, what becomes of it, and what a reader is told."""

import pytest

from analysis.cohort import Cohort
from analysis.definition import definition_from_query
from analysis.errors import InputError
from analysis.ingest import Choices, import_files, read_mapping
from analysis.measures import rates
from analysis.store import open_store

LONG = "patient_id,modality,instrument,day,score\n"
EPISODES = "episode_id,patient_id,modality\nE1,P1,rtms\nE2,P2,ect\n"
SCORES = "episode_id,instrument,day,score\n"
ITEMS = ",".join(f"item_{n}" for n in range(1, 10))


def rate(clinic, **query):
    with open_store(clinic.store) as store:
        definition = definition_from_query({"instrument": "phq9", **query}, store.instruments)
        return rates(store, Cohort(), definition, ("response",)).rows[0]


def flow(clinic):
    with open_store(clinic.store) as store:
        definition = definition_from_query({"instrument": "phq9"}, store.instruments)
        return rates(store, Cohort(), definition, ("response",)).flow[0]


@pytest.mark.parametrize(
    ("cells", "score"),
    [("1,1,1,1,1,1,1,,", 9), ("1,1,1,1,1,1,,,", None), ("1,1,1,1,1,1,1,1,1", 9)],
    ids=["D02 seven of nine", "D02 six of nine", "D02 all nine"],
)
def test_a_total_needs_its_items_by_the_rule_of_the_scale(clinic, cells, score):
    """The PHQ-9 file of the registry lets two of nine be missing; the items stay beside it."""
    clinic.load(episodes=EPISODES, x=f"episode_id,instrument,day,{ITEMS}\nE1,phq9,0,{cells}\n")
    ((stored, items),) = clinic.rows("select score, items from assessment")
    assert stored == score
    assert items.split().count("-") == cells.split(",").count("")


def test_an_exact_duplicate_counts_once(clinic):
    """D03."""
    report = clinic.load(x=LONG + "P1,rtms,phq9,0,20\n" * 3)
    assert (report.files[0].loaded, report.files[0].exact_duplicates) == (1, 2)


def test_a_score_long_before_the_course_is_kept_told_and_used_for_nothing(clinic):
    """D05: day -40 is no baseline, and no score before the baseline is an endpoint."""
    report = clinic.load(
        x=LONG + "P1,rtms,phq9,-40,3\nP1,rtms,phq9,0,20\nP1,rtms,phq9,42,4\nP2,rtms,phq9,-40,24\n"
    )
    assert report.files[0].loaded == 4
    assert report.warnings[0].startswith("2 scores lie more than 14 days before")
    row = rate(clinic)
    assert (row.numerator, row.denominator) == (1, 1)


def test_a_baseline_after_the_endpoint_decides_nothing(clinic):
    """D05: a first score on day 30 is no baseline for one on day 20."""
    clinic.load(x=LONG + "P1,rtms,phq9,30,20\nP1,rtms,phq9,20,4\n")
    row = rate(clinic, min_baseline="none")
    assert (row.numerator, row.denominator) == (0, 0)


def test_without_a_baseline_nothing_is_known_and_the_episode_is_counted(clinic):
    """D06."""
    report = clinic.load(x=LONG + "P1,rtms,phq9,5,20\nP1,rtms,phq9,42,4\n")
    assert report.files[0].loaded == 2
    assert report.warnings == (
        "1 course has scores of an instrument and no baseline of it on day -14 to 0: no outcome is "
        "known, and they count in completeness.",
    )
    steps = flow(clinic)
    assert (steps.episodes, steps.with_baseline) == (1, 0)


@pytest.mark.parametrize("after", ["0", "5"])
def test_response_from_a_baseline_of_zero_is_undefined(clinic, after):
    """D08: never infinite, never 100 %."""
    clinic.load(x=LONG + f"P1,rtms,phq9,0,0\nP1,rtms,phq9,42,{after}\n")
    row = rate(clinic, min_baseline="none")
    assert (row.numerator, row.denominator, row.unknown) == (0, 0, 1)
    assert row.estimate is None


@pytest.mark.parametrize(
    ("rows", "rule", "words"),
    [
        ("E1,hamd17,0,60\n", "score_out_of_range", "HAM-D 24"),
        ("E1,qids,0,20\n", "unknown_instrument", "qids_"),
        ("E1,hamd,0,20\n", "unknown_instrument", "hamd"),
    ],
    ids=["D09 a HAM-D-24 value", "D09 QIDS without a version", "D09 HAM-D without a version"],
)
def test_versions_never_mix(clinic, rows, rule, words):
    report = clinic.load(episodes=EPISODES, x=SCORES + rows)
    (row,) = report.quarantined
    assert row.rule == rule
    assert words.lower().replace("-", "").replace(" ", "") in row.allowed.lower().replace(
        "-", ""
    ).replace(" ", "")


def test_a_replacement_with_83_rows_fewer_stops_and_asks(clinic):
    """D11."""
    rows = [f"E1,phq9,{day},{day % 28}\n" for day in range(100)]
    clinic.load(episodes=EPISODES)
    clinic.load(x=SCORES + "".join(rows))
    before = clinic.scores()
    shorter = clinic.write("shorter.csv", SCORES + "".join(rows[:17]))
    with pytest.raises(InputError, match="83 earlier rows of batch 2 are absent"):
        import_files(clinic.store, [shorter], choices=Choices(replaces=2))
    assert clinic.scores() == before


def test_two_crosswalks_in_one_store_are_refused(clinic, tmp_path):
    """D12: the same patients would be there twice, under two sets of codes."""
    text = LONG + "P1,rtms,phq9,0,20\nP2,rtms,phq9,0,20\n"
    first = clinic.write("first.csv", text)
    import_files(clinic.store, [first], choices=Choices(codes=tmp_path / "one.csv"))
    second = clinic.write("second.csv", text + "P3,ect,phq9,0,20\n")
    with pytest.raises(InputError) as refused:
        import_files(clinic.store, [second], choices=Choices(codes=tmp_path / "two.csv"))
    assert refused.value.code == "E412"
    assert clinic.rows("select count(distinct patient_id) from episode") == [(2,)]


def test_one_patient_with_very_many_rows_is_loaded_and_told(clinic):
    """D14."""
    rows = "".join(f"P1,rtms,phq9,{day},{day % 28}\n" for day in range(1500))
    report = clinic.load(x=LONG + rows)
    assert report.files[0].loaded == 1500
    assert any("1 patient has more than 1,000 scores" in told for told in report.warnings)


def test_very_many_patients_with_one_row_are_loaded_and_told(clinic):
    """D14."""
    rows = "".join(f"P{n}x,rtms,phq9,0,20\n" for n in range(1200))
    report = clinic.load(x=LONG + rows)
    assert report.files[0].loaded == 1200
    assert report.warnings == (
        "1,200 of 1,200 patients have one score only: do ids change from visit to visit?",
    )


def test_missing_codes_that_nobody_declared_move_no_mean(new_clinic):
    """C18: they are kept aside, and the same rows declared as missing are no scores either."""
    good = LONG + "P1,rtms,phq9,0,20\nP1,rtms,phq9,42,4\n"
    codes = "P1,rtms,phq9,50,999\nP1,rtms,phq9,51,-9\nP1,rtms,phq9,52,88\nP1,rtms,phq9,53,R\n"
    plain, undeclared, declared = (new_clinic(n) for n in ("plain", "undeclared", "declared"))
    plain.load(x=good)
    report = undeclared.load(x=good + codes)
    assert len(report.quarantined) == 4
    declared.load(mapping='[missing]\ncodes = ["999", "-9", "88", "R"]\n', x=good + codes)
    means = {
        c.folder.name: c.rows("select avg(score), count(score) from assessment")
        for c in (plain, undeclared, declared)
    }
    assert set(map(str, means.values())) == {str(means["plain"])}


def test_start_dates_stay_in_the_limited_profile_only(new_clinic):
    """E12: the strict profile has no date in any table; the limited one keeps start dates."""
    text = "episode_id,patient_id,modality,start_date\nE1,P1,rtms,2025-01-10\n"
    dates = "select table_name from duckdb_columns() where data_type in ('DATE', 'TIMESTAMP')"
    strict, limited = new_clinic("strict"), new_clinic("limited")
    strict.load(episodes=text)
    assert strict.rows(dates) == []
    assert "2025-01-10" not in str(strict.rows("select * from said_episode"))
    limited.load(mapping='[identity]\nprofile = "limited"\n', episodes=text)
    assert limited.rows("select start_day::varchar from said_episode") == [("2025-01-10",)]
    later = limited.load(x="episode_id,instrument,date,score\nE1,phq9,2025-02-21,9\n")
    assert later.quarantined == ()
    assert limited.scores() == [("E1", "phq9", 42, 9)]
    with pytest.raises(Exception, match="strict profile"):
        strict.load(mapping='[identity]\nprofile = "limited"\n', x=text)


def test_a_mapping_is_kept_by_name_and_version(clinic):
    text = "id,arm,scale,day,total\nP1,rtms,phq9,0,20\n"
    mapping = (
        '[columns]\npatient_id = "id"\nmodality = "arm"\ninstrument = "scale"\nscore = "total"\n'
    )
    for number, extra in enumerate(("", "", "# a comment\n")):
        path = clinic.write(f"{number}.csv", text.replace(",0,20", f",{number},20"))
        declared = read_mapping(clinic.write("monthly.toml", mapping + extra))
        import_files(clinic.store, [path], declared)
    assert clinic.rows("select name, version, batch from mapping order by version") == [
        ("monthly", 1, 1),
        ("monthly", 2, 3),
    ]
    assert clinic.rows("select mapping from batch order by batch") == [
        ("monthly@1",),
        ("monthly@1",),
        ("monthly@2",),
    ]


def test_the_quarantine_of_the_strict_profile_has_no_dates(new_clinic):
    """E12: neither as a value nor in the cells of a row; the report of the import has them."""
    text = (
        "episode_id,instrument,when,day,score\nE1,phq9,2025-02-30,,9\nE1,phq9,2025-01-11,,99\n"
        "E1,phq9,,5,20250301\nE1,phq9,,6,Mar 2025\n"
    )
    mapping = '[columns]\ndate = "when"\n'
    kept = {}
    for profile in ("strict", "limited"):
        clinic = new_clinic(profile)
        clinic.load(
            mapping=f'[identity]\nprofile = "{profile}"\n',
            episodes="episode_id,patient_id,modality,start_date\nE1,P1,rtms,2025-01-10\n",
        )
        path = clinic.write("x.csv", text)
        declared = read_mapping(
            clinic.write("map.toml", f'{mapping}[identity]\nprofile = "{profile}"\n')
        )
        report = import_files(clinic.store, [path], declared, choices=Choices(keep_aside=True))
        assert len(report.aside) == 4
        assert "2025-02-30" in str(report.aside)
        kept[profile] = str(clinic.rows("select * from quarantine"))
    for date in ("2025-02-30", "2025-01-11", "20250301", "Mar 2025"):
        assert date in kept["limited"]
        assert date not in kept["strict"]
