"""A comparison on a terminal: what limits it first, then groups, gates and differences."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analysis.compare.results import Adjustment, Compared, Contrast, GroupRow
from analysis.outcomes import OUTCOMES
from analysis.store.batches import Batch
from dashboard.commands.question import as_of_words, count, percent

if TYPE_CHECKING:
    from rich.table import Table

RATES = {*OUTCOMES, "weighted_rate"}
DAYS = {"mean_days_without_event"}
UNITS = {"rate": "percentage points", "days": "days", "points": "points"}


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
    for reason in _not_shown(answer.contrasts):
        console.print(plain(reason))
    shown = [row for row in answer.contrasts if row.not_shown is None]
    if shown:
        console.print(_differences(shown, answer.comparison.kind))
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
        measure = row.measure.replace("_", " ")
        measure += "" if row.visit is None else f", day {row.visit}"
        measure += "" if row.against is None else f", against {row.against}"
        table.add_row(
            plain(measure),
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


def _not_shown(contrasts: Iterable[Contrast]) -> list[str]:
    """Return once per pair and reason why its differences are not shown."""
    reasons = [
        f"{row.group} against {row.against}: not shown. {row.not_shown}"
        for row in contrasts
        if row.not_shown is not None
    ]
    return list(dict.fromkeys(reasons))


def _differences(contrasts: Iterable[Contrast], kind: str) -> "Table":
    from dashboard.commands.terminal import plain

    numbers = ("estimate", "95 % interval", "p", "Holm", "BH")
    table = _table("Differences", ("measure", "group", "against", "method"), numbers)
    for row in contrasts:
        unit = contrast_unit(kind, row)
        measure = row.measure.replace("_", " ")
        measure += "" if row.visit is None else f", day {row.visit}"
        measure += ", weighted" if row.adjusted else ""
        table.add_row(
            *(plain(text) for text in (measure, row.group, row.against, row.method)),
            f"{_number(row.estimate, unit)}{' points' if unit == 'rate' else ''}",
            _interval(row.conf_low, row.conf_high, unit),
            *(probability(p) for p in (row.p_value, row.p_holm, row.p_bh)),
        )
    return table


def contrast_unit(kind: str, row: Contrast) -> str:
    """Return what an estimate is counted in: "ratio", "rate", "days" or "points"."""
    if "ratio" in row.method.lower() or "ratio" in row.measure:
        return "ratio"
    return "rate" if kind == "rates" else _unit(row.measure)


def _unit(measure: str) -> str:
    return "rate" if measure in RATES else "days" if measure in DAYS else "points"


def _number(value: float | None, unit: str) -> str:
    """Return a number in its unit: rates in per cent, days with one decimal, the rest with two."""
    if value is None:
        return ""
    return f"{100 * value:.1f}" if unit == "rate" else f"{value:.{1 if unit == 'days' else 2}f}"


def _interval(low: float | None, high: float | None, unit: str) -> str:
    return "" if low is None or high is None else f"{_number(low, unit)} to {_number(high, unit)}"


def probability(value: float | None) -> str:
    """Return a p-value as it is printed."""
    return "" if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def _further(answer: Compared) -> Iterable[str]:
    """Yield what stands below the differences, a sentence each."""
    for test in answer.overall:
        groups = ", ".join(test.groups)
        if test.not_shown is None:
            found = f"statistic {_number(test.statistic, '')}, df {test.df:g}" if test.df else ""
            yield (
                f"All groups, {test.method} ({groups}): "
                f"{', '.join(part for part in (found, f'p {probability(test.p_value)}') if part)}."
            )
        else:
            yield f"All groups, {test.method}: not shown. {test.not_shown}"
    for adjustment in answer.adjustments:
        yield _adjustment(adjustment)
    for value in answer.e_values:
        if value.estimate is not None:
            limit = "" if value.limit is None else f", of the interval {value.limit:.2f}"
            yield f"E-value, {value.group} against {value.against}: {value.estimate:.2f}{limit}."
    for row in answer.detectable:
        if row.difference is not None:
            unit = _unit(row.measure)
            yield (
                f"Groups of this size would show a difference of {_number(row.difference, unit)} "
                f"{UNITS[unit]} in {row.measure.replace('_', ' ')}, "
                f"{row.group} against {row.against} (80 % power, {row.method})."
            )
    yield from (row.sentence for row in answer.non_inferiority)
    for rate in answer.shrunk:
        interval = _interval(rate.conf_low, rate.conf_high, "rate")
        shown = f"{_number(rate.estimate, 'rate')} % ({interval})"
        counted = f"{count(rate.numerator)} / {count(rate.denominator)}"
        if rate.withheld:
            yield f"{rate.group}, drawn towards the rate of all: withheld."
        elif rate.estimate is not None:
            yield f"{rate.group}, drawn towards the rate of all: {shown}, from {counted}."
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
