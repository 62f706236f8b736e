"""Mappings are kept in the store, by name and version, so that a batch says how it was read."""

from dataclasses import replace
from pathlib import Path

import duckdb

from analysis.errors import UnknownName
from analysis.ingest.mapping import Mapping, mapping_of, read_mapping
from analysis.store.batches import Batch
from analysis.store.reader import Store, open_store


def keep_mapping(con: duckdb.DuckDBPyConnection, batch: Batch, mapping: Mapping) -> Batch:
    """Add the mapping to the next snapshot where it is new; return the batch with its version.

    A mapping with the text of the latest version of its name is that version; another text is the
    next one. An import without a mapping file keeps none.
    """
    if not mapping.toml:
        return batch
    latest = con.execute(
        "select version, toml from merged_mapping where name = ? order by version desc limit 1",
        [mapping.name],
    ).fetchone()
    version, text = latest if latest is not None else (0, None)
    if text != mapping.toml:
        version += 1
        con.execute(
            "insert into merged_mapping values (?, ?, ?, ?)",
            [mapping.name, version, batch.batch, mapping.toml],
        )
    return replace(batch, mapping=f"{mapping.name}@{version}")


def saved_mappings(store: Store) -> list[tuple[str, int, int, str]]:
    """Return name, version, batch and text of each saved mapping, in their order."""
    rows = store.rows("select name, version, batch, toml from mapping order by name, version")
    return [(name, version, batch, toml) for name, version, batch, toml in rows]


def find_mapping(store: Path | None, wanted: str) -> Mapping:
    """Return the mapping of a file, or one that the store keeps: `monthly`, or `monthly@2`.

    Raises UnknownName where there is neither; it lists those that are kept.
    """
    if Path(wanted).is_file() or wanted.endswith(".toml"):
        return read_mapping(Path(wanted))
    name, _, version = wanted.partition("@")
    kept = []
    if store is not None:
        with open_store(store) as opened:
            kept = saved_mappings(opened)
    found = [row for row in kept if row[0] == name and version in ("", str(row[1]))]
    if not found:
        known = [f"{row[0]}@{row[1]}" for row in kept]
        raise UnknownName("mapping in this store", wanted, known)
    return mapping_of(found[-1][3], f"{name}.toml")
