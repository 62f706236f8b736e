"""What may leave of a comparison.

Policy `shared`, in line with `analysis.release`:

1. A group is withheld where those who meet the outcome (or have the event), or those who do not,
   are fewer than 11, where a mean stands for fewer than 11 episodes or for equal scores only, or
   where another withheld group would be given back by a total.
2. Nothing that is worked out from a withheld group is shown: no difference, no overall test, no
   gate in numbers, and, since each depends on all groups, no shrunken rate and no mean adjusted
   for baseline of any group.
3. A number without a known outcome of 1 to 10 is withheld with the completeness that tells it, in
   gates too.
4. Of a weighting a field is told with all its levels or not at all, and no count under 11.
"""

from collections.abc import Sequence
from dataclasses import replace

from analysis.compare.code import released_code
from analysis.compare.limits import sentences
from analysis.compare.parts import hidden
from analysis.compare.results import (
    Adjustment,
    BalanceRow,
    Compared,
    Contrast,
    Gate,
    GroupRow,
    OverallTest,
)
from analysis.policy import LOCAL, SHARED, SMALLEST, check_policy
from analysis.stats.suppression import Amount, protected
from analysis.tables import Group

TOO_FEW = "Too few episodes to show."
OF_ALL = ("mean_change_adjusted",)
AT_VISITS = ("visit_mean", "visit_difference")


def release_compared(answer: Compared, policy: str) -> Compared:
    """Return a comparison as the policy allows it to be shown or exported."""
    if check_policy(policy) == LOCAL:
        return replace(answer, release=LOCAL)
    closed = _hidden_rows(answer.rows)
    names = {name for name, _ in closed}
    few_lost = {row.group for row in answer.rows if 0 < _lost(row) < SMALLEST}
    rows = tuple(_row(row, closed, bool(names)) for row in answer.rows)
    contrasts = tuple(_contrast(one, closed) for one in answer.contrasts)
    return replace(
        answer,
        rows=rows,
        contrasts=contrasts,
        overall=tuple(_overall(test, names) for test in answer.overall),
        gates=tuple(_gate(gate, names, few_lost) for gate in answer.gates),
        adjustments=tuple(
            _adjustment(one, answer.rows)
            for one in answer.adjustments
            if not names & {one.group, one.against}
        ),
        e_values=tuple(e for e in answer.e_values if not names & {e.group, e.against}),
        detectable=tuple(d for d in answer.detectable if not names & {d.group, d.against}),
        non_inferiority=tuple(
            n for n in answer.non_inferiority if not names & {n.group, n.against}
        ),
        shrunk=() if names else answer.shrunk,
        limits=sentences(answer.comparison, rows, contrasts),
        notes=() if names else answer.notes,
        code=released_code(answer.code, policy),
        release=SHARED,
    )


Closed = set[tuple[str, int | None]]


def _hidden_rows(rows: Sequence[GroupRow]) -> Closed:
    """Return the groups that are withheld, at each visit where there are several."""
    closed: Closed = set()
    crude = [row for row in rows if row.against is None and row.measure not in OF_ALL]
    for visit in dict.fromkeys(_visit(row) for row in crude):
        own = {row.group: row for row in crude if _visit(row) == visit}
        counts: dict[Group, int] = {(name,): row.denominator or 0 for name, row in own.items()}
        amounts = [Amount(counts)]
        few: set[Group] = {(name,) for name, row in own.items() if _too_few(row)}
        if all(row.numerator is not None for row in own.values()):
            met: dict[Group, int] = {(name,): row.numerator or 0 for name, row in own.items()}
            amounts = [Amount(met), Amount({key: counts[key] - met[key] for key in counts})]
        found = protected(list(counts), few, amounts, SMALLEST)
        closed |= {(key[0], visit) for key in found}
    return closed


def _visit(row: GroupRow | Contrast) -> int | None:
    """Return the visit that a number is of; other days are only how far a mean reaches."""
    return row.visit if row.measure in AT_VISITS else None


