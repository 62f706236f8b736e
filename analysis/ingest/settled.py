"""What became of the plain rows of an import, once those that stay on the swift way are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np
from numpy.typing import NDArray

from analysis.ingest.plain_files import PlainFile
from analysis.ingest.report import count
from analysis.store.arrays import Numbers, Words, as_table, by_pieces, starts
from analysis.store.batches import Batch
from analysis.store.packed import Packed, Packing


@dataclass
class Settled:
    """The rows of all days that are left to the swift way, as sorted `words`; none before.

    `beside` are the other batches that count, `files` those with plain rows.
    """

    con: duckdb.DuckDBPyConnection
    batch: Batch
    beside: Sequence[Batch]
    files: Sequence[PlainFile]
    packing: Packing
    words: Words = field(init=False, default_factory=lambda: np.empty(0, dtype=np.int64))

    def fresh(self, words: Words) -> NDArray[np.bool_]:
        """Return which of some words are rows of this import."""
        return self.packing.batches(words) >= self.batch.batch

    def _counting(self, words: Words) -> NDArray[np.bool_]:
        """Return which of some words are rows of batches that count, this one among them."""
        counts = np.zeros(1 << self.packing.score_at, dtype=np.bool_)
        counts[[b.batch for b in self.beside]] = True
        counts[self.batch.batch :] = True
        return counts[self.packing.batches(words)]

    def counts(self) -> dict[int, tuple[int, int]]:
        """Return by file how many of its plain rows are new, and how many are there already."""
        counted = by_pieces(self._counts, self.words, self.packing.score_at)
        read, there = np.sum(counted, axis=0).tolist()
        return {
            file.number: (read[position] - there[position], there[position])
            for position, file in enumerate(self.files)
        }

    def _counts(self, words: Words) -> tuple[Numbers, Numbers]:
        """Return by file how many rows are read, and how many of them are there already."""
        words = words[self._counting(words)]
        codes = self.packing.batches(words) - self.batch.batch
        repeated = codes[~starts(words >> self.packing.score_at)]
        files = len(self.files)
        read, there = (np.bincount(some[some >= 0], minlength=files) for some in (codes, repeated))
        return read, there

    def latest_date(self) -> date | None:
        """Return the latest date that a plain row reaches by its episode's start."""
        if not count(self.con, "select count(start_day) from known_episode"):
            return None
        with as_table(self.con, "plain", {"word": self.words[self.fresh(self.words)]}):
            latest: date | None
            (latest,) = self.con.execute(
                f"select max(k.start_day + p.day) from {self.packing.unpacked('plain')} p "
                "join numbered_episode n on n.number = p.episode "
                "join known_episode k on k.episode_id = n.episode_id where k.start_day is not null"
            ).fetchone() or (None,)
        return latest

    def absent(self, ended: int) -> int:
        """Return how many days with a plain row of an ended batch have no row any more."""
        pack, words = self.packing, self.words
        days = words >> pack.day_at
        return len(np.setdiff1d(days[pack.batches(words) == ended], days[self.fresh(words)]))

    def merge(self) -> Packed:
        """Return the plain rows that count, and those that do not; none are left behind."""
        merged = by_pieces(self._merged, self.words, self.packing.score_at)
        self.words = self.words[:0]
        return Packed(self.packing, *map(np.concatenate, zip(*merged, strict=True)))

    def _merged(self, words: Words) -> tuple[Words, Words]:
        """Return those that count, each once, and the others, but for what comes a second time."""
        counting, fresh = self._counting(words), self.fresh(words)
        counted, others = words[counting], words[~counting & ~fresh]
        first = starts(counted >> self.packing.score_at)
        repeated = counted[~first & ~fresh[counting]]
        return counted[first], np.concatenate([repeated, others])
