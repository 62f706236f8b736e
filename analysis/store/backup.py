"""A store as one file, and a store made again from that file.

The file is a zip archive with the snapshot, the pointer with its manifest, the high-water mark, the
saved cohorts and the log of exports where there are any, and `backup.json`, which has the SHA-256
of each of them. It is written aside, flushed, read again and checked by content before it gets its
name; so is a store that is restored from it.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from analysis.errors import InputError, StoreError
from analysis.store.batches import now
from analysis.store.exports import EXPORTS
from analysis.store.locking import writing
from analysis.store.manifest import (
    COHORTS,
    POINTER,
    SCHEMA_VERSION,
    WATERMARK,
    Manifest,
    flush_folder,
    lower_watermark,
    put,
    read_manifest,
)
from analysis.store.reader import open_store
from analysis.store.spill import spilling
from analysis.store.writer import swap

Progress = Callable[[str], None]
CONTENTS = "backup.json"
FORMAT = 1
CHUNK = 1 << 20
# What a file that is no backup, or no longer one, makes the standard library raise.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError),
    *(NotImplementedError, RuntimeError, OverflowError, AttributeError),
)


@dataclass(frozen=True)
class Restored:
    """A restored store's manifest, and the folder in which the one before was kept aside."""

    manifest: Manifest
    kept_aside: Path | None


def backup(store: Path | str, file: Path | str, progress: Progress = lambda step: None) -> Manifest:
    """Write a store into one file and read it again to be sure; return what is in it.

    No import can run meanwhile. Raises StoreDamaged for a store that is not what its manifest
    says, InputError where the file is there already or cannot be written.
    """
    folder, target = Path(store), Path(file)
    read_manifest(folder)  # before the lock, which would make the folder
    if target.exists():
        raise InputError(
            str(target), "is there already: give the backup another name.", code="E502"
        )
    part = target.with_name(f"{target.name}.part")
    with writing(folder):
        progress("Checking the store")
        with open_store(folder) as current:
            manifest = current.manifest
        try:
            progress("Writing the backup")
            _write(folder, manifest, part)
            progress("Checking the backup")
            with spilling(folder, target.parent) as scratch:
                _unpacked(part, scratch)
            os.replace(part, target)
            flush_folder(target.parent)
        except OSError as error:
            raise InputError(
                str(target), f"cannot be written: {error.strerror}.", code="E503"
            ) from error
        finally:
            part.unlink(missing_ok=True)
    return manifest


def restore(
    file: Path | str,
    store: Path | str,
    *,
    replace_store: bool = False,
    progress: Progress = lambda step: None,
) -> Restored:
    """Make a store from a backup, also where an older state than the present one is wanted.

    A store that is there, damaged or not, is only replaced where that is asked for; then it is kept
    aside in a folder beside it. Nothing changes until the backup has been unpacked and checked. A
    log of exports that is there stays, since what has left since the backup has left.
    Raises InputError for a backup that is not what it was, StoreError where there is a store.
    """
    source, folder = Path(file), Path(store)
    if not source.is_file():
        raise InputError(str(source), "there is no such file.", code="E501")
    taken = (folder / POINTER).exists() or any(folder.glob("snapshot-*.duckdb"))
    if taken and not replace_store:
        raise StoreError(
            f"There is a store at {folder}: name another folder, or say --replace to put the "
            "backup in its place; the present store is then kept aside. (E504)"
        )
    with writing(folder) as building:
        try:
            progress("Checking the backup")
            with tempfile.TemporaryDirectory(dir=folder, prefix="restoring-") as scratch:
                manifest = _unpacked(source, Path(scratch))
                aside = _keep_aside(folder) if taken else None
                os.replace(Path(scratch) / manifest.file, building)
                _bring_log(Path(scratch) / EXPORTS, folder / EXPORTS)
                cohorts = Path(scratch) / COHORTS
                kept = cohorts.read_bytes() if cohorts.exists() else None
            progress("Publishing")
            lower_watermark(folder, manifest.batch)
            restored = Restored(swap(folder, building, manifest), aside)
            if kept is not None:  # a backup without any leaves those that are there
                put(folder, {COHORTS: kept})
            return restored
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {error.strerror}. (E505)") from error


def _write(folder: Path, manifest: Manifest, part: Path) -> None:
    names = (manifest.file, POINTER, WATERMARK, COHORTS, EXPORTS)
    files = [name for name in names if (folder / name).exists()]
    members = {}
    with part.open("wb") as handle:
        with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name in files:
                with (
                    (folder / name).open("rb") as original,
                    archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as copy,
                ):
                    members[name] = _copied(original, copy)
            contents = {
                "format": FORMAT,
                "made": now(),
                "schema_version": manifest.schema_version,
                "snapshot": manifest.snapshot,
                "batch": manifest.batch,
                "members": members,
            }
            archive.writestr(CONTENTS, json.dumps(contents, indent=1))
        handle.flush()
        os.fsync(handle.fileno())


def _copied(original: IO[bytes], copy: IO[bytes]) -> str:
    """Copy a file piece by piece; return its SHA-256."""
    digest = hashlib.sha256()
    while chunk := original.read(CHUNK):
        digest.update(chunk)
        copy.write(chunk)
    return digest.hexdigest()


def _unpacked(source: Path, folder: Path) -> Manifest:
    """Unpack a backup into a folder and open it as a store; return its manifest.

    Every member must have the hash that was noted, and every table the content of the manifest.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            contents = json.loads(archive.read(CONTENTS))
            version = contents["schema_version"]
            if version != SCHEMA_VERSION:
                raise InputError(
                    str(source),
                    f"is a backup of a store of layout version {version}; this program reads "
                    f"version {SCHEMA_VERSION}. Restore it with the program that wrote it.",
                    code="E506",
                )
            for name, sha256 in contents["members"].items():
                if Path(name).name != name:
                    raise ValueError("a member outside of its folder")
                with archive.open(name) as original, (folder / name).open("wb") as copy:
                    if _copied(original, copy) != sha256:
                        raise ValueError("a member that has changed")
        with open_store(folder) as opened:
            if opened.snapshot != contents["snapshot"]:
                raise ValueError("another snapshot")
            return opened.manifest
    except (*UNREADABLE, StoreError) as error:
        raise InputError(
            str(source),
            "is no backup of a store, or is damaged: nothing was restored from it. Use another "
            "backup.",
            code="E501",
        ) from error


def _bring_log(kept: Path, log: Path) -> None:
    """Give a store the log of exports of its backup where it has none."""
    if kept.exists() and not log.exists():
        with kept.open("rb+") as handle:
            os.fsync(handle.fileno())
        os.replace(kept, log)


def _keep_aside(folder: Path) -> Path:
    """Copy the files of the present store, whatever their state, into a folder beside it."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.before-restore-{number}")).exists():
        number += 1
    aside.mkdir()
    for pattern in (POINTER, WATERMARK, COHORTS, EXPORTS, "snapshot-*.duckdb"):
        for file in folder.glob(pattern):
            if file.is_file():
                shutil.copy2(file, aside / file.name)
                with (aside / file.name).open("rb+") as handle:
                    os.fsync(handle.fileno())
    flush_folder(aside)
    return aside
