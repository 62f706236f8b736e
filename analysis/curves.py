"""How long until response, remission or relapse: curves with everyone who is still waited for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cohort import Cohort
from analysis.curve_results import Curves, CurveStep, CurveSummary, Landmark
from analysis.definition import LATEST_HORIZON, Definition
from analysis.errors import DefinitionError
from analysis.events import COMPETING, Event, event, limits
from analysis.outcomes import UNKNOWN
from analysis.stats.survival import (
    Curve,
    Incidence,
    cumulative_incidence,
    kaplan_meier,
    quantile,
    restricted_mean,
)
from analysis.store import Store, waiting
from analysis.store.questions import eligible_range
from analysis.tables import EventTable, Group

# Days at which the share with the event is read off the curve.
LANDMARKS = (14, 28, 56, 84, 183, 365)


@dataclass(frozen=True)
class People:
    """Counts per time: with the event, with a competing one, and left without either."""

    time: NDArray[np.float64]
    events: NDArray[np.int64]
    competing: NDArray[np.int64]
    censored: NDArray[np.int64]


def curves(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    event_name: str,
    by: tuple[str, ...] = (),
    *,
    until: int | None = None,
) -> Curves:
    """Return the time to an event per group, with censoring and competing events.

    Follow-up ends with the last assessment, or with a switch, re-treatment, drop-out or death,
    whichever of event and competing event comes first. Episodes that nobody assessed after the
    clock's start, and that no competing event ended, are not followed and counted apart; those from
    whose baseline the event is undefined (response from the floor) are not eligible. `until`
    is the day to which the mean is restricted, by default the last day on which every group is
    still followed. Raises UnknownName or DefinitionError for what cannot be asked.
    """
    found = event(event_name)
    found.describe(store.instrument(definition.instrument), definition)  # or says why not
    if until is not None and not 1 <= until <= LATEST_HORIZON:
        raise DefinitionError(f"The mean is restricted to a day from 1 to {LATEST_HORIZON}.")
    table = event_table(store, cohort, definition, found, by)
    return curves_of(store, cohort, definition, found, table, until)


def curves_of(
    store: Store,
    cohort: Cohort,
    definition: Definition,
    found: Event,
    table: EventTable,
    until: int | None = None,
) -> Curves:
    """Return what `curves` returns, from a table that was asked for already."""
    instrument = store.instrument(definition.instrument)
    waiting_people = [people(table, position) for position in range(len(table.groups))]
    followed_to = [int(group.time.max()) for group in waiting_people if group.time.size]
    last = until or min((day for day in followed_to if day > 0), default=None)
    steps: list[CurveStep] = []
    summaries, landmarks = [], []
    for position, (group, own) in enumerate(zip(table.groups, waiting_people, strict=True)):
        km = kaplan_meier(own.time, own.events, own.competing + own.censored)
        incidence = cumulative_incidence(own.time, own.events, own.competing, own.censored)
        steps += _steps(group, km, incidence)
        summaries.append(_summary(table, position, found, km, last))
        landmarks += _landmarks(group, incidence)
    words = definition.baseline_sentence(instrument)
    clock = "first treatment day" if found.after is None else f"first {found.after}"
    return Curves(
        by=table.by,
        event=found.id,
        steps=tuple(steps),
        summaries=tuple(summaries),
        landmarks=tuple(landmarks),
        cohort=cohort.sentence(store.fields, store.modalities),
        definition=definition,
        definition_sentence=(
            f"{words} Followed from the {clock} to the last assessment; "
            f"{_listed(list(COMPETING.values()))} end it as competing events."
        ),
        rules=((found.id, found.describe(instrument, definition)),),
        snapshot=store.snapshot,
    )


def _listed(words: Sequence[str]) -> str:
    lowered = [word.lower() for word in words]
    return f"{', '.join(lowered[:-1])} and {lowered[-1]}"


def event_table(
    store: Store, cohort: Cohort, definition: Definition, found: Event, by: tuple[str, ...]
) -> EventTable:
    """Ask the store, with the scores that show the event worked out from the outcome's own rule."""
    instrument = store.instrument(definition.instrument)
    lowest, highest = eligible_range(definition, instrument)
    baselines = np.arange(lowest, highest + 1, dtype=np.int64)
    # nobody waits for what is undefined from their baseline: nothing can be halved at the floor
    before = baselines / instrument.units_per_point
    some = np.full(before.shape, instrument.low, dtype=np.float64)
    baselines = baselines[found.meets(before, some, instrument, definition) != UNKNOWN]
    start = None
    if found.after is not None:
        start = limits(event(found.after), baselines, instrument, definition)
    return waiting(
        store,
        cohort,
        definition,
        by,
        baselines=baselines,
        limits=limits(found, baselines, instrument, definition),
        better=found.better,
        competing=tuple(COMPETING),
        start_limits=start,
        confirming=found.confirming,
    )


