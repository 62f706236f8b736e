"""`trd-outcomes curve`: how long until response, remission or relapse."""

import argparse

from analysis.curve_results import Curves
from analysis.curves import curves
from analysis.events import COMPETING
from analysis.export import curves_csv, curves_json
from analysis.policy import check_policy
from analysis.release_curves import release_curves
from analysis.store.batches import Batch
from dashboard.commands.question import (
    as_of_words,
    asked,
    count,
    interval,
    percent,
    printed,
)


def run(options: argparse.Namespace) -> None:
    """Answer one question and print it in the format asked for."""
    check_policy(options.release)
    answer, batch = asked(
        options,
        lambda store, cohort, definition, by: curves(
            store, cohort, definition, options.event, by, until=options.until
        ),
    )
    answer = release_curves(answer, options.release)
    printed(options.format, answer, batch, curves_json, curves_csv, _print_tables)


def _days(value: float | None, low: float | None, high: float | None) -> str:
    """Return days with their interval; an end that was not reached is left open."""
    if value is None:
        return "not reached"
    ends = ("?" if end is None else f"{end:.0f}" for end in (low, high))
    return f"{value:.0f} ({' to '.join(ends)})"


def _print_tables(answer: Curves, batch: Batch | None) -> None:
    from rich.table import Table  # only a table needs it

    from dashboard.commands.terminal import console as make_console
    from dashboard.commands.terminal import plain

    console = make_console()
    console.print(f"Cohort: {plain(answer.cohort)}")
    console.print(f"Definition {answer.definition.id}: {plain(answer.definition_sentence)}")
    for name, rule in answer.rules:
        console.print(f"{name}: {plain(rule)}.")
    table = Table(box=None, title="Time to event, in days", title_justify="left")
    for heading in answer.by:
        table.add_column(heading)
    steps = ("episodes", "with_baseline", "eligible", "started", "followed", "events")
    shown = [s for s in steps if s != "started" or answer.event == "relapse"]
    headings = (*shown, *COMPETING.values(), "censored", "median", "mean")
    for heading in headings:
        table.add_column(heading.replace("_", " ").lower(), justify="right")
    for row in answer.summaries:
        ends = dict(row.ends) if row.ends is not None else dict.fromkeys(COMPETING)
        mean = _days(row.mean, row.mean_low, row.mean_high)
        table.add_row(
            *(plain(level) for level in row.group),
            *(count(getattr(row, step)) for step in shown),
            *(count(ends[name]) for name in COMPETING),
            count(row.censored),
            "withheld" if row.withheld else _days(row.median, row.median_low, row.median_high),
            "withheld" if row.withheld else mean if row.mean is not None else "",
        )
    console.print(table)
    marks = Table(box=None, title="Share with the event by day, in %", title_justify="left")
    for heading in (*answer.by, "day"):
        marks.add_column(heading)
    for heading in ("read on day", "followed", "still waiting", "%", "95 % interval"):
        marks.add_column(heading, justify="right")
    for mark in answer.landmarks:
        marks.add_row(
            *(plain(level) for level in mark.group),
            str(mark.day),
            "" if mark.read_on is None else str(mark.read_on),
            count(mark.followed),
            count(mark.at_risk),
            "withheld" if mark.withheld else percent(mark.estimate),
            interval(mark.conf_low, mark.conf_high),
        )
    console.print(marks)
    until = next((row.until for row in answer.summaries if row.until), None)
    if until is not None:
        console.print(f"The mean counts days without the event up to day {until}.")
    console.print(f"Snapshot {answer.snapshot}{as_of_words(batch)}. Release: {answer.release}.")
