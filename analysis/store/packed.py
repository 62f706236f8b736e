"""Scores as one whole number each, so that millions of them are sorted and compared at once.

From the highest bit down a word holds instrument, episode, day, score and batch. Words of one
score differ in their batch alone, words of one day in score and batch: what repeats or contradicts
a score stands next to it once the words are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import StoreError
from analysis.store.arrays import Words, as_table, whole_numbers
from analysis.store.quoting import literal

if TYPE_CHECKING:
    import duckdb

DAY_BITS, FIRST_DAY = 15, -8192
EPISODE_BITS = 24
WORD_BITS = 63


@dataclass(frozen=True)
class Packing:
    """How words are made: `instruments` in the order of their codes, up to which score and batch.

    Batches above `newest` stand for it, one for each of its files. Days are those that an import
    allows, and some beyond.
    """

    instruments: tuple[str, ...]
    highest_score: int
    newest: int
    files: int

    def check(self, episodes: int = 0) -> None:
        """Raise StoreError where a word has not room for all of it."""
        if episodes >= 1 << EPISODE_BITS:
            raise StoreError(
                f"{episodes:,} episodes are more than one store can hold: keep fewer than "
                f"{1 << EPISODE_BITS:,} in each."
            )
        if self.instrument_at + len(self.instruments).bit_length() > WORD_BITS:
            raise StoreError(
                f"{len(self.instruments)} instruments and {self.newest} batches are more than one "
                "store can hold: import all files anew into another store."
            )

    @property
    def plain(self) -> str:
        """The SQL condition under which an assessment `t` of the store can be a word."""
        return (
            "coalesce(t.items is null and t.suicidality is null "
            f"and t.score between 0 and {self.highest_score}, false)"
        )

    @property
    def score_at(self) -> int:
        return (self.newest + self.files).bit_length()

    @property
    def day_at(self) -> int:
        return self.score_at + self.highest_score.bit_length()

    @property
    def episode_at(self) -> int:
        return self.day_at + DAY_BITS

    @property
    def instrument_at(self) -> int:
        return self.episode_at + EPISODE_BITS

    def day_key(self, instrument: str, episode: str, day: str) -> str:
        """Return the SQL that packs instrument, episode and day: what a day's words share."""
        return (
            f"((cast({instrument} as bigint) << {self.instrument_at - self.day_at}) "
            f"| (cast({episode} as bigint) << {DAY_BITS}) "
            f"| (cast({day} as bigint) - {FIRST_DAY}))"
        )

    def word(self, instrument: str, episode: str, day: str, score: str, batch: str) -> str:
        """Return the SQL that packs a score."""
        return (
            f"(({self.day_key(instrument, episode, day)} << {self.day_at}) "
            f"| (cast({score} as bigint) << {self.score_at}) | cast({batch} as bigint))"
        )

    def batches(self, words: Words) -> Words:
        """Return what stands for the batch of each word, which may be above the newest."""
        return words & ((1 << self.score_at) - 1)

    def days(self, words: Words) -> Words:
        return ((words >> self.day_at) & ((1 << DAY_BITS) - 1)) + FIRST_DAY

    def episodes(self, words: Words) -> Words:
        """Return the numbers of the episodes."""
        return (words >> self.episode_at) & ((1 << EPISODE_BITS) - 1)

    def scores(self, words: Words) -> Words:
        return (words >> self.score_at) & self._score_mask

    @property
    def _score_mask(self) -> int:
        return (1 << self.highest_score.bit_length()) - 1

    def unpacked(self, table: str) -> str:
        """Return the SQL source of a table's words: code of the instrument, episode, day ..."""
        return f"""(
            select
                (word >> {self.instrument_at})::smallint as instrument,
                ((word >> {self.episode_at}) & {(1 << EPISODE_BITS) - 1})::integer as episode,
                (((word >> {self.day_at}) & {(1 << DAY_BITS) - 1}) + {FIRST_DAY})::smallint as day,
                ((word >> {self.score_at}) & {self._score_mask})::smallint as score,
                least(word & {(1 << self.score_at) - 1}, {self.newest})::integer as batch
            from {table})"""


@dataclass(frozen=True)
class Packed:
    """The assessments of a snapshot that came as words: those that count, sorted, and the others.

    Their episodes have the numbers of the table numbered_episode; once renumbered, those that count
    have the keys of the table episode.
    """

    packing: Packing
    counting: Words
    aside: Words

    def by_instrument(self) -> dict[str, Words]:
        """Return the words that count of each instrument that has any, in the order of codes."""
        pack, words = self.packing, self.counting
        codes = np.arange(1, len(pack.instruments) + 1)
        parts = np.split(words, np.searchsorted(words, codes << pack.instrument_at))
        return {n: part for n, part in zip(pack.instruments, parts, strict=False) if len(part)}

    def renumbered(self, con: duckdb.DuckDBPyConnection) -> Packed:
        """Return the same with the episodes' keys, without those that do not count any more."""
        (numbered,) = con.execute("select count(*) from numbered_episode").fetchone() or (0,)
        (episodes,) = con.execute("select count(*) from episode").fetchone() or (0,)
        if numbered == episodes:
            return self
        pack, words = self.packing, self.counting
        keys = whole_numbers(
            con,
            "select coalesce(e.episode, 0) from numbered_episode n "
            "left join episode e on e.episode_id = n.episode_id order by n.number",
        )
        episode = pack.episodes(words)
        key = keys[episode - 1]
        words = words + ((key - episode) << pack.episode_at)
        return replace(self, counting=words[key > 0])


def fill_words(con: duckdb.DuckDBPyConnection, packed: Packed) -> None:
    """Fill in the assessments that came as words, in their order."""
    for name, words in packed.by_instrument().items():
        with as_table(con, "packed_word", {"word": words}):
            con.execute(
                f"insert into assessment select {literal(name)}::instrument_id, episode, day, "
                f"score, null, null, batch from {packed.packing.unpacked('packed_word')} w"
            )


def fill_past_words(con: duckdb.DuckDBPyConnection, packed: Packed) -> None:
    """Fill in those that do not count any more."""
    pack = packed.packing
    names = ", ".join(literal(name) for name in pack.instruments)
    with as_table(con, "packed_word", {"word": packed.aside}):
        con.execute(
            f"insert into past_assessment select n.episode_id, "
            f"[{names}][w.instrument + 1]::instrument_id, w.day, w.score, null, null, w.batch "
            f"from {pack.unpacked('packed_word')} w "
            "join numbered_episode n on n.number = w.episode order by all"
        )
