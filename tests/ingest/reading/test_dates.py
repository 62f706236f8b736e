"""Dates of every form: ISO as it is, other forms as declared, nothing guessed."""

import random
from datetime import date, timedelta

import pytest

from analysis.errors import InputError, OutcomesError
from analysis.ingest.reading.cells import day_text
from analysis.ingest.reading.columns_read import look_at_columns
from analysis.ingest.reading.dates import check_dates, date_format, iso_text

HEADER = "episode_id,instrument,score,date\n"


def days(reader, written, mapping=""):
    """Return what a column of dates is read as; raises where it is refused."""
    rows = "".join(f'E1,phq9,1,"{cell}"\n' for cell in written)
    (staged,) = reader(HEADER + rows, mapping=mapping)
    declared = reader.mapping(mapping)
    look_at_columns(reader.con, staged, {"date": 3}, declared)
    sql = iso_text("c3", declared.file.dates, declared.file.excel_epoch)
    return [row[0] for row in reader.con.execute(f"select {sql} from t order by line").fetchall()]


DECLARED = {
    "ISO": ("2025-04-03", None),
    "ISO with a time": ("2025-04-03 23:30:00", None),
    "ISO with a time and an offset": ("2025-04-03T23:30:00+11:00", None),
    "ISO with fractions of a second": ("2025-04-03T23:30:00.123456Z", None),
    "day first": ("03/04/2025", "DD/MM/YYYY"),
    "day first, short": ("3/4/2025", "DD/MM/YYYY"),
    "day first with a time": ("3/4/2025 9:05", "D/M/YYYY"),
    "month first": ("04/03/2025", "MM/DD/YYYY"),
    "month first with a time": ("4/3/2025 11:30:00 PM", "M/D/YYYY"),
    "points": ("03.04.2025", "DD.MM.YYYY"),
    "no signs": ("20250403", "YYYYMMDD"),
    "no signs, month first": ("04032025", "MMDDYYYY"),
    "month by name": ("3-Apr-2025", "D-MMM-YYYY"),
    "month by name, capitals": ("03 APR 2025", "DD MMM YYYY"),
    "year first": ("2025/04/03", "YYYY/MM/DD"),
    "ISO where another form is declared": ("2025-04-03", "DD/MM/YYYY"),
}


@pytest.mark.parametrize(("written", "form"), DECLARED.values(), ids=DECLARED)
def test_a_date_of_a_declared_form_is_read(reader, written, form):
    mapping = f'[file]\ndates = "{form}"\n' if form else ""
    assert days(reader, [written], mapping) == ["2025-04-03"]


NO_DAYS = ["31/02/2025", "25/13/2025", "00/01/2025", "1/1/25", "1.4.2025", "20250403", "soon"]


@pytest.mark.parametrize("written", NO_DAYS)
def test_what_is_no_day_of_the_declared_form_stays_as_it_is(reader, written):
    mapping = '[file]\ndates = "DD/MM/YYYY"\n'
    assert days(reader, ["2025-04-03", written], mapping) == ["2025-04-03", written]


UNDECLARED = {
    "C12": (["03/04/2025", "25/04/2025"], "", "E312"),
    "C12-points": (["03.04.2025", ""], "", "E312"),
    "C12-no signs": (["20250403"], "", "E312"),
    "C12-another form is declared": (["03.04.2025"], '[file]\ndates = "DD/MM/YYYY"\n', "E312"),
    "C14": (["45750", "45757"], "", "E314"),
    "C14-with a time of day": (["45750.5"], "", "E314"),
    "C15": (["03/04/25"], "", "E315"),
    "C15-declared otherwise": (["03/04/25"], '[file]\ndates = "DD/MM/YYYY"\n', "E315"),
    "C15-month by name": (["3-Apr-25"], "", "E315"),
    "C15-with a time": (["03/04/25 10:00"], "", "E315"),
}


@pytest.mark.parametrize(("written", "mapping", "code"), UNDECLARED.values(), ids=UNDECLARED)
def test_a_column_of_an_undeclared_form_is_refused(reader, written, mapping, code):
    with pytest.raises(InputError) as refused:
        days(reader, written, mapping)
    assert (refused.value.code, refused.value.column) == (code, "date")
    assert not any(cell in str(refused.value) for cell in written if cell and cell != "45750")
    assert str(refused.value).count(". ") <= 2


def test_c15_a_two_digit_year_cannot_be_declared(reader):
    with pytest.raises(OutcomesError, match="a year of two digits"):
        reader.mapping('[file]\ndates = "DD.MM.YY"\n')


