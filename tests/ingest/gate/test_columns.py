"""Whole columns: names, numbers with check digits, dates of birth, ages, free text, ids, dates."""

import hashlib
import random
from datetime import date, timedelta

import pytest

from analysis.errors import IdentityFound, InputError
from analysis.ingest.gate.numbers import checked_numbers

PEOPLE = ["Jane Roe", "John Doe", "Anna van der Berg", "Peter O'Brien", "Mia Schmidt-Lang"]
NOTES = [
    "slept badly, otherwise much better than at the last visit",
    "patient says that Jane Roe drove her here and waited outside",
    "no change, continues with the same coil position as before",
]


def nhs_number(drawn: random.Random) -> str:
    """Draw a number with the check digit of NHS numbers, by trying each digit."""
    while True:
        first = f"{drawn.randrange(400_000_000, 799_999_999)}"
        for last in "0123456789":
            weighted = sum((10 - at) * int(digit) for at, digit in enumerate(first))
            if (weighted + int(last)) % 11 == 0:
                return first + last


def test_e03_one_email_in_row_4812_of_5000(look, table) -> None:
    values = [f"site {n % 7}" for n in range(5000)]
    values[4811] = "jane.roe@example.org"
    with pytest.raises(IdentityFound) as refused:
        look(table("ward", values))
    assert (refused.value.line, refused.value.column) == (4813, "ward")
    assert refused.value.code == "E402"
    assert "j***@***" in str(refused.value)
    assert "roe" not in str(refused.value)


def test_e04_one_formatted_phone_number(look, table) -> None:
    with pytest.raises(IdentityFound, match=r"such as \(ddd\) ddd-dddd"):
        look(table("ward", ["a", "b", "(555) 123-4567"]))


def test_e06_nhs_numbers_are_refused(look, table) -> None:
    drawn = random.Random(6)
    with pytest.raises(IdentityFound, match="NHS numbers") as refused:
        look(table("number", [nhs_number(drawn) for _ in range(200)]))
    assert refused.value.code == "E404"


def test_e06_no_column_of_random_ten_digit_ids_is_refused() -> None:
    drawn, refused = random.Random(1000), 0
    for _ in range(1000):
        size = drawn.choice([20, 25, 50, 100])
        refused += (
            checked_numbers([str(drawn.randrange(10**9, 10**10)) for _ in range(size)]) is not None
        )
    assert refused == 0


def test_e06_random_ten_digit_patient_ids_pass(look, table) -> None:
    drawn = random.Random(7)
    for _ in range(20):
        ids = [str(drawn.randrange(10**9, 10**10)) for _ in range(60)]
        assert look(table("site", ["a"] * 60, ids)).attested == ()


@pytest.mark.parametrize("size", [5, 19])
def test_a_few_numbers_that_pass_a_check_prove_nothing(look, table, size) -> None:
    drawn = random.Random(8)
    assert look(table("number", [nhs_number(drawn) for _ in range(size)])).scanned == 4


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("form", [str, str.upper, lambda name: '"Roe, ' + name.split()[0] + '"'])
def test_a_column_of_names_is_refused(look, table, mapped, form) -> None:
    values = [form(PEOPLE[n % 5]) if n % 3 == 0 else f"bed {n}" for n in range(12)]
    with pytest.raises(IdentityFound, match="look like names of persons") as refused:
        look(table("ward", values), '[fields]\nward = "ward"\n' if mapped else None)
    assert not any(name.split()[0] in str(refused.value) for name in PEOPLE)


@pytest.mark.parametrize(
    "values",
    [["New York", "San Diego"], ["North Clinic", "Harbour Hospital"],
     ["Iv Ketamine", "Theta Burst"], ["Major Depression", "Bipolar Disorder"],
     ["Never Married", "Full Time"], ["valley", "harbour"]],
)  # fmt: skip
def test_places_clinics_and_clinical_terms_are_no_names(look, table, values) -> None:
    assert look(table("site", values)).attested == ()


def test_a_person_can_state_that_a_column_holds_no_names(look, table) -> None:
    content = table("site", ["Abbey Dale", "Milton Keynes"])
    with pytest.raises(IdentityFound, match=r'attest = \["site"\]'):
        look(content)
    assert look(content, '[identity]\nattest = ["site"]\n').attested == ("site",)
    assert look(table("site", ["a", "b"]), '[identity]\nattest = ["site"]\n').attested == ()
    values = '[values.site]\n"Abbey Dale" = "abbey"\n"Milton Keynes" = "milton"\n'
    assert look(content, values).attested == ()


def test_no_statement_lifts_a_value_that_identifies_by_its_form(look, table) -> None:
    with pytest.raises(IdentityFound, match="e-mail"):
        look(table("site", ["a@example.org", "b"]), '[identity]\nattest = ["site"]\n')


def born(number: int, written: str = "%Y-%m-%d") -> list[str]:
    drawn = random.Random(9)
    return [
        (date(1940, 1, 1) + timedelta(drawn.randrange(20_000))).strftime(written)
        for _ in range(number)
    ]


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"])
def test_e07_dates_of_birth_are_known_by_their_values(look, table, written) -> None:
    with pytest.raises(IdentityFound, match="dates of birth") as refused:
        look(table("when", born(40, written)))
    assert refused.value.code == "E405"


def test_recent_dates_and_dates_that_change_are_no_birth_dates(look, table) -> None:
    recent = [f"2024-0{1 + n % 9}-1{n % 10}" for n in range(40)]
    assert look(table("when", recent)).dropped == ()
    changing = table("when", born(40), ["P1"] * 20 + ["P2"] * 20)
    assert look(changing).dropped == ()


