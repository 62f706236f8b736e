"""What the weights of one pair did: balance, effective sizes, overlap, and who was set aside."""

from collections.abc import Mapping

from analysis.compare.results import Adjustment, BalanceRow
from analysis.fields import level_label
from analysis.stats.weighted import Weighing


def adjustment(pair: tuple[str, str], weighed: Weighing, method: str) -> Adjustment:
    """Return the weighting of a pair as a part of the answer."""
    found, spread = weighed.balance, weighed.scores
    fitted = weighed.propensity.problem is None
    edges = spread.edges
    return Adjustment(
        *pair,
        method,
        fitted,
        found.effective_a if fitted else None,
        found.effective_b if fitted else None,
        found.largest_before,
        found.largest_after,
        weighed.weights.largest if fitted else None,
        found.c_statistic,
        tuple(zip(edges[:-1], edges[1:], spread.a, spread.b, strict=True)),
        tuple(
            BalanceRow(
                term.field,
                term.level or None,
                term.before_a,
                term.before_b,
                term.after_a,
                term.after_b,
                term.smd_before,
                term.smd_after,
            )
            for term in found.terms
        ),
        tuple(
            f"{one.field}: {', '.join(one.levels)} ({one.people} episodes)"
            for one in weighed.design.merged
        ),
    )


def set_aside(
    labels: tuple[str, str], weighed: Weighing, fields: Mapping[str, str]
) -> tuple[str, ...]:
    """Say which episodes have no counterpart in the other group and so take no part."""
    few = weighed.propensity.one_sided
    if not few:
        return ()
    told = "; ".join(
        f"{one.people:,} of {labels[0 if one.group == 'a' else 1]} with "
        f"{fields.get(one.field, one.field).lower()} {level_label(one.level)}"
        for one in few
    )
    return (f"{' and '.join(labels)}: without counterpart in the other group, set aside: {told}.",)
