"""What may leave: the step between measures and anything shown or exported.

Policy `local` withholds nothing. Policy `shared` withholds counts under 11, their complements, and
whatever would give them back by subtraction from the other numbers of the same answer:

1. In the patient flow of a group a step is shown only where it, and what it loses against the
   last step shown, is at least 11 (a step that loses nobody is shown).
2. A rate is shown only where its denominator, its numerator and those not meeting it are at least
   11, and its unknown ones are none or at least 11.
3. Where the groups of an answer add up to a whole that is known from elsewhere, a single withheld
   group could be computed. Then the smallest shown group is withheld too, until at least two
   groups are withheld and together they hide at least 11. This holds along every grouping field.

A withheld number is None, never 0. A rate of nobody or of everybody is withheld as well, since it
tells something about each person in the group. Guards against differencing two answers (two
cohorts that differ by a few episodes) are not part of this step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.errors import UnknownName
from analysis.measures import Flow, Measure, Rates
from analysis.tables import Group
from analysis.trajectories import MeanScore, Trajectories

LOCAL, SHARED = "local", "shared"
POLICIES = {
    LOCAL: "Nothing is withheld: for people who may see the records themselves.",
    SHARED: "Counts under 11, and whatever would give them back, are withheld.",
}
SMALLEST = 11


def check_policy(policy: str) -> str:
    """Return the policy's name; raises UnknownName."""
    if policy not in POLICIES:
        raise UnknownName("release policy", policy, POLICIES)
    return policy


def release_rates(answer: Rates, policy: str) -> Rates:
    """Return rates and flow as the policy allows them to be shown or exported."""
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    flow = _release_flow(answer.by, answer.flow)
    steps = {step.group: step for step in flow}
    hidden = {
        measure: _hidden_rates(answer, measure, steps)
        for measure in dict.fromkeys(row.measure for row in answer.rows)
    }
    rows = tuple(
        _withheld_rate(row)
        if row.group in hidden[row.measure]
        else replace(row, completeness=row.completeness if steps[row.group].with_endpoint else None)
        for row in answer.rows
    )
    return replace(answer, rows=rows, flow=flow, release=SHARED)


def release_trajectories(answer: Trajectories, policy: str) -> Trajectories:
    """Return mean scores as the policy allows: no mean and no n of fewer than 11 episodes."""
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    rows: list[MeanScore] = []
    for interval in dict.fromkeys(row.interval for row in answer.rows):
        own = [row for row in answer.rows if row.interval == interval]
        counts = {row.group: row.n or 0 for row in own}
        few = {group for group, n in counts.items() if n < SMALLEST}
        hidden = _with_complements(answer.by, counts, few)
        rows += [_withheld_mean(row) if row.group in hidden else row for row in own]
    groups = list(dict.fromkeys(row.group for row in answer.rows))
    rows.sort(key=lambda row: (groups.index(row.group), row.interval))
    return replace(answer, rows=tuple(rows), release=SHARED)


def _hidden_rates(answer: Rates, measure: str, steps: Mapping[Group, Flow]) -> set[Group]:
    """Return the groups whose rate is withheld: too few, or needed to protect another group."""
    rows = {row.group: row for row in answer.rows if row.measure == measure}
    met = {group: row.numerator or 0 for group, row in rows.items()}
    not_met = {group: (row.denominator or 0) - met[group] for group, row in rows.items()}
    unknown = {group: row.unknown or 0 for group, row in rows.items()}
    hidden = {
        group
        for group, row in rows.items()
        if min(met[group], not_met[group]) < SMALLEST
        or 0 < unknown[group] < SMALLEST
        or steps[group].mature is None
        or (row.missing == "observed" and steps[group].with_endpoint is None)
    }
    before: set[Group] = set()
    while hidden != before:
        before = hidden
        hidden = _with_complements(answer.by, met, hidden)
        hidden = _with_complements(answer.by, not_met, hidden)
        hidden = _with_complements(answer.by, unknown, hidden, zero_tells=False)
    return hidden


def _with_complements(
    by: Sequence[str], counts: Mapping[Group, int], hidden: set[Group], zero_tells: bool = True
) -> set[Group]:
    """Return the hidden groups and those that must be hidden with them, along every field.

    `zero_tells` is whether it says something about people that hidden groups add up to nothing.
    """
    hidden, changed = set(hidden), True
    while changed:
        changed = False
        for line in _lines(by, counts):
            within = [group for group in line if group in hidden]
            total = sum(counts[group] for group in within)
            safe = (len(within) > 1 and total >= SMALLEST) or (total == 0 and not zero_tells)
            rest = sorted((g for g in line if g not in hidden), key=lambda g: (counts[g], g))
            if within and not safe and rest:
                hidden.add(rest[0])
                changed = True
    return hidden


def _lines(by: Sequence[str], groups: Mapping[Group, int]) -> list[list[Group]]:
    """Return the sets of groups that add up to a whole: all of them, and each row of the table."""
    lines: dict[tuple[int, Group], list[Group]] = {(-1, ()): list(groups)}
    if len(by) > 1:
        for position in range(len(by)):
            for group in groups:
                rest = group[:position] + group[position + 1 :]
                lines.setdefault((position, rest), []).append(group)
    return [line for line in lines.values() if by]


def _release_flow(by: Sequence[str], flow: Sequence[Flow]) -> tuple[Flow, ...]:
    """Return the flow with the steps that may be shown; the others are None."""
    counts = {step.group: step for step in flow}
    sizes = {group: step.episodes or 0 for group, step in counts.items()}
    few = {group for group, size in sizes.items() if size < SMALLEST}
    hidden = _with_complements(by, sizes, few)
    last = {group: size for group, size in sizes.items() if group not in hidden}
    shown: dict[str, dict[Group, int]] = {"episodes": dict(last)}
    for name in ("with_baseline", "eligible", "mature", "with_endpoint"):
        now: dict[Group, int] = {group: getattr(counts[group], name) or 0 for group in last}
        lost = {group: last[group] - count for group, count in now.items()}
        few = {g for g, count in now.items() if count < SMALLEST or 0 < lost[g] < SMALLEST}
        kept = set(now) - _with_complements(by, lost, few, zero_tells=False)
        shown[name] = {group: now[group] for group in now if group in kept}
        last |= shown[name]
    return tuple(
        Flow(
            group=step.group,
            patients=_patients(step) if step.group in shown["episodes"] else None,
            **{name: found.get(step.group) for name, found in shown.items()},
        )
        for step in flow
    )


def _patients(step: Flow) -> int | None:
    """Return the number of patients where neither it nor the repeated episodes are too few."""
    patients, repeated = step.patients or 0, (step.episodes or 0) - (step.patients or 0)
    return None if patients < SMALLEST or 0 < repeated < SMALLEST else patients


def _withheld_rate(row: Measure) -> Measure:
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
