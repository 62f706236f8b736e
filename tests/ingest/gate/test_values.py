"""Single values: what identifies a person by its form, and what only resembles it."""

import pytest

from analysis.errors import IdentityFound
from analysis.ingest.gate import inspect_texts
from analysis.ingest.gate.values import candidate, hard_hit, masked, suspicious

IDENTIFYING = """
jane.roe@example.org|write to j@b.de please|jane\uff20example.org
123-45-6789|123 45 6789|123\u201145\u20116789
\uff11\uff12\uff13-\uff14\uff15-\uff16\uff17\uff18\uff19|(555) 123-4567|(555)123-4567
555-123-4567|555.123.4567|1-555-123-4567
+1 555 123 4567|+1 (415) 555-2671|+44 20 7946 0958|+44 (0)20 7946 0958|+49 30 1234567|+491701234567
+33 1 23 45 67 89|0049 170 1234567|020 7946 0958|0161 496 0000|07700 900123|(020) 7946 0958
030/1234567|089 1234567|0171-1234567|01 23 45 67 89|seen at home, tel 555-123-4567
http://example.org/a|www.example.com|facebook.com/jane|192.168.0.12|10.0.0.1
2001:db8::8a2e:370:7334|fe80::1ff:fe23:4567:890a|00:1B:44:11:3A:B7|SW1A 1AA|M1 1AA|K1A 0B1
10115 Berlin|1012 AB Amsterdam|Springfield, IL 62704
12 High Street|221B Baker Street|Hauptstraße 12
Berliner Str. 5|12 rue de la Paix|Calle Mayor 5|Via Roma 10|PO Box 123|(01)09506000134352
(01) 09506000134352(21)A123|S/N: 12345|Serial No. AB-12345
MRN: 1234567|943 476 5919|RSSMRA85T10A562S
"""
HARMLESS = """
0 1 2 3 0 1 2 3 0|0 1 2 3|3 - 2 . 1|00 01 02 03 01 00 02 01 03|01 02 01 03 00|2024-03-15|15.03.2024
03/04/2025|2024-03-15 10:30:00|2024-03-15T10:30:00.000+01:00|10:30:00|12.5|12,5|1.2.3|2.0.1.3
v1.2.10.4|AB-123-4567|001-0023|123-4567|012-3456|S-7KQ2MX4P|E-2024-00123|01-002-0003|9434765919
3f2504e0-4f89-11d3-9a0c-0305e82c3301
iv_ketamine|rtms + psychotherapy|6_to_24_months|18-29|65+
Week 12|Visit 3 Day 14|PHQ 9|HAM-D 17|New York|St. Mary|North Clinic|1000 mg|F33.2 severe|120% MT
10 Hz left DLPFC|P1:rtms|12E3|1/2/3|100/80|-5|1e-05|1.234.567|1,234,567|MS 12345|GB-001-234|12-34-56
session 20 of 30|20 sessions over 6 weeks|5:1:3|NHS trust|Hospital 12
"""


def listed(text: str) -> list[str]:
    return [value for line in text.strip().splitlines() for value in line.split("|")]


@pytest.fixture
def handed_on(gate_connection):
    """Return whether the engine hands a value on to be looked at."""

    def ask(value: str) -> bool:
        sql = f"select {suspicious('v')} and {candidate('v')} from (select ?::varchar as v)"
        (answer,) = gate_connection.execute(sql, [value]).fetchone()
        return bool(answer)

    return ask


@pytest.mark.parametrize("value", listed(IDENTIFYING))
def test_one_such_value_identifies_and_the_engine_hands_it_on(handed_on, value) -> None:
    hit = hard_hit(value)
    assert hit is not None
    assert not set("123456789") & set(hit[1])
    assert handed_on(value)


@pytest.mark.parametrize("value", listed(HARMLESS))
def test_what_only_resembles_it_passes(value) -> None:
    assert hard_hit(value) is None


def test_plain_numbers_and_short_codes_pass_without_a_look(gate_connection) -> None:
    values = ["7", "12.5", "phq9", "hamd17", "E0012345", "long_word_of_ours", "", None]
    for value in values:
        sql = f"select {suspicious('v')} from (select ?::varchar as v)"
        assert gate_connection.execute(sql, [value]).fetchone() == (False,)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("jane.roe@example.org", "j***@***"),
        ("123-45-6789", "ddd-dd-dddd"),
        ("Roe, Jane", "Aaa, Aaaa"),
    ],
)
def test_an_example_shows_the_form_only(value, form) -> None:
    assert masked(value) == form


def test_the_texts_of_a_mapping_are_looked_at_too() -> None:
    inspect_texts(["Iv Ketamine", "Week 12", "arm", "2025-03-31"], "map.toml", "the mapping")
    with pytest.raises(IdentityFound) as refused:
        inspect_texts(["arm", "jane.roe@example.org"], "map.toml", "the mapping")
    assert "jane" not in str(refused.value)
    assert "(text 2, such as j***@***)" in str(refused.value)
    assert refused.value.code == "E414"
