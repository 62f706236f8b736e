"""Calls into the engine for the page of instruments and methods: the registry, and every rule."""

import pandas as pd

from analysis import methods
from analysis.export import instruments_csv
from analysis.instruments import Instrument
from analysis.instruments.catalogue import FAMILIES, by_family
from dashboard import frames_methods, words
from dashboard.data import Choice, instrument, store

# The instrument that the sidebar is about, whichever that is.
OF_SIDEBAR = ""


def scales(choice: Choice) -> dict[str, str]:
    """Return every instrument by family with its words; first the one of the sidebar."""
    listed = {scale.id: _in_family(scale) for scale in by_family(store().instruments)}
    own = f"As in the sidebar: {instrument(choice).label}"
    return {OF_SIDEBAR: own, **words.told_apart(listed, str)}


def _in_family(scale: Instrument) -> str:
    return f"{FAMILIES[scale.family]}: {scale.label}"


def scale(choice: Choice, name: str) -> Instrument:
    """Return the instrument that the page is about."""
    return store().instruments[name] if name else instrument(choice)


def families() -> dict[str, str]:
    """Return the families that instruments belong to, with their words."""
    present = {scale.family for scale in by_family(store().instruments)}
    return {name: words for name, words in FAMILIES.items() if name in present}


def instrument_table(chosen: list[str]) -> pd.DataFrame:
    """Return the instruments of the chosen families, or all, as a table to read."""
    every = by_family(store().instruments)
    return frames_methods.instrument_table(
        scale for scale in every if not chosen or scale.family in chosen
    )


def about_table(scale: Instrument) -> pd.DataFrame:
    """Return what is said about an instrument beside its figures."""
    return frames_methods.about_table(scale)


def figure_table(scale: Instrument) -> pd.DataFrame:
    """Return every figure of an instrument with its source or the word unverified."""
    return frames_methods.figure_table(scale)


def sourced_words(scale: Instrument) -> str:
    """Return how many of the figures of an instrument have a source."""
    return frames_methods.sourced_words(scale)


def outcome_table(choice: Choice, scale: Instrument) -> pd.DataFrame:
    """Return every outcome with its rule on an instrument under the definition in force."""
    asked = methods.for_instrument(choice.definition, scale)
    return frames_methods.method_table(methods.outcome_methods(scale, asked), "Outcome")


def event_table(choice: Choice, scale: Instrument) -> pd.DataFrame:
    """Return every event that is waited for with its rule on an instrument."""
    asked = methods.for_instrument(choice.definition, scale)
    return frames_methods.method_table(methods.event_methods(scale, asked), "Event")


def timepoint_table() -> pd.DataFrame:
    """Return every named timepoint with the score that it picks."""
    found = methods.timepoint_methods()
    table = frames_methods.method_table(found, "Timepoint", "Endpoint")
    return table.assign(Timepoint=table["Timepoint"].map(words.TIMEPOINTS))


def missing_table() -> pd.DataFrame:
    """Return every rule for missing endpoints."""
    table = frames_methods.method_table(methods.missing_methods(), "Missing endpoints")
    return table.assign(
        **{"Missing endpoints": table["Missing endpoints"].map(words.MISSING_RULES)}
    )


def statistics_table() -> pd.DataFrame:
    """Return what is computed and how, with its source."""
    return frames_methods.method_table(methods.statistics(), "Number", "Method")


def registry_csv() -> str:
    """Return every figure of every instrument with its source as CSV text."""
    return instruments_csv(store().instruments)
