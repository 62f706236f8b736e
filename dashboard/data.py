"""Cached calls into the engine, and its answers as frames ready to draw.

Only this file of the dashboard's screen calls the engine, and the `data_*.py` beside it for single
pages. Cache keys are the snapshot's file, the cohort and the definition, never a frame.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from analysis.cohort import Cohort
from analysis.crosswalks import crosswalk, crosswalks
from analysis.deciding import Tables
from analysis.definition import Definition
from analysis.instruments import Instrument
from analysis.measures import Rates as Rates
from analysis.measures import rates_of
from analysis.outcomes import OUTCOMES, Outcome, why_not
from analysis.policy import LOCAL, check_policy
from analysis.release import release_beside, release_trajectories
from analysis.store import Store
from analysis.timepoints import WIDTHS
from analysis.trajectories import Trajectories, trajectories
from dashboard import RELEASE_VARIABLE, frames, words
from dashboard.data_store import opened_store as opened_store
from dashboard.data_store import store as store

# Mean scores as they were measured, not linked to another scale.
OWN_SCALE = "own"


@dataclass(frozen=True)
class Choice:
    """What the sidebar has chosen: which episodes, and how an outcome is decided."""

    cohort: Cohort
    definition: Definition


# Each is put in words once, however often it is part of a key.
_words_of = lru_cache(maxsize=1000)(repr)
KEYS: dict[str | type[Any], Callable[[Any], Any]] = {
    Cohort: _words_of,
    Definition: _words_of,
    Choice: _words_of,
}


def policy() -> str:
    """Return the release policy that everything shown here obeys."""
    return check_policy(os.environ.get(RELEASE_VARIABLE, LOCAL))


@st.cache_resource(max_entries=300, show_spinner=False, hash_funcs=KEYS)
def asked_tables(path: str, file: str, cohort: Cohort, by: tuple[str, ...]) -> Tables:
    """Return the counts of a cohort and grouping, which serve every definition that needs them."""
    return Tables(opened_store(path, file), cohort, by)


# kept as they are, not as copies: what the engine answers is frozen
@st.cache_resource(max_entries=2000, show_spinner=False, hash_funcs=KEYS)
def _both_ways(
    path: str,
    file: str,
    release: str,
    cohort: Cohort,
    definition: Definition,
    outcomes: tuple[str, ...],
    by: tuple[str, ...],
) -> tuple[Rates, ...]:
    tables = asked_tables(path, file, cohort, by)
    everybody = definition.with_missing("nonresponse")
    answers = [
        rates_of(tables, asked, outcomes) for asked in dict.fromkeys((definition, everybody))
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


@st.cache_resource(max_entries=500, show_spinner=False, hash_funcs=KEYS)
def _trajectories(
    path: str,
    file: str,
    release: str,
    cohort: Cohort,
    definition: Definition,
    by: tuple[str, ...],
    width: int,
    intervals: int,
    scale: str,
) -> Trajectories:
    answer = trajectories(
        opened_store(path, file),
        cohort,
        definition,
        by,
        width=width,
        intervals=intervals,
        shown_on=None if scale == OWN_SCALE else crosswalk(scale),
    )
    return release_trajectories(answer, release)


def mean_scores(
    choice: Choice, by: tuple[str, ...], interval: str, scale: str = OWN_SCALE
) -> Trajectories:
    """Return mean scores over time, in intervals of the named width, on the named scale."""
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
        scale,
    )


def scales(choice: Choice) -> dict[str, str]:
    """Return the scales on which mean scores can be shown: the instrument's own, then others."""
    own = instrument(choice)
    linked = {c.id: c.label for c in crosswalks().values() if c.instrument == own.id}
    return {OWN_SCALE: own.label, **linked}


def drawn_scale(choice: Choice, answer: Trajectories) -> tuple[str, tuple[float, float]]:
    """Return the name and the range of the scale that mean scores are shown on."""
    shown = answer.shown_on or instrument(choice)
    return shown.label, (shown.low, shown.high)


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
    opened = store()
    return dict(_outcome_labels(str(opened.path), opened.manifest.file, choice.definition))


@lru_cache(maxsize=200)
def _outcome_labels(path: str, file: str, definition: Definition) -> Mapping[str, str]:
    opened = opened_store(path, file)
    return {
        name: words.in_group(outcome.label, outcome.group)
        for name, outcome in OUTCOMES.items()
        if not_asked(opened, outcome, definition) is None
    }


def not_asked(store: Store, outcome: Outcome, definition: Definition) -> str | None:
    """Return why a store cannot be asked for an outcome under a definition; None where it can."""
    scale = store.instrument(definition.instrument)
    if outcome.item and scale.suicidality and scale.id not in store.items_recorded:
        return f"This store holds no answers to the item of {scale.label} on suicidal thoughts."
    return why_not(outcome, scale, definition)


def headline_outcomes(choice: Choice) -> tuple[str, ...]:
    """Return response and remission where the instrument has them, else any improvement."""
    labels = outcome_labels(choice)
    return tuple(name for name in ("response", "remission") if name in labels) or (
        "any_improvement",
    )


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
