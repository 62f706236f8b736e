"""The `trd-outcomes` command: questions to a store, the dashboard, and what is done with a store.

Exit codes: 0 done, 2 a clear error in one sentence on standard error, 3 another process is changing
the store, 130 stopped by Ctrl-C.
"""

import argparse
import io
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from analysis.errors import OutcomesError, StoreBusy
from dashboard.options import (
    STORE_COMMANDS,
    add_as_of,
    add_asked,
    add_cohorts,
    add_comparison,
    add_import,
    add_intervals,
    add_processes,
    add_store_commands,
    add_where,
)

WINDOW_OPTIONS = {"--baseline", "--timepoint", "--min-baseline"}


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, as all errors of the command are."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def build_parser() -> Parser:
    """Return the parser of the whole command."""
    parser = Parser(
        prog="trd-outcomes",
        description="Response and remission per treatment modality, from de-identified scores.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_import(commands.add_parser("import", help="load files into a store", allow_abbrev=False))
    _add_map(commands.add_parser("map", help="propose a mapping file", allow_abbrev=False))
    _add_rates(commands.add_parser("rates", help="print outcome rates", allow_abbrev=False))
    _add_curve(commands.add_parser("curve", help="print the time to an event", allow_abbrev=False))
    _add_trajectory(
        commands.add_parser("trajectory", help="print mean scores over time", allow_abbrev=False)
    )
    _add_sensitivity(
        commands.add_parser(
            "sensitivity", help="print one outcome under many definitions", allow_abbrev=False
        )
    )
    _add_compare(commands.add_parser("compare", help="print how groups differ", allow_abbrev=False))
    add_cohorts(commands.add_parser("cohorts", help="save filters by name", allow_abbrev=False))
    _add_serve(commands.add_parser("serve", help="open the dashboard", allow_abbrev=False))
    _add_demo(
        commands.add_parser("demo", help="open the dashboard on sample data", allow_abbrev=False)
    )
    add_store_commands(
        {
            name: commands.add_parser(name, help=words, allow_abbrev=False)
            for name, words in STORE_COMMANDS.items()
        }
    )
    info = commands.add_parser("info", help="say what a store holds", allow_abbrev=False)
    info.add_argument("store", type=Path, metavar="STORE", help="folder of the store")
    add_as_of(info)
    info.add_argument(
        "--quarantine",
        type=Path,
        metavar="FILE",
        help="write all quarantined rows to a CSV file, with the reason of each",
    )
    return parser


def _add_map(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="files to look at")
    parser.add_argument(
        "--to", type=Path, metavar="MAP.toml", help="write it to this new file; default: print it"
    )


def _add_rates(parser: argparse.ArgumentParser) -> None:
    _add_question(parser)
    parser.add_argument("--outcome", default="response,remission", help="default: %(default)s")
    _add_answer(parser)


def _add_curve(parser: argparse.ArgumentParser) -> None:
    _add_question(parser, timepoint=False)
    parser.add_argument("--event", required=True, help="response, remission or relapse")
    parser.add_argument(
        "--until",
        type=int,
        metavar="DAY",
        help="day to which the mean is restricted; default: the last day all groups are followed",
    )
    _add_answer(parser)


def _add_trajectory(parser: argparse.ArgumentParser) -> None:
    _add_question(parser, timepoint=False)
    add_intervals(parser)
    _add_answer(parser)


def _add_sensitivity(parser: argparse.ArgumentParser) -> None:
    _add_question(parser)
    parser.add_argument("--outcome", required=True, help="such as response or remission")
    parser.add_argument(
        "--reach",
        type=float,
        metavar="RATE",
        help="a rate from 0 to 1: how many of the missing would have to meet the outcome for it",
    )
    _add_answer(parser)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    _add_question(parser)
    add_comparison(parser)
    _add_answer(parser)


def _add_question(parser: argparse.ArgumentParser, timepoint: bool = True) -> None:
    """Add what every question has: the store, the episodes and how outcomes are decided."""
    add_asked(parser)
    parser.add_argument("--instrument", help="such as phq9; default: phq9 or the store's first")
    parser.add_argument("--by", default="", help="fields to group by, such as modality,site")
    add_where(parser)
    if timepoint:
        parser.add_argument(
            "--timepoint",
            default="acute",
            help="a name, or FROM:TO[:last|first|nearest@DAY|best]; default: %(default)s",
        )
        parser.add_argument("--missing", default="observed", help="observed, locf or nonresponse")
        parser.add_argument(
            "--horizon", metavar="DAY", help="up to which sustained outcomes hold; default: 183"
        )
        parser.add_argument("--minimal-important", metavar="RULE", help="points or %%: 5 or 32%%")
        parser.add_argument(
            "--reliable-change", metavar="RULE", help="points, or r=0.8, or r=0.8,sd=5.5"
        )
        parser.add_argument(
            "--cutoff", metavar="RULE", help="between ill and well: lt10, a, b:MEAN:SD, c:MEAN:SD"
        )
    parser.add_argument("--baseline", default="-14:0", help="FROM:TO; default: %(default)s")
    parser.add_argument(
        "--min-baseline", default="moderate", help="moderate, none or a score; default: %(default)s"
    )
    parser.add_argument("--remission", metavar="RULE", help="such as phq9_lt5")


def _add_answer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
    add_as_of(parser)
    _add_release(parser)


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--release",
        default="local",
        help="local (nothing withheld) or shared (small counts withheld); default: %(default)s",
    )


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", type=Path, metavar="STORE", help="folder of the store")
    parser.add_argument("--port", type=int, default=8501, help="default: %(default)s")
    add_processes(parser)
    _add_release(parser)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, help="default: %(default)s")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")


