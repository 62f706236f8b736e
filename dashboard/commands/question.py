"""What the commands that answer questions share: the question itself, and numbers as words."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.cohort import Cohort
from analysis.definition import Definition, definition_from_query
from analysis.engines import DUCKDB, SPARK
from analysis.errors import DefinitionError
from analysis.store import Store, open_store
from analysis.store.batches import Batch, read_batches

if TYPE_CHECKING:
    from analysis.progress import Meter

Answer = TypeVar("Answer")
Record = dict[str, Any]

# Options that make up a definition; a command may lack some of them.
OPTIONS = (
    "timepoint",
    "baseline",
    "missing",
    "min_baseline",
    "remission",
    "minimal_important",
    "reliable_change",
    "cutoff",
    "horizon",
)


def definition_of(options: argparse.Namespace, store: Store) -> Definition:
    """Return the definition that the options describe; what is absent keeps its default."""
    query = {"instrument": options.instrument or store.first_instrument()}
    store.instrument(query["instrument"])
    for name in OPTIONS:
        value = getattr(options, name, None)
        if value is not None:
            query[name] = value
    return definition_from_query(query, store.instruments)


def cohort_of(options: argparse.Namespace) -> Cohort:
    """Return the cohort that the filters describe."""
    return Cohort.parse(options.where)


def names(text: str) -> tuple[str, ...]:
    """Return the names of a list with commas, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def percent(rate: float | None) -> str:
    """Return a rate in per cent with one decimal; nothing where there is none."""
    return "" if rate is None else f"{100 * rate:.1f}"


def interval(low: float | None, high: float | None) -> str:
    """Return an interval in per cent; nothing where there is none."""
    return "" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def count(number: int | None) -> str:
    """Return a count, or the word withheld."""
    return "withheld" if number is None else f"{number:,}"


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[tuple[Store, Batch | None]]:
    """Open the store that is asked, as it is now or with --as-of as of a batch, which comes too.

    With --engine spark it is an export, and the batch is the one as of which that was made.
    """
    if getattr(options, "engine", DUCKDB) == SPARK:
        with _export(options) as store:
            yield store, store.exported.batch if store.exported else None
    elif options.as_of is None:
        with open_store(options.store) as store:
            yield store, None
    else:
        # it brings the writer and its lock, for which an answer about today must not wait
        from analysis.store.as_of import open_as_of

        with open_as_of(options.store, options.as_of) as store:
            yield store, read_batches(store.connection)[-1]


def _export(options: argparse.Namespace) -> Store:
    if options.as_of is not None:
        raise DefinitionError(
            "An export is as of one batch: say --as-of where it is made, with trd-outcomes export."
        )
    from analysis.store.spark import open_exported
    from dashboard.commands import terminal

    with terminal.steps() as show:
        return open_exported(options.store, show)


def asked(
    options: argparse.Namespace,
    question: Callable[[Store, Cohort, Definition, tuple[str, ...]], Answer],
) -> tuple[Answer, Batch | None]:
    """Return the answer to a question about the groups that the options describe.

    With it comes the batch as of which it is, None for the store as it is.
    """
    with opened(options) as (store, batch):
        answer = answered(
            store,
            lambda: question(
                store, cohort_of(options), definition_of(options, store), names(options.by)
            ),
        )
    return answer, batch


def printed(
    form: str,
    answer: Answer,
    batch: Batch | None,
    as_json: Callable[[Answer, Record], str],
    as_csv: Callable[[Answer, Record], str],
    as_tables: Callable[[Answer, Batch | None], None],
) -> None:
    """Print an answer in the format asked for: json, csv or tables."""
    if form == "json":
        print(as_json(answer, as_of_record(batch)))
    elif form == "csv":
        print(as_csv(answer, as_of_record(batch)), end="")
    else:
        as_tables(answer, batch)


def answered(store: Store, work: Callable[[], Answer]) -> Answer:
    """Do the work of an answer; with Spark, which may take long, show that and let it be stopped.

    DuckDB answers before there is anything to show, and what shows it takes time to import.
    """
    if store.engine.name == DUCKDB:
        return work()
    from dashboard.commands.progress import quiet, watched

    def told(meter: "Meter") -> Answer:
        meter.look(lambda: None, store.engine.interrupt)
        meter("Counting with Spark")
        return work()

    return watched(told, quiet())


def as_of_words(batch: Batch | None) -> str:
    """Return " as of batch 12 (2026-10-01)"; nothing for the store as it is now."""
    return "" if batch is None else f", as of batch {batch.batch} ({batch.when[:10]})"


def as_of_record(batch: Batch | None) -> Record:
    """Return what a record says of the batch as of which it is; nothing for the store as it is."""
    return {} if batch is None else {"as_of_batch": batch.batch, "as_of_when": batch.when}
