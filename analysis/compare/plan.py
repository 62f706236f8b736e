"""What is compared with what, and how: a description, like a cohort and a definition."""

import re
from dataclasses import dataclass

from analysis.cohort import Cohort
from analysis.errors import DefinitionError, UnknownName

KINDS = {
    "rates": "Rates of an outcome",
    "change": "Change from baseline",
    "visits": "Change over all visits",
    "time": "Time to an event",
}
REPEATED = {
    "first": "only the first episode of each patient counts",
    "clustered": "all episodes count, and the intervals allow for patients with several",
}
ADJUST = {
    "none": "as they are",
    "overlap": "overlap weights",
    "inverse": "inverse-probability weights",
}
# Days on which the visit windows end, unless others are chosen: every two weeks of the acute phase.
VISITS = (14, 28, 42, 56, 70, 84)
MOST_GROUPS = 16


@dataclass(frozen=True)
class Named:
    """A cohort under the name that tables and pictures call it by."""

    name: str
    cohort: Cohort


@dataclass(frozen=True)
class Comparison:
    """Which groups are compared, on what, and what is done about their differences.

    Either `by`, a field whose levels are the groups, or the two cohorts `a` and `b`. `kind` says on
    what: rates of `outcome`, change of the score, its change over the `visits` (the last days of
    visit windows that follow one another), or the time to `event`. `adjust` weights the two groups
    of each pair towards the same case mix. `margin` is the largest difference in favour of the
    other group that would still count as no worse: a rate (0 to 1) or points of the scale.
    Raises UnknownName or DefinitionError for what cannot be asked.
    """

    by: str | None = None
    a: Named | None = None
    b: Named | None = None
    kind: str = "rates"
    outcome: str = "response"
    event: str = "response"
    repeated: str = "first"
    adjust: str = "none"
    margin: float | None = None
    visits: tuple[int, ...] = VISITS

    def __post_init__(self) -> None:
        for what, name, known in (
            ("kind of comparison", self.kind, KINDS),
            ("rule for repeated episodes", self.repeated, REPEATED),
            ("adjustment", self.adjust, ADJUST),
        ):
            if name not in known:
                raise UnknownName(what, name, known)
        if (self.by is None) == (self.a is None or self.b is None):
            raise DefinitionError("Compare the groups of one field, or two cohorts: one of both.")
        if self.a and self.b and self.a.name == self.b.name:
            raise DefinitionError(f'Both cohorts are called "{self.a.name}": name them apart.')
        if not self.visits or list(self.visits) != sorted(set(self.visits)) or self.visits[0] < 1:
            raise DefinitionError("Visits are days from 1 on, each later than the one before.")
        if self.margin is not None and not self.margin > 0:
            raise DefinitionError("A non-inferiority margin is larger than 0.")
        if self.adjust != "none" and self.kind in ("visits", "time"):
            raise DefinitionError(
                f"{KINDS[self.kind]} cannot be weighted yet: choose rates or change, or no "
                "adjustment."
            )


def parse_visits(text: str) -> tuple[int, ...]:
    """Return the last days of visit windows that a text such as 14,28,42 lists."""
    if not re.fullmatch(r"\s*\d{1,4}(\s*,\s*\d{1,4})*\s*", text):
        raise DefinitionError(f'"{text}" is not a list of visits: write days, such as 14,28,42.')
    return tuple(int(day) for day in text.split(","))