def test_c14_day_numbers_are_asked_for_with_an_example_in_both_systems(reader):
    with pytest.raises(InputError) as refused:
        days(reader, ["45750", "45800"])
    message = str(refused.value)
    assert "in the 1900 system 45750 is 2025-04-03 and these lie in 2025" in message
    assert "in the 1904 system 45750 is 2029-04-04 and these lie in 2029" in message
    assert "excel_epoch = 1900" in message


@pytest.mark.parametrize(("epoch", "serial"), [(1900, 45750), (1904, 45750 - 1462)])
def test_c14_both_systems_give_the_same_day(reader, epoch, serial):
    mapping = f"[file]\nexcel_epoch = {epoch}\n"
    assert days(reader, [str(serial), f"{serial}.75"], mapping) == ["2025-04-03"] * 2
    assert day_text(serial, epoch) == "2025-04-03"


def test_words_alone_are_no_form_of_dates(reader):
    assert days(reader, ["unknown", "soon", ""]) == ["unknown", "soon", None]


def test_no_form_is_guessed_in_ten_thousand_random_columns(reader):
    """C12: whatever the days are, an undeclared form is refused: not one becomes a date."""
    draw, refused = random.Random(20250403), 0
    forms = ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d-%b-%Y", "%d/%m/%y", "%m-%d-%Y"]
    mapping, place = reader.mapping(""), ("x.csv", "date")
    files, days_in = [], []
    for file in range(10_000):
        form, size = draw.choice(forms), draw.randint(1, 5)
        cells = [
            (date(2015, 1, 1) + timedelta(draw.randrange(4000))).strftime(form) for _ in range(size)
        ]
        files += [file] * size
        days_in += cells
    reader.con.execute(
        "create temp table many as select unnest(?) as file, unnest(?) as c0", [files, days_in]
    )
    sql = iso_text("c0", mapping.file.dates, mapping.file.excel_epoch)
    (read,) = reader.con.execute(
        f"select count(*) from many where regexp_full_match({sql}, '\\d{{4}}-\\d\\d-\\d\\d')"
    ).fetchone()
    assert read == 0
    for file in draw.sample(range(10_000), 200):
        table = f"(select c0 from many where file = {file})"
        with pytest.raises(InputError) as error:
            check_dates(reader.con, table, "c0", place, None, None)
        refused += error.value.code in ("E312", "E315")
    assert refused == 200


def test_a_form_tells_its_parts_apart():
    """Without signs between the parts only full widths are a date: 1112025 could be two days."""
    form = date_format("DDMMYYYY", "map.toml")
    assert form.pattern == r"\d{2}\d{2}\d{4}"


IMPORTED = {
    "ISO": ("2025-03-01", "2025-04-12", ""),
    "day first": ("01/03/2025", "12/04/2025", '[file]\ndates = "DD/MM/YYYY"\n'),
    "1900": ("45717", "45759", "[file]\nexcel_epoch = 1900\n"),
    "1904": ("44255", "44297", "[file]\nexcel_epoch = 1904\n"),
    "with a time": ("2025-03-01T09:00:00+02:00", "2025-04-12 23:59", ""),
}


@pytest.mark.parametrize(("start", "on", "mapping"), IMPORTED.values(), ids=IMPORTED)
def test_the_days_of_an_episode_do_not_depend_on_how_dates_are_written(
    new_clinic, start, on, mapping
):
    clinic = new_clinic("any")
    clinic.load(
        mapping,
        episodes=f"episode_id,patient_id,modality,start_date\nE1,P1,rtms,{start}\n",
        x=f"episode_id,instrument,score,date\nE1,phq9,7,{on}\n",
    )
    assert clinic.scores() == [("E1", "phq9", 42, 7)]


def test_single_dates_of_another_form_are_kept_aside(clinic, kept_aside):
    report = clinic.load(
        episodes="episode_id,patient_id,modality,start_date\nE1,P1,rtms,2025-03-01\n",
        x="episode_id,instrument,score,date\nE1,phq9,7,2025-04-12\nE1,phq9,8,13/04/2025\n"
        "E1,phq9,9,14/04/25\nE1,phq9,9,45750\nE1,phq9,9,2199-01-01\n",
    )
    assert kept_aside(report) == [
        (3, "date", "13/04/2025", "not_a_date"),
        (4, "date", "14/04/25", "not_a_date"),
        (5, "date", "45750", "not_a_date"),
        (6, "date", "2199-01-01", "date_in_future"),
    ]


def test_a_refused_column_of_start_dates_leaves_the_store_as_it_was(clinic, two_episodes):
    clinic.load(episodes=two_episodes)
    before = clinic.snapshot()
    with pytest.raises(InputError, match=r"column begun: no date in it.*\(E312\)"):
        clinic.load(
            '[columns]\nstart_date = "begun"\n',
            episodes="episode_id,patient_id,modality,begun\nE1,P1,rtms,03/04/2025\n",
        )
    assert clinic.snapshot() == before
