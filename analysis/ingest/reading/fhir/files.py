"""Files of FHIR resources: one resource, a Bundle, lines of resources, or a folder of these."""

import hashlib
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import InputError
from analysis.ingest.reading.fhir.json_text import BrokenJson, members, parse_whole
from analysis.ingest.reading.fhir.shape import objects, own_id, part, text

# One value is held in memory as a whole: a line, or the text of a Bundle.
LONGEST_LINE = 16 * 2**20
LARGEST_DOCUMENT = 128 * 2**20
# A value takes up to 80 bytes in memory, however few it takes in the file.
MOST_VALUES = 12_000_000
CHUNK = 2**20
MARK = b"\xef\xbb\xbf"
LINE_NAMES = (".ndjson", ".jsonl")
NAMES = (".json", *LINE_NAMES)
PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class FhirFile:
    """One file: whether each line is a resource, and its place in its folder (0 alone)."""

    path: Path
    lines: bool
    sha256: str
    place: int = 0


class Resource(NamedTuple):
    """One resource, the line or entry it stands in, and the patients of its Bundle by address."""

    content: dict[str, Any]
    number: int
    full_url: str | None
    links: Pairs[str, str]


def is_fhir(path: Path) -> bool:
    """Return whether a file, or a file of a folder, is JSON that holds FHIR resources."""
    if path.is_dir():
        return any(is_fhir(file) for file in _in_folder(path) if not _is_packed(file))
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        start = handle.read(CHUNK)
    begins = start.removeprefix(MARK).lstrip()[:1]
    named = path.suffix.lower() in NAMES and begins in (b"{", b"[")
    return (begins == b"{" and b'"resourceType"' in start) or named


def fhir_files(path: Path) -> list[FhirFile]:
    """Return the files to read; raises InputError for one that cannot be read as it stands."""
    if not path.is_dir():
        return [_look(path)]
    return [_look(file, place) for place, file in enumerate(_in_folder(path), 1)]


def _in_folder(folder: Path) -> list[Path]:
    packed = tuple(f"{name}.gz" for name in NAMES)
    return sorted(
        file
        for file in folder.iterdir()
        if file.name.lower().endswith((*NAMES, *packed))
        and not file.name.startswith(".")
        and file.is_file()
    )


