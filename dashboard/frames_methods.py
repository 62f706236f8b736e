"""The registry and the methods as frames to list: every figure and rule with its source."""

from collections.abc import Iterable

import pandas as pd

from analysis.instruments import Instrument
from analysis.instruments.catalogue import FAMILIES, about, sourced
from analysis.instruments.in_words import SIDES, TOPICS
from analysis.methods import Method


def about_table(instrument: Instrument) -> pd.DataFrame:
    """Return what is said about an instrument beside its figures."""
    return pd.DataFrame(about(instrument).items(), columns=["Topic", "What is known"])


def figure_table(instrument: Instrument) -> pd.DataFrame:
    """Return every figure of an instrument: topic, figure, and source or the word unverified."""
    order = list(TOPICS)
    rows = [
        (
            TOPICS[figure.topic],
            f"{figure.text} – the default" if figure.default else figure.text,
            figure.source,
        )
        for figure in sorted(
            instrument.figures, key=lambda f: (order.index(f.topic), not f.default)
        )
    ]
    return pd.DataFrame(rows, columns=["Topic", "Figure", "Source"])


def sourced_words(instrument: Instrument) -> str:
    """Return how many of the figures of an instrument have a source."""
    verified, known = sourced(instrument)
    return f"{verified} of {known}"


def instrument_table(instruments: Iterable[Instrument]) -> pd.DataFrame:
    """Return one row per instrument with what a reader chooses by."""
    columns = {
        "Instrument": lambda scale: scale.label,
        "Family": lambda scale: FAMILIES[scale.family],
        "Rater": lambda scale: about(scale).get("Who rates", "not told"),
        "Range": _range,
        "Higher is": lambda scale: "worse" if scale.higher_is_worse else "better",
        "Remission, default": _remission,
        "Reliable change": _reliable,
        "With a source": sourced_words,
    }
    rows = [[words(scale) for words in columns.values()] for scale in instruments]
    return pd.DataFrame(rows, columns=list(columns))


def _range(scale: Instrument) -> str:
    return f"{scale.low:g} to {scale.high:g}" if scale.scored else "no total score"


def _remission(scale: Instrument) -> str:
    rule = scale.default_remission
    if rule is None:
        return "none"
    return f"{SIDES[rule.operator, scale.higher_is_worse]} {rule.cut:g}{_mark(rule.source)}"


def _reliable(scale: Instrument) -> str:
    rule = scale.default_reliable
    return "none" if rule is None else f"{rule.points:g} points{_mark(rule.source)}"


def _mark(source: str) -> str:
    return " (unverified)" if source == "unverified" else ""


def method_table(methods: Iterable[Method], first: str, rule: str = "Rule") -> pd.DataFrame:
    """Return methods under the headings that they fill: name, listed under, rule, source."""
    found = list(methods)
    columns = {first: [method.label for method in found]}
    if any(method.group for method in found):
        columns["Listed under"] = [method.group for method in found]
    columns[rule] = [
        method.text if method.defined else f"Not defined for this instrument: {method.text}"
        for method in found
    ]
    if any(method.source for method in found):
        columns["Source"] = [method.source for method in found]
    return pd.DataFrame(columns)
