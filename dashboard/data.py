"""Cached calls into the engine, and its answers as frames ready to draw.

The only file of the dashboard's screen that calls the engine. Cache keys are the snapshot's file,
the cohort and the definition, never a frame.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis.cohort import Cohort
from analysis.curve_results import Curves as Curves
from analysis.curves import curves
from analysis.definition import Definition
from analysis.errors import DefinitionError as DefinitionError
from analysis.errors import StoreMissing
from analysis.instruments import Instrument
from analysis.measures import Rates as Rates
from analysis.measures import rates
from analysis.outcomes import OUTCOMES
from analysis.release import LOCAL, check_policy, release_beside, release_trajectories
from analysis.release_curves import release_curves
from analysis.sensitivity import Bounds as Bounds
from analysis.sensitivity import Sensitivity as Sensitivity
from analysis.sensitivity import bounds, check_local, sensitivity
from analysis.store import Store, open_store
from analysis.store.manifest import read_manifest
from analysis.trajectories import WIDTHS, Trajectories, trajectories
from dashboard import RELEASE_VARIABLE, STORE_VARIABLE, frames, words


@dataclass(frozen=True)
class Choice:
    """What the sidebar has chosen: which episodes, and how an outcome is decided."""

    cohort: Cohort
    definition: Definition


KEYS: dict[str | type[Any], Callable[[Any], Any]] = {
    Cohort: repr,
    Definition: repr,
    Choice: repr,
}


@st.cache_resource(max_entries=2, show_spinner="Opening the store ...")
def _opened(path: str, file: str) -> Store:
    return open_store(path)


def store() -> Store:
    """Return the current snapshot; a newly published one is noticed at the next rerun."""
    path = os.environ.get(STORE_VARIABLE)
    if not path:
        raise StoreMissing("No store was named: start the dashboard with trd-outcomes serve STORE.")
    return _opened(path, read_manifest(Path(path)).file)


def policy() -> str:
    """Return the release policy that everything shown here obeys."""
    return check_policy(os.environ.get(RELEASE_VARIABLE, LOCAL))


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=KEYS)
def _both_ways(
    path: str,
    file: str,
    release: str,
    cohort: Cohort,
    definition: Definition,
    outcomes: tuple[str, ...],
    by: tuple[str, ...],
) -> tuple[Rates, ...]:
    opened = _opened(path, file)
    everybody = definition.with_missing("nonresponse")
    answers = [
        rates(opened, cohort, asked, outcomes, by)
        for asked in dict.fromkeys((definition, everybody))
    ]
    return release_beside(answers, release)


def both_ways(choice: Choice, by: tuple[str, ...], outcomes: tuple[str, ...]) -> tuple[Rates, ...]:
    """Return the rates under the chosen missing rule and with every missing endpoint not met.

    One answer where the two are the same; both as the release policy allows.
    """
    opened = store()
    return _both_ways(
        str(opened.path),
        opened.manifest.file,
        policy(),
        choice.cohort,
        choice.definition,
        outcomes,
        by,
    )


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=KEYS)
def _trajectories(
    path: str,
    file: str,
    release: str,
    cohort: Cohort,
    definition: Definition,
    by: tuple[str, ...],
    width: int,
    intervals: int,
) -> Trajectories:
    answer = trajectories(
        _opened(path, file), cohort, definition, by, width=width, intervals=intervals
    )
    return release_trajectories(answer, release)


def mean_scores(choice: Choice, by: tuple[str, ...], interval: str) -> Trajectories:
    """Return mean scores over time, in intervals of the named width."""
    opened = store()
    width, intervals = WIDTHS[interval]
    return _trajectories(
        str(opened.path),
        opened.manifest.file,
        policy(),
        choice.cohort,
        choice.definition,
        by,
        width,
        intervals,
    )


def _snapshot() -> tuple[str, str]:
    """Return where the current snapshot is, as part of a cache key."""
    opened = store()
    return str(opened.path), opened.manifest.file


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=KEYS)
def _curves(
    place: tuple[str, str], release: str, choice: Choice, event: str, by: tuple[str, ...]
) -> Curves:
    answer = curves(_opened(*place), choice.cohort, choice.definition, event, by)
    return release_curves(answer, release)


def waiting(choice: Choice, event: str, by: tuple[str, ...]) -> Curves:
    """Return the time to an event per group; raises DefinitionError where it cannot be told."""
    return _curves(_snapshot(), policy(), choice, event, by)


@st.cache_data(max_entries=200, show_spinner="Counting anew ...", hash_funcs=KEYS)
def _variants(
    place: tuple[str, str], release: str, choice: Choice, outcome: str, by: tuple[str, ...]
) -> Sensitivity:
    check_local(release)
    return sensitivity(_opened(*place), choice.cohort, choice.definition, outcome, by)


def variants(choice: Choice, outcome: str, by: tuple[str, ...]) -> Sensitivity:
    """Return one outcome under many definitions; raises DefinitionError where it cannot be."""
    return _variants(_snapshot(), policy(), choice, outcome, by)


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=KEYS)
def _extremes(
    place: tuple[str, str],
    release: str,
    choice: Choice,
    outcome: str,
    by: tuple[str, ...],
    reach: int,
) -> tuple[Bounds, ...]:
    check_local(release)
    question = (_opened(*place), choice.cohort, choice.definition, outcome, by)
    return bounds(*question, reach=reach / 100)


def extremes(choice: Choice, outcome: str, by: tuple[str, ...], reach: int) -> tuple[Bounds, ...]:
    """Return what the rate could be whatever the missing endpoints were; `reach` in per cent."""
    return _extremes(_snapshot(), policy(), choice, outcome, by, reach)


def instrument(choice: Choice) -> Instrument:
    """Return the chosen instrument."""
    return store().instrument(choice.definition.instrument)


def modalities() -> dict[str, str]:
    """Return the words for each modality, the store's own included."""
    return dict(store().modalities)


