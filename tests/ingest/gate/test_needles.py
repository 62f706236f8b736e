"""Needles in haystacks: made-up identifiers hidden in made-up exports, and exports without any.

Half of 400 files (of 108 in a short loop) hide one identifier in one cell of 5,000 rows. Each must
be refused, and afterwards no file of the store, no temporary file and no output may hold it. The
other half is clean but tricky, and may be imported. The identifiers come from templates, not from
the gate's own patterns.
"""

import random
import tempfile

import pytest

from analysis.errors import IdentityFound
from analysis.ingest import Mapping, import_files
from tests.long_loops import rounds

ROWS, FILES = 5000, rounds(200, 54)
FIRST = ("anna", "ben", "carla", "dmitri", "elif", "farah", "goran", "hana", "ivan", "jonas")
LAST = ("abara", "brandt", "castillo", "dupont", "eriksen", "fontana", "greco", "haas", "ito")
DOMAINS = ["example.org", "mail.example.com", "clinic-example.co.uk", "beispiel-praxis.de"]
STREETS = ["Maple", "Station", "Victoria", "Church", "Mill", "King George"]
ENDS = ["Street", "Road", "Avenue", "Lane", "Drive", "Close", "Rd", "St", "Ave"]
STRASSEN = ["Lindenstra\u00dfe", "Gartenweg", "Marktplatz", "Schillerallee", "Bachstr."]
ORTE = ["Hamburg", "M\u00fcnchen", "K\u00f6ln", "Leipzig", "Bremen"]
CITIES = ["Springfield, IL", "Salem, OR", "Dover, DE", "Austin, TX", "Fargo, ND"]


def filled(drawn: random.Random, template: str) -> str:
    """Put a random digit for each # and a random capital for each ?."""
    signs = {"#": "0123456789", "?": "ABCDEFGHJKLMNPRSTUWXYZ", "9": "23456789"}
    return "".join(drawn.choice(signs[s]) if s in signs else s for s in template)


TEMPLATES = {
    "ssn": ["###-##-####", "9##-##-####"],
    "us_phone": ["(9##) 9##-####", "9##-9##-####", "9##.9##.####", "1-9##-9##-####",
                 "+1 9## 9## ####", "+1 (9##) 9##-####", "9## 9## ####"],
    "abroad": ["+44 20 #### ####", "+44 7### ######", "+33 1 9# 9# 9# ##", "+49 30 ########",
               "+39 06 #### ####", "+34 6## ### ###", "+49 (0) 171 #######", "0041 44 ### ## ##"],
    "uk_phone": ["020 #### ####", "0161 ### ####", "07### ######", "(0131) ### ####"],
    "german_phone": ["030/#######", "089 #######", "0171-#######", "0221 / ######"],
    "url": ["https://portal.example.org/p/####", "http://example.com/?id=###",
            "www.example-clinic.de", "ftp://files.example.net/?##"],
    "uk_postcode": ["SW1A 2AA", "M## #AB", "LS# 9JT", "EC#A 4BN", "B## #TH"],
    "udi": ["(01)0##########99#(21)####", "(01)##############(17)271231(10)A#",
            "(01) ##############"],
    "us_record": ["MRN: #######", "MRN ########", "S/N: ?######"],
}  # fmt: skip


def identifier(drawn: random.Random, kind: str) -> str:
    first, last = drawn.choice(FIRST), drawn.choice(LAST)
    number = drawn.randrange(1, 400)
    own = {
        "email": f"{first}{drawn.choice(['.', '_', ''])}{last}{number}@{drawn.choice(DOMAINS)}",
        "email_in_text": f"please write to {first}.{last}@{drawn.choice(DOMAINS)}, thanks",
        "ipv4": f"{drawn.randrange(11, 223)}.{drawn.randrange(256)}.{number % 256}.{number % 99}",
        "ipv6": f"2001:db8:{number:x}::{drawn.randrange(1, 65535):x}",
        "street": f"{number} {drawn.choice(STREETS)} {drawn.choice(ENDS)}",
        "strasse": f"{drawn.choice(STRASSEN)} {number}",
        "ort": f"{drawn.randrange(10115, 99000)} {drawn.choice(ORTE)}",
        "us_city": f'"{drawn.choice(CITIES)} {drawn.randrange(10000, 99999)}"',
        "mac": ":".join(f"{drawn.randrange(256):02X}" for _ in range(6)),
    }
    return own[kind] if kind in own else filled(drawn, drawn.choice(TEMPLATES[kind]))


KINDS = (*TEMPLATES, "email", "email_in_text", "ipv4", "ipv6", "street", "strasse", "ort",
         "us_city", "mac")  # fmt: skip


