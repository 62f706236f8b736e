"""What an export to Parquet says of itself: the one file beside its tables.

An export is a folder: `export.json` and a folder of Parquet files for each table. The description
holds what an open store knows (the identity of the snapshot, settings, levels, saved cohorts), and
the SHA-256 of every file, so that an answer from it carries the same notes as one from the store.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analysis.errors import StoreDamaged
from analysis.store.batches import IMPORT, Batch
from analysis.store.manifest import SCHEMA_VERSION, Manifest, TableState, snapshot_id

LAYOUT = 1
DESCRIPTION = "export.json"
# Every table that a question reads, with the columns that none of them needs: nobody's ids leave.
EXPORTED: Mapping[str, tuple[str, ...]] = {
    "endpoint": (),
    "observation": (),
    "episode": ("episode_id", "patient_id", "dated", "stated_trials"),
    "session": ("batch",),
    "event": ("batch",),
}

Levels = Sequence[tuple[str, str, str, int]]


@dataclass(frozen=True)
class Exported:
    """The description of an export.

    `as_of` is the batch as of which it was made, with its time, None for the present state;
    `settings` and `levels` are the rows of these tables; `columns` holds for each table its columns
    with their types, `files` its files, by their path in the folder, with their SHA-256; `cohorts`
    is the text of the saved cohorts, None without any.
    """

    manifest: Manifest
    as_of: tuple[int, str] | None
    settings: Mapping[str, Any]
    levels: Levels
    columns: Mapping[str, str]
    files: Mapping[str, Mapping[str, str]]
    cohorts: str | None

    @property
    def batch(self) -> Batch | None:
        """The batch as of which it was made; who brought it stays in the store."""
        return None if self.as_of is None else Batch(self.as_of[0], IMPORT, self.as_of[1], who="")


def description(exported: Exported) -> str:
    """Return a description as the text of its file, sealed with its own hash."""
    content = json.loads(json.dumps(asdict(exported)))
    return json.dumps({"layout": LAYOUT, "seal": _seal(content), "content": content}, indent=1)


def read_description(place: str, text: str) -> Exported:
    """Return the description of the export at a place from the text of its file.

    Raises StoreDamaged where the text is not what was written, or was written in another layout.
    """
    try:
        told = json.loads(text)
        layout, content = told["layout"], told["content"]
        schema = content["manifest"]["schema_version"]
        if (layout, schema) != (LAYOUT, SCHEMA_VERSION):
            raise StoreDamaged(
                f"The export at {place} has layout version {layout} of store layout {schema}; this "
                f"program reads version {LAYOUT} of {SCHEMA_VERSION}. Export the store again with "
                "this program. (E515)"
            )
        if told["seal"] != _seal(content):
            raise ValueError("not what was sealed")
        return _exported(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(place, f"{DESCRIPTION} is not as it was written") from error


def damaged(place: str, what: str) -> StoreDamaged:
    """Return the refusal of an export that is not as it was written."""
    return StoreDamaged(f"The export at {place} is damaged: {what}. Export the store again. (E516)")


def _exported(content: dict[str, Any]) -> Exported:
    manifest = dict(content["manifest"])
    tables = {name: TableState(**state) for name, state in manifest["tables"].items()}
    as_of = content["as_of"]
    found = Exported(
        manifest=Manifest(**{**manifest, "tables": tables}),
        as_of=None if as_of is None else (as_of[0], as_of[1]),
        settings=content["settings"],
        levels=[(field, label, level, n) for field, label, level, n in content["levels"]],
        columns=content["columns"],
        files=content["files"],
        cohorts=content["cohorts"],
    )
    if not set(found.files) == set(found.columns) == set(EXPORTED):
        raise ValueError("not the tables of an export")
    if found.manifest.snapshot != snapshot_id(found.manifest.data):
        raise ValueError("not the snapshot that its data make")
    return found


def _seal(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
