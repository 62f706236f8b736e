"""Batches: what came in, in which order, and which of it counts.

The state of a store is made by its batches alone. A batch that was withdrawn or replaced does not
count; of two scores of one day, the one of a later batch of corrections counts. So the state after
any batch, or without one, can be worked out again from the rows that are kept.
"""

import getpass
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

IMPORT, WITHDRAWAL, REFUSED = "import", "withdrawal", "refused"


@dataclass(frozen=True)
class Batch:
    """One batch: an import, a withdrawal, or a file that was refused.

    `ends` is the batch that it withdraws or replaces. `corrections`: its scores count instead of
    earlier ones of the same day and instrument. `as_of` is the as-of date that it brought,
    `declares` what its mapping declared, `attested` the columns that a person vouched for,
    `snapshot` the snapshot that it made (None where nothing changed).
    """

    batch: int
    kind: str
    when: str
    who: str
    mapping: str | None = None
    corrections: bool = False
    ends: int | None = None
    as_of: str | None = None
    declares: dict[str, Any] = field(default_factory=dict)
    attested: tuple[str, ...] = ()
    note: str | None = None
    snapshot: str | None = None

    def row(self) -> list[Any]:
        """Return the batch as the values of its row, in the order of the table's columns."""
        declares, attested = json.dumps(self.declares), json.dumps(list(self.attested))
        return [
            *(
                self.batch,
                self.kind,
                self.when,
                self.who,
                self.mapping,
                self.corrections,
                self.ends,
            ),
            *(self.as_of, declares, attested, self.note, self.snapshot),
        ]


def now() -> str:
    """Return the time in UTC; the order of batches is their number, never their time."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def current_user() -> str:
    """Return who runs this, as the system knows them; "unknown" where it does not."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def read_batches(con: "duckdb.DuckDBPyConnection", schema: str = "main") -> list[Batch]:
    """Return all batches of an open snapshot, in their order."""
    rows = con.execute(f"select * from {schema}.batch order by batch").fetchall()
    names = [entry.name for entry in fields(Batch)]
    found = []
    for row in rows:
        values: dict[str, Any] = dict(zip(names, row, strict=True))
        values["declares"] = json.loads(values["declares"])
        values["attested"] = tuple(json.loads(values["attested"]))
        found.append(Batch(**values))
    return found


def write_batches(con: "duckdb.DuckDBPyConnection", batches: Iterable[Batch]) -> None:
    """Fill merged_batch, of which the next snapshot's log is made."""
    for batch in batches:
        con.execute(f"insert into merged_batch values ({', '.join('?' * 12)})", batch.row())


def counting(batches: Iterable[Batch]) -> list[Batch]:
    """Return the imports that count: neither withdrawn nor replaced by a batch that counts."""
    ended: set[int] = set()
    found = []
    for batch in sorted(batches, key=lambda b: b.batch, reverse=True):
        if batch.batch in ended or batch.kind == REFUSED:
            continue
        if batch.ends is not None:
            ended.add(batch.ends)
        if batch.kind == IMPORT:
            found.append(batch)
    return found[::-1]
