"""How long a large export takes: against a bare typed copy of the same file, in time and memory.

The file has 12 million scores of a million episodes that the store knows already. Import and copy
take turns, each in a process of its own, so that a slow moment of the machine meets both.
"""

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.ingest import import_files
from analysis.store import open_store
from tests.benchmark.exports import write_export
from tests.benchmark.stores import size
from tests.benchmark.table import missed, record

ROOT = Path(__file__).resolve().parents[2]
EPISODES = 1_000_000
ROUNDS = 5
RATIO_LIMIT = 4.0
PEAK_LIMIT = 2_000_000_000


def measured(kind: str, target: Path, file: Path):
    command = [sys.executable, "-m", "tests.benchmark.exports", kind, str(target), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def check_lines(store: Path, file: Path) -> int:
    """Compare each quarantined row with the line of the file that it names; return how many."""
    with open_store(store) as opened:
        rows = opened.rows("select line, cells from quarantine")
    wanted = {line: json.loads(cells) for line, cells in rows}
    with file.open(encoding="utf-8") as handle:
        header = next(handle).rstrip("\n").split(",")
        for line, text in enumerate(handle, 2):
            if line in wanted:
                cells = [cell or None for cell in text.rstrip("\n").split(",")]
                assert dict(zip(header, cells, strict=True)) == wanted[line], line
    return len(wanted)


@pytest.mark.timeout(3600)
def test_twelve_million_scores(tmp_path):
    episodes, scores = write_export(tmp_path, EPISODES)
    known = tmp_path / "known"
    import_files(known, [episodes])
    imports, copies = [], []
    for number in range(ROUNDS):
        store = shutil.copytree(known, tmp_path / "store", dirs_exist_ok=False)
        imports.append(measured("import", store, scores))
        copies.append(measured("copy", tmp_path / f"bare_{number}.duckdb", scores))
        if number == 0:
            assert check_lines(store, scores) == imports[0]["quarantined"]
            again = measured("import", store, scores)
            assert again["loaded"] == 0
        shutil.rmtree(store)
    ratios = [i["seconds"] / c["seconds"] for i, c in zip(imports, copies, strict=True)]
    work = [i["processor"] / c["processor"] for i, c in zip(imports, copies, strict=True)]
    seconds = statistics.median(i["seconds"] for i in imports)
    bare = statistics.median(c["seconds"] for c in copies)
    peak = max(i["peak"] for i in imports)
    print(
        f"\n{imports[0]['rows']:,} rows: {seconds:.1f} s, bare copy {bare:.1f} s; ratio "
        f"{statistics.median(ratios):.2f} (processor time {statistics.median(work):.2f}, "
        f"medians of {ROUNDS}); peak {peak / 1e9:.2f} GB; "
        f"the same file again {again['seconds']:.1f} s"
    )
    for step, at in imports[-1]["steps"]:
        print(f"  {at:6.1f} s  {step}")
    row = record(
        "import",
        size(EPISODES),
        1000 * seconds,
        1000 * bare,
        RATIO_LIMIT,
        "a bare typed copy of the same file",
        peak_mb=peak / 1e6,
        peak_bar_mb=PEAK_LIMIT / 1e6,
    )
    assert missed([row]) == []
    assert statistics.median(ratios) <= RATIO_LIMIT
    assert peak <= PEAK_LIMIT
