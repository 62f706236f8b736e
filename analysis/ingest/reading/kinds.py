"""What a file is, by its first bytes and its parts, whatever its name says."""

import zipfile
import zlib
from pathlib import Path

from analysis.errors import InputError

TEXT, WORKBOOK, PARQUET = "text", "workbook", "parquet"
MIB = 1 << 20
# Text is read in pieces and a workbook sheet by sheet; what is larger is a slip or an attack.
MOST_BYTES = {TEXT: 4096 * MIB, PARQUET: 4096 * MIB, WORKBOOK: 100 * MIB}
HEAD = 1024
ARCHIVE = "unpack it and import the file inside"
EXPORT = "save it as CSV UTF-8 or as .xlsx"
NO_TABLE = "export the table as CSV UTF-8 or as .xlsx"
# First bytes, where they stand, what the file is. Those of letters alone could begin a column
# name: they count only where a control sign is near.
BINARY: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "a PNG picture"),
    (b"\xff\xd8\xff", 0, "a JPEG picture"),
    (b"GIF87a", 0, "a GIF picture"),
    (b"GIF89a", 0, "a GIF picture"),
    (b"II*\0", 0, "a TIFF picture"),
    (b"MM\0*", 0, "a TIFF picture"),
    (b"WEBP", 8, "a WebP picture"),
    (b"8BPS", 0, "a Photoshop picture"),
    (b"%PDF-", 0, "a PDF document"),
    (b"%!PS", 0, "a PostScript document"),
    (b"{\\rtf", 0, "an RTF document"),
    (b"\x7fELF", 0, "a program"),
    (b"\xca\xfe\xba\xbe", 0, "a program"),
    (b"\xfe\xed\xfa", 0, "a program"),
    (b"\xcf\xfa\xed\xfe", 0, "a program"),
    (b"\0asm", 0, "a program"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    *((b"BZh%d1AY&SY" % level, 0, "a bzip2 archive") for level in range(1, 10)),
    (b"\xfd7zXZ\0", 0, "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7-Zip archive"),
    (b"Rar!\x1a\x07", 0, "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", 0, "a zstd archive"),
    (b"ustar", 257, "a tar archive"),
    (b"SQLite format 3\0", 0, "an SQLite database"),
    (b"\x89HDF\r\n\x1a\n", 0, "an HDF5 file"),
    (b"ARROW1\0\0", 0, "an Arrow file"),
    (b"OggS\0", 0, "a sound"),
    (b"fLaC\0", 0, "a sound"),
    (b"\xff\xfb", 0, "an MP3 sound"),
    (b"\xff\xf3", 0, "an MP3 sound"),
    (b"\xff\xf2", 0, "an MP3 sound"),
    (b"WAVE", 8, "a WAV sound"),
    (b"ftyp", 4, "a film"),
    (b"DICM", 128, "a DICOM picture"),
    (b"wOFF", 0, "a font"),
    (b"MZ", 0, "a program"),
    (b"BM", 0, "a bitmap picture"),
    (b"ID3", 0, "an MP3 sound"),
)
# Tables of programs that can save them in another form: first bytes, what the file is.
OTHER_TABLES: tuple[tuple[bytes, str], ...] = (
    (b"$FL2@(#)", "an SPSS file"),
    (b"$FL3@(#)", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "a SAS file"),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def kind_of(path: Path, name: str, local: bool = True) -> str:
    """Return whether a file is text, a workbook or Parquet, by its content and not by its name.

    Parquet is read only where the caller is `local`: the engine's own reader opens it. Raises
    InputError for everything else that is known, for an empty file and for one that is too large.
    """
    size = path.stat().st_size
    if size == 0:
        raise InputError(name, "is empty.", code="E101")
    with path.open("rb") as handle:
        head = handle.read(HEAD)
        kind = _kind(path, name, head)
    if size > MOST_BYTES[kind]:
        most = MOST_BYTES[kind] // MIB
        raise InputError(
            name,
            f"is larger than the {most:,} MiB that are read of {_article(kind)}: split it.",
            code="E111",
        )
    if kind == PARQUET and not local:
        raise InputError(
            name,
            "is a Parquet file, which is read on the command line only: use trd-outcomes import, "
            "or export it as CSV UTF-8.",
            code="E112",
        )
    return kind


def _article(kind: str) -> str:
    return {TEXT: "a text file", WORKBOOK: "a workbook", PARQUET: "a Parquet file"}[kind]


def _kind(path: Path, name: str, head: bytes) -> str:
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(ZIPS):
        return _zipped(path, name)
    if head.startswith(OLE):
        raise _compound(path, name)
    for first, what in OTHER_TABLES:
        if head.startswith(first):
            raise InputError(name, f"is {what}: {NO_TABLE}.", code="E113")
    control = any(byte < 9 for byte in head[:300])
    for first, at, what in BINARY:
        if head[at : at + len(first)] == first and (control or not first.isalnum()):
            raise _binary(name, what)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        what = "an XML file" if start.startswith(b"<?xml") else "a web page"
        raise InputError(name, f"is {what}, not a table of text: {NO_TABLE}.", code="E104")
    return TEXT


def _binary(name: str, what: str) -> InputError:
    todo = ARCHIVE if what.endswith("archive") else NO_TABLE
    return InputError(name, f"is {what}, not a table: {todo}.", code="E104")


def _zipped(path: Path, name: str) -> str:
    """Return that a zip archive is a workbook; raises InputError for every other one."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = set(archive.namelist())
            types = _small_part(archive, "[Content_Types].xml")
            mimetype = _small_part(archive, "mimetype")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError):
        raise InputError(
            name, f"is a zip archive that is damaged or cut off: {EXPORT} again.", code="E104"
        ) from None
    lowered = {part.lower() for part in parts}
    if any(part.endswith("vbaproject.bin") for part in lowered) or b"macroenabled" in types.lower():
        what = "a workbook with macros (.xlsm)"
    elif "xl/workbook.bin" in lowered:
        what = "a binary workbook (.xlsb)"
    elif b"opendocument.spreadsheet" in mimetype:
        what = "an OpenDocument workbook (.ods)"
    elif any(part.startswith("xl/") for part in lowered) and "[content_types].xml" in lowered:
        return WORKBOOK
    elif any(part.startswith("word/") for part in lowered):
        raise _binary(name, "a Word document")
    elif any(part.startswith("ppt/") for part in lowered):
        raise _binary(name, "a PowerPoint document")
    else:
        raise _binary(name, "a zip archive")
    raise InputError(name, f"is {what}, which is not read: {EXPORT}.", code="E113")


def _small_part(archive: zipfile.ZipFile, part: str) -> bytes:
    """Return the beginning of a part of an archive, empty where there is none."""
    if part not in archive.namelist() or archive.getinfo(part).flag_bits & 1:
        return b""
    try:
        with archive.open(part) as handle:
            return handle.read(MIB)
    except (zipfile.BadZipFile, EOFError, RuntimeError, zlib.error):
        return b""


def _compound(path: Path, name: str) -> InputError:
    """Return the error for the container of old Office files, by the streams that it names."""
    with path.open("rb") as handle:
        content = handle.read(64 * MIB)
    for stream, what in (
        ("EncryptedPackage", "a workbook with a password"),
        ("Workbook", "an old Excel workbook (.xls)"),
        ("Book", "an old Excel workbook (.xls)"),
    ):
        if stream.encode("utf-16-le") in content:
            todo = "save it without the password" if "password" in what else EXPORT
            return InputError(name, f"is {what}, which is not read: {todo}.", code="E113")
    if path.suffix.lower() in {".xls", ".xlt"}:
        what = "an old Excel workbook (.xls)"
        return InputError(name, f"is {what}, which is not read: {EXPORT}.", code="E113")
    return _binary(name, "an old Office document")
