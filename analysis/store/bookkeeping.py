"""What was imported and what was kept aside."""

from typing import NamedTuple

from analysis.store.batches import Batch, counting, read_batches
from analysis.store.reader import Store


class ImportedFile(NamedTuple):
    """One file of one batch, with what became of its rows."""

    batch: int
    file: str
    kind: str
    rows_read: int
    loaded: int
    quarantined: int
    exact_duplicates: int


class QuarantinedRow(NamedTuple):
    """One row that was kept aside: which batch, where it stands, what is wrong."""

    batch: int
    file: str
    line: int
    column: str | None
    value: str | None
    rule: str
    allowed: str


def imported_files(store: Store) -> list[ImportedFile]:
    """Return the files of all batches, oldest first."""
    rows = store.rows(
        "select batch, file, kind, rows_read, loaded, quarantined, exact_duplicates "
        "from batch_file order by all"
    )
    return [ImportedFile(*row) for row in rows]


def quarantined_rows(store: Store) -> list[QuarantinedRow]:
    """Return all quarantined rows, by batch, file and line."""
    rows = store.rows(
        'select batch, file, line, "column", value, rule, allowed from quarantine order by all'
    )
    return [QuarantinedRow(*row) for row in rows]


def quarantined_by_rule(store: Store) -> list[tuple[str, int]]:
    """Return how many rows each rule kept aside."""
    rows = store.rows("select rule, count(*) from quarantine group by rule order by rule")
    return [(rule, count) for rule, count in rows]


def batch_summaries(store: Store) -> list[tuple[Batch, tuple[str, ...]]]:
    """Return every batch with the names of its files, in the order in which they came."""
    files: dict[int, list[str]] = {}
    for batch, file in store.rows("select batch, file from batch_file order by batch, file"):
        files.setdefault(batch, []).append(file)
    return [(b, tuple(files.get(b.batch, ()))) for b in read_batches(store.connection)]


def batch_with_file(store: Store, sha256: str) -> int | None:
    """Return the last batch that counts and brought exactly this file; None where there is none."""
    numbers = [b.batch for b in counting(read_batches(store.connection))]
    rows = store.rows("select batch, sha256 from batch_file order by batch desc")
    return next((batch for batch, known in rows if known == sha256 and batch in numbers), None)
