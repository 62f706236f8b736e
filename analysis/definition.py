"""How an outcome is decided: the instrument, the two windows, the cuts and the missing rule.

The presets follow the measurement windows that programs use; all windows count whole days from
the first treatment day (day 0) and include both ends.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analysis.errors import DefinitionError, UnknownName
from analysis.instruments import REGISTRY, Instrument, RemissionRule, remission_rule

# Raised whenever a rule of this package changes what a definition counts.
DEFINITION_VERSION = 1

PICKS = {
    "last": "last score",
    "first": "first score",
    "nearest": "score nearest to day {target}",
    "best": "best ever score",
}
MISSING_RULES = {
    "observed": "episodes without an endpoint are left out",
    "locf": "the last score after baseline, up to the end of the window, decides",
    "nonresponse": "a missing endpoint counts as not met",
}
MODERATE = "moderate"
NO_MINIMUM = "none"


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


@dataclass(frozen=True)
class Definition:
    """How an outcome is decided.

    `min_baseline` is "moderate" (the lower edge of the instrument's moderate band), "none", or a
    score. `remission` is a rule id, None for the instrument's default rule.
    """

    instrument: str = "phq9"
    timepoint: Timepoint = field(default_factory=lambda: TIMEPOINTS["acute"])
    baseline: Window = DEFAULT_BASELINE
    missing: str = "observed"
    min_baseline: str | int = MODERATE
    remission: str | None = None

    def __post_init__(self) -> None:
        if self.missing not in MISSING_RULES:
            raise UnknownName("missing rule", self.missing, MISSING_RULES)
        words = (MODERATE, NO_MINIMUM)
        if isinstance(self.min_baseline, str) and self.min_baseline not in words:
            raise UnknownName("minimum baseline", self.min_baseline, [*words, "a whole number"])

    def with_missing(self, missing: str) -> "Definition":
        """Return the same definition under another missing rule."""
        return replace(self, missing=missing)

    @property
    def locf_timepoint(self) -> Timepoint:
        """The timepoint of carried-forward scores: any score after baseline, up to the end."""
        first = self.baseline.to_day + 1
        to_day = self.timepoint.to_day
        if to_day is not None and to_day < first:
            first = to_day
        return Timepoint(
            f"locf_{self.timepoint.name}",
            first,
            to_day,
            ends_with_course=self.timepoint.ends_with_course,
        )

    def minimum(self, instrument: Instrument) -> int | None:
        """Return the baseline score from which an episode is eligible; None for no minimum.

        Raises DefinitionError where "moderate" is asked of an instrument with neither bands nor
        a caseness cut-off.
        """
        if self.min_baseline == NO_MINIMUM:
            return None
        if self.min_baseline == MODERATE:
            if instrument.moderate is None:
                raise DefinitionError(
                    f"{instrument.label} has no moderate band and no caseness cut-off: "
                    "choose a minimum baseline score, or none."
                )
            return instrument.moderate
        return int(self.min_baseline)

    def remission_rule(self, instrument: Instrument) -> RemissionRule | None:
        """Return the remission rule in force; None where the instrument has none."""
        return remission_rule(instrument, self.remission)

    def baseline_sentence(self, instrument: Instrument) -> str:
        """Return which baseline scores count and which episodes are eligible, in plain words."""
        minimum = self.minimum(instrument)
        side = "at least" if instrument.higher_is_worse else "at most"
        eligible = "any baseline score" if minimum is None else f"baseline {side} {minimum}"
        return (
            f"{instrument.label}. Baseline: last score on day {self.baseline.from_day} to "
            f"{self.baseline.to_day}. Eligible: {eligible}."
        )

    def sentence(self, instrument: Instrument) -> str:
        """Return the definition in plain words, without the outcome's own rule."""
        return (
            f"{self.baseline_sentence(instrument)} "
            f"Endpoint: {self.timepoint.sentence}. Missing: {MISSING_RULES[self.missing]}."
        )

    def to_query(self) -> dict[str, str]:
        """Return the definition as text pairs, the same as the command line's options."""
        pairs = {
            "instrument": self.instrument,
            "timepoint": self.timepoint.text,
            "baseline": self.baseline.text,
            "missing": self.missing,
            "min_baseline": str(self.min_baseline),
        }
        if self.remission is not None:
            pairs["remission"] = self.remission
        return pairs

    @property
    def id(self) -> str:
        """A short name that changes whenever the definition, or what it means, changes."""
        text = f"v{DEFINITION_VERSION} {sorted(self.to_query().items())} {self.timepoint}"
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def parse_min_baseline(text: str) -> str | int:
    """Return "moderate", "none" or the whole number that the text holds."""
    if text in (MODERATE, NO_MINIMUM):
        return text
    if re.fullmatch(r"-?\d{1,4}", text.strip()):
        return int(text)
    raise UnknownName("minimum baseline", text, [MODERATE, NO_MINIMUM, "a whole number"])


def definition_from_query(
    query: Mapping[str, str], instruments: Mapping[str, Instrument] = REGISTRY
) -> Definition:
    """Return the definition that text pairs describe; what is absent keeps its default.

    Raises UnknownName or DefinitionError for the first pair that cannot be understood.
    """
    default = Definition()
    instrument = query.get("instrument", default.instrument)
    if instrument not in instruments:
        raise UnknownName("instrument", instrument, instruments)
    definition = Definition(
        instrument=instrument,
        timepoint=parse_timepoint(query.get("timepoint", default.timepoint.name)),
        baseline=parse_window(query.get("baseline", default.baseline.text)),
        missing=query.get("missing", default.missing),
        min_baseline=parse_min_baseline(query.get("min_baseline", str(default.min_baseline))),
        remission=query.get("remission"),
    )
    definition.remission_rule(instruments[instrument])
    return definition
