"""Files that were read for their plain rows: what their whole numbers stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from analysis.ingest.canonical import Layout
from analysis.ingest.reading.plain_rows import (
    BETWEEN_IDS,
    CODE_SHIFT,
    DAY_SHIFT,
    FIRST_DAY,
    PlainForm,
)
from analysis.ingest.reading.staged import Staged
from analysis.ingest.report import ReadFile
from analysis.store.quoting import literal

LOW = (1 << DAY_SHIFT) - 1


@dataclass(frozen=True)
class PlainFile:
    """One of them: its number in the import; `table` holds the plain rows, as `p` in SQL."""

    number: int
    staged: Staged
    layout: Layout
    form: PlainForm

    @property
    def table(self) -> str:
        return f"{self.staged.table}_plain"

    @property
    def day(self) -> str:
        return f"(((p.cell >> {DAY_SHIFT}) & {LOW}) + {FIRST_DAY})"

    @property
    def score(self) -> str:
        return f"(p.cell & {LOW})"

    def instrument(self, values: Iterable[str]) -> str:
        """Return the SQL for the one of `values` that stands where the instrument does."""
        return f"[{', '.join(values)}][(p.cell >> {CODE_SHIFT}) + 1]"

    def instruments(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Return the instruments of the plain rows, as the file calls them."""
        found = con.execute(
            f"select distinct p.cell >> {CODE_SHIFT} from {self.table} p where p.cell is not null"
        ).fetchall()
        return [self.form.instruments[code][0] for (code,) in found]

    @property
    def episodes(self) -> str:
        """The number of the episode that an id of the file names, as a subquery (id, number)."""
        at = self.layout.positions
        known = "known_episode k join numbered_episode n on n.episode_id = k.episode_id"
        if "episode_id" not in at:
            return (
                f"select k.patient_id as id, max(n.number) as number from {known} "
                "group by k.patient_id having count(*) = 1"
            )
        both = f" || {literal(BETWEEN_IDS)} || k.patient_id" if "patient_id" in at else ""
        return f"select k.episode_id{both} as id, n.number from {known}"

    def back_to_text(self, con: duckdb.DuckDBPyConnection) -> str:
        """Write the rows of `by_text` out as the text that they were; return their table.

        They join the other rows of the staged table. The plain rows are dropped.
        """
        form, table = self.form, self.staged.table
        cells = {
            form.instrument: self.instrument(literal(name) for name, _, _ in form.instruments),
            form.day: f"cast({self.day} as varchar)",
            form.score: f"cast({self.score} as varchar)",
        }
        for part, at in enumerate(form.ids, 1):
            cells[at] = f"string_split(p.id, {literal(BETWEEN_IDS)})[{part}]"
        listed = ", ".join(f"{cells[at]} as c{at}" for at in sorted(cells))
        con.execute(
            f"create temp table {table}_back as select cast(p.rowid + 2 as integer) as line, "
            f"{listed} from {self.table} p "
            f"where p.rowid in (select line - 2 from by_text where file = {self.number})"
        )
        con.execute(f"drop table {self.table}")
        con.execute(f"insert into {table} by name from {table}_back")
        return f"{table}_back"


def plain_files(read: Sequence[ReadFile]) -> list[PlainFile]:
    """Return the files of an import that were read for their plain rows."""
    return [
        PlainFile(number, file.staged, file.layout, file.staged.plain)
        for number, file in enumerate(read)
        if file.staged.plain is not None
    ]
