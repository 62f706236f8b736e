"""Reliable change and the five classes of clinically significant change.

A change is reliable when it is larger than the error of measurement. The classes cross it with a
cut-off between people who are ill and people who are well; each episode is in exactly one.
Source: Jacobson and Truax 1991, doi:10.1037/0022-006X.59.1.12.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.change_rules import Sample, cutoff_rule, reliable_rule
from analysis.definition import Definition
from analysis.errors import DefinitionError
from analysis.instruments import Instrument
from analysis.outcomes.verdict import Scores, Verdicts, both_known, improvement, verdicts
from analysis.stats.reliable_change import (
    CLASSES,
    Norms,
    classes,
    critical_difference,
    cutoff,
    sides,
)


def _sample(definition: Definition) -> Sample:
    """Return the scores that a computed rule rests on; raises DefinitionError where too few."""
    if definition.sample is None:
        raise DefinitionError("Too few episodes with both scores to compute this rule from.")
    return definition.sample


def reliable_words(instrument: Instrument, definition: Definition) -> str:
    """Return from how many points a change is reliable, and what that rests on."""
    rule, source = reliable_rule(instrument, definition.reliable_change)
    if rule.points is not None:
        return f"at least {rule.points:g} points ({source})"
    spread = "SD of the baseline"
    if rule.sd is not None:
        spread = f"SD {rule.sd:g}"
    elif definition.sample is not None:
        spread = f"SD {definition.sample.sd:.2f} of {definition.sample.n} baselines"
    computed = ""
    if rule.sd is not None or definition.sample is not None:
        computed = f"{_critical(instrument, definition):.2f} = "
    return (
        f"more than {computed}1.96 x {spread} x root of 2 (1 - {rule.reliability:g}) points "
        f"(computed; reliability {source.removeprefix('chosen; ')})"
    )


def _critical(instrument: Instrument, definition: Definition) -> float:
    return _threshold(instrument, definition)[0]


def _threshold(instrument: Instrument, definition: Definition) -> tuple[float, bool]:
    """Return the points of reliable change, and whether reaching them is enough.

    Published points count themselves; a computed difference must be exceeded.
    """
    rule, _ = reliable_rule(instrument, definition.reliable_change)
    if rule.points is not None or rule.reliability is None:
        return float(rule.points or 0), True
    sd = rule.sd if rule.sd is not None else _sample(definition).sd
    return critical_difference(rule.reliability, sd), False


def reliable(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition, sign: int
) -> NDArray[np.bool_]:
    """Return where the change is reliable: for the better (sign 1) or for the worse (-1)."""
    points, reached = _threshold(instrument, definition)
    change = sign * improvement(baseline, endpoint, instrument)
    with np.errstate(invalid="ignore"):
        return np.asarray(change >= points if reached else change > points)


def cutoff_words(instrument: Instrument, definition: Definition) -> str:
    """Return the cut-off to the side of people who are well, and what it rests on."""
    rule, source = cutoff_rule(instrument, definition.cutoff)
    if rule.cut is not None:
        words = {
            ("lt", True): "below",
            ("le", True): "at or below",
            ("lt", False): "above",
            ("le", False): "at or above",
        }[rule.kind, instrument.higher_is_worse]
        return f"{words} {rule.cut:g} ({source})"
    side = "below" if instrument.higher_is_worse else "above"
    well = "" if rule.mean is None else f", mean {rule.mean:g} and SD {rule.sd:g} of people well"
    value = ""
    if rule.kind == "b" or definition.sample is not None:
        value = f" {_computed_cutoff(instrument, definition):.2f}"
    return f"{side}{value} (cut-off {rule.kind} of Jacobson and Truax{well})"


def _computed_cutoff(instrument: Instrument, definition: Definition) -> float:
    rule, _ = cutoff_rule(instrument, definition.cutoff)
    if rule.kind == "lt" or rule.kind == "le":
        raise ValueError("a cut-off that is a score is not computed")
    ill = None
    if rule.kind != "b":
        sample = _sample(definition)
        ill = Norms(sample.mean, sample.sd)
    well = None if rule.mean is None or rule.sd is None else Norms(rule.mean, rule.sd)
    return cutoff(
        rule.kind, clinical=ill, functional=well, higher_is_worse=instrument.higher_is_worse
    )


def _sides(
    baseline: Scores, endpoint: Scores, instrument: Instrument, definition: Definition
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who was on the side of people who are ill before, who on that of the well after."""
    rule, _ = cutoff_rule(instrument, definition.cutoff)
    if rule.cut is None:
        cut = _computed_cutoff(instrument, definition)
        return sides(baseline, endpoint, cut, instrument.higher_is_worse)
    sign = 1 if instrument.higher_is_worse else -1
    before, after, cut = sign * baseline, sign * endpoint, sign * rule.cut
    with np.errstate(invalid="ignore"):
        if rule.kind == "le":
            return before > cut, after <= cut
        return before >= cut, after < cut


def in_class(
    name: str,
    baseline: Scores,
    endpoint: Scores,
    instrument: Instrument,
    definition: Definition,
) -> Verdicts:
    """Decide whether an episode is in one class of clinically significant change.

    Recovered: reliably better, and from the side of people who are ill to that of people who are
    well. Harmed: reliably worse, and the other way. Improved and deteriorated: reliable, without
    that crossing. Unchanged: the rest. Unknown where a score is missing.
    """
    points, reached = _threshold(instrument, definition)
    found = classes(
        improvement(baseline, endpoint, instrument),
        points,
        *_sides(baseline, endpoint, instrument, definition),
        reached_is_enough=reached,
    )
    return verdicts(found == CLASSES.index(name), both_known(baseline, endpoint))


def class_words(name: str, instrument: Instrument, definition: Definition) -> str:
    """Return the rule of one class in words."""
    reliable_by, cut = (
        reliable_words(instrument, definition),
        cutoff_words(instrument, definition),
    )
    return {
        "recovered": f"{instrument.label} better by {reliable_by}, and from the ill side to {cut}",
        "improved": f"{instrument.label} better by {reliable_by}, without crossing to {cut}",
        "unchanged": f"{instrument.label} neither better nor worse by {reliable_by}",
        "deteriorated": f"{instrument.label} worse by {reliable_by}, without leaving {cut}",
        "harmed": f"{instrument.label} worse by {reliable_by}, and no longer {cut}",
    }[name]
