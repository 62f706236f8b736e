"""Encodings, delimiters, headers and cuts of text files: declared or certain, never guessed."""

import random

import pytest

from analysis.errors import InputError, OutcomesError

HEADER = "episode_id,instrument,day,score,site\n"
ROWS = "E1,phq9,0,20,Zürich\nE1,phq9,42,4,Zürich\n"
GOOD = HEADER + ROWS
EXPECTED = [(2, "E1", "phq9", "0", "20", "Zürich"), (3, "E1", "phq9", "42", "4", "Zürich")]

ENCODED = {
    "A07 UTF-8 with a mark": (GOOD.encode("utf-8-sig"), "", ()),
    "UTF-8 declared": (GOOD.encode(), '[file]\nencoding = "utf-8"\n', ()),
    "A05 UTF-16 little end": (
        b"\xff\xfe" + GOOD.encode("utf-16-le"),
        "",
        ("read as UTF-16, as its first bytes say",),
    ),
    "A05 UTF-16 big end": (
        b"\xfe\xff" + GOOD.encode("utf-16-be"),
        "",
        ("read as UTF-16, as its first bytes say",),
    ),
    "UTF-16 without a mark, declared": (
        GOOD.encode("utf-16-le"),
        '[file]\nencoding = "UTF-16-LE"\n',
        ("read as utf-16-le, as the mapping declares",),
    ),
    "windows-1252 declared": (
        GOOD.encode("windows-1252"),
        '[file]\nencoding = "windows-1252"\n',
        ("read as windows-1252, as the mapping declares",),
    ),
    "a mark is more certain than a declaration": (
        GOOD.encode("utf-8-sig"),
        '[file]\nencoding = "windows-1252"\n',
        (),
    ),
}


@pytest.mark.parametrize(("content", "mapping", "notes"), ENCODED.values(), ids=ENCODED)
def test_an_encoding_is_what_the_file_or_the_mapping_says(reader, content, mapping, notes):
    (staged,) = reader(content, mapping=mapping)
    assert staged.header[0] == "episode_id"
    assert reader.rows(staged) == EXPECTED
    assert staged.notes == notes


def test_utf16_is_known_by_its_own_hash(reader):
    (first,) = reader(b"\xff\xfe" + GOOD.encode("utf-16-le"))
    (second,) = reader(GOOD.encode())
    assert first.sha256 != second.sha256


def test_bytes_without_meaning_are_kept_aside_with_their_row(reader):
    content = GOOD.encode("windows-1252").replace(b"42,4,Z\xfcrich", b"42,4,Z\x81rich")
    (staged,) = reader(content, mapping='[file]\nencoding = "windows-1252"\n')
    assert reader.rows(staged) == EXPECTED[:1]
    assert reader.malformed(staged) == [(3, "not_utf8")]


def test_a_header_in_another_encoding_is_refused_until_it_is_declared(reader):
    content = GOOD.replace("site", "größe").encode("windows-1252")
    with pytest.raises(InputError, match="the header is not UTF-8") as refused:
        reader(content)
    assert refused.value.code == "E105"
    (staged,) = reader(content, mapping='[file]\nencoding = "windows-1252"\n')
    assert staged.header[-1] == "größe"


DELIMITED = {
    "semicolons": (";", "x.csv", '[file]\ndelimiter = ";"\n'),
    "tabs": ("\t", "x.csv", '[file]\ndelimiter = "\\t"\n'),
    "strokes": ("|", "x.txt", '[file]\ndelimiter = "|"\n'),
    "tabs by name": ("\t", "x.tsv", ""),
    "commas in a .txt": (",", "x.txt", ""),
    "commas in a .tsv, declared": (",", "x.tsv", '[file]\ndelimiter = ","\n'),
}


@pytest.mark.parametrize(("sign", "name", "mapping"), DELIMITED.values(), ids=DELIMITED)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["by the engine", "row by row"])
def test_a_declared_delimiter_separates_fields(reader, sign, name, mapping, end):
    content = GOOD.replace(",", sign).replace("\n", end)
    (staged,) = reader(content, name, mapping)
    assert reader.rows(staged) == EXPECTED


