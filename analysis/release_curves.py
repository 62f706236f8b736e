"""What may leave of a curve: steps so coarse that none of them stands for a few people.

Policy `shared`, for each group:

1. Nothing is shown where those followed, those with the event or those without it are fewer than
   11, nor where the numbers of other groups would give such a number back.
2. A step is shown only where, since the last shown one, nobody or at least 11 had the event, and
   nobody or at least 11 left without it; the same holds for what comes after the last shown step.
   Its number at risk is of those who were left after the last shown step.
3. Only one share is told, the incidence, in whole per mille and its interval in whole per cent:
   the share by Kaplan-Meier beside it would tell how many competing events there were. The mean is
   told in whole days.
4. A landmark is read off the last shown step before it, and says which day that is; it is withheld
   where no step is shown since the landmark before.
5. How the waiting ended otherwise is not told by kind. A number of the flow is told for all groups
   or for none: for none where its difference to another shown one is too few in a shown group, or
   in those groups together that are hidden along a line.

A withheld number is None, never 0. Like the other rules of `analysis.release` these do not guard
against differences between two answers.
"""

from collections.abc import Sequence
from dataclasses import replace

from analysis.curve_results import Curves, CurveStep, CurveSummary, Landmark
from analysis.policy import LOCAL, SHARED, SMALLEST, check_policy
from analysis.stats.suppression import Amount, lines, protected
from analysis.tables import Group


def release_curves(answer: Curves, policy: str) -> Curves:
    """Return curves, summaries and landmarks as the policy allows them to be shown or exported."""
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    hidden = _hidden(answer.summaries)
    told = _told(answer.summaries, hidden)
    steps: list[CurveStep] = []
    summaries: list[CurveSummary] = []
    landmarks: list[Landmark] = []
    for summary in answer.summaries:
        own = [step for step in answer.steps if step.group == summary.group]
        marks = [mark for mark in answer.landmarks if mark.group == summary.group]
        if summary.group in hidden:
            summaries.append(_withheld_summary(summary))
            landmarks += [_withheld_landmark(mark) for mark in marks]
            continue
        shown = _coarse(own)
        steps += shown
        summaries.append(_released_summary(summary, told))
        landmarks += [
            _read_off(mark, shown, before)
            for before, mark in zip((0, *(mark.day for mark in marks)), marks, strict=False)
        ]
    return replace(
        answer,
        steps=tuple(steps),
        summaries=tuple(summaries),
        landmarks=tuple(landmarks),
        release=SHARED,
    )


def _hidden(summaries: Sequence[CurveSummary]) -> set[Group]:
    followed = {row.group: row.followed or 0 for row in summaries}
    events = {row.group: row.events or 0 for row in summaries}
    without = {group: followed[group] - events[group] for group in followed}
    few = {group for group in followed if min(events[group], without[group]) < SMALLEST}
    amounts = [Amount(followed), Amount(events), Amount(without)]
    return protected(list(followed), few, amounts, SMALLEST)


def _enough(count: int) -> bool:
    return count == 0 or count >= SMALLEST


def _left(step: CurveStep) -> int:
    return (step.competing or 0) + (step.censored or 0)


def _coarse(steps: Sequence[CurveStep]) -> list[CurveStep]:
    """Return the steps that may be shown, with the events since the last shown one."""
    chosen = max((_chosen(steps, end) for end in (len(steps), _tail(steps))), key=len)
    at_risk = steps[0].at_risk if steps else 0
    shown = []
    for place, events, leavers in chosen:
        shown.append(_rounded(steps[place], at_risk, events))
        at_risk = (at_risk or 0) - events - leavers
    return shown


