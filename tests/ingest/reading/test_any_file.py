"""Any bytes: a table whose rows are all there, or a sentence; never a traceback, nothing left."""

import io
import shutil
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputError, OutcomesError
from analysis.ingest import import_files
from analysis.ingest.reading import Staged, kinds
from analysis.ingest.reading.sheet_rows import batches
from analysis.ingest.reading.sheet_xml import DamagedPart, SheetRows, feed
from analysis.store import open_store

SETTINGS = settings(suppress_health_check=list(HealthCheck))
HEADER = "episode_id,patient_id,modality,start_date,site\n"
GOOD = (HEADER + 'E1,P1,rtms,2025-03-31,"Z\u00fcrich, 1"\nE2,P2,ect,2025-04-01,north\n').encode()
STARTS = [first for first, *_ in kinds.BINARY] + [
    *(kinds.OLE, *kinds.ZIPS, b"PAR1", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"MZ", b"ID3")
]


def book() -> bytes:
    made = openpyxl.Workbook()
    made.active.append(["episode_id", "patient_id", "modality"])
    made.active.append(["E1", "P1", "rtms"])
    made.active.append(["E2", "P2", "=A1"])
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


BOOK = book()


def read(reader, content: bytes, name: str = "x.csv") -> None:
    """Read a file; whatever it holds, the rows add up or a sentence names the file."""
    found: list[Staged] | InputError
    try:
        found = reader(content, name)
    except InputError as error:
        found = error
    if isinstance(found, InputError):
        assert str(found).startswith(name)
        assert str(found).isprintable()
        return
    for staged in found:
        assert staged.rows == len(reader.rows(staged)) + len(reader.malformed(staged)) > 0
        lines = [row[0] for row in (*reader.rows(staged), *reader.malformed(staged))]
        assert len(set(lines)) == len(lines)


@settings(SETTINGS, max_examples=50)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=600))
def test_any_bytes_after_any_signature(reader, start, rest):
    read(reader, start + rest)


@settings(SETTINGS, max_examples=60)
@given(
    text=st.text(max_size=200),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "windows-1252"]),
)
def test_any_text_in_any_encoding(reader, text, encoding):
    read(reader, HEADER.encode() + text.encode(encoding, "ignore"))
    read(reader, (HEADER + text).encode(encoding, "ignore"))


@settings(SETTINGS, max_examples=40)
@given(
    at=st.integers(0, len(BOOK) - 1), bits=st.integers(1, 255), cut=st.booleans(), more=st.binary()
)
def test_a_workbook_with_a_changed_byte(reader, at, bits, cut, more):
    content = BOOK[:at] + bytes([BOOK[at] ^ bits]) + BOOK[at + 1 :]
    read(reader, content[: at + 1] + more if cut else content, "x.xlsx")


with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
    PARTS = {name: archive.read(name) for name in archive.namelist()}


@settings(SETTINGS, max_examples=60)
@given(data=st.data())
def test_a_workbook_with_a_changed_part(reader, zipped, data):
    """The archive is sound and a part of it is not: cut, overwritten, or with something put in."""
    part = data.draw(st.sampled_from(sorted(PARTS)))
    whole = PARTS[part]
    at = data.draw(st.integers(0, len(whole)))
    to = data.draw(st.integers(at, min(len(whole), at + 30)))
    put = data.draw(
        st.sampled_from(
            [b"", b"<", b"9", b"-1", b'"', b"\0", b"<v>", b"</row>", b"&lt;", b"\xff", b"1e999"]
        )
    )
    read(reader, zipped({**PARTS, part: whole[:at] + put + whole[to:]}), "x.xlsx")


def sheet_rows(content: bytes, usual: bool) -> list | str:
    """Return the rows of a sheet by the pattern or by XML alone, or that it is broken."""
    gathered = SheetRows()
    rows: list = []
    try:
        if usual:
            for ready in batches(io.BytesIO(content), gathered):
                rows += ready
        else:
            for _ in feed(io.BytesIO(content), gathered):
                rows += gathered.ready
                gathered.ready = []
    except (DamagedPart, ValueError):
        return "broken"
    return [(number, [tuple(cell) for cell in cells]) for number, cells in rows]


SHEET = PARTS["xl/worksheets/sheet1.xml"]
PUT = [
    *("", "<", "9", '"', "</row>", "&lt;", "&#49;", "<v>", "<v/>", "<!-- -->", " ", "<f/>", "é"),
    *('<row r="9" hidden="1"/>', "<![CDATA[a]]>", "&amp;amp;", '<c r="Z9"/>', "\r\n", "]]>"),
    *("\x01", "\uffff", "\t", "\u2028"),
]


@settings(SETTINGS, max_examples=400)
@given(
    at=st.integers(0, len(SHEET)), lost=st.sampled_from([0, 0, 1, 4, 9]), put=st.sampled_from(PUT)
)
def test_both_ways_to_read_a_sheet_give_the_same(at, lost, put):
    content = SHEET[:at] + put.encode() + SHEET[at + lost :]
    assert sheet_rows(content, usual=True) == sheet_rows(content, usual=False)


@pytest.fixture(scope="module")
def stored(clinic_of_this_file):
    clinic_of_this_file.load(episodes=HEADER + "E0,P0,rtms,2025-01-01,north\n")
    return clinic_of_this_file


def content_of(store):
    """What is stored, without the log, in which a refused file leaves a line."""
    with open_store(store) as opened:
        data = opened.manifest.data
        return opened.snapshot, data, opened.rows("select * from episode order by all")


MUTATED = st.tuples(
    st.sampled_from([GOOD, b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), BOOK]),
    st.floats(0, 1),
    st.sampled_from([b"", b"\0", b'"', b"\n", b",", b"\xff", b"PK", b";" * 9]),
    st.integers(0, 3),
)


@settings(SETTINGS, max_examples=13)
@given(drawn=MUTATED)
def test_a_file_that_is_refused_leaves_the_store_as_it_was(stored, drawn):
    whole, place, put, lost = drawn
    at = int(place * len(whole))
    path = stored.write("any.bin", whole[:at] + put + whole[at + lost :])
    store = stored.folder / "copy"
    shutil.rmtree(store, ignore_errors=True)
    shutil.copytree(stored.store, store)
    before = content_of(store)
    refused, report = None, None
    try:
        report = import_files(store, [path])
    except OutcomesError as error:
        refused = error
    if report is None:
        assert "\n" not in str(refused)
        assert content_of(store) == before
        assert not list(store.glob("*.part*"))
        return
    for file in report.files:
        assert file.rows_read == file.loaded + file.quarantined + file.exact_duplicates