def tricky_columns(drawn: random.Random) -> dict[str, list[str]]:
    """Draw columns that hold no identifier and look as if they did; those named x_ are unmapped.

    Those named id_ are patient ids.
    """

    def column(template: str) -> list[str]:
        return [filled(drawn, template) for _ in range(ROWS)]

    def choice(*values: str) -> list[str]:
        return [drawn.choice(values) for _ in range(ROWS)]

    def number(low: int, high: int) -> list[str]:
        return [str(drawn.randrange(low, high)) for _ in range(ROWS)]

    return {
        "id_letters": column("P#####?"),
        "id_centre": column("GB-###-####"),
        "id_dashes": column("PT-####-##"),
        "id_codes": column("S-?#?##?##"),
        "id_digits": column("1#########"),
        "site": choice("New York", "San Diego", "North Clinic", "St. Mary Hospital", "Ward 12"),
        "items": [" ".join(drawn.choice("0123") for _ in range(9)) for _ in range(ROWS)],
        "padded": [" ".join(f"0{drawn.randrange(4)}" for _ in range(9)) for _ in range(ROWS)],
        "plan": choice("10 Hz left DLPFC", "120% MT", "20 sessions over 6 weeks", "1000 mg"),
        "version": choice("1.2.3", "2.0.1.3", "v1.2.10.4", "10.15.7"),
        "visit_name": choice("Week 12", "Visit 3 Day 14", "Follow Up", "Month 6"),
        "arm": choice("Iv Ketamine", "Theta Burst", "Deep TMS", "rtms + psychotherapy"),
        "ratio": choice("5:1:3", "1:00", "100/80", "1/2/3"),
        "diagnosis_code": choice("F33.2 severe", "F32.1", "F31.9 / F33.1"),
        "age_group": choice("18-29", "30-39", "65+", "90+"),
        "weight": [f"{drawn.uniform(40, 130):.3f}" for _ in range(ROWS)],
        "amount": [f"{drawn.randrange(1, 9)},{drawn.randrange(1000):03}" for _ in range(ROWS)],
        "sample": column("AB-###-####"),
        "specimen": column("1###-####"),
        "screening": column("###-###"),
        "x_sheet": column("01-00#-00##"),
        "x_ten_digits": number(10**9, 10**10),
        "x_nine_digits": number(10**8, 10**9),
        "x_long": column("########-####-4###-A###-############"),
        "x_date": [f"20{drawn.randrange(18, 26)}-0{drawn.randrange(1, 10)}-1{drawn.randrange(10)}"
                   for _ in range(ROWS)],
        "x_stamp": [f"1{drawn.randrange(9)}.03.2024 1{drawn.randrange(9)}:3{drawn.randrange(9)}:00"
                    for _ in range(ROWS)],
        "x_german_date": [f"1{n % 9}.0{drawn.randrange(1, 9)}.2023" for n in range(ROWS)],
        "x_remark": choice("no change since the last visit, sleeps better",
                           "feels well and wants to go on with the treatment"),
    }  # fmt: skip


def drawn_file(drawn: random.Random, pool: dict[str, list[str]]) -> dict[str, list[str]]:
    """Draw an episodes file: ids of one of several forms and five of the tricky columns."""
    ids = sorted(name for name in pool if name.startswith("id_"))
    others = sorted(set(pool) - set(ids))
    return {
        "episode_id": [f"E{n:05}" for n in range(ROWS)],
        "patient_id": pool[drawn.choice(ids)],
        "modality": ["rtms"] * ROWS,
        **{name: pool[name] for name in drawn.sample(others, 5)},
    }


def text_of(columns: dict[str, list[str]]) -> str:
    quoted = [
        [f'"{v}"' if "," in v and v[0] != '"' else v for v in values]
        if any("," in v for v in values)
        else values
        for values in columns.values()
    ]
    return "\n".join([",".join(columns), *map(",".join, zip(*quoted, strict=True))]) + "\n"


def mapping_of(columns: dict[str, list[str]]) -> str:
    mapped = [n for n in list(columns)[3:] if not n.startswith("x_") and n != "site"]
    return "[fields]\n" + "".join(f'{name}_f = "{name}"\n' for name in mapped)


@pytest.mark.slow
def test_every_needle_is_found_and_none_stays_anywhere(
    clinic, tmp_path, monkeypatch, capfd, caplog
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "temporary").mkdir()
    clinic.load(episodes="episode_id,patient_id,modality\nE1,P1,rtms\n")
    before = clinic.snapshot()
    drawn = random.Random(20_261)
    pool, needles, missed, said = tricky_columns(drawn), [], [], []
    for number in range(FILES):
        columns = drawn_file(drawn, pool)
        kind = KINDS[number % len(KINDS)]
        needle = identifier(drawn, kind)
        name = drawn.choice([name for name in columns if name != "modality"])
        row = drawn.randrange(ROWS)
        columns[name] = [*columns[name]]
        columns[name][row] = needle
        file = clinic.write("export.csv", text_of(columns))
        names = [n for n in list(columns)[3:] if not n.startswith("x_") and n != "site"]
        mapping = Mapping(fields={f"{n}_f": n for n in names if number % 2})
        needles.append(needle.strip('"'))
        try:
            import_files(clinic.store, [file], mapping)
        except IdentityFound as refused:
            said.append(str(refused))
            if (refused.line, refused.column) != (row + 2, name):
                missed.append((kind, needle, name, str(refused)))
        else:
            missed.append((kind, needle, name, "imported"))
        file.unlink()
    assert missed == []
    assert clinic.snapshot() == before
    out = capfd.readouterr()
    places = [f.read_bytes() for root in (clinic.store, tmp_path / "temporary")
              for f in root.rglob("*") if f.is_file()]  # fmt: skip
    places += [text.encode() for text in (*said, out.out, out.err, caplog.text)]
    everything = b"\n".join(places)
    found = [n for n in needles for code in ("utf-8", "utf-16-le", "utf-16-be")
             if n.encode(code) in everything]  # fmt: skip
    assert found == []
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.slow
def test_at_most_one_clean_file_in_a_hundred_is_refused(look) -> None:
    drawn = random.Random(20_262)
    pool, refused = tricky_columns(drawn), []
    for _ in range(FILES):
        columns = drawn_file(drawn, pool)
        try:
            look(text_of(columns), mapping_of(columns))
        except IdentityFound as error:
            refused.append(str(error))
    assert len(refused) <= FILES / 100, refused
