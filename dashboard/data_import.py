"""Calls into the engine for the page of imports; the files themselves are read elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.errors import OutcomesError, StoreMissing
from analysis.ingest.saved import saved_mappings
from analysis.instruments import REGISTRY
from analysis.modality import MODALITIES
from analysis.store import open_store
from analysis.store.batches import IMPORT, Batch, counting, read_batches
from analysis.store.bookkeeping import ImportedFile, imported_files
from analysis.store.declared import Declared
from dashboard import jobs, mapping_text, uploads
from dashboard.commands.progress import in_words
from dashboard.import_wizard import KeptMapping, Options, Wizard, folder

WIZARD = "import_wizard"


@st.cache_resource(show_spinner=False)
def _swept() -> bool:
    uploads.sweep()
    return True


def wizard() -> Wizard:
    """Return this session's import."""
    _swept()
    if WIZARD not in st.session_state:
        st.session_state[WIZARD] = Wizard()
    found: Wizard = st.session_state[WIZARD]
    return found


def nothing_yet(error: OutcomesError) -> str:
    """Return why a store has nothing to show yet; raises StoreMissing where none was named."""
    if isinstance(error, StoreMissing):
        return f"There is no store at {folder()} yet. The first import makes it."
    return str(error)


@dataclass(frozen=True)
class Logged:
    """A batch with its files, and whether it counts."""

    batch: Batch
    files: tuple[ImportedFile, ...]
    counts: bool


def batches() -> list[Logged]:
    """Return the batches of the store, newest first; none where there is no store yet."""
    try:
        store = open_store(folder())
    except StoreMissing:
        return []
    with store:
        every, files = read_batches(store.connection), imported_files(store)
    counted = {batch.batch for batch in counting(every)}
    return [
        Logged(one, tuple(f for f in files if f.batch == one.batch), one.batch in counted)
        for one in reversed(every)
    ]


def withdrawable(logged: Iterable[Logged]) -> dict[int, str]:
    """Return the batches that can be withdrawn, in words."""
    return {
        one.batch.batch: f"Batch {one.batch.batch}, {one.batch.when[:10]}, "
        + ", ".join(file.file for file in one.files)
        for one in logged
        if one.counts and one.batch.kind == IMPORT
    }


def taken_away(logged: Iterable[Logged], batch: int) -> str:
    """Return what goes when a batch is withdrawn."""
    (found,) = (one for one in logged if one.batch.batch == batch)
    rows = sum(file.loaded for file in found.files)
    return (
        f"{rows:,} rows that batch {batch} loaded will not count any more. What other batches "
        "brought stays. Rows of later files that were exact duplicates of these go with them until "
        "those files are imported again. The withdrawal is a batch of its own."
    )


def kept_mappings() -> dict[str, KeptMapping]:
    """Return the mappings that the store keeps by name@version, newest first."""
    try:
        store = open_store(folder())
    except StoreMissing:
        return {}
    with store:
        rows = sorted(saved_mappings(store), key=lambda row: (row[2], row[1]), reverse=True)
    kept = (KeptMapping(name, version, text) for name, version, _, text in rows)
    return {one.label: one for one in kept}


def mapping_file(sent: Any) -> KeptMapping:
    """Return the mapping of an uploaded file; raises InputError where it is not TOML in UTF-8."""
    name = uploads.own_name(sent.name).removesuffix(".toml")
    return KeptMapping(name[:40].strip("._-"), 0, mapping_text.decoded(sent.getvalue()))


def has_codes() -> bool:
    """Return whether the patients of the store have study codes."""
    try:
        store = open_store(folder())
    except StoreMissing:
        return False
    with store:
        return Declared.of(counting(read_batches(store.connection))).codes is not None


def will_be_kept(wizard: Wizard, name: str) -> str:
    """Return by which name and version the store will keep the mapping, or why it cannot."""
    try:
        name = wizard.name = mapping_text.own_name(name)
    except OutcomesError as error:
        return str(error)
    own = [kept for kept in kept_mappings().values() if kept.name == name]
    latest = max(own, key=lambda kept: kept.version, default=KeptMapping(name, 0, ""))
    if latest.text == wizard.mapping:
        return f"It is kept as {latest.label} already."
    return f"It will be kept as {name}@{latest.version + 1}."


def load(wizard: Wizard, named: str) -> None:
    """Import what was checked; `named` is the key of the box with the mapping's name."""
    wizard.load(st.session_state.get(named, wizard.name))


def aside(path: Path) -> str:
    """Return a file of rows that were kept aside, its line ends as they are."""
    return path.read_bytes().decode("utf-8") if path.is_file() else ""


def choices(name: str) -> list[str]:
    """Return what a value of a modality or an instrument can be here."""
    return sorted(MODALITIES if name == "modality" else REGISTRY)


def unknown_values(report: dict[str, Any] | None, name: str) -> list[str]:
    """Return the values that a check did not know for a modality or an instrument."""
    rows = ((report or {}).get("findings") or {"quarantined": ()})["quarantined"]
    found = (row["value"] for row in rows if row["rule"] == f"unknown_{name}" and row["value"])
    return list(dict.fromkeys(found))[:50]


def progress(job: jobs.Job) -> tuple[float | None, str]:
    """Return how far a run is, from 0 to 1, and a sentence with rate and time left.

    How far is None in the first two seconds, in which most runs end.
    """
    step = job.step or "Starting"
    if job.update is None:
        return None, step
    words = in_words(job.update)
    return job.update.fraction, f"{step}: {words}" if words else step


def saved(wizard: Wizard, form: mapping_text.Form) -> None:
    """Use the mapping with what the form says."""
    wizard.use(mapping_text.with_form(wizard.mapping, form))


def with_options(wizard: Wizard, options: Options) -> None:
    """Take the files in another way; a check counts for the way it was asked in."""
    wizard.options = replace(options, who=options.who or None)
