"""Cells: blanks and widths, decimal marks, yes and no, missing codes, labels under the header."""

import pytest

from analysis.errors import InputError
from analysis.ingest.reading.normal import FULL_WIDTH, UNSEEN, normal

HEADER = "episode_id,instrument,day,score\n"
NOTE = "normalised: {} cells (blanks, full-width or invisible signs)"

SIGNS = {
    "nothing": ("E1,phq9,0,20", None),
    "blank after": ("E1,phq9,0,20 ", 1),
    "tab before": ("E1,phq9,0,\t20", 1),
    "C06-no-break space": ("E1,phq9,0,20\u00a0", 1),
    "C06-full width": ("\uff25\uff11,phq9,\uff10,\uff12\uff10", 3),
    "C06-zero width": ("E1\u200b,phq9,0,\ufeff20", 2),
    "thin and wide blanks": ("\u2009E1,\u3000phq9,0,20", 2),
    "signs of direction": ("\u202aE1\u202c,phq9,0,20", 1),
}


@pytest.mark.parametrize(("row", "changed"), SIGNS.values(), ids=SIGNS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["by the engine", "row by row"])
def test_cells_are_normalised_and_counted(reader, row, changed, end):
    (staged,) = reader((HEADER + row + "\n").replace("\n", end))
    assert reader.rows(staged) == [(2, "E1", "phq9", "0", "20")]
    assert staged.notes == ((NOTE.format(changed),) if changed else ())


@pytest.mark.parametrize("text", ["Zürich", "\u00b2", "1\u00b2", "田", "\u0661", "½", "a b"])
def test_other_signs_stay(reader, text):
    (staged,) = reader(f"{HEADER}E1,phq9,0,{text}\n")
    assert reader.rows(staged)[0][-1] == text
    assert staged.notes == ()


def test_a_composed_letter_is_one_letter(reader):
    (staged,) = reader(f"{HEADER}E1,phq9,0,Zu\u0308rich\n")
    assert reader.rows(staged)[0][-1] == "Z\u00fcrich"
    assert staged.notes == (NOTE.format(1),)


def test_sql_and_python_normalise_alike(reader):
    texts = [f"{sign}a{sign}1" for sign in (*FULL_WIDTH, *UNSEEN, "\u00a0", "\u2003", "\u202f")]
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    (staged,) = reader("text,b\n" + "".join(f"{text},1\n" for text in quoted))
    assert [row[1] for row in reader.rows(staged)] == [normal(text) for text in texts]


def test_a_cell_of_blanks_only_is_empty(reader):
    (staged,) = reader(f"{HEADER}E1,phq9,0,\u00a0\u200b\n")
    assert reader.rows(staged) == [(2, "E1", "phq9", "0", None)]


def test_a05_a_name_in_utf16_is_the_same_bytes_in_the_store(clinic):
    text = "episode_id,patient_id,modality,site\nE1,P1,rtms,Zürich\n"
    report = clinic.load(episodes=b"\xff\xfe" + text.encode("utf-16-le"))
    assert report.files[0].notes == ("read as UTF-16, as its first bytes say",)
    ((site,),) = clinic.rows("select site::varchar from episode")
    assert site.encode() == "Zürich".encode()


DECIMALS = {
    "B08-not declared": ("", '"10,5"', None),
    "B08-declared": ('[file]\ndecimal = ","\n', '"10,5"', 21),
    "declared, a whole number": ('[file]\ndecimal = ","\n', "10", 20),
    "declared, a whole number with a comma": ('[file]\ndecimal = ","\n', '"10,0"', 20),
    "declared, two commas": ('[file]\ndecimal = ","\n', '"1,0,5"', None),
}
HALVES = '[instruments.half]\nrange = [0, 30]\ndirection = "higher_is_worse"\nunits_per_point = 2\n'


@pytest.mark.parametrize(("mapping", "written", "steps"), DECIMALS.values(), ids=DECIMALS)
def test_a_decimal_comma_is_read_only_where_it_is_declared(
    clinic, two_episodes, mapping, written, steps
):
    report = clinic.load(
        mapping + HALVES, episodes=two_episodes, x=f"{HEADER}E1,half,0,{written}\n"
    )
    stored = [row[-1] for row in clinic.scores()]
    assert stored == ([] if steps is None else [steps])
    assert report.files[-1].quarantined == (steps is None)


def test_a_comma_in_an_id_stays_a_comma(clinic):
    clinic.load(
        '[file]\ndecimal = ","\n', episodes='episode_id,patient_id,modality\n"1,5",P1,rtms\n'
    )
    assert clinic.rows("select episode_id from episode") == [("1,5",)]


YES_NO = ["yes", "YES", "No", "unknown", "", "TRUE", "1", "J", "y"]


def test_c11_mixed_words_for_yes_are_kept_aside_until_declared(clinic, new_clinic, kept_aside):
    rows = "".join(f"E{n},P{n},rtms,{word}\n" for n, word in enumerate(YES_NO))
    text = "episode_id,patient_id,modality,prior_ect\n" + rows
    report = clinic.load(episodes=text)
    assert kept_aside(report) == [
        (2 + n, "prior_ect", YES_NO[n], "not_yes_or_no") for n in (5, 6, 7, 8)
    ]
    assert clinic.levels("prior_ect") == {"no": 1, "unknown": 2, "yes": 2}
    declared = '[values.prior_ect]\nTRUE = "yes"\n1 = "yes"\nJ = "yes"\ny = "yes"\n'
    other = new_clinic("declared")
    assert other.load(declared, episodes=text).quarantined == ()
    assert other.levels("prior_ect") == {"no": 1, "unknown": 2, "yes": 6}