def rate_frame(*answers: Rates) -> pd.DataFrame:
    """Return rates as a frame ready to draw."""
    return frames.rate_frame(answers, modalities())


def flow_frame(answer: Rates) -> pd.DataFrame:
    """Return the patient flow of an ungrouped answer as a frame ready to draw."""
    met = {f"Met: {OUTCOMES[row.measure].label.lower()}": row.numerator for row in answer.rows}
    return frames.flow_frame(answer.flow[0], met)


def flow_table(answer: Rates) -> pd.DataFrame:
    """Return the patient flow of every group as a table to read."""
    return frames.flow_table(answer, modalities())


def mean_frame(answer: Trajectories) -> pd.DataFrame:
    """Return mean scores as a frame ready to draw."""
    return frames.mean_frame(answer, modalities())


def field_labels() -> dict[str, str]:
    """Return the fields that episodes can be grouped by, with their words."""
    return dict(store().fields)


def interval_names() -> list[str]:
    """Return the names of the interval widths of trajectories."""
    return list(WIDTHS)


def outcome_labels(choice: Choice) -> dict[str, str]:
    """Return the outcomes that the chosen instrument has, with their words."""
    return {
        name: outcome.label
        for name, outcome in OUTCOMES.items()
        if name != "remission" or choice.definition.remission_rule(instrument(choice)) is not None
    }


def headline_outcomes(choice: Choice) -> tuple[str, ...]:
    """Return response and remission, or response alone where there is no remission rule."""
    return tuple(name for name in ("response", "remission") if name in outcome_labels(choice))


def rate_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a rate frame as a table to read."""
    return frames.rate_table(frame)


def mean_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a mean frame as a table to read."""
    return frames.mean_table(frame)


def completeness_words(answer: Rates) -> tuple[str, str]:
    """Return the completeness of an ungrouped answer, and what it is made of."""
    step = answer.flow[0]
    if step.with_endpoint is None or step.mature is None:
        return words.WITHHELD, "too few episodes to show how many have an endpoint"
    return (
        frames.completeness(answer, answer.rows[0]),
        f"{words.count(step.with_endpoint)} of {words.count(step.mature)} eligible and mature "
        "episodes have an endpoint",
    )


def episode_words(answer: Rates) -> tuple[str, str]:
    """Return the number of episodes of an ungrouped answer, and of how many patients they are."""
    step = answer.flow[0]
    return words.count(step.episodes), f"of {words.count(step.patients)} patients"