def people(table: EventTable, position: int) -> People:
    """Return the people of one group who are waited for, as counts per day."""
    own = (table.group == position) & (table.day >= 0)
    counts = table.episodes[own]
    status = table.status[own]
    met, left = status == "met", status == "censored"
    return People(
        table.day[own].astype(np.float64),
        np.where(met, counts, 0),
        np.where(~met & ~left, counts, 0),
        np.where(left, counts, 0),
    )


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


def _steps(group: Group, km: Curve, incidence: Incidence) -> list[CurveStep]:
    return [
        CurveStep(
            group,
            int(km.time[i]),
            int(km.at_risk[i]),
            int(km.events[i]),
            int(incidence.competing[i]),
            int(incidence.censored[i]),
            float(km.estimate[i]),
            _number(km.conf_low[i]),
            _number(km.conf_high[i]),
            float(incidence.event.estimate[i]),
            _number(incidence.event.conf_low[i]),
            _number(incidence.event.conf_high[i]),
        )
        for i in range(km.time.size)
    ]


def _summary(
    table: EventTable, position: int, found: Event, km: Curve, until: int | None
) -> CurveSummary:
    own = table.group == position
    counts = {
        str(status): int(table.episodes[own & (table.status == status)].sum())
        for status in np.unique(table.status[own])
    }
    episodes = sum(counts.values())
    with_baseline = episodes - counts.get("no_baseline", 0)
    eligible = with_baseline - counts.get("not_eligible", 0)
    started = eligible - counts.get("not_followed", 0) - counts.get("not_started", 0)
    ends = tuple((name, counts.get(name, 0)) for name in COMPETING)
    median, median_low, median_high = quantile(km)
    mean = mean_low = mean_high = None
    if until is not None and km.time.size:
        mean, mean_low, mean_high, _ = restricted_mean(km, until)
    events, censored = counts.get("met", 0), counts.get("censored", 0)
    return CurveSummary(
        table.groups[position],
        episodes,
        with_baseline,
        eligible,
        None if found.after is None else started,
        events + censored + sum(count for _, count in ends),
        events,
        ends,
        censored,
        median,
        median_low,
        median_high,
        mean,
        mean_low,
        mean_high,
        until,
    )


def _landmarks(group: Group, incidence: Incidence) -> list[Landmark]:
    """Read the share with the event off the curve, on days that somebody was followed to."""
    followed = int(incidence.at_risk[0]) if incidence.time.size else 0
    found = []
    for day in LANDMARKS:
        if not incidence.time.size or day > incidence.time[-1]:
            found.append(Landmark(group, day, None, followed, 0, None, None, None))
            continue
        at = int(np.searchsorted(incidence.time, day, side="right")) - 1
        waiting_on = int(incidence.at_risk[np.searchsorted(incidence.time, day)])
        if at < 0:
            found.append(Landmark(group, day, day, followed, waiting_on, 0.0, None, None))
            continue
        band = incidence.event
        found.append(
            Landmark(
                group,
                day,
                day,
                followed,
                waiting_on,
                float(band.estimate[at]),
                _number(band.conf_low[at]),
                _number(band.conf_high[at]),
            )
        )
    return found
