"""What a workbook (.xlsx) is made of: sheets, shared texts and styles, none of it trusted."""

import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError
from analysis.ingest.reading.cells import (
    DATE_FORMATS,
    Fault,
    Understood,
    cell_text,
    shows_day,
)
from analysis.ingest.reading.kinds import MIB
from analysis.ingest.reading.sheet_rows import batches
from analysis.ingest.reading.sheet_xml import (
    Cell,
    DamagedPart,
    Elements,
    SharedTexts,
    SheetRows,
    feed,
)

# Unpacked sizes: everything, the texts (kept in memory), and parts that describe the others.
MOST_UNPACKED, MOST_TEXTS, MOST_SMALL, MOST_PARTS = 512 * MIB, 64 * MIB, 8 * MIB, 10_000
MOST_KNOWN = 50_000  # texts of cells that are kept to be used again
BROKEN = (
    *(DamagedPart, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(KeyError, ValueError, NotImplementedError, RuntimeError),
)


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn whatever a damaged part of a workbook raises into one sentence."""
    try:
        yield
    except BROKEN:
        raise InputError(
            name,
            "is a workbook that is damaged or cut off: open it, save it as .xlsx and try again.",
            code="E115",
        ) from None


@dataclass(frozen=True)
class Sheet:
    """One sheet with cells: its title, its part of the archive, whether it is hidden."""

    title: str
    part: str
    hidden: bool


class _Texts(dict[tuple[str, str, str | None, bool], tuple[str, Fault | None]]):
    """The texts of the cells met so far: most cells of a sheet hold what others held before."""

    def __init__(self, understood: Understood) -> None:
        super().__init__()
        self.understood = understood

    def __missing__(self, cell: tuple[str, str, str | None, bool]) -> tuple[str, Fault | None]:
        found = self[cell] = cell_text(Cell(0, *cell), self.understood)
        return found


@dataclass(frozen=True)
class Workbook:
    """An open workbook: its sheets in their order, and what their cells refer to."""

    name: str
    archive: zipfile.ZipFile
    sheets: tuple[Sheet, ...]
    understood: Understood

    def rows(
        self, sheet: Sheet, gathered: SheetRows
    ) -> Iterator[tuple[int, list[tuple[int, str, Fault | None]]]]:
        """Yield the number of each row and its cells: column from 0, text, the rule it breaks."""
        with damage_named(self.name), self.archive.open(sheet.part) as stream:
            texts = _Texts(self.understood)
            for ready in batches(stream, gathered):
                for number, cells in ready:
                    yield number, [(cell[0], *texts[cell[1:]]) for cell in cells]
                if len(texts) > MOST_KNOWN:
                    texts.clear()


@contextmanager
def open_workbook(path: Path, name: str) -> Iterator[Workbook]:
    """Open a workbook; macros, links and pictures in it are never touched.

    Raises InputError for one that is damaged, asks for a password, or unpacks to more than is read.
    """
    with closing(_archive(path, name)) as archive:
        with damage_named(name):
            book = _book_part(archive)
            names = {part.lower(): part for part in archive.namelist()}
            elements = _elements(archive, names[book])
            related = _related(archive, book, names)
            epoch = 1900
            for local, attributes in elements:
                if local == "workbookPr" and attributes.get("date1904") in ("1", "true", "on"):
                    epoch = 1904
            texts: list[str] = []
            for kind, part in related.values():
                if kind == "sharedStrings":
                    texts = _texts(archive, part, name)
            styles = next((part for kind, part in related.values() if kind == "styles"), None)
            sheets = tuple(
                Sheet(
                    attributes.get("name", ""),
                    related[attributes["id"]][1],
                    attributes.get("state", "visible") != "visible",
                )
                for local, attributes in elements
                if local == "sheet"
                and related.get(attributes.get("id", ""), ("",))[0] == "worksheet"
            )
            days = _day_styles(_elements(archive, styles)) if styles else frozenset()
        yield Workbook(name, archive, sheets, Understood(texts, days, epoch))


def _archive(path: Path, name: str) -> zipfile.ZipFile:
    with damage_named(name):
        archive = zipfile.ZipFile(path)
    parts = archive.infolist()
    problem = code = None
    if any(part.flag_bits & 1 for part in parts):
        problem, code = "is a workbook with a password: save it without the password.", "E113"
    elif len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        problem, code = (
            f"unpacks to more than the {MOST_UNPACKED // MIB:,} MiB that are read of a workbook: "
            "export its sheets as CSV UTF-8.",
            "E111",
        )
    if problem is not None:
        archive.close()
        raise InputError(name, problem, code=code)
    return archive


def _elements(archive: zipfile.ZipFile, part: str) -> list[tuple[str, dict[str, str]]]:
    if archive.getinfo(part).file_size > MOST_SMALL:
        raise DamagedPart("a part that describes others is too large")
    gathered = Elements()
    with archive.open(part) as stream:
        for _ in feed(stream, gathered):
            pass
    return gathered.found


def _book_part(archive: zipfile.ZipFile) -> str:
    """Return the name, in small letters, of the part that lists the sheets."""
    for local, attributes in _elements(archive, "_rels/.rels"):
        if local == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            return attributes["Target"].lstrip("/").lower()
    return "xl/workbook.xml"


def _related(
    archive: zipfile.ZipFile, book: str, names: dict[str, str]
) -> dict[str, tuple[str, str]]:
    """Return kind and part of whatever the workbook refers to inside the archive, by its id."""
    folder, file = posixpath.split(book)
    related = {}
    for local, attributes in _elements(archive, names[f"{folder}/_rels/{file}.rels"]):
        if local != "Relationship" or attributes.get("TargetMode") == "External":
            continue
        target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
        if target.lower() in names:
            kind = attributes["Type"].rpartition("/")[2]
            related[attributes["Id"]] = (kind, names[target.lower()])
    return related


def _texts(archive: zipfile.ZipFile, part: str, name: str) -> list[str]:
    if archive.getinfo(part).file_size > MOST_TEXTS:
        raise InputError(
            name,
            f"holds more than {MOST_TEXTS // MIB} MiB of text: export its sheets as CSV UTF-8.",
            code="E111",
        )
    gathered = SharedTexts()
    with archive.open(part) as stream:
        for _ in feed(stream, gathered):
            pass
    return gathered.texts


def _day_styles(elements: list[tuple[str, dict[str, str]]]) -> frozenset[str]:
    """Return the numbers of the cell styles that show a number as a day."""
    own, found, inside, number = {}, set(), False, 0
    for local, attributes in elements:
        if local == "numFmt" and "numFmtId" in attributes:
            own[attributes["numFmtId"]] = shows_day(attributes.get("formatCode", ""))
        elif local in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside, number = local == "cellXfs", 0
        elif local == "xf" and inside:
            code = attributes.get("numFmtId", "0")
            builtin = code.isdigit() and int(code) in DATE_FORMATS
            if own.get(code, builtin):
                found.add(str(number))
            number += 1
    return frozenset(found)