def _chosen(steps: Sequence[CurveStep], end: int) -> list[tuple[int, int, int]]:
    """Return places before `end` with the events and leavers since the place before.

    Each is the first place where neither is too few; the last are taken back until neither is too
    few among those who come after.
    """
    chosen: list[tuple[int, int, int]] = []
    events = leavers = 0
    for place, step in enumerate(steps):
        events += step.events or 0
        leavers += _left(step)
        if place < end and events + leavers and _enough(events) and _enough(leavers):
            chosen.append((place, events, leavers))
            events = leavers = 0
    while chosen and not (_enough(events) and _enough(leavers)):
        _, more_events, more_leavers = chosen.pop()
        events, leavers = events + more_events, leavers + more_leavers
    return chosen


def _tail(steps: Sequence[CurveStep]) -> int:
    """Return the last place from which on there are enough of both, whatever is added to them."""
    events = leavers = 0
    for place in range(len(steps) - 1, -1, -1):
        events += steps[place].events or 0
        leavers += _left(steps[place])
        if min(events, leavers) >= SMALLEST:
            return place
    return 0


def _rounded(step: CurveStep, at_risk: int | None, events: int) -> CurveStep:
    return CurveStep(
        group=step.group,
        day=step.day,
        at_risk=at_risk,
        events=events,
        competing=None,
        censored=None,
        estimate=None,
        conf_low=None,
        conf_high=None,
        incidence=_places(step.incidence, 3),
        incidence_low=_places(step.incidence_low, 2),
        incidence_high=_places(step.incidence_high, 2),
    )


def _places(number: float | None, places: int) -> float | None:
    return None if number is None else round(number, places)


def _read_off(mark: Landmark, shown: Sequence[CurveStep], after: int) -> Landmark:
    """Return a landmark as the last step shown by then tells it; withheld where none is new."""
    found = [step for step in shown if after < step.day <= mark.day]
    if mark.estimate is None or not found:
        return _withheld_landmark(mark)
    last = found[-1]
    return replace(
        mark,
        read_on=last.day,
        at_risk=None,
        estimate=last.incidence,
        conf_low=last.incidence_low,
        conf_high=last.incidence_high,
    )


def _told(summaries: Sequence[CurveSummary], hidden: set[Group]) -> list[str]:
    """Return the numbers of the flow that are told: those whose losses are nowhere too few."""
    rows = {row.group: row for row in summaries}
    parts = [[row] for group, row in rows.items() if group not in hidden]
    parts += [[rows[group] for group in line if group in hidden] for line in lines(list(rows))]
    told: list[str] = []
    for name in ("started", "eligible", "with_baseline", "episodes"):
        if any(getattr(row, name) is None for row in summaries):
            continue
        losses = (
            sum(getattr(row, name) - getattr(row, other) for row in part)
            for part in parts
            for other in ("followed", *told)
        )
        if all(map(_enough, losses)):
            told.append(name)
    return told


def _released_summary(summary: CurveSummary, told: Sequence[str]) -> CurveSummary:
    """Return a summary with the numbers of the flow that are told for every group."""
    return replace(
        summary,
        started=summary.started if "started" in told else None,
        eligible=summary.eligible if "eligible" in told else None,
        with_baseline=summary.with_baseline if "with_baseline" in told else None,
        episodes=summary.episodes if "episodes" in told else None,
        ends=None,
        censored=None,
        mean=_places(summary.mean, 0),
        mean_low=_places(summary.mean_low, 0),
        mean_high=_places(summary.mean_high, 0),
    )


def _withheld_summary(summary: CurveSummary) -> CurveSummary:
    return replace(
        summary,
        episodes=None,
        with_baseline=None,
        eligible=None,
        started=None,
        followed=None,
        events=None,
        ends=None,
        censored=None,
        median=None,
        median_low=None,
        median_high=None,
        mean=None,
        mean_low=None,
        mean_high=None,
        withheld=True,
    )


def _withheld_landmark(mark: Landmark) -> Landmark:
    return replace(
        mark,
        read_on=None,
        followed=None,
        at_risk=None,
        estimate=None,
        conf_low=None,
        conf_high=None,
        withheld=True,
    )
