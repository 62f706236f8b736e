"""A proposed mapping as data, and the same as the text of a mapping file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

Value = str | int | bool | tuple[str, ...] | None
BARE = re.compile(r"[A-Za-z0-9_-]+")
UNDECIDED = "# ? "
WIDTH = 44


@dataclass(frozen=True)
class Line:
    """One line of a section: `key = value`, why, and whether it is certain.

    A line that is not has to be decided by a person; where even its value is open it is None.
    """

    key: str
    value: Value
    reason: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Section:
    """A section of a mapping file; `repeated` is one that may be there several times."""

    name: str
    lines: tuple[Line, ...]
    repeated: bool = False

    @property
    def sure(self) -> bool:
        return any(line.sure for line in self.lines)


@dataclass(frozen=True)
class FoundFile:
    """A file or sheet that was looked at: what it seems to be, its rows, and what stays open."""

    name: str
    what: str
    rows: int
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """What a mapping for some files could be, for a person to confirm."""

    files: tuple[FoundFile, ...]
    sections: tuple[Section, ...]

    @property
    def open(self) -> int:
        """How many lines have to be decided."""
        return sum(not line.sure for section in self.sections for line in section.lines)


def toml_text(text: str) -> str:
    """Return a text as a TOML string on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'


def toml_key(key: str) -> str:
    """Return a key as TOML writes it, in quotes where it needs them."""
    return key if BARE.fullmatch(key) else toml_text(key)


def _value(value: Value) -> str:
    if value is None:
        return "DAY"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return toml_text(value)
    return "[" + ", ".join(map(toml_text, value)) + "]"


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)


def _line(line: Line) -> str:
    written = f"{'' if line.sure else UNDECIDED}{toml_key(line.key)} = {_value(line.value)}"
    return f"{written.ljust(WIDTH)} # {_comment(line.reason)}" if line.reason else written


def _section(section: Section) -> list[str]:
    heading = ".".join(toml_key(part) for part in section.name.split("."))
    heading = f"[[{heading}]]" if section.repeated else f"[{heading}]"
    return [f"{'' if section.sure else UNDECIDED}{heading}", *map(_line, section.lines), ""]


def _heading(proposal: Proposal) -> Sequence[str]:
    lines = ["# A mapping proposed from what is in:"]
    for file in proposal.files:
        lines.append(_comment(f"#   {file.name}: {file.what}, {file.rows:,} rows"))
        lines += [_comment(f"#     {note}") for note in file.notes]
    if proposal.open:
        lines += [
            f'# Lines that begin with "# ?", {proposal.open:,} here, are questions. Decide each: '
            'remove the "# ? "',
            "# where it is right, correct it, or delete it. The rest is certain; read it all the "
            "same.",
        ]
    else:
        lines.append("# Nothing is left to decide; read it all the same.")
    return [*lines, ""]


def as_toml(proposal: Proposal) -> str:
    """Return a proposal as a commented mapping file; what is uncertain is a comment with "# ?"."""
    lines = [*_heading(proposal)]
    for section in proposal.sections:
        lines += _section(section)
    return "\n".join(lines).rstrip("\n") + "\n"
