"""What a comparison cannot tell, in plain sentences made from its own numbers."""

from collections.abc import Mapping, Sequence

from analysis.compare.plan import ADJUST, Comparison
from analysis.compare.results import Contrast, GroupRow, NonInferiority
from analysis.outcomes import OUTCOMES
from analysis.stats.non_inferiority import non_inferior

# The measure of each kind that a margin and a smallest difference are about.
MAIN = {
    "rates": "risk_difference",
    "change": "mean_difference",
    "visits": "visit_difference",
    "time": "rmst_difference",
}


def sentences(
    comparison: Comparison, rows: Sequence[GroupRow], contrasts: Sequence[Contrast]
) -> tuple[str, ...]:
    """Return what limits a comparison: who chose the treatment, who was lost, how many looks."""
    return (
        _confounding(comparison),
        *_completeness(comparison, rows),
        *_multiplicity(comparison, contrasts),
    )


def _confounding(comparison: Comparison) -> str:
    why = (
        "Patients were not assigned to these groups by chance: those who are more ill are treated "
        "otherwise, so a difference between groups is not an effect of treatment"
    )
    if comparison.adjust == "none":
        return f"{why}. The numbers are as they are, not adjusted for the case mix."
    return (
        f"{why}. {ADJUST[comparison.adjust].capitalize()} make the groups alike in the case mix "
        "that was recorded; what was not recorded may still differ."
    )


def _completeness(comparison: Comparison, rows: Sequence[GroupRow]) -> list[str]:
    """Return how many of the due episodes have an endpoint, in the least and the most complete."""
    known = {row.group: row.completeness for row in rows if row.completeness is not None}
    if not known:
        return []
    least, most = min(known.values()), max(known.values())
    what = "an assessment" if comparison.kind in ("visits", "time") else "an endpoint"
    seen = (
        f"In each group {100 * least:.0f} % have {what}"
        if round(100 * least) == round(100 * most)
        else f"Between {100 * least:.0f} % and {100 * most:.0f} % of a group have {what}"
    )
    return [f"{seen}: those who were lost may have done better or worse than those who were seen."]


def _multiplicity(comparison: Comparison, contrasts: Sequence[Contrast]) -> list[str]:
    main = MAIN[comparison.kind]
    shown = {
        (c.group, c.against, c.visit)
        for c in contrasts
        if c.measure == main and c.not_shown is None
    }
    number = len(shown)
    if number < 2:
        return []
    alike = 1 - 0.95**number
    return [
        f"{number} differences are shown: were all groups alike, about {100 * alike:.0f} in 100 "
        "such looks would show some p-value below 0.05, so read the adjusted ones (Holm)."
    ]


def non_inferiority(
    comparison: Comparison,
    contrasts: Sequence[Contrast],
    labels: Mapping[str, str],
    higher_is_worse: bool,
) -> tuple[NonInferiority, ...]:
    """Return whether each group is no worse than the one it is compared with, by the margin."""
    if comparison.margin is None:
        return ()
    main = MAIN[comparison.kind]
    return tuple(
        _verdict(one, comparison, comparison.margin, labels, higher_is_worse)
        for one in contrasts
        if one.measure == main and one.not_shown is None
    )


def _verdict(
    one: Contrast,
    comparison: Comparison,
    margin: float,
    labels: Mapping[str, str],
    higher_is_worse: bool,
) -> NonInferiority:
    verdict = non_inferior(
        one.conf_low, one.conf_high, margin, _higher_is_better(comparison, higher_is_worse)
    )
    told = (
        f"{100 * margin:g} percentage points"
        if comparison.kind == "rates"
        else _unit(comparison, margin)
    )
    said = {
        "non_inferior": f"the whole interval of the difference is within the margin of {told}",
        "inferior": f"the whole interval of the difference is beyond the margin of {told}",
        "not_shown": f"the interval of the difference holds the margin of {told}: neither is shown",
    }[verdict]
    kind = "Weighted: " if one.adjusted else ""
    at = f" at day {one.visit}" if comparison.kind == "visits" else ""
    words = {"non_inferior": "not worse by the margin", "inferior": "worse by the margin"}
    head = words.get(verdict, "not decided")
    return NonInferiority(
        one.group,
        one.against,
        one.measure,
        margin,
        verdict,
        f"{kind}{labels[one.group]} and {labels[one.against]}{at}: {head}, since {said}.",
    )


def _unit(comparison: Comparison, margin: float) -> str:
    return f"{margin:g} days" if comparison.kind == "time" else f"{margin:g} points"


def _higher_is_better(comparison: Comparison, higher_is_worse: bool) -> bool:
    if comparison.kind == "rates":
        return not OUTCOMES[comparison.outcome].adverse
    if comparison.kind == "time":
        return comparison.event == "relapse"  # more days without a relapse; fewer until response
    return not higher_is_worse
