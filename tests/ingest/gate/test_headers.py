"""Column names that name a person, in several languages and spellings, and those that do not."""

import pytest

from analysis.errors import IdentityFound
from analysis.ingest.gate import identifying_header
from analysis.ingest.gate.headers import age_header, free_text_header

NAMES = """
Patient Name;patient_name;PatientName;PATIENTNAME;First Name;LastName;full_name;Surname;given name
Nachname;Vorname;Name des Patienten;Nom du patient;Prénom;nom de famille;Apellidos
Nombre del paciente;Cognome;nome completo;Achternaam;Voornaam;Sobrenome;Name;last;given;name_last
Provider Name;mother's maiden name;initials;Next of Kin;emergency_contact
"""
OTHERS = """
dob;DOB;birth_date;BirthDate;date of birth;Geburtsdatum;date_naissance;fecha_nacimiento;patient_dob
demographics_dob;data di nascita;geboortedatum;birthday;ssn;social_security_number;nhs_number;NHS No
Account No.;account;member_id;npi;email;E-Mail;e_mail;Patient Email;email_2;phone;Telefon
telephone_number;mobile;home phone;fax;address;home_address;Adresse;Street;postcode;zip;ZIP code;PLZ
code postal;url;website;ip_address;IP;photo;insurance;insurance_id;licence plate;license_number
passport number;DATEOFBIRTH;versichertennummer;mailing address
"""
DEVICES = "coil_serial;Coil Serial No;REMS enrolment id;rems_id;device_udi;Device UDI;serial_number"
HARMLESS = """
site_name;instrument_name;unnamed;filename;patient_id;first_session;last_score;place;birthday_card
subject;record_id;id;date;visit;day;episode_id;start_date;site;age_band;drug_name;study_name;arm_name
treatment_name;birth_year;email_consent;phone_visit;telephone_visit;device;device_model;coil_position
rems_enrolled;first_treatment;last_visit;form_name;given_dose;family_history;insurance_type;visit_name
center_id;study_id;patient_code;subject number;nombre_sesiones;nombre de seances;initial_score;rater
redcap_event_name;street_drugs;mail_reminder;name_of_scale;patient;serial_sevens;nhs_trust;hospital
face_to_face;image_format;city;user_id;cell_count;number;code;data;via;route;contact;provider;state
"""


def listed(text: str) -> list[str]:
    return [name for line in text.strip().splitlines() for name in line.split(";")]


@pytest.mark.parametrize("header", listed(NAMES), ids=lambda name: f"E01-{name}")
def test_a_column_of_names_is_refused(header) -> None:
    assert identifying_header(header) in ("name", "initials", "next of kin")


@pytest.mark.parametrize("header", listed(OTHERS))
def test_a_column_of_another_identifier_is_refused(header) -> None:
    assert identifying_header(header) is not None


@pytest.mark.parametrize("header", listed(DEVICES), ids=lambda name: f"E13-{name}")
def test_a_column_of_device_numbers_is_refused(header) -> None:
    assert identifying_header(header) == "device number"


@pytest.mark.parametrize("header", listed(HARMLESS))
def test_a_word_that_only_contains_another_is_not_refused(header) -> None:
    assert identifying_header(header) is None


@pytest.mark.parametrize(
    "header", ["Note", "clinician_comment", "Bemerkung", "reasonEnded", "motif"]
)
def test_free_text_is_known_by_its_name(header) -> None:
    assert free_text_header(header)
    assert not free_text_header("denoted_score")


@pytest.mark.parametrize(
    ("header", "expected"),
    [("age", True), ("Age (years)", True), ("Alter", True), ("patient_age", True),
     ("age_of_onset", False), ("stage", False), ("dosage", False), ("age_group", False)],
)  # fmt: skip
def test_an_age_is_known_by_its_name(header, expected) -> None:
    assert age_header(header) is expected


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("header", ["Patient Name", "dob", "coil_serial", "e-mail"])
def test_one_such_column_refuses_the_file_whether_it_is_mapped_or_not(
    look, table, header, mapped
) -> None:
    mapping = f'[fields]\nextra = "{header}"\n' if mapped else None
    with pytest.raises(IdentityFound) as refused:
        look(table(header, ["a", "b"]), mapping)
    assert refused.value.column == header
    assert refused.value.code == "E401"
    assert str(refused.value).endswith("(E401)")
