"""The further rules of a definition: what the sidebar offers, and whether a text can be used.

Each box holds the instrument's own rule, the alternatives of the registry, and what is typed; the
texts are those of the command line and of the link.
"""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.change_rules import cutoff_rule, minimal_rule, reliable_rule
from analysis.definition import HORIZON, Definition, parse_horizon
from analysis.instruments import UNVERIFIED, Instrument
from analysis.instruments.in_words import SIDES

# What a box holds where the instrument has no rule of its own.
NONE = "none"
YEAR = 365


@dataclass(frozen=True)
class Rule:
    """One further rule: its words, what it offers on an instrument, and how a text is checked."""

    label: str
    offered: Callable[[Instrument], dict[str, str]]
    parse: Callable[[str, Instrument], object]
    help: str

    def first(self, instrument: Instrument) -> str:
        """Return what counts when nothing is chosen: the instrument's own rule, or none."""
        return next(iter(self.offered(instrument)))


def _own_first(options: dict[str, str], own: str | None) -> dict[str, str]:
    """Return options with the instrument's own rule on top, or none where it has no rule."""
    if own is None:
        return {NONE: "None", **options}
    return {own: options[own], **options}


def _mark(source: str, basis: str = "") -> str:
    """Return what stands in brackets beside a figure: unverified, else what it rests on."""
    said = UNVERIFIED if source == UNVERIFIED else basis
    return f" ({said})" if said else ""


def _minimal(instrument: Instrument) -> dict[str, str]:
    own = instrument.default_minimal
    options: dict[str, str] = {}
    for rule in instrument.minimal_important:
        if rule.unit == "percent" and instrument.floor is None:
            continue
        amount = f"{rule.amount:g} {'%' if rule.unit == 'percent' else 'points'}"
        options.setdefault(rule.id, f"{amount}{_mark(rule.source)}")
    return _own_first(options, own.id if own is not None and own.id in options else None)


def _reliable(instrument: Instrument) -> dict[str, str]:
    own = instrument.default_reliable
    options: dict[str, str] = {}
    for rule in sorted(instrument.reliable, key=lambda rule: rule != own):
        words = f"{rule.points:g} points{_mark(rule.source, rule.basis)}"
        options.setdefault(f"{rule.points:g}", words)
    return _own_first(options, None if own is None else f"{own.points:g}")


def _cutoff(instrument: Instrument) -> dict[str, str]:
    own = instrument.recovery
    computed = {"a": "Two SDs from this sample’s mean (a)"}
    if own is None:
        return _own_first(computed, None)
    words = SIDES[own.operator, instrument.higher_is_worse].capitalize()
    text = f"{own.operator}{own.cut:g}"
    return {text: f"{words} {own.cut:g}{_mark(own.source)}", **computed}


def _horizon(instrument: Instrument) -> dict[str, str]:
    return {str(day): f"Day {day}" for day in (HORIZON, YEAR)}


def _unless_none(
    parse: Callable[[Instrument, str | None], object], named: Callable[[str], Definition]
) -> Callable[[str, Instrument], object]:
    """Return a check of a text that also lets "none of its own" stand."""

    def check(text: str, instrument: Instrument) -> object:
        return None if text == NONE else (named(text), parse(instrument, text))

    return check


# In the order in which they are offered; the names are those of the command line and of the link.
RULES: dict[str, Rule] = {
    "minimal_important": Rule(
        "Minimal important change",
        _minimal,
        _unless_none(minimal_rule, lambda text: Definition(minimal_important=text)),
        "The least improvement that matters to patients. Type points, such as 5, or per cent of "
        "the baseline, such as 32%.",
    ),
    "reliable_change": Rule(
        "Reliable change",
        _reliable,
        _unless_none(reliable_rule, lambda text: Definition(reliable_change=text)),
        "A change larger than the error of measurement. Type points, such as 6, or a reliability: "
        "r=0.8 (with the SD of the baselines) or r=0.8,sd=5.5.",
    ),
    "cutoff": Rule(
        "Cut-off of recovery",
        _cutoff,
        _unless_none(cutoff_rule, lambda text: Definition(cutoff=text)),
        "The score between people who are ill and people who are well: who crosses it with a "
        "reliable change has recovered. Type lt10 (below 10), le13 (13 or "
        "below), a, or b:MEAN:SD or c:MEAN:SD of people who are well, such as c:8:8.",
    ),
    "horizon": Rule(
        "Sustained up to",
        _horizon,
        lambda text, instrument: Definition(horizon=parse_horizon(text)),
        "The day up to which a sustained response or remission must hold. Type another day.",
    ),
}
# Those that belong to one instrument, and go back to its own when the instrument changes.
OF_INSTRUMENT = ("minimal_important", "reliable_change", "cutoff")
