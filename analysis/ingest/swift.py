"""The swift way for scores: plain rows as whole numbers, sorted once, beside the rows as text.

What a row means is decided in one place, in the SQL that checks text. The swift way only takes
what that would pass without a word: plain rows of known episodes, on days on which every row, in
the files and in the store, has the same score. All rows of any other day go the way of text, those
of the store included, so that both ways can be worked out apart and give the same together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis.ingest.canonical import gather
from analysis.ingest.plain_files import PlainFile, plain_files, whole_points, worth_it
from analysis.ingest.report import ReadFile, count
from analysis.instruments import Instrument
from analysis.store.batches import Batch
from analysis.store.packed import FIRST_DAY, Packing
from analysis.store.quoting import literal
from analysis.store.state import assessments

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping

Place = Callable[[str, str], None]


def swift_way(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    batch: Batch,
    beside: Sequence[Batch],
    stored_rows: int | None,
    known: Pairs[str, Instrument],
    fields: tuple[str, ...],
    read: Sequence[ReadFile],
) -> Swift | None:
    """Return the swift way of an import, None where it is better checked as text alone.

    `stored_rows` is the number of assessments in the store attached as current_store, None where
    there is no store.
    """
    files = plain_files(read)
    if not files and not worth_it(stored_rows or 0):
        return None
    names = set(known)
    if stored_rows is not None:
        stored = con.execute(
            "select unnest(enum_range(null::current_store.instrument_id))::varchar"
        ).fetchall()
        names |= {name for (name,) in stored}
    highest = max(round(known[n].high) for n in known if whole_points(known[n]))
    packing = Packing(tuple(sorted(names)), highest, batch.batch, len(files))
    packing.check()
    return Swift(con, mapping, batch, beside, stored_rows is not None, fields, files, packing)


@dataclass(frozen=True)
class Swift:
    """The plain rows of one import, and those of the current snapshot beside them.

    `beside` are the other batches that count; `stored` whether there is a snapshot.
    """

    con: duckdb.DuckDBPyConnection
    mapping: Mapping
    batch: Batch
    beside: Sequence[Batch]
    stored: bool
    fields: tuple[str, ...]
    files: Sequence[PlainFile]
    packing: Packing

    def names(self) -> list[str]:
        """Return the instruments of the plain rows, under our names."""
        renamed = self.mapping.values.get("instrument", {})
        found = {name for file in self.files for name in file.instruments(self.con)}
        return sorted({renamed.get(name, name) for name in found})

    def settle(self, place: Place) -> None:
        """Pack all plain rows and hand those of unclear days on as text.

        Comes once the episodes are known and the text rows are placed; `place` places the text
        rows of a source in a target.
        """
        self._number()
        self._stored_words()
        self._fresh_words()
        self.con.execute(
            "create temp table sorted_word as select word from (select word from stored_word "
            "union all select word from fresh_word where word is not null) w order by word"
        )
        self._unclear_days()
        self._back_to_text(place)
        for table in ("stored_word", "fresh_word", "by_text"):
            self.con.execute(f"drop table {table}")

    def _number(self) -> None:
        """Give every episode a number in the order of the ids, every instrument a code."""
        con = self.con
        con.execute(
            "create temp table numbered_episode as "
            "select episode_id, row_number() over (order by episode_id) as number from "
            "(select episode_id from known_episode union select episode_id from every_said_episode)"
        )
        self.packing.check(count(con, "select count(*) from numbered_episode"))
        con.execute("create temp table packed_instrument (name varchar, code bigint)")
        con.executemany(
            "insert into packed_instrument values (?, ?)",
            [[name, code] for code, name in enumerate(self.packing.instruments)],
        )

    def _stored_words(self) -> None:
        con, pack = self.con, self.packing
        con.execute("create temp table stored_word (word bigint)")
        if not self.stored:
            return
        found = con.execute(
            "select unnest(enum_range(null::current_store.instrument_id))::varchar"
        ).fetchall()
        codes = ", ".join(str(pack.instruments.index(name)) for (name,) in found)
        word = pack.word(
            f"[{codes}][enum_code(t.instrument) + 1]", "n.number", "t.day", "t.score", "t.batch"
        )
        con.execute(
            f"insert into stored_word select {word} from current_store.assessment t join "
            "(select e.episode, n.number from current_store.episode e "
            "join numbered_episode n on n.episode_id = e.episode_id) n "
            f"on n.episode = t.episode where {pack.plain}"
        )
        con.execute(
            f"insert into stored_word select {word} from current_store.past_assessment t "
            f"join numbered_episode n on n.episode_id = t.episode_id where {pack.plain}"
        )

    def _fresh_words(self) -> None:
        """Find the episode of each plain row: `fresh_word` has its line; null where it has none."""
        self.con.execute("create temp table fresh_word (file integer, line integer, word bigint)")
        renamed = self.mapping.values.get("instrument", {})
        for position, file in enumerate(self.files):
            names = [renamed.get(name, name) for name, _, _ in file.form.instruments]
            codes = [self.packing.instruments.index(name) for name in names]
            word = self.packing.word(
                file.instrument(map(str, codes)),
                "k.number",
                file.day,
                file.score,
                str(self.batch.batch + position),
            )
            self.con.execute(
                f"insert into fresh_word select {file.number}, p.rowid + 2, {word} "
                f"from {file.table} p left join ({file.episodes}) k on k.id = p.id "
                "where p.cell is not null"
            )

    def _unclear_days(self) -> None:
        """List the days on which scores differ, or that rows as text speak of, too."""
        pack, newest = self.packing, self.batch.batch
        # where a batch of corrections may have touched a day, the order of its batches counts
        corrected = any(b.corrections for b in (*self.beside, self.batch))
        repeated = f"or {pack.batch('word')} < {newest}" if corrected else ""
        self.con.execute(
            f"""
            create temp table unclear_day as
            select {pack.day_of("word")} as day_key
            from (select word, lag(word) over () as before from sorted_word) w
            where {pack.day_of("before")} = {pack.day_of("word")}
                and ({pack.score_of("before")} <> {pack.score_of("word")} {repeated})
            union
            select {pack.day_key("i.code", "n.number", "p.study_day")}
            from placed_assessment p
            join numbered_episode n on n.episode_id = p.episode_id
            join instrument_lookup l on l.theirs = p.instrument
            join packed_instrument i on i.name = l.ours
            where p.study_day between {FIRST_DAY} and {-FIRST_DAY - 1}
            union
            select {pack.day_key("i.code", "n.number", "t.day")}
            from every_assessment t
            join numbered_episode n on n.episode_id = t.episode_id
            join packed_instrument i on i.name = t.instrument
            union
            select {pack.day_of("w.word")}
            from stored_word w
            join (
                -- rows of episodes that nothing speaks of may count again from now on
                select number from numbered_episode anti join stored_episode using (episode_id)
            ) n on n.number = {pack.episode("w.word")}
            """
        )

    def _back_to_text(self, place: Place) -> None:
        con, pack = self.con, self.packing
        con.execute(
            "create temp table by_text as select file, line from fresh_word "
            f"where word is null or {pack.day_of('word')} in (select day_key from unclear_day)"
        )
        for file in self.files:
            back = file.back_to_text(con)
            gather(con, back, file.number, file.layout, self.mapping, self.fields)
        rows = "select t.* from text_assessment t semi join by_text b"
        place(f"({rows} on b.file = t.file and b.line = t.line)", "placed_by_text")
        con.execute("insert into placed_assessment from placed_by_text")
        names = [literal(name) for name in pack.instruments]
        con.execute(
            f"insert into every_assessment by name select n.episode_id, "
            f"{pack.instrument('w.word', names)} as instrument, {pack.day('w.word')} as day, "
            f"{pack.score('w.word')} as score, {pack.batch('w.word')} as batch "
            f"from stored_word w semi join unclear_day u on u.day_key = {pack.day_of('w.word')} "
            f"join numbered_episode n on n.number = {pack.episode('w.word')}"
        )
        con.execute("drop table stored_assessment")
        assessments(con, any(b.corrections for b in self.beside), "stored")

    def clear(self) -> str:
        """Return the SQL condition on a word that its day is left to the swift way."""
        return f"{self.packing.day_of('word')} not in (select day_key from unclear_day)"

    def _compared(self) -> str:
        """Return the clear words that count, with whether each is the first of its score."""
        pack = self.packing
        batches = ", ".join(str(b.batch) for b in self.beside) or "-1"
        return (
            f"(select * from (select word, {pack.batch('word')} as code, "
            f"lag({pack.score_of('word')}) over () is distinct from {pack.score_of('word')} "
            f"as is_first from sorted_word where {pack.batch('word')} in ({batches}) "
            f"or {pack.batch('word')} >= {self.batch.batch}) w where {self.clear()}) c"
        )

    def counts(self) -> dict[int, tuple[int, int]]:
        """Return by file how many of its plain rows are new, and how many are there already."""
        found = self.con.execute(
            "select code, count(*) filter (where is_first), count(*) filter (where not is_first) "
            f"from {self._compared()} where code >= {self.batch.batch} group by code"
        ).fetchall()
        by_code = {code - self.batch.batch: (new, repeated) for code, new, repeated in found}
        return {
            file.number: by_code.get(position, (0, 0)) for position, file in enumerate(self.files)
        }

    def latest_dates(self) -> str:
        """Return the SQL for the latest date that a plain row reaches by its episode's start."""
        pack = self.packing
        if not count(self.con, "select count(start_day) from known_episode"):
            return "select cast(null as date) as d"
        return (
            f"select max(k.start_day + {pack.day('w.word')}) as d from sorted_word w "
            f"join numbered_episode n on n.number = {pack.episode('w.word')} "
            "join known_episode k on k.episode_id = n.episode_id "
            f"where k.start_day is not null and {pack.batch('w.word')} >= {self.batch.batch} "
            f"and {self.clear()}"
        )

    def absent(self, ended: int) -> int:
        """Return how many days with a plain row of an ended batch have no row any more."""
        pack = self.packing
        days = f"select {pack.day_of('word')} from sorted_word where {self.clear()}"
        return count(
            self.con,
            f"select count(*) from ({days} and {pack.batch('word')} = {ended} except "
            f"{days} and {pack.batch('word')} >= {self.batch.batch})",
        )

    def merge(self) -> Packing:
        """Create merged_word and aside_word: the plain rows that count, and those that do not."""
        con, pack, newest = self.con, self.packing, self.batch.batch
        con.execute(
            f"create temp table merged_word as select word from {self._compared()} where is_first"
        )
        batches = ", ".join(str(b.batch) for b in self.beside) or "-1"
        con.execute(
            f"create temp table aside_word as select word from {self._compared()} "
            f"where not is_first and code < {newest} "
            f"union all select word from sorted_word where {pack.batch('word')} < {newest} "
            f"and {pack.batch('word')} not in ({batches}) and {self.clear()}"
        )
        con.execute("drop table sorted_word")
        return pack
