"""`trd-outcomes rates`: outcome rates on standard output."""

import argparse

from analysis.export import rates_csv, rates_json
from analysis.measures import Rates, rates
from analysis.policy import check_policy
from analysis.release import release_rates
from analysis.store.batches import Batch
from dashboard.commands.question import (
    as_of_words,
    asked,
    count,
    interval,
    names,
    percent,
    printed,
)


def run(options: argparse.Namespace) -> None:
    """Answer one question and print it in the format asked for."""
    check_policy(options.release)
    answer, batch = asked(
        options,
        lambda store, cohort, definition, by: rates(
            store, cohort, definition, names(options.outcome), by
        ),
    )
    answer = release_rates(answer, options.release)
    printed(options.format, answer, batch, rates_json, rates_csv, _print_table)


def _print_table(answer: Rates, batch: Batch | None) -> None:
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
        table.add_row(
            row.measure,
            *(plain(level) for level in row.group),
            "withheld" if row.withheld else f"{count(row.numerator)} / {count(row.denominator)}",
            percent(row.estimate),
            interval(row.conf_low, row.conf_high),
            count(row.unknown),
            percent(row.completeness),
        )
    console.print(table)
    flow = Table(box=None, title="Patient flow", title_justify="left")
    for heading in answer.by:
        flow.add_column(heading)
    steps = ("episodes", "patients", "with_baseline", "eligible", "mature", "with_endpoint")
    for heading in steps:
        flow.add_column(heading.replace("_", " "), justify="right")
    for step in answer.flow:
        counts = (count(getattr(step, name)) for name in steps)
        flow.add_row(*(plain(level) for level in step.group), *counts)
    console.print(flow)
    console.print(f"Snapshot {answer.snapshot}{as_of_words(batch)}. Release: {answer.release}.")
