"""A comparison on a terminal: what limits it first, then groups, gates and differences."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analysis.compare.results import (
    Adjustment,
    Compared,
    Contrast,
    Detectable,
    GroupRow,
    ShrunkRate,
)
from analysis.outcomes import OUTCOMES
from analysis.store.batches import Batch
from dashboard.commands.question import as_of_words, count, percent

if TYPE_CHECKING:
    from rich.table import Table

# What each measure is counted in; those that stand here nowhere are in points of the scale.
UNITS = {
    **dict.fromkeys((*OUTCOMES, "weighted_rate", "risk_difference"), "rate"),
    **dict.fromkeys(("risk_ratio", "odds_ratio", "hazard_ratio", "hedges_g"), "ratio"),
    **dict.fromkeys(("mean_days_without_event", "rmst_difference"), "days"),
}
IN_WORDS = {"rate": "percentage points", "ratio": "", "days": "days", "points": "points"}


def print_tables(answer: Compared, batch: Batch | None) -> None:
    """Print everything that a comparison answers; a difference that is not shown says why."""
    from dashboard.commands.terminal import console as make_console
    from dashboard.commands.terminal import plain

    console = make_console()
    for sentence in answer.limits:
        console.print(plain(sentence))
    console.print(f"Cohort: {plain(answer.cohort)}")
    for named in (answer.comparison.a, answer.comparison.b):
        if named is not None:
            console.print(f"{plain(named.name)}: {plain(named.cohort.sentence())}")
    console.print(f"Repeated episodes: {plain(answer.repeated_sentence)}")
    console.print(f"Definition {answer.definition.id}: {plain(answer.definition_sentence)}")
    for name, rule in answer.rules:
        console.print(f"{name}: {plain(rule)}.")
    console.print(_groups(answer.rows))
    for gate in answer.gates:
        if not gate.passed:
            console.print(f"{plain(gate.sentence)} {plain(gate.mend)}")
    for reason in _not_shown(answer):
        console.print(plain(reason))
    shown = [row for row in answer.contrasts if row.not_shown is None]
    if shown:
        console.print(_differences(shown))
    if answer.detectable:
        console.print(_detectable(answer.detectable))
    if answer.shrunk:
        console.print(_shrunk(answer.shrunk))
    for line in _further(answer):
        console.print(plain(line))
    console.print(f"Snapshot {answer.snapshot}{as_of_words(batch)}. Release: {answer.release}.")


def _table(title: str, texts: Iterable[str], numbers: Iterable[str]) -> "Table":
    from rich.table import Table  # only a table needs it

    table = Table(box=None, title=title, title_justify="left")
    for heading in texts:
        table.add_column(heading)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _groups(rows: Iterable[GroupRow]) -> "Table":
    from dashboard.commands.terminal import plain

    numbers = ("n / N", "% or mean", "95 % interval", "SD", "unknown", "complete %")
    table = _table("Groups", ("measure", "group"), numbers)
    for row in rows:
        table.add_row(
            plain(_measure(row)),
            plain(row.group),
            "withheld" if row.withheld else _counts(row),
            _number(row.estimate, _unit(row.measure)),
            _interval(row.conf_low, row.conf_high, _unit(row.measure)),
            _number(row.sd, _unit(row.measure)),
            "" if row.unknown is None else count(row.unknown),
            percent(row.completeness),
        )
    return table


def _counts(row: GroupRow) -> str:
    """Return how many of how many; of means, of how many episodes."""
    if row.numerator is None:
        return "" if row.denominator is None else count(row.denominator)
    return f"{count(row.numerator)} / {count(row.denominator)}"


def _not_shown(answer: Compared) -> list[str]:
    """Return once per pair and reason why its differences are not shown."""
    said = [gate.sentence for gate in answer.gates if not gate.passed]
    lines = []
    for row in answer.contrasts:
        if row.not_shown is not None:
            known = any(sentence in row.not_shown for sentence in said)
            why = "for the reasons above" if known else row.not_shown.rstrip(".")
            what = "differences" if known else _measure(row)
            lines.append(f"{row.group} against {row.against}: {what} not shown, {why}.")
    return list(dict.fromkeys(lines))


def _measure(row: GroupRow | Contrast) -> str:
    """Return what a row is about in words."""
    words = row.measure.replace("_", " ")
    if row.visit is not None:
        words += f", day {row.visit}"
    if isinstance(row, Contrast):
        return f"{words}, weighted" if row.adjusted else words
    return words if row.against is None else f"{words}, against {row.against}"


def _differences(contrasts: Iterable[Contrast]) -> "Table":
    from dashboard.commands.terminal import plain

    numbers = ("estimate", "95 % interval", "p", "Holm", "BH")
    table = _table("Differences", ("measure", "group", "against"), numbers)
    table.add_column("method")
    for row in contrasts:
        unit = _unit(row.measure)
        estimate = _number(row.estimate, unit)
        table.add_row(
            *(plain(text) for text in (_measure(row), row.group, row.against)),
            f"{estimate} {IN_WORDS[unit]}".rstrip() if estimate else "",
            _interval(row.conf_low, row.conf_high, unit),
            *(_p(p) for p in (row.p_value, row.p_holm, row.p_bh)),
            plain(row.method),
        )
    return table


def _detectable(rows: Iterable[Detectable]) -> "Table":
    from dashboard.commands.terminal import plain

    title = "Smallest differences that groups of this size would show with 80 % power"
    table = _table(title, ("measure", "group", "against"), ("difference",))
    table.add_column("method")
    for row in rows:
        unit = _unit(row.measure)
        difference = _number(row.difference, unit)
        table.add_row(
            *(plain(text) for text in (row.measure.replace("_", " "), row.group, row.against)),
            f"{difference} {IN_WORDS[unit]}" if difference else "",
            plain(row.method),
        )
    return table


def _shrunk(rows: Iterable[ShrunkRate]) -> "Table":
    from dashboard.commands.terminal import plain

    title = "Rates drawn towards that of all groups, as far as they are imprecise"
    table = _table(title, ("group",), ("n / N", "%", "drawn to %", "95 % interval"))
    for row in rows:
        table.add_row(
            plain(row.group),
            "withheld" if row.withheld else f"{count(row.numerator)} / {count(row.denominator)}",
            *(percent(rate) for rate in (row.raw, row.estimate)),
            _interval(row.conf_low, row.conf_high, "rate"),
        )
    return table


def _unit(measure: str) -> str:
    return UNITS.get(measure, "points")


def _number(value: float | None, unit: str) -> str:
    """Return a number in its unit: rates in per cent, days with one decimal, the rest with two."""
    if value is None:
        return ""
    return f"{100 * value:.1f}" if unit == "rate" else f"{value:.{1 if unit == 'days' else 2}f}"


def _interval(low: float | None, high: float | None, unit: str) -> str:
    return "" if low is None or high is None else f"{_number(low, unit)} to {_number(high, unit)}"


def _p(value: float | None) -> str:
    """Return a p-value as it is printed."""
    return "" if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def _further(answer: Compared) -> Iterable[str]:
    """Yield what stands below the differences, a sentence each."""
    for test in answer.overall:
        about = f"All groups, {test.method} ({', '.join(test.groups)})"
        if test.not_shown is not None:
            yield f"{about}: not shown. {test.not_shown}"
        else:
            found = f"statistic {_number(test.statistic, 'ratio')}, df {test.df or 0:g}, "
            yield f"{about}: {found if test.statistic is not None else ''}p {_p(test.p_value)}."
    for adjustment in answer.adjustments:
        yield _adjustment(adjustment)
    for value in answer.e_values:
        if value.estimate is not None:
            limit = "" if value.limit is None else f", of the interval {value.limit:.2f}"
            yield f"E-value, {value.group} against {value.against}: {value.estimate:.2f}{limit}."
    yield from (row.sentence for row in answer.non_inferiority)
    yield from answer.notes


def _adjustment(row: Adjustment) -> str:
    """Return how far the weighting made two groups alike."""
    said = [
        f"Weighted, {row.group} against {row.against} ({row.method})",
        *([] if row.converged else ["the weights did not settle"]),
    ]
    sizes = (row.effective_group, row.effective_against)
    if None not in sizes:
        said.append("effective sample sizes {:.1f} and {:.1f}".format(*sizes))
    differences = (row.largest_before, row.largest_after)
    if None not in differences:
        said.append(
            "largest standardised mean difference {:.2f} before and {:.2f} after".format(
                *differences
            )
        )
    return f"{', '.join(said)}."
