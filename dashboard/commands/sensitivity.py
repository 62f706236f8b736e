"""`trd-outcomes sensitivity`: one outcome under many definitions, and what the missing could do."""

import argparse
from collections.abc import Sequence

from analysis.export import sensitivity_csv, sensitivity_json
from analysis.sensitivity import ASPECTS, Bounds, Sensitivity, bounds, check_local, sensitivity
from analysis.store.batches import Batch
from dashboard.commands.question import (
    answered,
    as_of_record,
    as_of_words,
    cohort_of,
    count,
    definition_of,
    interval,
    names,
    opened,
    percent,
)


def run(options: argparse.Namespace) -> None:
    """Answer one question and print it in the format asked for."""
    check_local(options.release)
    with opened(options) as (store, batch):
        question = (store, cohort_of(options), definition_of(options, store), options.outcome)
        by = names(options.by)
        answer, extremes = answered(
            store,
            lambda: (sensitivity(*question, by), bounds(*question, by, reach=options.reach)),
        )
    if options.format == "json":
        print(sensitivity_json(answer, extremes, as_of_record(batch)))
    elif options.format == "csv":
        print(sensitivity_csv(answer, as_of_record(batch)), end="")
    else:
        _print_tables(answer, extremes, batch)


def _print_tables(answer: Sensitivity, extremes: Sequence[Bounds], batch: Batch | None) -> None:
    from rich.table import Table  # only a table needs it

    from dashboard.commands.terminal import console as make_console
    from dashboard.commands.terminal import plain

    console = make_console()
    console.print(f"Cohort: {plain(answer.cohort)}")
    console.print(f"{answer.outcome}: {plain(answer.variants[0].rule)}.")
    table = Table(box=None, title="Under each definition", title_justify="left")
    for heading in (*answer.by, *ASPECTS):
        table.add_column(heading.replace("_", " "))
    for heading in ("n / N", "%", "95 % interval", "complete %", "definition"):
        table.add_column(heading, justify="right")
    for variant in answer.variants:
        for row in variant.rows:
            table.add_row(
                *(plain(level) for level in row.group),
                *(plain(chosen) for _, chosen in variant.choices),
                f"{count(row.numerator)} / {count(row.denominator)}",
                percent(row.estimate),
                interval(row.conf_low, row.conf_high),
                percent(row.completeness),
                variant.definition.id + (" *" if variant.chosen else ""),
            )
    console.print(table)
    console.print("* the definition that the others are set beside.")
    limits = Table(box=None, title="Whatever the missing endpoints were", title_justify="left")
    for heading in answer.by:
        limits.add_column(heading)
    reach = next((row.reach for row in extremes if row.reach is not None), None)
    headings = ["met", "decided", "missing", "none met %", "observed %", "all met %"]
    if reach is not None:
        headings.append(f"missing that must meet it to reach {percent(reach)} %")
    for heading in headings:
        limits.add_column(heading, justify="right")
    for bound in extremes:
        needed = [] if reach is None else [_needed(bound)]
        limits.add_row(
            *(plain(level) for level in bound.group),
            *(count(number) for number in (bound.met, bound.decided, bound.missing)),
            *(percent(rate) for rate in (bound.low, bound.observed, bound.high)),
            *needed,
        )
    console.print(limits)
    console.print(f"Snapshot {answer.snapshot}{as_of_words(batch)}.")


def _needed(bound: Bounds) -> str:
    if bound.needed is None:
        return "cannot be reached"
    return f"{bound.needed} of {bound.missing}"