def _too_few(row: GroupRow) -> bool:
    counted = row.denominator or 0
    if row.numerator is None:
        return counted < SMALLEST or row.sd == 0
    return min(row.numerator, counted - row.numerator) < SMALLEST


def _closed(closed: Closed, group: str, visit: int | None) -> bool:
    return (group, visit) in closed or (group, None) in closed


def _row(row: GroupRow, closed: Closed, any_closed: bool) -> GroupRow:
    names = [row.group, *([row.against] if row.against else [])]
    if any(_closed(closed, name, _visit(row)) for name in names) or (
        any_closed and row.measure in OF_ALL
    ):
        return replace(
            row,
            numerator=None,
            denominator=None,
            unknown=None,
            estimate=None,
            conf_low=None,
            conf_high=None,
            sd=None,
            completeness=None,
            withheld=True,
        )
    if 0 < _lost(row) < SMALLEST:
        return replace(row, unknown=None, completeness=None)
    return row


def _lost(row: GroupRow) -> int:
    """Return how many of the due episodes of a group are not counted, as its completeness tells."""
    if row.unknown is not None:
        return row.unknown
    counted = row.denominator or 0
    return round(counted / row.completeness) - counted if row.completeness else 0


def _contrast(one: Contrast, closed: Closed) -> Contrast:
    pair = (one.group, one.against)
    if any(_closed(closed, name, _visit(one)) for name in pair):
        return hidden(one, TOO_FEW)
    if _visit(one) is not None and any(name in pair for name, _ in closed):
        # the model of all visits rests on the withheld ones, too
        return hidden(one, TOO_FEW)
    return one


def _overall(test: OverallTest, names: set[str]) -> OverallTest:
    if names & set(test.groups):
        return replace(test, statistic=None, df=None, p_value=None, not_shown=TOO_FEW)
    return test


def _gate(gate: Gate, names: set[str], few_lost: set[str]) -> Gate:
    """Return a gate without its number where a group in it is withheld, or has lost few."""
    if names & set(gate.groups):
        told = f"{' and '.join(gate.groups)}: too few episodes to show."
        return replace(gate, value=None, passed=False, sentence=told)
    if few_lost & set(gate.groups) and gate.gate in ("completeness", "completeness_gap"):
        told = f"{' and '.join(gate.groups)}: too few are without an endpoint to show how many."
        return replace(gate, value=None, sentence=told)
    return gate


def _adjustment(one: Adjustment, rows: Sequence[GroupRow]) -> Adjustment:
    sizes = {
        row.group: row.denominator or 0 for row in rows if row.against in (one.group, one.against)
    }
    sizes |= {
        row.group: row.denominator or 0
        for row in rows
        if row.against is None and row.group not in sizes
    }
    n, m = sizes.get(one.group, 0), sizes.get(one.against, 0)
    few = {
        row.field
        for row in one.balance
        if row.level is not None and (_few(row.group_before, n) or _few(row.against_before, m))
    }
    return replace(
        one,
        balance=tuple(_withheld_balance(row) if row.field in few else row for row in one.balance),
        overlap=tuple((low, high, _enough(a), _enough(b)) for low, high, a, b in one.overlap),
        merged=(),
    )


def _few(share: float | None, people: int) -> bool:
    """Return whether a share of so many people, or the rest of them, is 1 to 10 of them."""
    if share is None:
        return False
    count = round(share * people)
    return 0 < count < SMALLEST or 0 < people - count < SMALLEST


def _enough(count: int | None) -> int | None:
    return None if count is None or 0 < count < SMALLEST else count


def _withheld_balance(row: BalanceRow) -> BalanceRow:
    return replace(
        row,
        group_before=None,
        against_before=None,
        group_after=None,
        against_after=None,
        smd_before=None,
        smd_after=None,
        withheld=True,
    )