MISSING = ["999", "-9", "88", "R"]


def test_c18_missing_codes_never_change_a_mean(clinic, new_clinic, two_episodes):
    scores = "".join(f"E1,phq9,{day},{score}\n" for day, score in ((0, 20), (42, 5)))
    coded = "".join(f"E1,phq9,{day},{code}\n" for day, code in enumerate(MISSING, 50))
    report = clinic.load(episodes=two_episodes, x=HEADER + scores + coded)
    assert [row.value for row in report.quarantined] == MISSING
    mean = "select avg(score), count(score) from assessment"
    assert clinic.rows(mean) == [(12.5, 2)]
    other = new_clinic("declared")
    report = other.load(
        '[missing]\ncodes = ["999", "-9", "88", "R", "NA"]\n',
        episodes=two_episodes,
        x=HEADER + scores + coded + "E1,phq9,60,-9\n",
    )
    assert report.files[-1].loaded == 7
    assert other.rows(mean) == [(12.5, 2)]
    assert report.files[-1].notes == (
        "missing: 2 cells by code -9",
        "missing: 1 cells by code 88",
        "missing: 1 cells by code 999",
        "missing: 1 cells by code R",
    )


WRONG = {
    "C02": ("12E3,phq9,0,1", None),
    "C03": (",phq9,0,1", "missing_id"),
    "C05-word": ("E1,phq9,0,ten", "not_whole_number"),
    "C05-star": ("E1,phq9,0,12*", "not_whole_number"),
    "C05-of": ("E1,phq9,0,12/27", "not_whole_number"),
    "C05-above": ("E1,phq9,0,>20", "not_whole_number"),
    "C05-doubt": ("E1,phq9,0,12?", "not_whole_number"),
    "C08-above": ("E1,phq9,0,28", "score_out_of_range"),
    "C08-below": ("E1,phq9,0,-1", "score_out_of_range"),
    "C08-most": ("E1,phq9,0,27", None),
    "C08-least": ("E1,phq9,0,0", None),
    "C09": ("E1,phq9,0,12.5", "not_whole_number"),
    "B15-named": ("Total,,,540", "missing_instrument"),
    "B15-in full": ("Total,phq9,,27", "unknown_episode"),
    "B15-no id": (",phq9,,27", "missing_id"),
}


def test_wrong_values_are_kept_aside_and_never_coerced(clinic, kept_aside):
    rows = [row for row, _ in WRONG.values()]
    report = clinic.load(
        episodes="episode_id,patient_id,modality\nE1,P1,rtms\n12E3,9007199254740993,rtms\n",
        x=HEADER + "\n".join(rows) + "\n",
    )
    expected = [(line, rule) for line, (_, rule) in enumerate(WRONG.values(), 2) if rule]
    conflicts = {line for line, (_, rule) in enumerate(WRONG.values(), 2) if not rule}
    found = [(line, rule) for line, _, _, rule in kept_aside(report) if line not in conflicts]
    assert found == expected
    assert clinic.rows("select patient_id from episode order by 1") == [
        ("9007199254740993",), ("P1",)
    ]  # fmt: skip


def test_b14_the_order_of_columns_and_rows_changes_nothing(new_clinic, two_episodes):
    first, second = new_clinic("first"), new_clinic("second")
    first.load(episodes=two_episodes, x=HEADER + "E1,phq9,0,20\nE1,phq9,42,4\n")
    second.load(
        episodes=two_episodes,
        x="score,day,episode_id,instrument\n20,0,E1,phq9\n4,42,E1,phq9\n",
    )
    assert first.snapshot() == second.snapshot()


LABELS = {
    "B12-labels": ("Record ID,Instrument,Study day,Total score", True),
    "B12-labels with digits": ("Record ID,Scale,Day (0 = first),PHQ-9 total (0-27)", True),
    "B12-units": (",,days,points", True),
    "B12-units in brackets": (",,(days),[points]", True),
    "B12-one of them empty": ("Record ID,,,Total", True),
    "a score in words": ("E1,phq9,0,ten", False),
    "a day and a score in words of an episode": ("E1,phq9,first,ten", False),
    "missing words": ("E1,phq9,NA,unknown", False),
    "empty": (",,,", False),
    "a good row": ("E1,phq9,0,20", False),
}


@pytest.mark.parametrize(("row", "labels"), LABELS.values(), ids=LABELS)
def test_b12_labels_or_units_under_the_header_are_refused(reader, row, labels):
    content = f"{HEADER}{row}\nE1,phq9,0,20\nE1,phq9,42,4\n"
    if not labels:
        (staged,) = reader(content)
        assert staged.rows == 3
        return
    with pytest.raises(InputError, match="labels or units") as refused:
        reader(content)
    assert (refused.value.code, refused.value.line) == ("E212", 2)


def test_b12_labels_are_found_under_the_clinics_own_names(reader):
    with pytest.raises(InputError, match=r"\(E212\)"):
        reader(
            "record_id,tool,phq_total,visit_date\nRecord,Tool,Total,Date\nA7,phq9,3,2025-03-31\n",
            mapping='[columns]\nepisode_id = "record_id"\nscore = "phq_total"\n'
            'date = "visit_date"\n',
        )


def test_words_in_the_first_row_alone_are_no_labels_where_all_rows_have_words(reader):
    (staged,) = reader(f"{HEADER}A,phq9,first,high\nB,phq9,second,low\n")
    assert staged.rows == 2
