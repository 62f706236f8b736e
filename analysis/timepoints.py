"""Windows of days and the named timepoints, with the rule that picks one assessment in them.

The presets follow the measurement windows that programs use; all windows count whole days from
the first treatment day (day 0) and include both ends.
"""

import re
from dataclasses import dataclass

from analysis.errors import DefinitionError, UnknownName

PICKS = {
    "last": "last score",
    "first": "first score",
    "nearest": "score nearest to day {target}",
    "best": "best ever score",
}
# Of mean scores over time, the days of an interval and how many intervals there are: two weeks up
# to the end of the acute window and a little beyond, four weeks later.
WIDTHS = {"2 weeks": (14, 8), "4 weeks": (28, 13)}


@dataclass(frozen=True)
class Window:
    """Whole days since the first treatment day, both ends included."""

    from_day: int
    to_day: int

    def __post_init__(self) -> None:
        if self.from_day > self.to_day:
            raise DefinitionError(f"A window cannot run backwards: {self.text}.")

    @property
    def text(self) -> str:
        return f"{self.from_day}:{self.to_day}"


@dataclass(frozen=True)
class Timepoint:
    """A named window of days with a rule that picks one assessment in it.

    `to_day` is None where the window has no last day of its own: it then ends 14 days after the
    course (`ends_with_course`), or never.
    """

    name: str
    from_day: int
    to_day: int | None
    pick: str = "last"
    target: int | None = None
    ends_with_course: bool = False

    def __post_init__(self) -> None:
        if self.to_day is not None and self.from_day > self.to_day:
            raise DefinitionError(f"A timepoint cannot run backwards: {self.name}.")
        if self.pick not in PICKS:
            raise UnknownName("pick rule", self.pick, PICKS)

    @property
    def text(self) -> str:
        """The name of a preset, else the window and pick written out, for parse_timepoint."""
        if TIMEPOINTS.get(self.name) == self or self.to_day is None:
            return self.name
        written = self.name not in TIMEPOINTS and _CUSTOM.fullmatch(self.name) is not None
        if written and parse_timepoint(self.name) == self:
            return self.name
        pick = f"nearest@{self.target}" if self.pick == "nearest" else self.pick
        return f"{self.from_day}:{self.to_day}:{pick}"

    @property
    def days(self) -> str:
        if self.ends_with_course:
            return f"day {self.from_day} to 14 days after the course"
        if self.to_day is None:
            return f"day {self.from_day} or later"
        if self.from_day == self.to_day:
            return f"day {self.from_day}"
        return f"day {self.from_day} to {self.to_day}"

    @property
    def sentence(self) -> str:
        return f"{PICKS[self.pick].format(target=self.target)} on {self.days}"


def _week(number: int) -> Timepoint:
    half = 3 if number < 6 else 7
    day = 7 * number
    return Timepoint(f"week_{number}", day - half, day + half, "nearest", day)


TIMEPOINTS: dict[str, Timepoint] = {
    timepoint.name: timepoint
    for timepoint in (
        Timepoint("acute", 14, 84),
        *(_week(number) for number in (1, 2, 4, 6, 8, 12)),
        Timepoint("month_6", 183 - 30, 183 + 30, "nearest", 183),
        Timepoint("month_12", 365 - 30, 365 + 30, "nearest", 365),
        Timepoint("end_of_course", 1, None, ends_with_course=True),
        Timepoint("hours_24", 1, 1),
        Timepoint("last", 1, None),
    )
}
DEFAULT_BASELINE = Window(-14, 0)

_WINDOW = re.compile(r"\s*(-?\d{1,5})\s*:\s*(-?\d{1,5})\s*")
_CUSTOM = re.compile(r"(-?\d{1,5}:-?\d{1,5})(?::(last|first|best|nearest@(-?\d{1,5})))?")


def parse_window(text: str) -> Window:
    """Return the window that `FROM:TO` describes, such as `-14:0`."""
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise DefinitionError(f'"{text}" is not a window of days: write FROM:TO, such as -14:0.')
    return Window(int(match[1]), int(match[2]))


def parse_timepoint(text: str) -> Timepoint:
    """Return a preset by name, or the timepoint that `FROM:TO[:PICK]` describes.

    PICK is last (the default), first, best or nearest@DAY.
    """
    if text in TIMEPOINTS:
        return TIMEPOINTS[text]
    match = _CUSTOM.fullmatch(text.strip())
    if match is None:
        if ":" in text:
            raise DefinitionError(
                f'"{text}" is not a timepoint: write FROM:TO, FROM:TO:first, FROM:TO:best '
                "or FROM:TO:nearest@DAY, such as 28:56:nearest@42."
            )
        raise UnknownName("timepoint", text, TIMEPOINTS)
    window = parse_window(match[1])
    pick = (match[2] or "last").split("@")[0]
    target = int(match[3]) if match[3] is not None else None
    return Timepoint(text.strip(), window.from_day, window.to_day, pick, target)