@pytest.mark.parametrize(
    ("value", "aside"),
    [
        ("93", 1),
        ("90", 1),
        ("104", 1),
        ("90-94", 1),
        ("93 years", 1),
        ("89", 0),
        ("90+", 0),
        ("", 0),
    ],
)
@pytest.mark.parametrize("header", ["age", "age_band"])
def test_e07_an_age_over_89_is_set_aside_and_90_plus_is_offered(
    clinic, header, value, aside
) -> None:
    report = clinic.load(
        episodes=f"episode_id,patient_id,modality,{header}\nE1,P1,rtms,{value}\nE2,P2,rtms,40\n"
    )
    assert [(row.line, row.rule, row.value) for row in report.quarantined] == [
        (2, "age_over_89", None)
    ][:aside]
    if aside:
        assert '"90+"' in report.quarantined[0].allowed
    assert len(clinic.rows("select * from episode")) == 2 - aside


@pytest.mark.parametrize("header", ["ward", "note"])
def test_e09_free_text_is_refused_if_mapped_and_dropped_if_not(look, table, header) -> None:
    content = table(header, [f'"{note}"' for note in NOTES])
    assert look(content).dropped == (header,)
    with pytest.raises(IdentityFound, match="free text") as refused:
        look(content, f'[fields]\nextra = "{header}"\n')
    assert refused.value.code == "E407"
    assert "Roe" not in str(refused.value)


def test_long_ids_and_named_long_terms_are_no_free_text(look, table) -> None:
    ids = [f"3f2504e0-4f89-11d3-9a0c-0305e82c33{n:02}" for n in range(10, 20)]
    assert look(table("site", ["a"] * 10, ids)).dropped == ()
    long = "Recurrent depressive disorder, current episode severe"
    content = table("diagnosis", [f'"{long}"'] * 3)
    with pytest.raises(IdentityFound, match="free text"):
        look(content)
    assert look(content, f'[values.diagnosis]\n"{long}" = "severe"\n').scanned == 4


def test_e10_a_column_mrn_is_refused_as_patient_id(look) -> None:
    content = "mrn,episode_id,modality\nA1,E1,rtms\nA2,E2,rtms\n"
    with pytest.raises(IdentityFound, match=r"record number.*--codes"):
        look(content, '[columns]\npatient_id = "mrn"\n')
    assert look(content, '[columns]\npatient_id = "mrn"\n', coded=True).scanned == 3
    with pytest.raises(IdentityFound):
        look("mrn,patient_id,episode_id,modality\nA1,P1,E1,rtms\n", coded=True)


def test_e10_sequential_numbers_under_subject_are_refused(look) -> None:
    rows = "".join(f"{41_000 + n},E{n},rtms\n" for n in range(30))
    content = f"subject,episode_id,modality\n{rows}"
    mapping = '[columns]\npatient_id = "subject"\n'
    with pytest.raises(IdentityFound, match="numbers in sequence") as refused:
        look(content, mapping)
    assert refused.value.code == "E410"
    stated = mapping + '[identity]\nattest = ["patient_id"]\n'
    assert look(content, stated).attested == ("subject",)
    assert look(content, mapping, coded=True).attested == ()


@pytest.mark.parametrize(
    "ids", [["1", "2", "3"], [f"P{n:03}" for n in range(40)], [str(n * n) for n in range(9, 60)]]
)
def test_other_study_numbers_pass(look, table, ids) -> None:
    assert look(table("site", ["a"] * len(ids), ids)).attested == ()


@pytest.mark.parametrize(
    "value", ["2024-03-15", "15.03.2024", "3/15/24", "2024-03", "03/2024", "March 2024", "20240315"]
)
def test_e12_no_column_of_dates_is_stored_in_the_strict_profile(look, table, value) -> None:
    content = table("referred", [value, ""])
    assert look(content).profile == "strict"
    with pytest.raises(IdentityFound, match="dates or months") as refused:
        look(content, '[fields]\nreferral = "referred"\n')
    assert refused.value.code == "E406"
    limited = '[fields]\nreferral = "referred"\n[identity]\nprofile = "limited"\n'
    assert look(content, limited).profile == "limited"


def test_e12_dates_become_study_days_and_none_is_stored(clinic) -> None:
    clinic.load(
        episodes="episode_id,patient_id,modality,start_date\nE1,P1,rtms,2024-03-15\n",
        scores="episode_id,date,instrument,score\nE1,2024-03-15,phq9,20\nE1,2024-04-26,phq9,4\n",
    )
    assert [row[2] for row in clinic.scores()] == [0, 42]
    types = {kind for (kind,) in clinic.rows("select data_type from information_schema.columns")}
    assert not any(kind.startswith(("DATE", "TIMESTAMP")) for kind in types)


@pytest.mark.parametrize("size", ["md5", "sha1", "sha256"])
def test_hashes_of_record_numbers_are_refused_in_the_strict_profile(look, table, size) -> None:
    ids = [hashlib.new(size, f"record {n}".encode()).hexdigest() for n in range(30)]
    content = table("site", ["a"] * 30, ids)
    with pytest.raises(IdentityFound, match="hashes") as refused:
        look(content)
    assert refused.value.code == "E413"
    assert look(content, '[identity]\nprofile = "limited"\nhashed = true\n').profile == "limited"
    with pytest.raises(IdentityFound):
        look(content, '[identity]\nprofile = "limited"\n')


@pytest.mark.parametrize(
    ("section", "problem"),
    [('profile = "open"', "profile must be"), ('attest = "site"', "attest must be"),
     ("hashed = 1", "hashed must be"), ("hashed = true", "E413"), ("profil = 1", "means nothing")],
)  # fmt: skip
def test_a_slip_in_the_section_is_named(look, table, section, problem) -> None:
    with pytest.raises(InputError, match=problem):
        look(table("site", ["a"]), f"[identity]\n{section}\n")
