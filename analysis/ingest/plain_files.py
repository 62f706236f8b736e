"""Files with plain rows of scores: where those stand, and what their whole numbers mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis.ingest.canonical import Layout, layout
from analysis.ingest.columns import ASSESSMENTS, IDS
from analysis.ingest.reading.plain_rows import (
    BETWEEN_IDS,
    CODE_SHIFT,
    DAY_SHIFT,
    FIRST_DAY,
    PlainForm,
)
from analysis.ingest.reading.redcap import is_redcap
from analysis.ingest.reading.staged import Staged
from analysis.ingest.reading.wide import is_wide
from analysis.ingest.report import ReadFile
from analysis.instruments import Instrument
from analysis.store.quoting import literal

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.reading.text import TextFile

# Fewer rows are checked as text at once: the swift way has its own cost.
LEAST_ROWS = 50_000
SCORE_COLUMNS = {"instrument", "day", "score"}
LOW = (1 << DAY_SHIFT) - 1


def worth_it(rows: int) -> bool:
    """Return whether so many rows are read faster the swift way."""
    return rows > LEAST_ROWS


def plain_form(file: TextFile, mapping: Mapping, known: Pairs[str, Instrument]) -> PlainForm | None:
    """Return where the plain rows of a file of scores stand; None where the file has none.

    Its columns are ids, instrument, day and score, and those that are not kept. Instruments count
    as plain where they are scored in whole points.
    """
    if (
        file.lines <= LEAST_ROWS
        or not {ours for ours in SCORE_COLUMNS if mapping.columns.get(ours, ours) in file.header}
        >= SCORE_COLUMNS
    ):
        return None
    staged = Staged(file.name, file.sha256, file.header, "", file.lines)
    if is_wide(staged, mapping) or is_redcap(staged, mapping):
        return None
    found = layout(staged, mapping)
    at = found.positions
    ids = [name for name in IDS if name in at]
    if found.kind != ASSESSMENTS or set(at) != SCORE_COLUMNS | set(ids):
        return None
    if any(mapping.values.get(name) for name in ("day", "score", *ids)):
        return None
    instruments = _plain_instruments(mapping, known)
    if not instruments:
        return None
    return PlainForm(
        ids=tuple(at[name] for name in ids),
        instrument=at["instrument"],
        day=at["day"],
        score=at["score"],
        unused=tuple(number for number in range(len(file.header)) if number not in at.values()),
        patient=at.get("patient_id"),
        instruments=instruments,
        missing=tuple(sorted(mapping.missing)),
    )


def _plain_instruments(
    mapping: Mapping, known: Pairs[str, Instrument]
) -> tuple[tuple[str, int, int], ...]:
    """Return what they are called, with the lowest and highest total; none that is ignored."""
    renamed = mapping.values.get("instrument", {})
    ignored = {renamed.get(name, name) for name in mapping.ignored_instruments}
    ignored |= mapping.ignored_instruments | mapping.missing
    ours = {name: name for name in known if name not in renamed} | dict(renamed)
    found = []
    for theirs, name in sorted(ours.items()):
        scale = known.get(name)
        if scale is not None and name not in ignored and whole_points(scale):
            found.append((theirs, round(scale.low), round(scale.high)))
    return tuple(found)


def whole_points(scale: Instrument) -> bool:
    """Return whether the totals of an instrument are whole points from 0 on."""
    return scale.scored and scale.units_per_point == 1 and scale.low >= 0


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
        known = "numbered_episode n where n.patient_id is not null"
        if "episode_id" not in at:
            return (
                f"select n.patient_id as id, max(n.number) as number from {known} "
                "group by n.patient_id having count(*) = 1"
            )
        both = f" || {literal(BETWEEN_IDS)} || n.patient_id" if "patient_id" in at else ""
        return f"select n.episode_id{both} as id, n.number from {known}"

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
