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
import numpy as np
from numpy.typing import NDArray

from analysis.ingest.canonical import gather
from analysis.ingest.plain_files import plain_files, whole_points, worth_it
from analysis.ingest.report import ReadFile, count
from analysis.ingest.settled import Settled
from analysis.instruments import Instrument
from analysis.store.arrays import Numbers, Words, as_table, by_pieces, starts, whole_numbers
from analysis.store.batches import Batch
from analysis.store.packed import EPISODE_BITS, FIRST_DAY, Packing
from analysis.store.quoting import literal
from analysis.store.state import assessments

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping

# Stands for the word of a row of no known episode.
NO_WORD = -1
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
    return Swift(con, batch, beside, files, packing, mapping, stored_rows is not None, fields)


@dataclass
class Swift(Settled):
    """The plain rows of one import, and those of the current snapshot beside them.

    `stored` is whether there is a snapshot.
    """

    mapping: Mapping
    stored: bool
    fields: tuple[str, ...]

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
        fresh = [self._fresh_words(position) for position in range(len(self.files))]
        words = self._sorted_words([found["word"] for found in fresh])
        self._unclear_days(words)
        clear = self._clear(words)
        self._back_to_text(place, words[~clear], fresh)
        self.words = words[clear]
        self.con.execute("drop table by_text")

    def _number(self) -> None:
        """Give every episode a number in the order of the ids, every instrument a code."""
        con = self.con
        con.execute(
            "create temp table numbered_episode as select episode_id, patient_id, "
            "row_number() over (order by episode_id) as number from ("
            "select episode_id, patient_id from known_episode union all "
            "select distinct episode_id, null from every_said_episode "
            "anti join known_episode using (episode_id)) every_episode"
        )
        self.packing.check(count(con, "select count(*) from numbered_episode"))
        con.execute("create temp table packed_instrument (name varchar, code bigint)")
        con.executemany(
            "insert into packed_instrument values (?, ?)",
            [[name, code] for code, name in enumerate(self.packing.instruments)],
        )

    def _stored_words(self) -> list[Words]:
        con, pack = self.con, self.packing
        if not self.stored:
            return []
        found = con.execute(
            "select unnest(enum_range(null::current_store.instrument_id))::varchar"
        ).fetchall()
        codes = ", ".join(str(pack.instruments.index(name)) for (name,) in found)
        word = pack.word(
            f"[{codes}][enum_code(t.instrument) + 1]", "n.number", "t.day", "t.score", "t.batch"
        )
        sources = (
            "current_store.assessment t join "
            "(select e.episode, n.number from current_store.episode e "
            "join numbered_episode n on n.episode_id = e.episode_id) n on n.episode = t.episode",
            "current_store.past_assessment t "
            "join numbered_episode n on n.episode_id = t.episode_id",
        )
        return [
            whole_numbers(con, f"select {word} from {source} where {pack.plain}")
            for source in sources
        ]

    def _fresh_words(self, position: int) -> dict[str, Numbers]:
        """Return `line` and `word` of each plain row of a file: NO_WORD where it has no episode."""
        file = self.files[position]
        renamed = self.mapping.values.get("instrument", {})
        names = [renamed.get(name, name) for name, _, _ in file.form.instruments]
        codes = [self.packing.instruments.index(name) for name in names]
        word = self.packing.word(
            file.instrument(map(str, codes)),
            "k.number",
            file.day,
            file.score,
            str(self.batch.batch + position),
        )
        found: dict[str, Numbers] = self.con.execute(
            f"select cast(p.rowid + 2 as integer) as line, coalesce({word}, {NO_WORD}) as word "
            f"from {file.table} p left join ({file.episodes}) k on k.id = p.id "
            "where p.cell is not null"
        ).fetchnumpy()  # type: ignore[assignment]  # whole numbers only, no categories
        return found

    def _sorted_words(self, fresh: Sequence[Words]) -> Words:
        words = np.concatenate([*self._stored_words(), *fresh])
        words.sort()
        return words[np.searchsorted(words, 0) :]

    def _unclear_days(self, words: Words) -> None:
        """List the days on which scores differ, or that rows as text speak of, too."""
        con, pack = self.con, self.packing
        # rows of episodes that nothing speaks of may count again from now on
        silent = np.zeros(1 << EPISODE_BITS, dtype=np.bool_)
        silent[
            whole_numbers(
                con,
                "select number from numbered_episode anti join stored_episode using (episode_id)",
            )
        ] = True
        keys = by_pieces(lambda piece: self._differing(piece, silent), words, pack.day_at)
        with as_table(con, "differing", {"day_key": np.concatenate(keys)}):
            con.execute(
                f"""
            create temp table unclear_day as
            select day_key from differing
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
                """
            )

    def _differing(self, words: Words, silent: NDArray[np.bool_]) -> Words:
        """Return the days of some words, whole days, that the swift way does not decide on.

        `silent` holds whether nothing speaks of an episode, by its number.
        """
        pack = self.packing
        days = words >> pack.day_at
        stored = pack.batches(words) < self.batch.batch
        same_day = days[1:] == days[:-1]
        unclear = same_day & starts(words >> pack.score_at)[1:]
        # where a batch of corrections may have touched a day, the order of its batches counts
        if any(b.corrections for b in (*self.beside, self.batch)):
            unclear |= same_day & stored[:-1]
        of_silent = silent[pack.episodes(words)]
        return np.concatenate([days[1:][unclear], days[stored & of_silent]])

    def _clear(self, words: Words) -> NDArray[np.bool_]:
        """Return which of the sorted words are of days that are left to the swift way."""
        clear = np.ones(len(words), dtype=np.bool_)
        unclear = whole_numbers(self.con, "select day_key from unclear_day")
        firsts, ends = (
            np.searchsorted(words, (unclear + n) << self.packing.day_at) for n in (0, 1)
        )
        for first, end in zip(firsts, ends, strict=True):
            clear[first:end] = False
        return clear

    def _back_to_text(
        self, place: Place, words: Words, fresh: Sequence[dict[str, Numbers]]
    ) -> None:
        """Hand rows on as text, from the files and, where they are among `words`, the store."""
        con, pack = self.con, self.packing
        con.execute("create temp table by_text (file integer, line integer)")
        for file, found in zip(self.files, fresh, strict=True):
            with as_table(con, "fresh_word", found):
                con.execute(
                    f"insert into by_text select {file.number}, line from fresh_word "
                    f"where word = {NO_WORD} "
                    f"or word >> {pack.day_at} in (select day_key from unclear_day)"
                )
            back = file.back_to_text(con)
            gather(con, back, file.number, file.layout, self.mapping, self.fields)
        rows = "select t.* from text_assessment t semi join by_text b"
        place(f"({rows} on b.file = t.file and b.line = t.line)", "placed_by_text")
        con.execute("insert into placed_assessment from placed_by_text")
        names = ", ".join(literal(name) for name in pack.instruments)
        stored = words[pack.batches(words) < self.batch.batch]
        with as_table(con, "stored_word", {"word": stored}):
            con.execute(
                f"insert into every_assessment by name select n.episode_id, "
                f"[{names}][w.instrument + 1] as instrument, w.day, w.score, w.batch "
                f"from {pack.unpacked('stored_word')} w "
                "join numbered_episode n on n.number = w.episode"
            )
        con.execute("drop table stored_assessment")
        assessments(con, any(b.corrections for b in self.beside), "stored")