UNDECLARED = {
    "B08-semicolons": (GOOD.replace(",", ";"), "x.csv", "", 'delimiter = ";"'),
    "B08-decimal comma": (
        "episode_id;instrument;day;score\nE1;madrs;0;10,5\n",
        "x.csv",
        "",
        'decimal = ","',
    ),
    "B08-a comma in a name": (
        "episode_id;instrument;day;score (0,27)\nE1;phq9;0;10,5\n",
        "x.csv",
        "",
        'delimiter = ";"',
    ),
    "tabs": (GOOD.replace(",", "\t"), "x.csv", "", 'delimiter = "\\t"'),
    "strokes": (GOOD.replace(",", "|"), "x.csv", "", 'delimiter = "|"'),
    "semicolons in a .tsv": (GOOD.replace(",", ";"), "x.tsv", "", 'delimiter = ";"'),
    "commas, semicolons declared": (GOOD, "x.csv", '[file]\ndelimiter = ";"\n', '","'),
}


@pytest.mark.parametrize(
    ("content", "name", "mapping", "hint"), UNDECLARED.values(), ids=UNDECLARED
)
def test_an_undeclared_delimiter_is_refused_with_what_to_write(
    reader, content, name, mapping, hint
):
    with pytest.raises(InputError) as refused:
        reader(content, name, mapping)
    assert refused.value.code == "E208"
    assert hint in str(refused.value)


HEADERS = {
    "B02-twice": ("episode_id,score,score", "E202"),
    "B02-twice with blanks around both": ("episode_id, score , score ", "E202"),
    "B03-blanks and a capital": ("episode_id, Score ,score", "E203"),
    "B03-capitals": ("Episode_ID,episode_id,score", "E203"),
    "B03-two blanks inside": ("episode_id,total score,total  score", "E203"),
    "B03-an invisible sign": ("episode_id,score,score\u200b", "E203"),
    "B03-full width": ("episode_id,score,\uff33core", "E203"),
    "no name": ("episode_id,,score", "E201"),
    "no name but a no-break space": ("episode_id,\u00a0,score", "E201"),
}


@pytest.mark.parametrize(("header", "code"), HEADERS.values(), ids=HEADERS)
def test_column_names_must_be_told_apart(reader, header, code):
    with pytest.raises(InputError) as refused:
        reader(header + "\nE1,1,2\n")
    assert (refused.value.code, refused.value.line) == (code, 1)


REFUSED = {
    "A01": ("", "E101", None),
    "A02": (HEADER, "E102", None),
    "A02-blank lines": (HEADER + "\n\n", "E102", None),
    "A02-no line end": (HEADER.strip(), "E102", None),
    "A08": (HEADER + ROWS + "E1,ph\0q9,1,2,\n", "E108", 4),
    "A10-in the first row": (HEADER + "E1,phq9,0", "E110", 2),
    "A10-in the last field": (GOOD.rstrip("\n"), "E110", 3),
    "A10-in a quote": (GOOD + 'E1,phq9,50,3,"Zü', "E110", 4),
    "A10-in a quote after a line break": (GOOD + 'E1,phq9,50,3,"Zü\n', "E110", 4),
}


@pytest.mark.parametrize(("content", "code", "line"), REFUSED.values(), ids=REFUSED)
def test_a_file_without_whole_rows_is_refused(reader, content, code, line):
    with pytest.raises(InputError) as refused:
        reader(content)
    assert (refused.value.code, refused.value.line) == (code, line)