def joined_windows(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--baseline -14:0` joined to `--baseline=-14:0`.

    The parser would otherwise take a window that starts with a minus sign for an option.
    """
    joined: list[str] = []
    for argument in arguments:
        if (
            joined
            and joined[-1] in WINDOW_OPTIONS
            and argument[:1] == "-"
            and argument[1:2].isdigit()
        ):
            joined[-1] = f"{joined[-1]}={argument}"
        else:
            joined.append(argument)
    return joined


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")  # files are UTF-8 whatever the system prefers
    given = sys.argv[1:] if arguments is None else arguments
    options = build_parser().parse_args(joined_windows(given))
    # each command is imported when it is asked for: an answer must not wait for the others
    try:
        match options.command:
            case "import":
                from dashboard.commands.importing import run
            case "map":
                from dashboard.commands.map import run
            case "rates":
                from dashboard.commands.rates import run
            case "curve":
                from dashboard.commands.curve import run
            case "trajectory":
                from dashboard.commands.trajectory import run
            case "sensitivity":
                from dashboard.commands.sensitivity import run
            case "compare":
                from dashboard.commands.compare import run
            case "cohorts":
                from dashboard.commands.cohorts import run
            case "serve":
                from dashboard.commands.serve import run
            case "demo":
                from dashboard.commands.serve import run_demo as run
            case "check":
                from dashboard.commands.check import run
            case "quarantine":
                from dashboard.commands.quarantine import run
            case "withdraw":
                from dashboard.commands.withdraw import run
            case "backup":
                from dashboard.commands.backup import run
            case "restore":
                from dashboard.commands.restore import run
            case "export":
                from dashboard.commands.export import run
            case "upgrade":
                from dashboard.commands.upgrade import run
            case _:
                from dashboard.commands.info import run
        run(options)
    except OutcomesError as error:
        print(f"trd-outcomes: {error}", file=sys.stderr)
        return 3 if isinstance(error, StoreBusy) else 2
    except KeyboardInterrupt:
        print("trd-outcomes: stopped.", file=sys.stderr)
        if arguments is None:  # as a program it ends now: another Ctrl-C must not change how
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
