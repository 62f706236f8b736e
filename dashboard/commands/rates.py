"""`trd-outcomes rates`: outcome rates on standard output."""

import argparse

from analysis.cohort import Cohort
from analysis.definition import definition_from_query
from analysis.export import rates_csv, rates_json
from analysis.measures import Rates, rates
from analysis.release import check_policy, release_rates
from analysis.store import open_store


def run(options: argparse.Namespace) -> None:
    """Answer one question and print it in the format asked for."""
    check_policy(options.release)
    with open_store(options.store) as store:
        store.instrument(options.instrument)
        query = {
            "instrument": options.instrument,
            "timepoint": options.timepoint,
            "baseline": options.baseline,
            "missing": options.missing,
            "min_baseline": options.min_baseline,
        }
        if options.remission is not None:
            query["remission"] = options.remission
        answer = rates(
            store,
            Cohort.parse(options.where),
            definition_from_query(query, store.instruments),
            _names(options.outcome),
            _names(options.by),
        )
    answer = release_rates(answer, options.release)
    if options.format == "json":
        print(rates_json(answer))
    elif options.format == "csv":
        print(rates_csv(answer), end="")
    else:
        _print_table(answer)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{100 * rate:.1f}"


def _count(count: int | None) -> str:
    return "withheld" if count is None else f"{count:,}"


def _print_table(answer: Rates) -> None:
    from rich.table import Table  # only a table needs it

    from dashboard.commands.terminal import console as make_console
    from dashboard.commands.terminal import plain

    console = make_console()
    console.print(f"Cohort: {plain(answer.cohort)}")
    console.print(f"Definition {answer.definition.id}: {plain(answer.definition_sentence)}")
    for name, rule in answer.rules:
        console.print(f"{name}: {plain(rule)}.")
    table = Table(box=None, title="Rates", title_justify="left")
    for heading in ("measure", *answer.by):
        table.add_column(heading)
    for heading in ("n / N", "%", "95 % interval", "unknown", "complete %"):
        table.add_column(heading, justify="right")
    for row in answer.rows:
        interval = ""
        if row.conf_low is not None:
            interval = f"{_percent(row.conf_low)} to {_percent(row.conf_high)}"
        table.add_row(
            row.measure,
            *(plain(level) for level in row.group),
            "withheld" if row.withheld else f"{_count(row.numerator)} / {_count(row.denominator)}",
            _percent(row.estimate),
            interval,
            _count(row.unknown),
            _percent(row.completeness),
        )
    console.print(table)
    flow = Table(box=None, title="Patient flow", title_justify="left")
    for heading in answer.by:
        flow.add_column(heading)
    steps = ("episodes", "patients", "with_baseline", "eligible", "mature", "with_endpoint")
    for heading in steps:
        flow.add_column(heading.replace("_", " "), justify="right")
    for step in answer.flow:
        counts = (_count(getattr(step, name)) for name in steps)
        flow.add_row(*(plain(level) for level in step.group), *counts)
    console.print(flow)
    console.print(f"Snapshot {answer.snapshot}. Release: {answer.release}.")
