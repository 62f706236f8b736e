"""What a file is follows from its content: other kinds are refused by name, whatever the ending."""

import zipfile

import pytest

from analysis.errors import InputError
from analysis.ingest.reading import kinds

OLE = kinds.OLE
GOOD = "episode_id,instrument,day,score\nE1,phq9,0,20\n"
BINARY = {
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG picture"),
    "GIF": (b"GIF89a\x01\0\x01\0", "a GIF picture"),
    "TIFF": (b"II*\0\x08\0\0\0", "a TIFF picture"),
    "BMP": (b"BM\x36\0\0\0\0\0\0\0", "a bitmap picture"),
    "WebP": (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP picture"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
    "RTF": (b"{\\rtf1\\ansi a,b}\n", "an RTF document"),
    "exe": (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "a program"),
    "elf": (b"\x7fELF\x02\x01\x01\0", "a program"),
    "class": (b"\xca\xfe\xba\xbe\0\0\0\x34", "a program"),
    "wasm": (b"\0asm\x01\0\0\0", "a program"),
    "gz": (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive"),
    "bz2": (b"BZh91AY&SY\xaa\xbb", "a bzip2 archive"),
    "xz": (b"\xfd7zXZ\0\0\x04", "an xz archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip archive"),
    "rar": (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\0", "a zstd archive"),
    "tar": (b"a.csv" + b"\0" * 252 + b"ustar\00000", "a tar archive"),
    "sqlite": (b"SQLite format 3\0\x10\0", "an SQLite database"),
    "mp3 with a title": (b"ID3\x04\0\0\0\0\0\x23TSSE", "an MP3 sound"),
    "mp3": (b"\xff\xfb\x90\x44\0\0", "an MP3 sound"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV sound"),
    "mp4": (b"\0\0\0\x20ftypisom", "a film"),
    "DICOM": (b"\0" * 128 + b"DICM\x02\0", "a DICOM picture"),
    "HDF5": (b"\x89HDF\r\n\x1a\n\0", "an HDF5 file"),
    "web page": (b"<!DOCTYPE html>\n<table><tr><td>1</td></tr></table>\n", "a web page"),
    "XML": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<Workbook/>\n', "an XML file"),
    "doc": (OLE + b"\0" * 64 + "WordDocument".encode("utf-16-le"), "an old Office document"),
}


@pytest.mark.parametrize(("content", "what"), BINARY.values(), ids=[f"A04-{b}" for b in BINARY])
def test_another_kind_of_file_is_refused_by_its_content(reader, content, what):
    with pytest.raises(InputError) as refused:
        reader(content + b"a,b\n" * 100)
    assert refused.value.code == "E104"
    assert str(refused.value).startswith(f"x.csv: is {what}, not a table")


@pytest.mark.parametrize(("folder", "what"), [("word", "a Word document"),
                         ("ppt", "a PowerPoint document"), ("data", "a zip archive")])  # fmt: skip
def test_an_archive_that_is_no_workbook_is_refused(reader, zipped, folder, what):
    content = zipped({"[Content_Types].xml": "<Types/>", f"{folder}/document.xml": "<d/>"})
    with pytest.raises(InputError, match=f"is {what}, not a table") as refused:
        reader(content, "x.xlsx")
    assert refused.value.code == "E104"


WORKBOOKS = {
    "xls": (OLE + b"\0" * 64 + "Workbook".encode("utf-16-le"), "an old Excel workbook (.xls)"),
    "password": (
        OLE + b"\0" * 64 + "EncryptedPackage".encode("utf-16-le"),
        "a workbook with a password",
    ),
    "SPSS": (b"$FL2@(#) SPSS DATA FILE", "an SPSS file"),
    "Stata": (b"<stata_dta><header>", "a Stata file"),
    "SAS": (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14", "a SAS file"),
}


@pytest.mark.parametrize(
    ("content", "what"), WORKBOOKS.values(), ids=[f"A13-{w}" for w in WORKBOOKS]
)
@pytest.mark.parametrize("name", ["x.xls", "x.xlsx", "x.csv"])
def test_a_table_of_another_program_is_named(reader, content, what, name):
    with pytest.raises(InputError) as refused:
        reader(content + b"\0" * 600, name)
    assert refused.value.code == "E113"
    assert f"{name}: is {what}" in str(refused.value)


MACROS = {
    "macro part": {"xl/workbook.xml": "<w/>", "xl/vbaProject.bin": b"\xcc\x61 macro"},
    "content type": {"xl/workbook.xml": "<w/>", "[Content_Types].xml": '<T t="x.macroEnabled"/>'},
    "macro elsewhere": {"xl/workbook.xml": "<w/>", "xl/other/VBAPROJECT.BIN": b"\xcc"},
}


@pytest.mark.parametrize("parts", MACROS.values(), ids=[f"A13-{m}" for m in MACROS])
def test_a_workbook_with_macros_is_refused_and_no_macro_is_read(reader, zipped, monkeypatch, parts):
    opened = []
    whole = zipfile.ZipFile.open

    def watched(self, part, *rest, **more):
        opened.append(getattr(part, "filename", part))
        return whole(self, part, *rest, **more)

    monkeypatch.setattr(zipfile.ZipFile, "open", watched)
    content = zipped({"[Content_Types].xml": "<Types/>", **parts})
    opened.clear()
    with pytest.raises(InputError, match=r"is a workbook with macros \(.xlsm\)") as refused:
        reader(content, "x.xlsx")
    assert refused.value.code == "E113"
    assert [part for part in opened if "vba" in part.lower()] == []


@pytest.mark.parametrize(("parts", "what"), [
    ({"xl/workbook.bin": b"\0"}, "a binary workbook"),
    ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, "an OpenDocument workbook"),
])  # fmt: skip
def test_a_workbook_of_another_form_is_named(reader, zipped, parts, what):
    with pytest.raises(InputError, match=f"is {what}") as refused:
        reader(zipped({"[Content_Types].xml": "<Types/>", **parts}), "x.xlsx")
    assert refused.value.code == "E113"


@pytest.mark.parametrize(
    "header",
    [
        "MZ,b",
        "BM_total,b",
        "ID3,b",
        "Rar,b",
        "7z,b",
        "II*,b",
        "PK,b",
        "day,ftyp",
        "BZh,b",
        "GIF89a,b",
        "a,b,c,d,WAVE",
    ],
)
def test_a_column_name_that_looks_like_a_signature_is_a_column_name(reader, header):
    (staged,) = reader(f"{header}\n{','.join('1' * len(header.split(',')))}\n")
    assert staged.header == tuple(header.split(","))


@pytest.mark.parametrize("name", ["x.png", "x.xlsx", "x", "x.parquet", "x.exe"])
def test_text_is_text_whatever_its_name(reader, name):
    (staged,) = reader(GOOD, name)
    assert reader.rows(staged) == [(2, "E1", "phq9", "0", "20")]


@pytest.mark.parametrize("local", [True, False])
def test_parquet_is_read_on_the_command_line_only(reader, local):
    path = reader.folder / "made.parquet"
    reader.con.execute(
        "copy (select '00123' as episode_id, 'phq9' as instrument, date '2025-03-31' as date, "
        f"12.0 as score, null as note) to '{path}' (format parquet)"
    )
    content = path.read_bytes()
    if local:
        (staged,) = reader(content, "x.csv", local=True)
        assert staged.header == ("episode_id", "instrument", "date", "score", "note")
        assert reader.rows(staged) == [(1, "00123", "phq9", "2025-03-31", "12.0", None)]
        return
    with pytest.raises(InputError, match="is read on the command line only") as refused:
        reader(content, "x.parquet", local=False)
    assert refused.value.code == "E112"


@pytest.mark.parametrize("cut", [4, 40, 200])
def test_a_damaged_parquet_file_is_refused(reader, cut):
    path = reader.folder / "made.parquet"
    reader.con.execute(f"copy (select 1 as a, 'x' as b) to '{path}' (format parquet)")
    with pytest.raises(InputError, match="damaged or cut off"):
        reader(path.read_bytes()[:cut], "x.parquet")


def test_a_file_above_the_limit_is_refused_before_it_is_read(reader, monkeypatch):
    """A11: one byte more than the limit; nothing but the first bytes is opened."""
    monkeypatch.setitem(kinds.MOST_BYTES, kinds.TEXT, len(GOOD))
    (staged,) = reader(GOOD)
    assert staged.rows == 1
    with pytest.raises(InputError, match="split it") as refused:
        reader(GOOD.replace("20", "200"))
    assert refused.value.code == "E111"


def test_a_sparse_file_above_the_limit_takes_no_memory(reader):
    path = reader.folder / "large.csv"
    with path.open("wb") as handle:
        handle.write(GOOD.encode())
        handle.truncate(kinds.MOST_BYTES[kinds.TEXT] + 1)
    with pytest.raises(InputError) as refused:
        kinds.kind_of(path, "large.csv")
    assert refused.value.code == "E111"
