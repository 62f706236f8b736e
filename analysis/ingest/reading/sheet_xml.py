"""The parts of a workbook as streams: rows of a sheet, its shared texts, elements of small parts.

They are read by expat as they come, so that memory does not grow with the rows, and a formula is
seen together with the value that was stored for it. Document types and entities are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from xml.parsers import expat

PIECE = 1 << 18
# Without any element in so many pieces there is one endless sign: no workbook is written so.
MOST_SILENT = 64
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
LONGEST_CELL = 100_000
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class Readable(Protocol):
    """What a part is read from."""

    def read(self, size: int, /) -> bytes: ...


class DamagedPart(Exception):
    """A part of a workbook that is not what a workbook holds; never leaves this package."""


class _LocalNames(dict[str, str]):
    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(" ")[2]
        return self[name]


def feed(stream: Readable, handler: Any) -> Iterator[None]:
    """Parse a part piece by piece with the handler's `start`, `end` and `text`; yield after each.

    Raises DamagedPart for what is no XML, has a document type, or is one endless sign.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    silent = seen = 0
    try:
        while piece := stream.read(PIECE):
            parser.Parse(piece, False)
            silent = silent + 1 if handler.elements == seen else 0
            seen = handler.elements
            if silent > MOST_SILENT:
                raise DamagedPart("no element for too long")
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DamagedPart(str(error)) from error
    yield


def _refuse(*found: object) -> None:
    raise DamagedPart("a document type or an entity is declared")


@dataclass
class Elements:
    """Gathers the elements of a small part: local name and attributes by local name."""

    found: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    elements: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.found.append((name.rpartition(" ")[2], local))

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


@dataclass
class SharedTexts:
    """Gathers the shared texts of a workbook, without the reading aids beside them."""

    texts: list[str] = field(default_factory=list)
    elements: int = 0
    _names: _LocalNames = field(default_factory=_LocalNames)
    _parts: list[str] = field(default_factory=list)
    _open: bool = False
    _aid: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        local = self._names[name]
        if local == "si":
            self._parts = []
        elif local == "rPh":
            self._aid = True
        elif local == "t":
            self._open = not self._aid

    def end(self, name: str) -> None:
        local = self._names[name]
        if local == "si":
            self.texts.append(unescaped("".join(self._parts)))
        elif local == "rPh":
            self._aid = False
        elif local == "t":
            self._open = False

    def text(self, text: str) -> None:
        if self._open:
            self._parts.append(text)


def unescaped(text: str) -> str:
    """Return a text of a workbook with its written-out control signs, such as _x000D_, as signs."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    usable = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return chr(code) if usable else found[0]


def column_of(letters: str) -> int:
    """Return the place of a column, from 0, that a workbook calls A, B, ... AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Cell(NamedTuple):
    """One cell as it is stored: its column from 0, type, style, stored text, whether a formula."""

    column: int
    kind: str
    style: str
    value: str | None
    formula: bool


@dataclass
class SheetRows:
    """Gathers the rows of a sheet as they are read: row number and cells; `ready` is emptied.

    `merged` and `hidden` count the merged places and the hidden rows met so far.
    """

    ready: list[tuple[int, list[Cell]]] = field(default_factory=list)
    merged: int = 0
    hidden: int = 0
    last_row: int = 0
    elements: int = 0
    _names: _LocalNames = field(default_factory=_LocalNames)
    _columns: dict[str, int] = field(default_factory=dict)
    _cells: list[Cell] = field(default_factory=list)
    _cell: tuple[int, str, str] | None = None
    _value: str | None = None
    _formula: bool = False
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _open: bool = False
    _aid: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        local = self._names[name]
        if local == "c":
            before = self._cells[-1].column if self._cells else -1
            reference = attributes.get("r")
            at = before + 1 if reference is None else self._column(reference)
            if at <= before or at >= MOST_COLUMNS:
                raise DamagedPart("cells out of order")
            self._cell = (at, attributes.get("t", "n"), attributes.get("s", "0"))
            self._value, self._formula = None, False
            self._parts, self._length = [], 0
        elif local == "v" or local == "t":
            self._open = self._cell is not None and not self._aid
        elif local == "f":
            self._formula = True
        elif local == "rPh":
            self._aid = True
        elif local == "row":
            number = int(attributes.get("r", self.last_row + 1))
            if not self.last_row < number <= MOST_ROWS:
                raise DamagedPart("rows out of order")
            self.last_row, self._cells = number, []
            self.hidden += attributes.get("hidden") in ("1", "true")
        elif local == "mergeCell":
            self.merged += 1

    def end(self, name: str) -> None:
        local = self._names[name]
        if local == "v" or local == "t":
            self._open = False
            if self._cell is not None:
                self._value = "".join(self._parts)
        elif local == "c" and self._cell is not None:
            if self._value is not None or self._formula:
                self._cells.append(Cell(*self._cell, self._value, self._formula))
            self._cell = None
        elif local == "rPh":
            self._aid = False
        elif local == "row" and self._cells:
            self.ready.append((self.last_row, self._cells))

    def text(self, text: str) -> None:
        if self._open and self._length <= LONGEST_CELL:
            self._length += len(text)
            self._parts.append(text)

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if letters not in self._columns:
            if not re.fullmatch("[A-Z]{1,3}", letters):
                raise DamagedPart("a cell without a place")
            self._columns[letters] = column_of(letters)
        return self._columns[letters]
