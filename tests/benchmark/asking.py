"""The questions that are timed, as the engine asks them, and how things are timed in turn.

`python -m tests.benchmark.asking STORE QUESTION` asks one of them in a process of its own and
prints the most memory that it had, in bytes.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from analysis import Cohort, Definition
from analysis.curves import curves
from analysis.measures import rates
from analysis.store import Asked, Store, change, open_store
from analysis.timepoints import parse_timepoint
from analysis.trajectories import trajectories
from tests.benchmark.exports import peak

BY = ("modality",)
PRESET = Definition()
ANY_WINDOW = Definition(timepoint=parse_timepoint("21:90"))
FILTERED = Cohort(
    where=(
        ("site", ("site_0", "site_1", "site_2", "site_3")),
        ("sex", ("female",)),
        ("start_year", ("2019", "2020", "2021", "2022")),
    )
)
HEADLINE = ("response", "remission")


def program_page(store: Store) -> None:
    """Ask what the Program page asks: the whole cohort, by modality and by start year."""
    everybody = PRESET.with_missing("nonresponse")
    for by in ((), BY, ("start_year",)):
        for definition in (PRESET, everybody):
            rates(store, Cohort(), definition, HEADLINE, by)


ASK: dict[str, Callable[[Store], object]] = {
    "change table, preset timepoint": lambda store: change(store, Cohort(), PRESET, BY),
    "change table, any window, three filters": lambda store: change(
        store, FILTERED, ANY_WINDOW, BY
    ),
    "trajectory, two-week intervals": lambda store: trajectories(store, Cohort(), PRESET, BY),
    "event table, time to response": lambda store: curves(store, Cohort(), PRESET, "response", BY),
    "event table, relapse": lambda store: curves(store, Cohort(), PRESET, "relapse", BY),
    "everything the Program page asks": program_page,
}
# The columns that the preset question reads, of the same rows, added up.
SCAN = """
select sum(enum_code(modality)), sum(baseline), sum(acute), sum(follow_up_age)
from endpoint
where instrument = $instrument
"""
BARE_SCAN = [Asked(SCAN, {"instrument": PRESET.instrument})]


def asked(store: Store, question: str) -> list[Asked]:
    """Return the SQL that the engine sends to the store for a question."""
    recording = store.recording()
    ASK[question](recording)
    return list(recording.asked or ())


def replay(store: Store, questions: Sequence[Asked]) -> None:
    """Send them again, each with a cursor of its own as the engine does."""
    for one in questions:
        with store.connection.cursor() as cursor:
            cursor.execute(one.sql, dict(one.parameters)).fetchnumpy()


def in_turn(
    timed: Mapping[str, Callable[[], object]], rounds: int, *, again: bool = False
) -> dict[str, float]:
    """Return the median milliseconds of each, run one after the other in every round.

    A slow moment of the machine so meets all of them. One round before is not counted. With
    `again` each runs twice in a row and the second time counts: none of them pays for the caches
    that the others emptied.
    """
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, run in timed.items():
            if again:
                run()
            start = time.perf_counter()
            run()
            if number:
                taken[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(times) for name, times in taken.items()}


def main(folder: str, question: str) -> None:
    """Ask one question and print the most memory that this process had."""
    with open_store(folder) as store:
        ASK[question](store)
    print(peak())


if __name__ == "__main__":
    main(*sys.argv[1:])
