"""Calls into the engine for the Durability and Sensitivity pages."""

import streamlit as st

from analysis.cohort import Cohort
from analysis.curve_results import Curves as Curves
from analysis.curves import curves
from analysis.deciding import Tables
from analysis.errors import DefinitionError as DefinitionError
from analysis.release_curves import release_curves
from analysis.sensitivity import Bounds as Bounds
from analysis.sensitivity import Sensitivity as Sensitivity
from analysis.sensitivity import bounds_of, check_local, sensitivity_of
from dashboard.data import KEYS, Choice, opened_store, policy, store


def _snapshot() -> tuple[str, str]:
    """Return where the current snapshot is, as part of a cache key."""
    opened = store()
    return str(opened.path), opened.manifest.file


@st.cache_resource(max_entries=500, show_spinner=False, hash_funcs=KEYS)
def _curves(
    place: tuple[str, str], release: str, choice: Choice, event: str, by: tuple[str, ...]
) -> Curves:
    answer = curves(opened_store(*place), choice.cohort, choice.definition, event, by)
    return release_curves(answer, release)


def waiting(choice: Choice, event: str, by: tuple[str, ...]) -> Curves:
    """Return the time to an event per group; raises DefinitionError where it cannot be told."""
    return _curves(_snapshot(), policy(), choice, event, by)


# Some dozens of questions each, of which no other page asks most: only the latest are kept.
@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=KEYS)
def _tables(place: tuple[str, str], cohort: Cohort, by: tuple[str, ...]) -> Tables:
    return Tables(opened_store(*place), cohort, by)


@st.cache_resource(max_entries=200, show_spinner="Counting anew ...", hash_funcs=KEYS)
def _variants(
    place: tuple[str, str], release: str, choice: Choice, outcome: str, by: tuple[str, ...]
) -> Sensitivity:
    check_local(release)
    tables = _tables(place, choice.cohort, by)
    return sensitivity_of(tables, choice.definition, outcome)


def variants(choice: Choice, outcome: str, by: tuple[str, ...]) -> Sensitivity:
    """Return one outcome under many definitions; raises DefinitionError where it cannot be."""
    return _variants(_snapshot(), policy(), choice, outcome, by)


@st.cache_resource(max_entries=500, show_spinner=False, hash_funcs=KEYS)
def _extremes(
    place: tuple[str, str],
    release: str,
    choice: Choice,
    outcome: str,
    by: tuple[str, ...],
    reach: int,
) -> tuple[Bounds, ...]:
    check_local(release)
    tables = _tables(place, choice.cohort, by)
    return bounds_of(tables, choice.definition, outcome, reach / 100)


def extremes(choice: Choice, outcome: str, by: tuple[str, ...], reach: int) -> tuple[Bounds, ...]:
    """Return what the rate could be whatever the missing endpoints were; `reach` in per cent."""
    return _extremes(_snapshot(), policy(), choice, outcome, by, reach)
