"""The options of what is done with a store beside asking it: in, out, back, and aside."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from analysis.engines import DUCKDB, ENGINES
from analysis.timepoints import WIDTHS
from dashboard import QUERY_LIMIT

STORE_COMMANDS = {
    "check": "say what an import would do, and store nothing",
    "quarantine": "write the rows that were kept aside, to be mended and imported again",
    "withdraw": "take a batch back",
    "backup": "write a store into one file",
    "restore": "make a store from a backup",
    "export": "write what counts as files, to be imported again or asked with Spark",
    "upgrade": "bring a store of an earlier layout to the present one",
}


def add_import(parser: argparse.ArgumentParser) -> None:
    """Add the options of an import."""
    _add_store(parser)
    _add_files(parser)
    _add_who(parser)
    parser.add_argument(
        "--aside",
        type=Path,
        metavar="FOLDER",
        help="write the rows that are kept aside there, to be mended and imported again",
    )
    parser.add_argument(
        "--progress",
        choices=["auto", "json"],
        default="auto",
        help="json: a line per update on standard error, the report on standard output",
    )


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """Add the choice of the store as it was after a batch."""
    parser.add_argument(
        "--as-of", type=int, metavar="BATCH", help="the store as it was after this batch"
    )


def add_asked(parser: argparse.ArgumentParser) -> None:
    """Add what is asked, and by which engine: a store, or what was exported of one."""
    parser.add_argument(
        "store", type=_place, metavar="STORE", help="folder of the store, or an export with Spark"
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default=DUCKDB,
        help="spark asks a folder of export --to parquet, or its address; default: %(default)s",
    )


def _place(text: str) -> Path | str:
    return text if "://" in text else Path(text)


def add_intervals(parser: argparse.ArgumentParser) -> None:
    """Add the intervals of mean scores over time."""
    parser.add_argument(
        "--weeks",
        type=int,
        choices=[int(name.split()[0]) for name in WIDTHS],
        default=2,
        help="how long each interval is; default: %(default)s",
    )
    parser.add_argument(
        "--shown-on",
        metavar="CROSSWALK",
        help="read the scores on another scale by a published table, such as phq9_to_promis_dep",
    )


def add_store_commands(parsers: Mapping[str, argparse.ArgumentParser]) -> None:
    """Add the options of each command of STORE_COMMANDS."""
    _add_files(parsers["check"])
    parsers["check"].add_argument(
        "--store", type=Path, metavar="STORE", help="the store they would go into; default: none"
    )
    for name in ("quarantine", "withdraw", "backup", "export", "upgrade"):
        _add_store(parsers[name])
    quarantine, withdraw = parsers["quarantine"], parsers["withdraw"]
    quarantine.add_argument("--batch", type=int, metavar="N", help="default: all batches")
    quarantine.add_argument(
        "--to", type=Path, required=True, metavar="FOLDER", help="where the files go"
    )
    withdraw.add_argument("batch", type=int, metavar="BATCH", help="its number; info lists them")
    _add_who(withdraw)
    parsers["backup"].add_argument("file", type=Path, metavar="FILE", help="the file to write")
    restore = parsers["restore"]
    restore.add_argument("file", type=Path, metavar="FILE", help="the backup")
    _add_store(restore)
    restore.add_argument(
        "--replace",
        action="store_true",
        help="put it in the place of a store that is there, which is kept aside",
    )
    export = parsers["export"]
    export.add_argument(
        "--to",
        choices=["csv", "parquet"],
        required=True,
        help="csv: files that can be imported again; parquet: what questions read, for Spark",
    )
    export.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder")
    export.add_argument(
        "--dates", action="store_true", help="start dates instead of follow-up ages, where known"
    )
    add_as_of(export)
    _add_who(export)


def add_processes(parser: argparse.ArgumentParser) -> None:
    """Add how many processes serve the dashboard, and how long a question may take."""
    parser.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="on the ports from --port on, for a proxy that keeps a reader with one of them; "
        "default: %(default)s",
    )
    parser.add_argument(
        "--query-limit",
        type=float,
        default=QUERY_LIMIT,
        metavar="SECONDS",
        help="how long one question to the store may take before it is stopped and the page says "
        "so; default: %(default)g",
    )


def add_cohorts(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command that saves, forgets and lists cohorts."""
    _add_store(parser)
    parser.add_argument("--save", metavar="NAME", help="save the cohort of --where as NAME")
    add_where(parser)
    parser.add_argument("--forget", metavar="NAME", help="forget a saved cohort")
    _add_who(parser)


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the filters that make a cohort."""
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="FIELD=VALUE[,VALUE]",
        help="keep only these episodes; may be repeated",
    )


def add_comparison(parser: argparse.ArgumentParser) -> None:
    """Add what is compared with what, and how."""
    for side in ("a", "b"):
        parser.add_argument(
            f"--{side}",
            action="append",
            default=[],
            metavar="NAME|FIELD=VALUE[,VALUE]",
            help="one of two cohorts: a saved one, filters, or all; may be repeated",
        )
        parser.add_argument(
            f"--{side}-name", metavar="NAME", help=f"what {side} is called; default: its own words"
        )
    parser.add_argument(
        "--measure", default="rates", help="rates, change, visits or time; default: %(default)s"
    )
    parser.add_argument("--outcome", default="response", help="default: %(default)s")
    parser.add_argument(
        "--event", default="response", help="response, remission or relapse; default: %(default)s"
    )
    parser.add_argument(
        "--repeated",
        default="first",
        help="first (episode of each patient) or clustered (all of them); default: %(default)s",
    )
    parser.add_argument(
        "--adjust",
        nargs="?",
        const="overlap",
        default="none",
        metavar="WEIGHTS",
        help="weight the groups towards the same case mix: overlap (the default) or inverse",
    )
    parser.add_argument(
        "--margin",
        type=float,
        metavar="POINTS",
        help="non-inferiority margin: percentage points for rates, else points of the scale",
    )
    parser.add_argument(
        "--visits", metavar="DAYS", help="last days of visit windows, such as 14,28,42"
    )


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", type=Path, metavar="STORE", help="folder of the store")


def _add_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--who", metavar="NAME", help="who does this; default: the user's name")


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="the clinic's files")
    parser.add_argument(
        "--mapping",
        metavar="MAP",
        help="what their columns and values mean: a TOML file, or a name that the store keeps",
    )
    parser.add_argument(
        "--codes",
        type=Path,
        metavar="CROSSWALK.csv",
        help="replace ids by random study codes, kept in this file outside the store",
    )
    parser.add_argument(
        "--corrections",
        action="store_true",
        help="these scores count instead of stored ones of the same day and instrument",
    )
    parser.add_argument(
        "--replaces", type=int, metavar="BATCH", help="the batch that these files take the place of"
    )
    parser.add_argument(
        "--accept-absent",
        type=int,
        default=0,
        metavar="N",
        help="how many rows of that batch may be gone; default: %(default)s",
    )
