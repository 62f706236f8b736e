"""A refused file leaves nothing but a line in the log: its hash, its size and why."""

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb

from analysis.store.batches import REFUSED, Batch, current_user, now
from analysis.store.manifest import read_manifest, table_states
from analysis.store.writer import swap

CHUNK = 1 << 20


def note_refusal(
    folder: Path, building: Path, files: Sequence[tuple[Path, str]], note: str, who: str | None
) -> None:
    """Add a batch of the kind "refused" to the log of a store; its data stay as they are.

    `files` are the refused files with the names to show, `note` says why, without any value of the
    file. `building` is the file to build in while the store is held for writing.
    """
    manifest = read_manifest(folder)
    building.unlink(missing_ok=True)
    shutil.copyfile(folder / manifest.file, building)
    batch = Batch(manifest.batch + 1, REFUSED, now(), who or current_user(), note=note)
    with closing(duckdb.connect(str(building))) as con:
        con.execute(f"insert into batch values ({', '.join('?' * 12)})", batch.row())
        for path, name in files:
            sha256, rows = _fingerprint(path)
            con.execute(
                "insert into batch_file values (?, ?, 'refused', ?, ?, 0, ?, 0, 0, 0)",
                [batch.batch, name, sha256, rows, rows],
            )
        changed = table_states(con, ("batch", "batch_file"))
        con.execute("checkpoint")
    tables = {**manifest.tables, **changed}
    swap(folder, building, replace(manifest, batch=batch.batch, tables=tables))


def _fingerprint(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file and its number of lines after the header."""
    if not path.is_file():
        return "", 0
    digest, breaks, last = hashlib.sha256(), 0, b""
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
            breaks += chunk.count(b"\n")
            last = chunk[-1:]
    return digest.hexdigest(), max(0, breaks + (last not in (b"\n", b"")) - 1)
