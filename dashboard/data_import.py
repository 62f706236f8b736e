"""Calls into the engine for the page of imports; the files themselves are read by a child process.

A `Wizard` is one person's import from the upload to the batch. It is kept in the session.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.errors import OutcomesError, StoreMissing
from analysis.instruments import REGISTRY
from analysis.modality import MODALITIES
from analysis.store import open_store
from analysis.store.batches import IMPORT, Batch, counting, read_batches
from analysis.store.bookkeeping import ImportedFile, imported_files
from dashboard import STORE_VARIABLE, jobs, mapping_text
from dashboard.commands.progress import in_words
from dashboard.import_child import ASIDE
from dashboard.uploads import Kept, Spool, Uploaded, sweep

WIZARD = "import_wizard"


@dataclass(frozen=True)
class Options:
    """How the files are to be taken, beside their mapping."""

    who: str | None = None
    corrections: bool = False
    replaces: int | None = None
    accept_absent: int = 0


@dataclass
class Wizard:
    """One import on its way: the files, the mapping, what a check said, and what runs.

    `refused` is the sentence of a file that was not taken, after which nothing of it is shown;
    `problem` one that another mapping may mend. `checked` is what the last check was about.
    `version` counts the mappings and `turn` the imports: widgets start anew with each.
    """

    spool: Spool = field(default_factory=Spool)
    sent: tuple[str, ...] = ()
    files: tuple[Kept, ...] = ()
    mapping: str = ""
    proposed: str = ""
    headers: tuple[str, ...] = ()
    options: Options = Options()
    job: jobs.Job | None = None
    report: dict[str, Any] | None = None
    checked: tuple[Any, ...] | None = None
    asked: tuple[Any, ...] | None = None
    refused: str | None = None
    problem: str | None = None
    done: str | None = None
    withdrawing: int | None = None
    version: int = 0
    turn: int = 0

    @property
    def running(self) -> bool:
        return self.job is not None

    @property
    def ready(self) -> bool:
        """Whether exactly what is chosen now has been checked, and has rows to load."""
        return (
            not self.running
            and self.checked == self._key()
            and self.report is not None
            and sum(file["loaded"] for file in self.report["files"]) > 0
        )

    def _key(self) -> tuple[Any, ...]:
        return self.sent, self.mapping, self.options

    def take(self, sent: Sequence[tuple[str, Uploaded]]) -> None:
        """Take the files that are in the uploader: new ones are looked at, none start anew."""
        ids = tuple(name for name, _ in sent)
        if ids == self.sent:
            return
        self.cancel()
        self.start_anew()
        self.sent = ids
        if not sent:
            self.spool.clear()
            return
        try:
            self.files = self.spool.keep(file for _, file in sent)
        except OutcomesError as error:
            self.spool.clear()
            self.refused = str(error)
            return
        self._begin("look")

    def start_anew(self) -> None:
        """Forget the files and what was said of them; the folder stays for the next ones."""
        for name in ("files", "mapping", "proposed", "headers", "report", "checked"):
            setattr(self, name, getattr(Wizard, name))
        self.refused = self.problem = self.done = None
        self.version += 1

    def use(self, mapping: str) -> None:
        """Use another mapping; what was checked with the one before does not count any more."""
        if mapping != self.mapping:
            self.mapping = mapping
            self.version += 1
        self.problem = None

    def check(self) -> None:
        self._begin("check")

    def load(self) -> None:
        self._begin("import")

    def withdraw(self, batch: int) -> None:
        self.withdrawing = None
        self._begin("withdraw", batch=batch)

    def keep(self) -> None:
        """Withdraw nothing."""
        self.withdrawing = None

    def cancel(self) -> None:
        """Stop what runs; the store stays as it was."""
        if self.job is not None:
            self.job.cancel()
            self.job.wait(8)
            self.job = None

    def _begin(self, task: str, **more: Any) -> None:
        if self.job is not None:
            return
        self.problem = self.done = None
        mapping = None
        if self.mapping.strip():
            path = self.spool.folder / "mapping.toml"
            path.write_text(self.mapping, "utf-8")
            mapping = str(path)
        self.asked = self._key()
        request = {
            "store": str(folder()),
            "files": [] if task == "withdraw" else [str(file.path) for file in self.files],
            "mapping": mapping,
            **vars(self.options),
        }
        self.job = jobs.begin(task, self.spool, request | more)

    def collect(self) -> bool:
        """Take in the answer of a run that has ended; return whether there was one."""
        job = self.job
        if job is None or not job.ended:
            return False
        self.job = None
        answer = job.answer or {}
        if job.fault is not None:
            self._failed(job, answer)
        elif job.task == "withdraw":
            gone = ", ".join(f"{rows:,} {table}" for table, rows in answer["taken"].items() if rows)
            self.done = (
                f"Batch {answer['number']} withdraws batch {answer['ended']}. Rows that no longer "
                f"count: {gone.replace('_', ' ') or 'none'}."
            )
        elif job.task == "look":
            self.mapping = self.proposed = answer["toml"]
            self.problem = answer["problem"]
            self.headers = tuple(answer["headers"])
            self.version += 1
            self._learn(answer["report"], (self.sent, self.mapping, self.options))
        elif job.task == "check":
            self._learn(answer["report"], self.asked)
        else:
            self._loaded(answer["report"])
        return True

    def _failed(self, job: jobs.Job, answer: dict[str, Any]) -> None:
        """Say why a run gave nothing. A file that may identify a person is not kept any longer."""
        identity = answer.get("error", {}).get("identity", False)
        if identity or (job.task == "look" and not job.cancelled):
            self.start_anew()
            self.spool.clear()
            self.refused = job.fault
        else:
            self.problem = job.fault
            self.checked = self.report = None

    def _learn(self, report: dict[str, Any] | None, about: tuple[Any, ...] | None) -> None:
        self.report = report
        self.checked = about if report is not None else None
        found = (report or {}).get("findings") or {"previews": ()}
        theirs = [name for preview in found["previews"] for _, name in preview["columns"]]
        unused = [name for file in (report or {"files": ()})["files"] for name in file["unused"]]
        self.headers = tuple(dict.fromkeys([*self.headers, *theirs, *unused]))

    def _loaded(self, report: dict[str, Any]) -> None:
        rows = sum(file["loaded"] for file in report["files"])
        self.start_anew()
        self.sent, self.options = (), Options()
        self.turn += 1
        self.spool.clear()
        self.done = (
            f"Batch {report['batch']} is in the store: {rows:,} rows loaded. Snapshot "
            f"{report['snapshot']}."
            if report["changed"]
            else "Nothing new: everything in these files is in the store already."
        )


@st.cache_resource(show_spinner=False)
def _swept() -> bool:
    sweep()
    return True


def wizard() -> Wizard:
    """Return this session's import."""
    _swept()
    if WIZARD not in st.session_state:
        st.session_state[WIZARD] = Wizard()
    found: Wizard = st.session_state[WIZARD]
    return found


def folder() -> Path:
    """Return the folder of the store, which need not be there yet; raises StoreMissing."""
    path = os.environ.get(STORE_VARIABLE)
    if not path:
        raise StoreMissing("No store was named: start the dashboard with trd-outcomes serve STORE.")
    return Path(path)


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


def aside(report: dict[str, Any]) -> str:
    """Return the quarantined rows of a check as CSV text."""
    path = wizard().spool.folder / ASIDE
    return path.read_text("utf-8") if report and path.is_file() else ""


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
