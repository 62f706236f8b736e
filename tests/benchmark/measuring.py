"""What is measured of the questions: against a bare scan, against other programs, and as it grows.

Each function takes a store and its episodes and returns the rows that it recorded; `make bench`
holds them to their bars.
"""

import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.store import Store, open_store
from tests.benchmark import peers
from tests.benchmark.asking import ASK, BARE_SCAN, asked, in_turn, replay
from tests.benchmark.stores import ROOT, size
from tests.benchmark.table import Row, record

SCAN_BARS = {
    "change table, preset timepoint": 2.0,
    "change table, any window, three filters": 12.0,
}
PRESET_QUESTION = "change table, preset timepoint"
PEER_BARS = {"pandas": 25.0, "polars": 15.0}
# Time may grow no faster than the rows, and ten times the smallest may cost ten times its time.
GROWTH_BARS = (10.0, 50.0)


def peak_mb(folder: Path, question: str) -> float:
    """Return the most memory of a process that asks one question, in megabytes."""
    command = [sys.executable, "-m", "tests.benchmark.asking", str(folder), question]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e6


def replays(store: Store) -> dict[str, Callable[[], None]]:
    """Return every question as what it sends to the store."""
    return {name: partial(replay, store, asked(store, name)) for name in ASK}


def question_rows(
    folder: Path, episodes: int, rounds: int, peaks: Collection[str] = tuple(ASK)
) -> list[Row]:
    """Time each question against a bare scan of the columns of the preset one.

    The memory of the questions `peaks` is measured, each in a process of its own.
    """
    with open_store(folder) as store:
        took = in_turn({"scan": partial(replay, store, BARE_SCAN), **replays(store)}, rounds)
    note = "a bare scan of the columns of the preset question"
    return [
        record(
            name,
            size(episodes),
            took[name],
            took["scan"],
            SCAN_BARS.get(name),
            note,
            peak_mb=peak_mb(folder, name) if name in peaks else None,
        )
        for name in ASK
    ]


def peer_rows(folder: Path, episodes: int, rounds: int, scratch: Path) -> list[Row]:
    """Time the preset question against pandas, polars and data.table; all must count the same."""
    with open_store(folder) as store, ExitStack() as running:
        rows, people = peers.raw(store, peers.RAW), peers.raw(store, peers.PEOPLE)
        with_pandas, with_polars = peers.by_pandas(rows, people), peers.by_polars(rows, people)
        ours = peers.our_counts(store)
        assert sum(ours.values()) == episodes
        assert peers.counts(with_pandas()) == ours
        assert peers.counts(pd.DataFrame(with_polars().to_dict(as_series=False))) == ours
        timed: dict[str, Callable[[], object]] = {
            "ours": partial(replay, store, asked(store, PRESET_QUESTION)),
            "pandas": with_pandas,
            "polars": with_polars,
        }
        lacking = peers.without_data_table()
        if lacking is None:
            timed["R data.table"] = running.enter_context(
                peers.by_data_table(rows, people, scratch)
            )
        del rows, people
        took = in_turn(timed, rounds, again=True)
    if lacking is None:
        assert peers.counts(pd.read_csv(scratch / "counts.csv")) == ours
    else:
        print(f"\n{lacking}")
    return [
        record(
            PRESET_QUESTION,
            size(episodes),
            took["ours"],
            took[name],
            PEER_BARS.get(name),
            f"{name} on raw rows in memory",
            at_least=True,
        )
        for name in timed
        if name != "ours"
    ]


def growth_rows(
    folders: dict[int, Path], rounds: int, peaks: Collection[str] = tuple(ASK)
) -> list[Row]:
    """Time each question on stores of growing size, against the smallest of them."""
    smallest, *larger = sorted(folders)
    with ExitStack() as opened:
        timed: dict[str, Callable[[], object]] = {}
        for episodes, folder in folders.items():
            store = opened.enter_context(open_store(folder))
            for name, run in replays(store).items():
                timed[f"{name} {episodes}"] = run
        took = in_turn(timed, rounds)
    return [
        record(
            name,
            size(episodes),
            took[f"{name} {episodes}"],
            took[f"{name} {smallest}"],
            bar,
            f"the same on {size(smallest)}",
            peak_mb=peak_mb(folders[episodes], name) if name in peaks else None,
        )
        for name in ASK
        for episodes, bar in zip(larger, GROWTH_BARS, strict=False)
    ]
