"""How much change counts: minimal important, reliable, and past a cut-off; named in short texts.

`32%` and `5` are minimal important changes, `6`, `r=0.8` and `r=0.8,sd=5.5` reliable ones, `lt10`,
`le13`, `a`, `b:8:8` and `c:8:8` (mean and SD of people who are well) are cut-offs.
"""

import re
from dataclasses import dataclass
from typing import Literal

from analysis.errors import DefinitionError
from analysis.instruments import UNVERIFIED, Instrument, MinimalChange, ReliablePoints

_NUMBER = r"\d+(?:\.\d+)?"
_MINIMAL = re.compile(rf"({_NUMBER})(%?)")
_RELIABLE = re.compile(rf"r=(0?\.\d+|0|1)(?:,sd=({_NUMBER}))?")
_CUT = re.compile(rf"(lt|le)(-?{_NUMBER})")
_POPULATIONS = re.compile(rf"(a|[bc]:(-?{_NUMBER}):({_NUMBER}))")


@dataclass(frozen=True)
class Sample:
    """The baseline scores that a computed rule rests on: episodes with both scores, all groups."""

    mean: float
    sd: float
    n: int


@dataclass(frozen=True)
class ReliableRule:
    """A reliable change: points as they are, or computed from a reliability and an SD.

    `sd` None stands for the SD of the sample at baseline.
    """

    points: float | None = None
    reliability: float | None = None
    sd: float | None = None


@dataclass(frozen=True)
class CutoffRule:
    """A cut-off: `lt` or `le` a score, or `a`, `b`, `c` of Jacobson and Truax.

    `a` is two SDs from the sample's mean, `b` two SDs from the mean of people who are well, `c`
    where the two populations meet.
    """

    kind: Literal["lt", "le", "a", "b", "c"]
    cut: float | None = None
    mean: float | None = None
    sd: float | None = None


def parse_minimal(text: str) -> MinimalChange:
    """Return the minimal important change that `5` (points) or `32%` describes."""
    match = _MINIMAL.fullmatch(text.strip())
    if match is None or float(match[1]) <= 0:
        raise DefinitionError(
            f'"{text}" is not a minimal important change: write points, such as 5, or per cent of '
            "the baseline, such as 32%."
        )
    return MinimalChange(float(match[1]), "percent" if match[2] else "points", UNVERIFIED)


def parse_reliable(text: str) -> ReliableRule:
    """Return the reliable change that `6`, `r=0.8` or `r=0.8,sd=5.5` describes."""
    written = text.replace(" ", "")
    if re.fullmatch(_NUMBER, written) and float(written) > 0:
        return ReliableRule(points=float(written))
    match = _RELIABLE.fullmatch(written)
    if match is None or (match[2] is not None and float(match[2]) <= 0):
        raise DefinitionError(
            f'"{text}" is not a reliable change: write points, such as 6, or a reliability, such '
            "as r=0.8 (with the SD of the baseline) or r=0.8,sd=5.5."
        )
    sd = None if match[2] is None else float(match[2])
    return ReliableRule(reliability=float(match[1]), sd=sd)


def parse_cutoff(text: str) -> CutoffRule:
    """Return the cut-off that `lt10`, `le13`, `a`, `b:8:8` or `c:8:8` describes."""
    written = text.replace(" ", "")
    cut = _CUT.fullmatch(written)
    if cut is not None:
        return CutoffRule("lt" if cut[1] == "lt" else "le", cut=float(cut[2]))
    populations = _POPULATIONS.fullmatch(written)
    if populations is None or (populations[3] is not None and float(populations[3]) <= 0):
        raise DefinitionError(
            f'"{text}" is not a cut-off: write lt10, le13, a, or b:MEAN:SD or c:MEAN:SD with the '
            "mean and SD of people who are well."
        )
    if populations[2] is None:
        return CutoffRule("a")
    return CutoffRule(
        "b" if written[0] == "b" else "c", mean=float(populations[2]), sd=float(populations[3])
    )


def minimal_rule(instrument: Instrument, text: str | None) -> MinimalChange:
    """Return the minimal important change in force: the named one, else the instrument's own.

    Raises DefinitionError where there is none, and for per cent where there is no true zero.
    """
    named = None if text is None else parse_minimal(text)
    rule = instrument.default_minimal if named is None else named
    if rule is None:
        raise DefinitionError(
            f"{instrument.label} has no minimal important change: name one, such as 5 or 20%."
        )
    if rule.unit == "percent" and instrument.floor is None:
        raise DefinitionError(f"Percent change is not defined on {instrument.label}: name points.")
    known = (own for own in instrument.minimal_important if own.id == rule.id)
    return next(known, rule)


def reliable_rule(instrument: Instrument, text: str | None) -> tuple[ReliableRule, str]:
    """Return the reliable change in force and its source; the instrument's own where none is named.

    Raises DefinitionError where there is none.
    """
    default = instrument.default_reliable
    if text is None:
        if default is None:
            raise DefinitionError(
                f"{instrument.label} has no reliable-change points: name points, such as 6, or a "
                "reliability, such as r=0.8."
            )
        return ReliableRule(points=default.points), _rests_on(default)
    rule = parse_reliable(text)
    for own in instrument.reliable:
        if rule.points == own.points:
            return rule, _rests_on(own)
    return rule, f"chosen; {UNVERIFIED}"


def _rests_on(own: ReliablePoints) -> str:
    """Return whether points are published, computed or chosen, and their source."""
    told = own.source.startswith(own.basis)
    return own.source if told else f"{own.basis}; {own.source}"


def cutoff_rule(instrument: Instrument, text: str | None) -> tuple[CutoffRule, str]:
    """Return the cut-off in force and its source; the instrument's own where none is named.

    Raises DefinitionError where there is none.
    """
    own = instrument.recovery
    if text is None:
        if own is None:
            raise DefinitionError(
                f"{instrument.label} has no cut-off between the ill and the well: name one, such "
                "as lt10, or a."
            )
        return CutoffRule("lt" if own.operator == "lt" else "le", cut=own.cut), own.source
    rule = parse_cutoff(text)
    if own is not None and (rule.kind, rule.cut) == (own.operator, own.cut):
        return rule, own.source
    return rule, f"chosen; {UNVERIFIED}" if rule.cut is not None else "computed"
