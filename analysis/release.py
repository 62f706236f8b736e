"""What may leave: the step between measures and anything shown or exported.

Policy `local` withholds nothing. Policy `shared` withholds counts under 11, their complements, and
whatever would give them back by subtraction from the other numbers of the same answer. Too few is
1 to 10; of people who meet or do not meet an outcome none is too few as well, since "none of them"
tells something about each of them.

1. A rate is withheld where those who meet the outcome, or those who do not, are fewer than 11, or
   where its unknown, its undefined or (beside response) its remaining ones are too few. Of two
   outcomes of which one holds the other, the narrower is withheld where too few lie between them.
2. A number of the patient flow is withheld where it, or its difference to another shown number of
   its group, is too few. Rates come first, then mature, with endpoint, and the other steps.
3. Groups add up to totals that may be known from elsewhere. So a withheld number takes others of
   the same kind with it until no sum gives it back: at least two along every grouping field, which
   together hide at least 11. A step before maturity is shown for all groups or for none.
4. A mean is withheld where it stands for fewer than 11 episodes or for equal scores only.

A withheld number is None, never 0. Guards against differencing two answers (two cohorts that
differ by a few episodes) are not part of this step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from analysis.measures import Flow, Measure, Rates
from analysis.policy import LOCAL, SHARED, SMALLEST, check_policy
from analysis.stats.reliable_change import CLASSES
from analysis.stats.suppression import Amount, protected
from analysis.tables import Group
from analysis.trajectories import MeanScore, Trajectories

# Outcomes of which some add up to others.
CHANGE_CLASSES = (*CLASSES, "reliable_improvement", "reliable_deterioration")
# Outcomes from the narrowest to the widest: who meets one commonly meets the next.
NARROWING = (
    ("symptom_free", "remission", "response", "any_improvement"),
    ("reliable_improvement", "minimal_important_improvement", "any_improvement"),
    ("sustained_remission", "sustained_response"),
    ("suicidality_resolved", "suicidality_reduced"),
)
Counts = dict[Group, int]


def release_rates(answer: Rates, policy: str) -> Rates:
    """Return rates and flow as the policy allows them to be shown or exported."""
    (released,) = release_beside((answer,), policy)
    return released


def release_beside(answers: Sequence[Rates], policy: str) -> tuple[Rates, ...]:
    """Return answers that are shown side by side: one cohort under several missing rules.

    Without and with the missing counted as not met, the same people meet an outcome. So their
    number is hidden only where both answers withhold it, and that is protected too.
    """
    if check_policy(policy) == LOCAL:
        return tuple(replace(answer, release=LOCAL) for answer in answers)
    closed = [_Closed.of(answer) for answer in answers]
    hidden: list[dict[str, set[Group]]] = [{} for _ in answers]
    for measure in dict.fromkeys(row.measure for answer in answers for row in answer.rows):
        for own, found in zip(hidden, _hidden_beside(closed, measure), strict=True):
            own[measure] = found
    for own in hidden:
        _hide_classes_together(own)
    return tuple(one.released(own) for one, own in zip(closed, hidden, strict=True))


def _hide_classes_together(hidden: dict[str, set[Group]]) -> None:
    """Hide all classes of change of a group where one is hidden: they add up to the others."""
    related = [name for name in CHANGE_CLASSES if name in hidden]
    together = set[Group]().union(*(hidden[name] for name in related))
    hidden |= dict.fromkeys(related, together)


def release_trajectories(answer: Trajectories, policy: str) -> Trajectories:
    """Return mean scores as the policy allows them to be shown or exported."""
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    rows: list[MeanScore] = []
    for interval in dict.fromkeys(row.interval for row in answer.rows):
        own = [row for row in answer.rows if row.interval == interval]
        counts = {row.group: row.n or 0 for row in own}
        few = {row.group for row in own if counts[row.group] < SMALLEST or row.sd == 0}
        hidden = protected(list(counts), few, [Amount(counts)], SMALLEST)
        rows += [_withheld_mean(row) if row.group in hidden else row for row in own]
    groups = list(dict.fromkeys(row.group for row in answer.rows))
    rows.sort(key=lambda row: (groups.index(row.group), row.interval))
    return replace(answer, rows=tuple(rows), release=SHARED)


def _too_few(count: int) -> bool:
    return 0 < count < SMALLEST


def _counts(flow: Sequence[Flow], step: str) -> Counts:
    return {row.group: getattr(row, step) or 0 for row in flow}


def _protected(answer: Rates, hidden: set[Group], *counts: Counts) -> set[Group]:
    amounts = [Amount(own, zero_tells=position == 0) for position, own in enumerate(counts)]
    return protected([step.group for step in answer.flow], hidden, amounts, SMALLEST)


@dataclass(frozen=True)
class _Closed:
    """An answer, and the groups whose flow is withheld whatever the measure."""

    answer: Rates
    no_mature: set[Group]
    no_endpoint: set[Group]

    @classmethod
    def of(cls, answer: Rates) -> "_Closed":
        mature = _counts(answer.flow, "mature")
        no_mature = _protected(answer, {g for g, n in mature.items() if n < SMALLEST}, mature)
        return cls(answer, no_mature, _hidden_endpoints(answer, no_mature))

    def released(self, hidden: Mapping[str, set[Group]]) -> Rates:
        rows = tuple(
            _released(row, row.group in hidden[row.measure], self.no_endpoint)
            for row in self.answer.rows
        )
        flow = _release_flow(self.answer.flow, self.no_mature, self.no_endpoint)
        # a rule that is computed from the scores tells from how many
        rules = self.answer.plain_rules if self.no_endpoint else self.answer.rules
        return replace(self.answer, rows=rows, flow=flow, rules=rules, release=SHARED)


def _hidden_beside(closed: Sequence[_Closed], measure: str) -> list[set[Group]]:
    """Return the withheld groups of one measure in each of the answers side by side."""
    rows = [{row.group: row for row in one.answer.rows if row.measure == measure} for one in closed]
    same = [i for i, one in enumerate(closed) if one.answer.definition.missing != "locf"]
    extra: set[Group] = set()
    while True:
        hidden = [
            _hidden_rates(one, own, extra if i in same else set())
            for i, (one, own) in enumerate(zip(closed, rows, strict=True))
        ]
        if not same or not rows[same[0]]:
            return hidden
        in_all = set.intersection(*(hidden[i] for i in same))
        met = {group: row.numerator or 0 for group, row in rows[same[0]].items()}
        needed = protected(list(met), in_all, [Amount(met)], SMALLEST)
        if needed == in_all:
            return hidden
        extra |= needed


def _hidden_endpoints(answer: Rates, no_mature: set[Group]) -> set[Group]:
    """Return the groups whose number with an endpoint is withheld, under any missing rule alike."""
    having, mature = _counts(answer.flow, "with_endpoint"), _counts(answer.flow, "mature")
    lost = {group: mature[group] - having[group] for group in having}
    few = {g for g in having if having[g] < SMALLEST or _too_few(lost[g])} | no_mature
    for row in answer.rows:
        met, counted = row.numerator or 0, row.denominator or 0
        if row.missing != "locf" and 0 <= having[row.group] - met < SMALLEST:
            few.add(row.group)  # those assessed who do not meet it
        if row.missing == "locf" and _too_few(abs(counted - having[row.group])):
            few.add(row.group)  # those whose score was carried forward
    return _protected(answer, few, having, lost)


def _hidden_rates(closed: _Closed, rows: Mapping[Group, Measure], extra: set[Group]) -> set[Group]:
    """Return the groups whose rate is withheld: too few, or needed to protect another group."""
    answer, steps = closed.answer, {step.group: step for step in closed.answer.flow}
    given = closed.no_mature | extra
    if answer.definition.missing == "observed":
        # a denominator of those with an endpoint gives the number with an endpoint away
        given |= closed.no_endpoint
    met = {group: row.numerator or 0 for group, row in rows.items()}
    not_met = {group: (row.denominator or 0) - met[group] for group, row in rows.items()}
    unknown = {group: row.unknown or 0 for group, row in rows.items()}
    undefined = {group: _undefined(row, steps[group]) for group, row in rows.items()}
    remaining = {group: _remaining(answer, row) for group, row in rows.items()}
    few = {
        group
        for group in rows
        if min(met[group], not_met[group]) < SMALLEST
        or _too_few(unknown[group])
        or _too_few(undefined[group])
        or remaining[group] < SMALLEST
        or any(_too_few(wider - met[group]) for wider in _wider(answer, rows[group]))
    } | given
    amounts = [Amount(met), Amount(not_met), Amount(unknown, False), Amount(undefined, False)]
    return protected(list(rows), few, amounts, SMALLEST)


def _undefined(row: Measure, step: Flow) -> int:
    """Return how many have both scores but no outcome, such as a response from the floor."""
    if row.missing != "observed":
        return 0
    return max((step.with_endpoint or 0) - (row.denominator or 0), 0)


def _remaining(answer: Rates, row: Measure) -> float:
    """Return how few neither respond nor respond in part, of all or of those who improve.

    Without limit where it is not told, and where nobody is left of those who improve.
    """
    own = {r.measure: r.numerator or 0 for r in answer.rows if r.group == row.group}
    if row.measure != "partial_response" or "response" not in own:
        return inf
    responders = own["response"] + own["partial_response"]
    improved = own.get("any_improvement", responders) - responders
    return min((row.denominator or 0) - responders, improved or inf)


def _wider(answer: Rates, row: Measure) -> list[int]:
    """Return how many of the same group meet each of the outcomes that hold this one."""
    names = {name for line in NARROWING for name in line if row.measure in line} - {row.measure}
    return [r.numerator or 0 for r in answer.rows if r.group == row.group and r.measure in names]


def _released(row: Measure, hidden: bool, no_endpoint: set[Group]) -> Measure:
    if not hidden:
        return replace(row, completeness=None) if row.group in no_endpoint else row
    return replace(
        row,
        numerator=None,
        denominator=None,
        unknown=None,
        estimate=None,
        conf_low=None,
        conf_high=None,
        completeness=None,
        withheld=True,
    )


def _release_flow(
    flow: Sequence[Flow], no_mature: set[Group], no_endpoint: set[Group]
) -> tuple[Flow, ...]:
    """Return the flow with the numbers that may be shown; the others are None."""
    shown: dict[str, Counts] = {
        "mature": {g: n for g, n in _counts(flow, "mature").items() if g not in no_mature},
        "with_endpoint": {
            g: n for g, n in _counts(flow, "with_endpoint").items() if g not in no_endpoint
        },
    }
    for name in ("episodes", "eligible", "with_baseline"):
        counts = _counts(flow, name)
        if all(
            count >= SMALLEST
            and not any(_too_few(abs(count - own[g])) for own in shown.values() if g in own)
            for g, count in counts.items()
        ):
            shown[name] = counts
    if "episodes" in shown:
        patients = _counts(flow, "patients")
        if all(
            count >= SMALLEST and not _too_few(shown["episodes"][g] - count)
            for g, count in patients.items()
        ):
            shown["patients"] = patients
    names = ("episodes", "patients", "with_baseline", "eligible", "mature", "with_endpoint")
    return tuple(
        Flow(step.group, *(shown.get(name, {}).get(step.group) for name in names)) for step in flow
    )


def _withheld_mean(row: MeanScore) -> MeanScore:
    return replace(
        row,
        n=None,
        estimate=None,
        conf_low=None,
        conf_high=None,
        sd=None,
        median=None,
        withheld=True,
    )
