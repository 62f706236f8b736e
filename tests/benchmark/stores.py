"""The stores that questions are timed on, made once and kept in `.bench/` for the next run."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from analysis.ingest import import_files
from analysis.store.manifest import SCHEMA_VERSION
from tests.benchmark import exports

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".bench"
SCORES_EACH = 12
# Episodes of the small, the usual and the large store; fewer by a factor to try the benchmarks out.
SHRUNK = int(os.environ.get("TRD_OUTCOMES_BENCH_SHRINK", "1"))
SMALL, USUAL, LARGE = (episodes // SHRUNK for episodes in (100_000, 1_000_000, 5_000_000))


def size(episodes: int) -> str:
    """Return how many score rows so many episodes have, in words."""
    rows = episodes * SCORES_EACH
    return f"{rows / 1e6:g}M rows" if rows >= 1_000_000 else f"{rows:,} rows"


def made_store(episodes: int, kept: Path = KEPT) -> Path:
    """Return the store of so many episodes, made if it was not kept from an earlier run.

    A store of another generator or another layout is removed.
    """
    made_by = Path(exports.__file__).read_bytes() + str(SCHEMA_VERSION).encode()
    key = hashlib.sha256(made_by).hexdigest()[:12]
    store = kept / f"store-{episodes}-{key}"
    if store.is_dir():
        return store
    kept.mkdir(exist_ok=True)
    for other in kept.glob(f"store-{episodes}-*"):
        shutil.rmtree(other)
    with tempfile.TemporaryDirectory(dir=kept) as made:
        folder = Path(made)
        files = [*exports.write_export(folder, episodes), exports.write_events(folder, episodes)]
        import_files(folder / "store", files)
        (folder / "store").rename(store)
    return store