def _is_packed(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(6).startswith(PACKED)


def _look(path: Path, place: int = 0) -> FhirFile:
    if _is_packed(path):
        raise InputError(path.name, "is compressed: unpack it first.", code="E104")
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            if not size and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise InputError(path.name, "is UTF-16 text: save it as UTF-8.", code="E120")
            digest.update(chunk)
            size += len(chunk)
    if not size:
        raise InputError(path.name, "is empty.", code="E101")
    lines = path.suffix.lower() in LINE_NAMES or _first_line_is_whole(path)
    if not lines and size > LARGEST_DOCUMENT:
        raise _too_large(path, f"is one JSON text of more than {LARGEST_DOCUMENT // 2**20} MB:")
    return FhirFile(path, lines, digest.hexdigest(), place)


def _too_large(path: Path, problem: str) -> InputError:
    mend = "export it as NDJSON, one resource a line."
    return InputError(path.name, problem, allowed=mend, code="E111")


def _first_line_is_whole(path: Path) -> bool:
    """Return whether the first line is a value of its own and others follow."""
    with path.open("rb") as handle:
        first = handle.readline(LONGEST_LINE)
        following = handle.read(1)
    if not first.endswith(b"\n") or not following:
        return False
    try:
        return isinstance(parse_whole(first.removeprefix(MARK).decode()), dict)
    except (BrokenJson, UnicodeDecodeError):
        return False


def resources(file: FhirFile, marked: bytes | None = None) -> Iterator[Resource]:
    """Yield every resource of a file, those in Bundles one by one, in their order.

    With `marked` only from lines (or from a text) that hold these bytes: what lacks them is not
    parsed. Raises InputError where the file is no JSON, or JSON that holds no resource.
    """
    yield from _from_lines(file, marked) if file.lines else _from_text(file, marked)


def _refused(file: FhirFile, error: BrokenJson, line: int | None, last: bool) -> InputError:
    name = file.path.name
    if error.cut and last:
        problem = "the end of the file is missing: export it again."
        return InputError(name, problem, line=line, code="E110")
    entry = f"entry {error.entry}: " if error.entry else ""
    problem = f"{entry}{error.problem}: export it again."
    return InputError(name, problem, line=line, code="E120")


def _no_resource(file: FhirFile, line: int | None) -> InputError:
    problem = "is JSON without a resourceType: it holds no FHIR resource."
    return InputError(file.path.name, problem, line=line, code="E121")


def _decoded(file: FhirFile, content: bytes, line: int | None) -> str:
    try:
        return content.removeprefix(MARK if line in (None, 1) else b"").decode()
    except UnicodeDecodeError as error:
        broken = BrokenJson("is not UTF-8 text", cut=error.reason == "unexpected end of data")
        raise _refused(file, broken, line, last=not content.endswith(b"\n")) from None


def _from_lines(file: FhirFile, marked: bytes | None) -> Iterator[Resource]:
    with file.path.open("rb") as handle:
        for line, content in enumerate(iter(lambda: handle.readline(LONGEST_LINE + 1), b""), 1):
            if len(content) > LONGEST_LINE:
                problem = f"is longer than {LONGEST_LINE // 2**20} MB."
                raise InputError(file.path.name, problem, line=line, code="E111")
            if (marked is not None and marked not in content) or not content.strip():
                continue
            try:
                found = parse_whole(_decoded(file, content, line))
            except BrokenJson as error:
                last = not content.endswith(b"\n")
                raise _refused(file, error, line, last) from None
            if not isinstance(found, dict) or not text(found.get("resourceType")):
                raise _no_resource(file, line)
            yield from _unfolded(file, Resource(found, line, None, {}))


def _from_text(file: FhirFile, marked: bytes | None) -> Iterator[Resource]:
    content = file.path.read_bytes()
    if marked is not None and marked not in content:
        return
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise _too_large(file.path, f"holds more than {MOST_VALUES:,} values:")
    whole = _decoded(file, content, None)
    del content
    if whole.lstrip()[:1] == "[":
        raise _no_resource(file, None)
    rest: dict[str, Any] = {}
    links: dict[str, str] = {}
    held = False
    try:
        if "urn:" in whole:
            links = _links(value for name, _, value in members(whole) if name == "entry")
        for name, number, value in members(whole):
            if number == 0:
                rest[name] = value
            elif isinstance(value, dict) and isinstance(value.get("resource"), dict):
                held = True
                one = Resource(value["resource"], number, text(value.get("fullUrl")), links)
                yield from _unfolded(file, one)
    except BrokenJson as error:
        raise _refused(file, error, None, last=True) from None
    kind = text(rest.get("resourceType"))
    if not kind or (held and kind != "Bundle"):
        raise _no_resource(file, None)
    yield from _unfolded(file, Resource(rest, 1, None, links))


def _unfolded(file: FhirFile, found: Resource) -> Iterator[Resource]:
    """Yield a resource; of a Bundle what it holds and then the Bundle itself, without it."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if one.content.get("resourceType") == "Bundle":
            if one.content.get("type") == "history":
                problem = "is a history, which holds several versions of a resource:"
                mend = "export the current version of each."
                raise InputError(file.path.name, problem, allowed=mend, code="E122")
            entries = objects(one.content.pop("entry", None))
            links = {**one.links, **_links(entries)} if entries else one.links
            inner = [
                Resource(entry["resource"], one.number, text(entry.get("fullUrl")), links)
                for entry in entries
                if isinstance(entry.get("resource"), dict)
            ]
            waiting += inner[::-1]
        yield one


def _links(entries: Iterable[Any]) -> dict[str, str]:
    """Return the patients of a Bundle by their address in it."""
    links = {}
    for entry in entries:
        resource, url = part(entry, "resource"), text(part(entry, "fullUrl"))
        if isinstance(resource, dict) and resource.get("resourceType") == "Patient" and url:
            who = own_id(resource, url)
            if who is not None:
                links[url] = who
    return links
