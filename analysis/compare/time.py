"""Time to an event compared: hazards, ranks, and mean days without the event."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.compare.gates import Followed, group_gates, pair_gate, passing, why_hidden
from analysis.compare.groups import Groups, TwoCohorts
from analysis.compare.parts import Part, hidden, with_adjusted_p
from analysis.compare.plan import Comparison
from analysis.compare.rates import overall_hidden
from analysis.compare.results import Contrast, Gate, GroupRow, OverallTest
from analysis.curve_results import Curves, CurveSummary
from analysis.curves import People, curves_of, event_table, people
from analysis.definition import Definition
from analysis.events import event
from analysis.stats.cox import Cox, cox
from analysis.stats.log_rank import log_rank
from analysis.stats.rmst import rmst_difference
from analysis.stats.survival import Curve, kaplan_meier

COX = "Cox model (Efron), competing events as censored"
RMST = "difference of restricted mean times (Kaplan-Meier)"
PROPORTIONAL = "score test of proportional hazards (Kaplan-Meier time)"


# The group, time, events and censored of each row, and the names of the groups.
Stacked = tuple[
    NDArray[np.str_], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], list[str]
]


@dataclass(frozen=True, eq=False)
class _Waiting:
    """One group: how many are waited for until when, and the numbers that tell of it."""

    name: str
    summary: CurveSummary | None
    people: People
    curve: Curve


def compare_time(
    groups: Groups, definition: Definition, comparison: Comparison
) -> tuple[Part, Curves]:
    """Return the time to an event compared between groups, and the curves themselves."""
    answer, waiting = _waiting(groups, definition, comparison.event)
    gates = _gates(groups, waiting)
    pairs = [(waiting[i], waiting[j]) for i, j in groups.pairs]
    contrasts = [contrast for a, b in pairs for contrast in _pair(a, b, gates)]
    part = Part(
        rows=tuple(_row(one, answer) for one in waiting),
        contrasts=with_adjusted_p(contrasts),
        overall=(_overall(groups, waiting, gates),) if len(waiting) > 2 else (),
        gates=gates,
        notes=(
            "A hazard ratio compares how often the event happens among those still waited for; "
            "a competing event (switch, re-treatment, drop-out, death) ends the waiting there, as "
            "censoring does.",
        ),
    )
    return part, answer


def _waiting(groups: Groups, definition: Definition, name: str) -> tuple[Curves, list[_Waiting]]:
    tables, found = groups.tables, event(name)
    if not isinstance(tables, TwoCohorts):
        table = event_table(tables.store, tables.cohort, definition, found, tables.by)
        answer = curves_of(tables.store, tables.cohort, definition, found, table)
        summaries = {row.group: row for row in answer.summaries}
        there = {key: people(table, at) for at, key in enumerate(table.groups)}
        own = [(summaries.get((n,)), there.get((n,), _nobody())) for n in groups.names]
    else:
        asked = [event_table(tables.store, c, definition, found, ()) for c in groups.cohorts]
        answers = [
            curves_of(tables.store, cohort, definition, found, table)
            for cohort, table in zip(groups.cohorts, asked, strict=True)
        ]
        answer = answers[0]
        own = [
            (one.summaries[0], people(table, 0)) for one, table in zip(answers, asked, strict=True)
        ]
    return answer, [
        _Waiting(group, summary, p, kaplan_meier(p.time, p.events, p.competing + p.censored))
        for group, (summary, p) in zip(groups.names, own, strict=True)
    ]


def _nobody() -> People:
    none = np.zeros(0, dtype=np.int64)
    return People(np.zeros(0), none, none, none)


def _gates(groups: Groups, waiting: Sequence[_Waiting]) -> tuple[Gate, ...]:
    followed = [
        Followed(
            one.name,
            label,
            one.summary.followed or 0 if one.summary else 0,
            _due(one.summary),
            "assessment after the clock's start",
        )
        for one, label in zip(waiting, groups.labels, strict=True)
    ]
    pairs = (pair_gate(followed[i], followed[j]) for i, j in groups.pairs)
    return (*group_gates(followed), *pairs)


def _due(summary: CurveSummary | None) -> int:
    """Return how many should have been followed: eligible, and started where that is asked."""
    if summary is None:
        return 0
    return (summary.eligible if summary.started is None else summary.started) or 0


def _row(one: _Waiting, answer: Curves) -> GroupRow:
    summary = one.summary
    until = next((row.until for row in answer.summaries if row.until is not None), None)
    due = _due(summary)
    return GroupRow(
        "mean_days_without_event",
        one.name,
        f"restricted mean to day {until} (Kaplan-Meier)" if until else "restricted mean",
        summary.events if summary else 0,
        summary.followed if summary else 0,
        due - (summary.followed or 0) if summary else 0,
        summary.mean if summary else None,
        summary.mean_low if summary else None,
        summary.mean_high if summary else None,
        completeness=(summary.followed or 0) / due if summary and due else None,
        visit=until,
    )


def _pair(a: _Waiting, b: _Waiting, gates: Sequence[Gate]) -> list[Contrast]:
    names = (a.name, b.name)
    reason = why_hidden(gates, names)
    if reason is not None:
        measures = ("hazard_ratio", "log_rank", "rmst_difference", "proportional_hazards")
        return [hidden(Contrast(m, *names, "", None, None, None, None), reason) for m in measures]
    model = _model([b, a])  # the second is the reference
    ratio, shape = model.groups[0].ratio, model.proportional
    ranks = log_rank(*_stacked([a, b]))
    until = _until([a, b])
    mean = rmst_difference(a.curve, b.curve, until).difference if until else None
    none_known = "the hazards cannot be compared: a group has no event"
    return [
        Contrast(
            "hazard_ratio",
            *names,
            COX,
            ratio.estimate,
            ratio.conf_low,
            ratio.conf_high,
            ratio.p_value,
            not_shown=None if ratio.estimate is not None else none_known,
        ),
        Contrast(
            "log_rank",
            *names,
            "log-rank test",
            None,
            None,
            None,
            ranks.p_value,
            statistic=ranks.statistic,
            df=ranks.df,
            not_shown=None if ranks.p_value is not None else none_known,
        ),
        Contrast(
            "rmst_difference",
            *names,
            RMST,
            mean.estimate if mean else None,
            mean.conf_low if mean else None,
            mean.conf_high if mean else None,
            mean.p_value if mean else None,
            visit=until,
            not_shown=None if mean and mean.estimate is not None else "nobody was followed on",
        ),
        Contrast(
            "proportional_hazards",
            *names,
            PROPORTIONAL,
            None,
            None,
            None,
            shape.p_value,
            statistic=shape.statistic,
            df=shape.df,
            not_shown=None if shape.p_value is not None else none_known,
        ),
    ]


def _until(waiting: Sequence[_Waiting]) -> int | None:
    """Return the last day on which all of these groups are still followed."""
    last = [int(one.people.time.max()) for one in waiting if one.people.time.size]
    return min(last) if len(last) == len(waiting) and min(last) > 0 else None


def _stacked(waiting: Sequence[_Waiting]) -> Stacked:
    """Return group, time, events and censored of these groups in one, and the groups' names."""
    return (
        np.concatenate([np.full(one.people.time.size, one.name) for one in waiting]),
        np.concatenate([one.people.time for one in waiting]),
        np.concatenate([one.people.events for one in waiting]),
        np.concatenate([one.people.competing + one.people.censored for one in waiting]),
        [one.name for one in waiting],
    )


def _model(waiting: Sequence[_Waiting]) -> Cox:
    return cox(*_stacked(waiting))


def _overall(groups: Groups, waiting: Sequence[_Waiting], gates: Sequence[Gate]) -> OverallTest:
    kept = passing(gates, groups.names)
    reason = overall_hidden(kept, gates)
    if reason is not None:
        return OverallTest("log_rank", "log-rank test", kept, None, None, None, reason)
    test = log_rank(*_stacked([one for one in waiting if one.name in kept]))
    return OverallTest("log_rank", "log-rank test", kept, test.statistic, test.df, test.p_value)
