"""The encoding of a text file: UTF-8, what its first bytes say, or what the mapping declares."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError
from analysis.ingest.reading.declared import FileForm

PIECE = 1 << 20
# The four-byte marks first: one of them begins with a mark of two bytes.
MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Utf8File:
    """A file as UTF-8: itself, or a copy with its own hash where it has another encoding."""

    path: Path
    sha256: str | None
    notes: tuple[str, ...]


@contextmanager
def as_utf8(path: Path, name: str, form: FileForm, folder: Path) -> Iterator[Utf8File]:
    """Give a text file as UTF-8; a copy in `folder`, where one is needed, is removed at the end.

    A mark in the first bytes counts, then what the mapping declares, then UTF-8: nothing is
    guessed. Bytes without meaning stay bytes without meaning, so that their row is kept aside.
    Raises InputError where UTF-16 is not UTF-16 throughout.
    """
    with path.open("rb") as handle:
        head = handle.read(4)
    encoding = next((found for mark, found in MARKS if head.startswith(mark)), None)
    note = f"read as {encoding.upper()}, as its first bytes say" if encoding else ""
    if encoding is None and not head.startswith(UTF8_MARK) and form.encoding not in (None, "utf-8"):
        encoding = form.encoding
        note = f"read as {encoding}, as the mapping declares"
    if encoding is None:
        yield Utf8File(path, None, ())
        return
    copy = folder / "decoded.txt"
    try:
        _decode(path, name, encoding, copy)
        with path.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        yield Utf8File(copy, sha256, (note,))
    finally:
        copy.unlink(missing_ok=True)


def _decode(path: Path, name: str, encoding: str, copy: Path) -> None:
    try:
        with (
            path.open(encoding=encoding, errors="surrogateescape", newline="") as source,
            copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
        ):
            while piece := source.read(PIECE):
                target.write(piece)
    except UnicodeError:
        raise InputError(
            name, f"is not {encoding.upper()} text throughout: export it as UTF-8.", code="E105"
        ) from None
