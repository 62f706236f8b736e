"""How long the mixed model for repeated measures takes at size, and how much memory.

A process of its own per method, on made-up data with drop-out. Wants a quiet machine.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EPISODES, VISITS = 100_000, 8
SECONDS_LIMIT = 60.0
MEMORY_LIMIT = 4 << 30
FIT = """
import json, resource, sys, time
import numpy as np
from analysis.stats.repeated import repeated_measures

episodes, visits, method = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rng = np.random.default_rng(1)
group, baseline = rng.integers(0, 3, episodes), rng.normal(20, 5, episodes).round()
lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
noise = rng.normal(size=(episodes, visits)) @ np.linalg.cholesky(30 * 0.7**lag).T
outcome = -np.arange(visits) * (1 + 0.2 * group[:, None]) - 0.3 * (baseline - 20)[:, None] + noise
outcome[rng.random(outcome.shape) < 0.2] = np.nan
cluster = np.arange(episodes) // 2 if method == "empirical" else None
start, processor = time.perf_counter(), time.process_time()
found = repeated_measures(outcome, group, baseline, method=method, cluster=cluster)
print(json.dumps({
    "seconds": time.perf_counter() - start,
    "processor": time.process_time() - processor,
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "structure": found.structure,
    "steps": found.steps,
    "tested": sum(one.df is not None for one in found.differences),
}))
"""


@pytest.mark.parametrize("method", ["satterthwaite", "kenward_roger", "empirical"])
def test_a_hundred_thousand_patients_at_eight_visits(method):
    done = subprocess.run(
        [sys.executable, "-c", FIT, str(EPISODES), str(VISITS), method],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    print(
        f"\n{EPISODES:,} x {VISITS}, {method}: {found['seconds']:.2f} s "
        f"({found['processor']:.2f} s of processor), {found['memory'] / 2**20:.0f} MiB, "
        f"{found['steps']} steps"
    )
    assert (found["structure"], found["tested"]) == ("unstructured", 3 * VISITS)
    assert found["seconds"] < SECONDS_LIMIT
    assert found["memory"] < MEMORY_LIMIT
