"""JSON read strictly: a name twice, a number that is none, or too deep a nesting is an error.

Numbers stay the text that they were written as: 10.50 is "10.50", not 10.5.
"""

import json
import re
from collections.abc import Generator, Iterator
from typing import Any, NoReturn

BLANK = re.compile(r"[ \t\n\r]*")


class BrokenJson(Exception):
    """JSON that cannot be read: what is wrong, and at which entry; never what stands there."""

    def __init__(self, problem: str, cut: bool = False, entry: int | None = None) -> None:
        super().__init__(problem)
        self.problem, self.cut, self.entry = problem, cut, entry


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BrokenJson("an object has a name twice")
    return members


def _no_number(constant: str) -> NoReturn:
    raise BrokenJson("NaN and Infinity are no numbers in JSON")


DECODER = json.JSONDecoder(
    parse_float=str, parse_int=str, parse_constant=_no_number, object_pairs_hook=_object
)


def parse(text: str, start: int = 0) -> tuple[Any, int]:
    """Return the value that begins at `start`, and where it ends; raises BrokenJson."""
    try:
        return DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise BrokenJson("is not JSON", cut=_cut(text, error.pos)) from None
    except RecursionError:
        raise BrokenJson("is nested too deeply") from None


def parse_whole(text: str) -> Any:
    """Return the one value that a text holds; raises BrokenJson."""
    value, end = parse(text, _skip(text, 0))
    if _skip(text, end) != len(text):
        raise BrokenJson("goes on after its end")
    return value


def members(text: str) -> Iterator[tuple[str, int, Any]]:
    """Yield name, number and value of each member of the object that a text holds.

    The values of its list `entry` come one by one with their numbers from 1, so that a Bundle is
    never held as a whole; other members have the number 0. Raises BrokenJson.
    """
    at = _after(text, _skip(text, 0), "{")
    names: set[str] = set()
    while text[at : at + 1] != "}":
        if names:
            at = _after(text, at, ",")
        if text[at : at + 1] != '"':
            raise BrokenJson("is not JSON", cut=_cut(text, at))
        name, at = parse(text, at)
        if name in names:
            raise BrokenJson("an object has a name twice")
        names.add(name)
        at = _after(text, _skip(text, at), ":")
        if name == "entry" and text[at : at + 1] == "[":
            at = yield from _entries(text, at)
        else:
            value, at = parse(text, at)
            yield name, 0, value
        at = _skip(text, at)
    if _skip(text, at + 1) != len(text):
        raise BrokenJson("goes on after its end")


def _entries(text: str, at: int) -> Generator[tuple[str, int, Any], None, int]:
    at, number = _after(text, at, "["), 0
    while text[at : at + 1] != "]":
        try:
            if number:
                at = _after(text, at, ",")
            value, at = parse(text, at)
        except BrokenJson as error:
            raise BrokenJson(error.problem, error.cut, number + 1) from None
        number += 1
        yield "entry", number, value
        at = _skip(text, at)
    return at + 1


def _skip(text: str, at: int) -> int:
    blank = BLANK.match(text, at)
    return blank.end() if blank else at


def _after(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise BrokenJson("is not JSON", cut=_cut(text, at))
    return _skip(text, at + 1)


def _cut(text: str, at: int) -> bool:
    """Return whether a text that is wrong at `at` looks as if its end were missing."""
    return _skip(text, at) == len(text) or text.rstrip()[-1:] not in ("}", "]")
