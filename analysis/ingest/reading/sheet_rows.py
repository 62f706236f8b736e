"""The rows of a sheet, quickly: those in the form that programs write by a pattern, others by XML.

A pattern takes rows only as long as every sign of them is what it expects. From the first one that
is otherwise, and for all that is not a row, the XML reader goes on; both give the same cells.
"""

import re
from collections.abc import Iterator
from typing import IO

from analysis.ingest.reading.sheet_xml import (
    MOST_COLUMNS,
    MOST_ROWS,
    PIECE,
    DamagedPart,
    SheetRows,
    column_of,
    feed,
)

Stored = tuple[int, str, str, str | None, bool]  # a cell, made without a name for each of its parts
Rows = list[tuple[int, list[Stored]]]
LONGEST_HEAD = 1 << 20
# A cell: place, style, type, formula, its stored value or its own text.
CELL = (
    r'<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d{1,5})")?(?: t="(n|s|b|str|inlineStr)")?(?: ?/>|>'
    r'(<f(?: \w+="[^"<]*")*+(?: ?/>|>[^<]*</f>))?'
    r'(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
CELLS = re.compile(CELL)
UNGROUPED = CELL.replace("([A-Z]", "(?:[A-Z]").replace("([^<]", "(?:[^<]")
UNGROUPED = UNGROUPED.replace(r"(\d", r"(?:\d").replace("(n|", "(?:n|").replace("(<f", "(?:<f")
ROW = re.compile(
    r'<row r="(\d{1,7})"((?: [\w:]+="[^"<&]*")*+)(?: ?/>|>((?:' + UNGROUPED + r")*+)</row>)\s*"
)
HIDDEN = re.compile(r' hidden="(?:1|true)"')
NAMED = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
REFERENCE = re.compile("&(?:lt|gt|quot|apos|amp);")
# Signs that XML forbids or changes, and references that are not by name.
OTHER = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|]]>|&(?!(?:lt|gt|quot|apos|amp);)")


class _Rest:
    """A stream that goes on after what was read of it already."""

    def __init__(self, pending: bytes, stream: IO[bytes]) -> None:
        self.pending, self.stream = pending, stream

    def read(self, size: int) -> bytes:
        piece, self.pending = self.pending[:size], self.pending[size:]
        return piece or self.stream.read(size)


def batches(stream: IO[bytes], gathered: SheetRows) -> Iterator[Rows]:
    """Yield the rows of a sheet in batches; raises DamagedPart for what is no sheet."""
    head, pending = _head(stream)
    if head:
        columns: dict[str, int] = {}
        while True:
            piece = stream.read(PIECE)
            end = pending.rfind(b"</row>") + 6
            if end >= 6:
                ready, taken = _usual_rows(pending[:end], gathered, columns)
                yield ready
                pending = pending[taken:]
                if taken < end:
                    pending += piece
                    break
            pending += piece
            # the last rows, what follows them, or one row that never ends
            if not piece or len(pending) > 4 * LONGEST_HEAD:
                break
            if end < 6 and b"</row>" not in pending and b"</sheetData" in pending:
                break
        if not pending:
            raise DamagedPart("the sheet ends inside its rows")
    for _ in feed(_Rest(head + pending, stream), gathered):
        others, gathered.ready = gathered.ready, []
        yield [(number, list[Stored](cells)) for number, cells in others]


def _head(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Return what stands before the rows and what was read of them; no head for an unusual one."""
    begun = b""
    while len(begun) < LONGEST_HEAD:
        piece = stream.read(PIECE)
        begun += piece
        at = begun.find(b"<sheetData>")
        if at >= 0:
            head = begun[: at + 11]
            declaration = head[: head.find(b"?>") + 2].lower()
            utf8 = b"encoding" not in declaration or b"utf-8" in declaration
            usual = utf8 and b"<!" not in head and b"xmlns=" in head and head.isascii()
            return (head, begun[at + 11 :]) if usual else (b"", begun)
        if not piece:
            break
    return b"", begun


def _usual_rows(content: bytes, gathered: SheetRows, columns: dict[str, int]) -> tuple[Rows, int]:
    """Return the rows at the beginning of a piece, and how many bytes of it they take."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return [], 0
    rows: Rows = []
    at = 0
    while found := ROW.match(text, at):
        number, attributes, body = int(found[1]), found[2], found[3]
        cells = _cells(body, columns) if body else []
        if cells is None or not gathered.last_row < number <= MOST_ROWS:
            break
        gathered.last_row = number
        gathered.hidden += HIDDEN.search(attributes) is not None
        if cells:
            rows.append((number, cells))
        at = found.end()
    return rows, len(content) if at == len(text) else len(text[:at].encode())


def _cells(body: str, columns: dict[str, int]) -> list[Stored] | None:
    """Return the cells of a row, or None where the XML reader must tell what they are."""
    referring = "&" in body
    if OTHER.search(body):
        return None
    cells: list[Stored] = []
    before = -1
    for letters, style, kind, formula, value, own in CELLS.findall(body):
        column = columns.get(letters)
        if column is None:
            column = columns[letters] = column_of(letters)
        if column <= before or column >= MOST_COLUMNS or (formula and not value):
            return None
        before = column
        text = value or own
        if text:
            if referring:
                text = REFERENCE.sub(lambda found: NAMED[found[0]], text)
            cells.append((column, kind or "n", style or "0", text, formula != ""))
    return cells
