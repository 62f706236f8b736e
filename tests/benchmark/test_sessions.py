"""How many people one process serves: every click of 10, 25 and 50 people who think for 5 s.

Each click sets a filter, a grouping year or the timepoint anew, as people do who look around, so
that most of them ask something that nobody has asked before. The bare page is under the same load
in turn, after the same warm-up. With several processes each person stays at one of them, as a
proxy sees to.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmark import serving
from tests.benchmark.people import crowd
from tests.benchmark.stores import SMALL, USUAL, made_store, size
from tests.benchmark.table import Row, missed, record

BAR = 3.0
THINK, SECONDS = 5.0, 15.0
# How many people, and in how many turns: the bar is for the largest number.
SESSIONS = {10: 2, 25: 2, 50: 5}
FILTERS = ("modality", "site", "start_year", "timepoint")
NOTE = "p95 of a bare page with one chart under the same load, after the same warm-up"


def session_rows(
    store: Path,
    size_words: str,
    sessions: dict[int, int],
    think: float,
    seconds: float,
    keys: Sequence[str] = FILTERS,
    processes: int = 1,
) -> list[Row]:
    """Let people click at the dashboard and at the bare page in turn; return the rows recorded.

    Raises AssertionError where a click was lost, or where the clicks did not change the charts.
    """
    rows = []
    several = f", {processes} processes" if processes > 1 else ""
    with serving.dashboard(store, processes) as ours, serving.bare(1, warm=True) as bare:
        for served, boxes in ((ours, keys), (bare, ("choice",))):
            for _ in range(3):  # its first pages, and the warm-up
                first = crowd(served.addresses, boxes, len(served.addresses), 0.1, 0.5, 0)
                assert not first.errors
        for number, turns in sessions.items():
            took: tuple[dict[float, list[float]], ...] = ({0.5: [], 0.95: []}, {0.5: [], 0.95: []})
            for turn in range(turns):
                for which, (served, boxes) in enumerate(((ours, keys), (bare, ("choice",)))):
                    load = crowd(served.addresses, boxes, number, think, seconds, turn + 1)
                    assert load.errors == []
                    assert len(load.pictures) > min(len(load.clicks), 8) / 2
                    for share in took[which]:
                        took[which][share].append(1000 * load.percentile(share))
            (middle, high), (bare_middle, bare_high) = (
                (statistics.median(one[0.5]), statistics.median(one[0.95])) for one in took
            )
            rows.append(
                record(
                    f"{number} people{several}, think {think:g} s: p95 of a click",
                    size_words,
                    high,
                    bare_high,
                    BAR if number == max(SESSIONS) else None,
                    f"{NOTE}; p50 {middle:.0f} ms against {bare_middle:.0f}",
                    peak_mb=ours.peak_mb(),
                )
            )
    return rows


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("episodes", [SMALL, USUAL])
@pytest.mark.parametrize(("processes", "sessions"), [(1, SESSIONS), (2, {50: SESSIONS[50]})])
def test_fifty_people(episodes, processes, sessions):
    store, words = made_store(episodes), size(episodes)
    rows = session_rows(store, words, sessions, THINK, SECONDS, processes=processes)
    assert missed(rows) == []