def test_no_cut_inside_a_row_is_read_in_part(reader):
    """A10: fifty cuts inside the last rows that remain, of a file with quotes and Windows ends."""
    draw = random.Random(20250331)
    lines = [f'E{n},phq9,{n},{n % 28},"site, {n}"' for n in range(1, 200)]
    whole = (HEADER + "\n".join(lines) + "\n").replace("\n", "\r\n").encode()
    ends = {at + 1 for at, byte in enumerate(whole) if byte in b"\r\n"}
    inside = [at for at in range(len(HEADER) + 3, len(whole)) if at not in ends]
    for at in draw.sample(inside, 50):
        with pytest.raises(InputError) as refused:
            reader(whole[:at])
        assert refused.value.code == "E110"


def test_a_file_that_never_ends_its_last_line_is_read_where_that_is_declared(reader):
    mapping = "[file]\nunterminated = true\n"
    (staged,) = reader(GOOD.rstrip("\n"), mapping=mapping)
    assert reader.rows(staged) == EXPECTED
    with pytest.raises(InputError, match="fewer fields") as refused:
        reader(GOOD + "E1,phq9,50", mapping=mapping)
    assert (refused.value.code, refused.value.line) == ("E110", 4)


@pytest.mark.parametrize("declared", ["rows = 2", 'rows = { "x.csv" = 2 }'])
def test_a_declared_number_of_rows_shows_a_cut_between_rows(reader, declared):
    mapping = f"[file]\n{declared}\n"
    (staged,) = reader(GOOD, mapping=mapping)
    assert staged.rows == 2
    cut = GOOD[: GOOD.index("E1,phq9,42")]
    with pytest.raises(InputError, match="holds 1 rows and 2 are declared") as refused:
        reader(cut, mapping=mapping)
    assert refused.value.code == "E110"


def test_the_number_of_rows_of_another_file_says_nothing(reader):
    (staged,) = reader(GOOD, mapping='[file]\nrows = { "y.csv" = 7 }\n')
    assert staged.rows == 2


def test_b09_a_very_long_field_is_kept_aside(reader):
    (staged,) = reader(GOOD + f"E1,phq9,50,3,{'x' * 200_000}\nE1,phq9,51,3,north\n")
    assert reader.malformed(staged) == [(4, "line_too_long")]
    assert [row[0] for row in reader.rows(staged)] == [2, 3, 5]


@pytest.mark.parametrize(("row", "rule"), [("E1,phq9,9,9,a,b", "too_many_fields"),
                         ("E1,phq9", "too_few_fields")], ids=["B05", "B06"])  # fmt: skip
def test_a_row_of_another_width_is_kept_aside(reader, row, rule):
    (staged,) = reader(HEADER + row + "\n" + ROWS)
    assert staged.header == ("episode_id", "instrument", "day", "score", "site")
    assert reader.malformed(staged) == [(2, rule)]
    assert len(reader.rows(staged)) == 2


SLIPS = {
    'encoding = "utf-7"': "encoding must be one of",
    'delimiter = "::"': "delimiter must be one of",
    "delimiter = []": "delimiter must be one of",
    'decimal = "·"': "decimal must be one of",
    "excel_epoch = 1905": "excel_epoch must be one of 1900, 1904",
    "excel_epoch = {}": "excel_epoch must be one of 1900, 1904",
    'sheets = "Scores"': "sheets must be a list of names",
    "rows = 0": "rows must be a whole number",
    "rows = true": "rows must be a whole number",
    'rows = { "x.csv" = "2" }': "rows must be a whole number",
    'unterminated = "yes"': "unterminated must be true or false",
    'dates = "DD/MM"': "dates must be day, month and year",
    'dates = "DD/DD/YYYY"': "dates must be day, month and year",
    'dates = "month first"': "dates must be day, month and year",
    'dates = ["DD/MM/YYYY"]': "dates must be day, month and year",
    'dates = "DD/MM/YY"': "a year of two digits",
    'encodng = "utf-8"': 'did you mean "encoding"',
}


@pytest.mark.parametrize(("line", "sentence"), SLIPS.items(), ids=SLIPS)
def test_a_slip_in_the_section_is_named(reader, line, sentence):
    with pytest.raises(OutcomesError) as refused:
        reader.mapping(f"[file]\n{line}\n")
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("map.toml: [file] ")
