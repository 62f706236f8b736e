"""How an outcome is decided: the instrument, the two windows, the cuts and the missing rule."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analysis.change_rules import Sample, parse_cutoff, parse_minimal, parse_reliable
from analysis.errors import DefinitionError, UnknownName
from analysis.instruments import REGISTRY, Instrument, RemissionRule, remission_rule
from analysis.timepoints import (
    DEFAULT_BASELINE,
    TIMEPOINTS,
    Timepoint,
    Window,
    parse_timepoint,
    parse_window,
)

# Raised whenever a rule of this package changes what a definition counts.
DEFINITION_VERSION = 1

MISSING_RULES = {
    "observed": "episodes without an endpoint are left out",
    "locf": "the last score after baseline, up to the end of the window, decides",
    "nonresponse": "a missing endpoint counts as not met",
}
MODERATE = "moderate"
NO_MINIMUM = "none"
# Options that replace one of the instrument's own rules.
OWN_RULES = ("remission", "minimal_important", "reliable_change", "cutoff")
# Up to which day a sustained outcome must hold, unless another day is chosen.
HORIZON = 183
LATEST_HORIZON = 18_300


@dataclass(frozen=True)
class Definition:
    """How an outcome is decided.

    `min_baseline` is "moderate" (the lower edge of the instrument's moderate band), "none", or a
    score. `remission` is a rule id; `minimal_important`, `reliable_change` and `cutoff` are texts
    of `analysis.change_rules`; None stands for the instrument's own rule. `horizon` is the day up
    to which a sustained outcome must hold. `sample` is filled in from the scores before a rule
    that is computed from them is applied; it is no part of the definition.
    """

    instrument: str = "phq9"
    timepoint: Timepoint = field(default_factory=lambda: TIMEPOINTS["acute"])
    baseline: Window = DEFAULT_BASELINE
    missing: str = "observed"
    min_baseline: str | float = MODERATE
    remission: str | None = None
    minimal_important: str | None = None
    reliable_change: str | None = None
    cutoff: str | None = None
    horizon: int = HORIZON
    sample: Sample | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.missing not in MISSING_RULES:
            raise UnknownName("missing rule", self.missing, MISSING_RULES)
        words = (MODERATE, NO_MINIMUM)
        if isinstance(self.min_baseline, str) and self.min_baseline not in words:
            raise UnknownName("minimum baseline", self.min_baseline, [*words, "a score"])
        for text, parse in (
            (self.minimal_important, parse_minimal),
            (self.reliable_change, parse_reliable),
            (self.cutoff, parse_cutoff),
        ):
            if text is not None:
                parse(text)
        if not 1 <= self.horizon <= LATEST_HORIZON:
            raise DefinitionError(f"The horizon is a day from 1 to {LATEST_HORIZON}.")

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

    def minimum(self, instrument: Instrument) -> float | None:
        """Return the baseline score from which an episode is eligible; None for no minimum.

        Raises DefinitionError where "moderate" is asked of an instrument with neither bands nor
        a caseness cut-off, and for an instrument without a total score.
        """
        if not instrument.scored:
            raise DefinitionError(
                f"{instrument.label} has no total score, so no outcome is decided by it."
            )
        if self.min_baseline == NO_MINIMUM:
            return None
        if self.min_baseline == MODERATE:
            if instrument.moderate is None:
                raise DefinitionError(
                    f"{instrument.label} has no moderate band and no caseness cut-off: "
                    "choose a minimum baseline score, or none."
                )
            return instrument.moderate
        return float(self.min_baseline)

    def remission_rule(self, instrument: Instrument) -> RemissionRule | None:
        """Return the remission rule in force; None where the instrument has none."""
        return remission_rule(instrument, self.remission)

    def baseline_sentence(self, instrument: Instrument, eligible: str | None = None) -> str:
        """Return which baseline scores count and which episodes are eligible, in plain words."""
        minimum = self.minimum(instrument) if eligible is None else None
        side = "at least" if instrument.higher_is_worse else "at most"
        mark = instrument.moderate_mark if self.min_baseline == MODERATE else ""
        words = "any baseline score" if minimum is None else f"baseline {side} {minimum:g}{mark}"
        return (
            f"{instrument.label}. Baseline: last score on day {self.baseline.from_day} to "
            f"{self.baseline.to_day}. Eligible: {eligible or words}."
        )

    def sentence(self, instrument: Instrument, eligible: str | None = None) -> str:
        """Return the definition in plain words, without the outcome's own rule.

        `eligible` says whom an outcome asks about that has its own rule for that.
        """
        return (
            f"{self.baseline_sentence(instrument, eligible)} "
            f"Endpoint: {self.timepoint.sentence}. Missing: {MISSING_RULES[self.missing]}."
        )

    def to_query(self) -> dict[str, str]:
        """Return the definition as text pairs, the same as the command line's options."""
        pairs = {
            "instrument": self.instrument,
            "timepoint": self.timepoint.text,
            "baseline": self.baseline.text,
            "missing": self.missing,
            "min_baseline": self.min_baseline
            if isinstance(self.min_baseline, str)
            else f"{self.min_baseline:.10g}",
        }
        for name in OWN_RULES:
            if getattr(self, name) is not None:
                pairs[name] = getattr(self, name)
        if self.horizon != HORIZON:
            pairs["horizon"] = str(self.horizon)
        return pairs

    @property
    def id(self) -> str:
        """A short name that changes whenever the definition, or what it means, changes."""
        text = f"v{DEFINITION_VERSION} {sorted(self.to_query().items())} {self.timepoint}"
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def parse_min_baseline(text: str) -> str | float:
    """Return "moderate", "none" or the score that the text holds."""
    if text in (MODERATE, NO_MINIMUM):
        return text
    if re.fullmatch(r"-?\d{1,4}(\.\d{1,3})?", text.strip()):
        return float(text)
    raise UnknownName("minimum baseline", text, [MODERATE, NO_MINIMUM, "a score"])


def parse_horizon(text: str) -> int:
    """Return the day up to which a sustained outcome must hold."""
    if not re.fullmatch(r"\d{1,5}", text.strip()):
        raise DefinitionError(f'"{text}" is not a horizon: write a day, such as {HORIZON}.')
    return int(text)


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
        horizon=parse_horizon(query.get("horizon", str(default.horizon))),
        remission=query.get("remission"),
        minimal_important=query.get("minimal_important"),
        reliable_change=query.get("reliable_change"),
        cutoff=query.get("cutoff"),
    )
    definition.remission_rule(instruments[instrument])
    return definition
