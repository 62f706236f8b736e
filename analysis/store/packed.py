"""Scores as one whole number each, so that millions of them are sorted and compared at once.

From the highest bit down a word holds instrument, episode, day, score and batch. Words of one
score differ in their batch alone, words of one day in score and batch: what repeats or contradicts
a score stands next to it once the words are sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import StoreError
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
        if self._instrument + len(self.instruments).bit_length() > WORD_BITS:
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
    def _score(self) -> int:
        return (self.newest + self.files).bit_length()

    @property
    def _day(self) -> int:
        return self._score + self.highest_score.bit_length()

    @property
    def _episode(self) -> int:
        return self._day + DAY_BITS

    @property
    def _instrument(self) -> int:
        return self._episode + EPISODE_BITS

    def day_key(self, instrument: str, episode: str, day: str) -> str:
        """Return the SQL that packs instrument, episode and day: what a day's words share."""
        return (
            f"((cast({instrument} as bigint) << {self._instrument - self._day}) "
            f"| (cast({episode} as bigint) << {DAY_BITS}) "
            f"| (cast({day} as bigint) - {FIRST_DAY}))"
        )

    def word(self, instrument: str, episode: str, day: str, score: str, batch: str) -> str:
        """Return the SQL that packs a score."""
        return (
            f"(({self.day_key(instrument, episode, day)} << {self._day}) "
            f"| (cast({score} as bigint) << {self._score}) | cast({batch} as bigint))"
        )

    def day_of(self, word: str) -> str:
        """Return the SQL for the day_key of a word."""
        return f"({word} >> {self._day})"

    def score_of(self, word: str) -> str:
        """Return the SQL for what words of one score share."""
        return f"({word} >> {self._score})"

    def batch(self, word: str) -> str:
        """Return the SQL for what stands for the batch; see `batch_of` for the batch itself."""
        return f"cast({word} & {(1 << self._score) - 1} as integer)"

    def batch_of(self, word: str) -> str:
        """Return the SQL for the batch."""
        return f"least({self.batch(word)}, {self.newest})"

    def score(self, word: str) -> str:
        mask = (1 << self.highest_score.bit_length()) - 1
        return f"cast(({word} >> {self._score}) & {mask} as smallint)"

    def day(self, word: str) -> str:
        mask = (1 << DAY_BITS) - 1
        return f"cast((({word} >> {self._day}) & {mask}) + {FIRST_DAY} as smallint)"

    def episode(self, word: str) -> str:
        """Return the SQL for the number of the episode."""
        return f"cast(({word} >> {self._episode}) & {(1 << EPISODE_BITS) - 1} as integer)"

    def course_key(self, instrument: str, episode: str) -> str:
        """Return the SQL that packs instrument and episode: what a course's words share."""
        return f"((cast({instrument} as bigint) << {EPISODE_BITS}) | cast({episode} as bigint))"

    def course(self, word: str) -> str:
        """Return the SQL for what the words of one episode and instrument share."""
        return f"({word} >> {self._episode})"

    def instrument(self, word: str, names: Sequence[str]) -> str:
        """Return the SQL for one of `names`, SQL by the code of the instrument."""
        return f"[{', '.join(names)}][({word} >> {self._instrument}) + 1]"


def series_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the instruments of a snapshot, series of items among them, in their order."""
    rows = con.execute("select unnest(enum_range(null::instrument_id))::varchar").fetchall()
    return [name for (name,) in rows]


def fill_words(con: duckdb.DuckDBPyConnection, pack: Packing) -> None:
    """Fill in the assessments that came as words, in their order."""
    instrument, values = _word_parts(con, pack)
    number, join = pack.episode("w.word"), ""
    (numbered,) = con.execute("select count(*) from numbered_episode").fetchone() or (0,)
    (episodes,) = con.execute("select count(*) from episode").fetchone() or (0,)
    if numbered != episodes:  # some episode does not count any more
        join = (
            "join (select n.number, e.episode from numbered_episode n "
            f"join episode e on e.episode_id = n.episode_id) e on e.number = {number}"
        )
        number = "e.episode"
    con.execute(
        f"insert into assessment select {instrument}, {number}, {values} from merged_word w {join}"
    )
    con.execute("drop table merged_word")


def fill_past_words(con: duckdb.DuckDBPyConnection, pack: Packing) -> None:
    """Fill in those that do not count any more."""
    instrument, values = _word_parts(con, pack)
    con.execute(
        f"insert into past_assessment select n.episode_id, {instrument}, {values} "
        f"from aside_word w join numbered_episode n on n.number = {pack.episode('w.word')} "
        "order by all"
    )


def _word_parts(con: duckdb.DuckDBPyConnection, pack: Packing) -> tuple[str, str]:
    """Return the SQL for the columns of a word `w` before and after its episode."""
    known = set(series_names(con))
    names = [literal(n) if n in known else "null" for n in pack.instruments]
    names = [f"{name}::instrument_id" for name in names]
    values = f"{pack.day('w.word')}, {pack.score('w.word')}, null, null, {pack.batch_of('w.word')}"
    return pack.instrument("w.word", names), values
