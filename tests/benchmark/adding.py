"""How long adding one more file takes, and an answer from a cold process."""

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.benchmark.asking import in_turn
from tests.benchmark.exports import write_export
from tests.benchmark.stores import ROOT, size
from tests.benchmark.table import Row, record

# Two more scores an episode, after all others, in the order of their days.
MORE = """
copy (
    select printf('E%07d', i) as episode_id, 'phq9' as instrument, 370 + 14 * k as day,
        hash(i, k, 31) % 28 as score
    from range({episodes}) r(i), range(2) q(k)
    order by hash(i, 32) % 100 + 14 * k, i
) to '{file}' (header)
"""
COUNTED = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print(con.execute("select count(*) from endpoint").fetchone()[0])
"""
COLD_BAR = 3.0


def measured(kind: str, target: Path, file: Path):
    """Do an import or a bare copy in a process of its own and return what it tells."""
    command = [sys.executable, "-m", "tests.benchmark.exports", kind, str(target), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def adding_rows(folder: Path, episodes: int, added: int, rounds: int) -> list[Row]:
    """Import twelve scores an episode, then two more of some; each round does both."""
    files = write_export(folder, episodes)
    more = folder / "more.csv"
    with duckdb.connect() as con:
        con.execute(MORE.format(episodes=added // 2, file=more))
    measured("import", folder / "known", files[0])
    imports, additions = [], []
    for _ in range(rounds):
        store = shutil.copytree(folder / "known", folder / "store")
        imports.append(measured("import", store, files[1]))
        additions.append(measured("import", store, more))
        shutil.rmtree(store)
    assert {one["loaded"] for one in additions} == {added}
    whole = 1000 * statistics.median(one["seconds"] for one in imports)
    grown = 1000 * statistics.median(one["seconds"] for one in additions)
    what, to = f"adding {added:,} rows", f"to {size(episodes)}"
    publishing = 1000 * statistics.median(publish_seconds(one) for one in additions)
    peak = max(one["peak"] for one in additions) / 1e6
    return [
        record(what, to, grown, whole, note=f"import of the {size(episodes)}", peak_mb=peak),
        record(f"{what}: publishing", to, publishing, grown, note="the whole addition"),
    ]


def publish_seconds(imported) -> float:
    """Return the seconds of the last step of an import."""
    (begun,) = (at for step, at in imported["steps"] if step == "Publishing")
    return imported["seconds"] - begun


def cold_rows(store: Path, episodes: int, rounds: int) -> list[Row]:
    """Answer `rates` on the command line, against a process that only counts rows."""
    file = store / json.loads((store / "current.json").read_text("utf-8"))["file"]
    answer = [sys.executable, "-m", "dashboard.cli", "rates", str(store)]
    answer += ["--instrument", "phq9", "--by", "modality"]
    count = [sys.executable, "-c", COUNTED, str(file)]
    took = in_turn({"rates": lambda: said(answer), "count": lambda: said(count)}, rounds)
    note = "a process that imports duckdb, opens the file and counts rows"
    what = "rates from a cold process"
    return [record(what, size(episodes), took["rates"], took["count"], COLD_BAR, note)]


def said(command: list[str]) -> str:
    """Run a whole process and return what it said."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip()
    return done.stdout
