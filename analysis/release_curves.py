"""What may leave of a curve: steps so coarse that none of them stands for a few people.

Policy `shared`, for each group:

1. Nothing is shown where those followed, those with the event or those without it are fewer than
   11, nor where the numbers of other groups would give such a number back.
2. A step is shown only where, since the last shown one, nobody or at least 11 had the event, and
   nobody or at least 11 left without it; the same holds for what comes after the last shown step.
   Shares are rounded to whole per mille, and landmarks are read off the shown steps.
3. How the waiting ended otherwise is not told by kind, and a number of the flow is left out where
   it, or its difference to another shown one, is too few.

A withheld number is None, never 0. Like the other rules of `analysis.release` these do not guard
against differences between two answers.
"""

from collections.abc import Sequence
from dataclasses import replace

from analysis.curve_results import Curves, CurveStep, CurveSummary, Landmark
from analysis.release import LOCAL, SHARED, SMALLEST, check_policy
from analysis.stats.suppression import Amount, protected
from analysis.tables import Group


def release_curves(answer: Curves, policy: str) -> Curves:
    """Return curves, summaries and landmarks as the policy allows them to be shown or exported."""
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    hidden = _hidden(answer.summaries)
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
        summaries.append(_released_summary(summary))
        landmarks += [_read_off(mark, shown) for mark in marks]
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


def _coarse(steps: Sequence[CurveStep]) -> list[CurveStep]:
    """Return the steps that may be shown, with the events since the last shown one."""

    def left(step: CurveStep) -> int:
        return (step.competing or 0) + (step.censored or 0)

    chosen: list[tuple[int, int, int]] = []  # place, events and leavers since the last shown step
    events = leavers = 0
    for place, step in enumerate(steps):
        events += step.events or 0
        leavers += left(step)
        if events + leavers and _enough(events) and _enough(leavers):
            chosen.append((place, events, leavers))
            events = leavers = 0
    while chosen and not (_enough(events) and _enough(leavers)):
        _, more_events, more_leavers = chosen.pop()
        events, leavers = events + more_events, leavers + more_leavers
    at_risk = steps[0].at_risk if steps else 0
    shown = []
    for place, events, leavers in chosen:
        shown.append(_rounded(steps[place], at_risk, events))
        at_risk = (at_risk or 0) - events - leavers
    return shown


def _per_mille(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


def _rounded(step: CurveStep, at_risk: int | None, events: int) -> CurveStep:
    return CurveStep(
        group=step.group,
        day=step.day,
        at_risk=at_risk,
        events=events,
        competing=None,
        censored=None,
        estimate=_per_mille(step.estimate),
        conf_low=_per_mille(step.conf_low),
        conf_high=_per_mille(step.conf_high),
        incidence=_per_mille(step.incidence),
        incidence_low=_per_mille(step.incidence_low),
        incidence_high=_per_mille(step.incidence_high),
    )


def _read_off(mark: Landmark, shown: Sequence[CurveStep]) -> Landmark:
    """Return a landmark as the shown steps tell it, withheld before the first of them."""
    before = [step for step in shown if step.day <= mark.day]
    if mark.estimate is None or not before:
        return _withheld_landmark(mark)
    last = before[-1]
    return replace(
        mark,
        at_risk=None,
        estimate=last.incidence,
        conf_low=last.incidence_low,
        conf_high=last.incidence_high,
    )


def _released_summary(summary: CurveSummary) -> CurveSummary:
    """Return a summary without the numbers that lie too near to another shown one."""
    shown = [summary.followed or 0]
    kept: dict[str, int | None] = {}
    for name in ("started", "eligible", "with_baseline", "episodes"):
        count: int | None = getattr(summary, name)
        near = count is None or not all(_enough(abs(count - other)) for other in shown)
        kept[name] = None if near else count
        if count is not None and not near:
            shown.append(count)
    return replace(
        summary,
        started=kept["started"],
        eligible=kept["eligible"],
        with_baseline=kept["with_baseline"],
        episodes=kept["episodes"],
        ends=None,
        censored=None,
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
        followed=None,
        at_risk=None,
        estimate=None,
        conf_low=None,
        conf_high=None,
        withheld=True,
    )
