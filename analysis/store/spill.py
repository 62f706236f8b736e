"""The temporary folder of a run: what does not fit into memory, and copies while reading."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def spilling(folder: Path, place: Path | None = None) -> Iterator[Path]:
    """Hand out a temporary folder, and clear away those that killed runs of this store left.

    It lies in `place`, else where the system wants such folders. Only while the store is held for
    writing, so that no other run of it uses one.
    """
    mark = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    prefix = f"trd-outcomes-{mark}-"
    for left in (place or Path(tempfile.gettempdir())).glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as spill:
        yield Path(spill)
