"""Imports that are killed at random moments: never part of a batch, and nothing to mend."""

import os
import random
import signal
import time
from contextlib import suppress

import pytest

from analysis.ingest import import_files
from analysis.store import open_store
from analysis.store.batches import read_batches
from tests.faults.conftest import BACK_AFTER

KILLS = 200
# Of these moments so many are drawn after the step "Publishing" has begun.
PUBLISHING = 80
EPISODES = 10

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name != "posix", reason="kill -9 is a posix matter"),
]


def looked_at(store):
    """The manifest of a store, and its batches, each with its rows in every table that is kept."""
    begun = time.monotonic()
    with open_store(store) as opened:
        assert time.monotonic() - begun < BACK_AFTER
        rows = opened.rows(
            "select batch, count(*) from assessment group by batch union all "
            "select batch, count(*) from said_episode group by batch order by all"
        )
        batches = [b.batch for b in read_batches(opened.connection)]
        files = opened.rows("select batch, loaded from batch_file order by all")
        assert opened.manifest.batch == batches[-1]
        return opened.manifest, batches, rows, files


def test_f02_killed_at_random_moments(store, tmp_path, runner):
    dice = random.Random(2)
    big = tmp_path / "big.csv"
    whole, publishing = 0.3, 0.1
    ends = {"killed": 0, "before": 0, "after": 0}
    found = looked_at(store)
    for number in range(KILLS):
        rows = "".join(f"K{number}-{n},rtms,phq9,{d},9\n" for n in range(EPISODES) for d in (0, 42))
        big.write_text("patient_id,modality,instrument,day,score\n" + rows, "utf-8")
        before, (manifest, batches, kept, files) = found, found
        runner.order("import", store, big)
        pid = int(runner.until("pid"))
        if number % 5 < 5 * PUBLISHING // KILLS:
            while runner.until("step") != "Publishing":
                pass
            longest = publishing
        else:
            longest = whole
        begun = time.monotonic()
        time.sleep(dice.uniform(0, longest))
        with suppress(ProcessLookupError):  # it had ended by itself
            os.kill(pid, signal.SIGKILL)
        code, took = runner.ended(), time.monotonic() - begun
        found = looked_at(store)
        assert code in (0, -signal.SIGKILL)
        ends["killed"] += code != 0
        if code == 0 and longest == whole:  # this machine is faster: draw earlier moments
            whole = max(0.05, 0.9 * min(whole, took))
        elif code == 0:
            publishing = max(0.01, 0.9 * publishing)
        elif found == before and longest == publishing:
            publishing = min(1.0, 1.05 * publishing)
        elif found == before:
            whole = min(3.0, 1.02 * whole)
        if found == before:
            ends["before"] += 1
            continue
        ends["after"] += 1
        new = batches[-1] + 1
        assert found[0].snapshot != manifest.snapshot
        assert found[1:] == (
            [*batches, new],
            sorted([*kept, (new, EPISODES), (new, 2 * EPISODES)]),
            [*files, (new, 2 * EPISODES)],
        )
    assert ends["killed"] >= KILLS // 2
    assert ends["before"]
    assert ends["after"]
    import_files(store, [big])
    assert not list(store.glob("*.part*"))
    assert len(list(store.glob("snapshot-*"))) == 1
