"""`trd-outcomes trajectory`: mean scores over time, with how many episodes each stands for."""

import argparse

from analysis.crosswalks import crosswalk
from analysis.export import trajectories_csv, trajectories_json
from analysis.policy import check_policy
from analysis.release import release_trajectories
from analysis.store.batches import Batch
from analysis.timepoints import WIDTHS
from analysis.trajectories import Trajectories, trajectories
from dashboard.commands.question import (
    as_of_words,
    asked,
    count,
    printed,
)


def run(options: argparse.Namespace) -> None:
    """Answer one question and print it in the format asked for."""
    check_policy(options.release)
    shown_on = None if options.shown_on is None else crosswalk(options.shown_on)
    width, intervals = WIDTHS[f"{options.weeks} weeks"]
    answer, batch = asked(
        options,
        lambda store, cohort, definition, by: trajectories(
            *(store, cohort, definition, by), width=width, intervals=intervals, shown_on=shown_on
        ),
    )
    answer = release_trajectories(answer, options.release)
    printed(options.format, answer, batch, trajectories_json, trajectories_csv, _print_table)


def _print_table(answer: Trajectories, batch: Batch | None) -> None:
    from rich.table import Table  # only a table needs it

    from dashboard.commands.terminal import console as make_console
    from dashboard.commands.terminal import plain

    console = make_console()
    console.print(f"Cohort: {plain(answer.cohort)}")
    console.print(f"Definition {answer.definition.id}: {plain(answer.definition_sentence)}")
    table = Table(box=None, title="Mean scores", title_justify="left")
    for heading in (*answer.by, "days"):
        table.add_column(heading)
    for heading in ("n", "mean", "95 % interval", "SD", "median"):
        table.add_column(heading, justify="right")
    for row in answer.rows:
        ends = None if row.conf_low is None or row.conf_high is None else row
        table.add_row(
            *(plain(level) for level in row.group),
            f"{row.from_day} to {row.to_day}",
            count(row.n),
            "withheld" if row.withheld else _points(row.estimate),
            "" if ends is None else f"{_points(ends.conf_low)} to {_points(ends.conf_high)}",
            _points(row.sd),
            _points(row.median),
        )
    console.print(table)
    console.print(f"Snapshot {answer.snapshot}{as_of_words(batch)}. Release: {answer.release}.")


def _points(value: float | None) -> str:
    """Return points of a scale with one decimal; nothing where there is no number."""
    return "" if value is None else f"{value:.1f}"
