"""The preset question as other programs answer it, from raw rows in memory, written for each as one
who knows it well would.

What is timed: of 12 scores an episode in the order of their dates, the last of one instrument on
days -14 to 0 and the last on days 14 to 84, beside modality and maturity, counted. Day and score
are packed into one number, so that the highest holds the score: of all the ways tried (sorting and
dropping, the last of a sorted group, the position of the highest day) that is the fastest in
pandas and in polars.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from analysis import Cohort
from analysis.store import Store, change
from tests.benchmark.asking import BY, PRESET

RAW = """
select cast(instrument as varchar) as instrument, episode, day, score
from observation
order by cast(hash(episode, 5) % 2000 as integer) + day, hash(episode, day)
"""
PEOPLE = """
select episode, cast(modality as varchar) as modality, follow_up_age
from episode
order by hash(episode)
"""
SPAN = 1024  # above every score
KEYS = ["modality", "baseline", "endpoint", "mature"]
Counts = Mapping[tuple[Any, ...], int]
Columns = Mapping[str, np.ndarray]


def raw(store: Store, sql: str) -> Columns:
    """Return raw rows as columns."""
    with store.connection.cursor() as cursor:
        found = cursor.execute(sql).fetchnumpy()
    return {name: np.asarray(column) for name, column in found.items()}


def by_pandas(rows: Columns, people: Columns) -> Callable[[], pd.DataFrame]:
    """Return the question over frames with categories and small whole numbers."""
    scores = pd.DataFrame(rows).astype({"instrument": "category"})
    episodes = pd.DataFrame(people).astype({"modality": "category"})

    def last(own: pd.DataFrame, first_day: int, last_day: int) -> pd.Series:
        inside = own[own["day"].between(first_day, last_day)]
        packed = inside["day"].astype("int32") * SPAN + inside["score"]
        return packed.groupby(inside["episode"], sort=False).max() % SPAN

    def count() -> pd.DataFrame:
        own = scores[scores["instrument"] == PRESET.instrument]
        wide = episodes.join(last(own, -14, 0).rename("baseline"), on="episode")
        wide = wide.join(last(own, 14, 84).rename("endpoint"), on="episode")
        wide["mature"] = ~(wide["follow_up_age"] <= 84)
        grouped = wide.groupby(KEYS, dropna=False, observed=True, sort=False)
        return grouped.size().reset_index(name="episodes")

    return count


def by_polars(rows: Columns, people: Columns) -> Callable[[], pl.DataFrame]:
    """Return the question over frames with enums, in one lazy and streaming query."""
    names, levels = (sorted(set(c)) for c in (rows["instrument"], people["modality"]))
    scores = pl.DataFrame(dict(rows), schema_overrides={"instrument": pl.Enum(names)})
    episodes = pl.DataFrame(dict(people), schema_overrides={"modality": pl.Enum(levels)})
    day = pl.col("day")
    packed = day.cast(pl.Int32) * SPAN + pl.col("score")

    def count() -> pl.DataFrame:
        last = (
            scores.lazy()
            .filter(pl.col("instrument") == PRESET.instrument)
            .filter(day.is_between(-14, 0) | day.is_between(14, 84))
            .group_by("episode")
            .agg(
                baseline=packed.filter(day <= 0).max() % SPAN,
                endpoint=packed.filter(day >= 14).max() % SPAN,
            )
        )
        return (
            episodes.lazy()
            .join(last, on="episode", how="left")
            .with_columns(mature=(pl.col("follow_up_age") > 84).fill_null(True))
            .group_by(KEYS)
            .agg(episodes=pl.len())
            .collect(engine="streaming")
        )

    return count


DATA_TABLE = """
suppressPackageStartupMessages(library(data.table))
setDTthreads(0)
folder <- commandArgs(trailingOnly = TRUE)[1]
scores <- fread(file.path(folder, "scores.csv"), stringsAsFactors = TRUE)
episodes <- fread(file.path(folder, "episodes.csv"), stringsAsFactors = TRUE)
last <- function(own, from, to) {
  own[day >= from & day <= to, .(packed = max(day * 1024L + score)), by = episode]
}
count <- function() {
  own <- scores[instrument == "INSTRUMENT"]
  wide <- copy(episodes)
  wide[last(own, -14L, 0L), baseline := i.packed %% 1024L, on = "episode"]
  wide[last(own, 14L, 84L), endpoint := i.packed %% 1024L, on = "episode"]
  wide[, mature := is.na(follow_up_age) | follow_up_age > 84L]
  wide[, .(episodes = .N), by = .(modality, baseline, endpoint, mature)]
}
turns <- file("stdin", "r")
while (length(readLines(turns, 1)) == 1) {
  found <- count()
  cat(nrow(found), sum(found$episodes), "\\n")
  flush(stdout())
}
fwrite(found, file.path(folder, "counts.csv"))
"""


def without_data_table() -> str | None:
    """Return why R's data.table cannot be timed here; None where it can."""
    if shutil.which("Rscript") is None:
        return "There is no Rscript: R's data.table was not timed."
    found = subprocess.run(["Rscript", "-e", "library(data.table)"], capture_output=True)
    return None if found.returncode == 0 else "R has no data.table: it was not timed."


@contextmanager
def by_data_table(rows: Columns, people: Columns, folder: Path) -> Iterator[Callable[[], str]]:
    """Give the question over data tables, in a process of R that waits for its turn.

    Its counts are in `counts.csv` of the folder at the end.
    """
    pd.DataFrame(rows).to_csv(folder / "scores.csv", index=False)
    pd.DataFrame(people).to_csv(folder / "episodes.csv", index=False)
    script = folder / "count.R"
    script.write_text(DATA_TABLE.replace("INSTRUMENT", PRESET.instrument), encoding="utf-8")
    with subprocess.Popen(
        ["Rscript", str(script), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        turns, said = child.stdin, child.stdout

        def count() -> str:
            turns.write("go\n")
            turns.flush()
            answer = said.readline()
            assert answer.strip()
            return answer

        yield count
        turns.close()
        child.wait(timeout=60)


def counts(frame: pd.DataFrame) -> Counts:
    """Return the counts of a frame by modality, baseline, endpoint and maturity."""
    whole = frame.astype({"baseline": "float64", "endpoint": "float64", "mature": "bool"})
    whole[["baseline", "endpoint"]] = whole[["baseline", "endpoint"]].fillna(-1)
    return {
        (str(m), int(b), int(e), bool(over)): int(n)
        for m, b, e, over, n in whole[[*KEYS, "episodes"]].itertuples(index=False)
    }


def our_counts(store: Store) -> Counts:
    """Return the same of the engine's own answer, asked as always."""
    table = change(store, Cohort(), PRESET, BY)
    return counts(
        pd.DataFrame(
            {
                "modality": [table.groups[at][0] for at in table.group],
                "baseline": table.baseline,
                "endpoint": table.endpoint,
                "mature": table.mature,
                "episodes": table.episodes,
            }
        )
    )
