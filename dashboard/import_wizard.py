"""One person's import from the upload to the batch, kept in the session.

The files are read by a child process; what it answers is taken in here.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import OutcomesError, StoreMissing
from dashboard import STORE_VARIABLE, jobs, mapping_text
from dashboard.study_codes import FOLDER, StudyCodes
from dashboard.uploads import ASIDE, Kept, Spool, Uploaded


def folder() -> Path:
    """Return the folder of the store, which need not be there yet; raises StoreMissing."""
    path = os.environ.get(STORE_VARIABLE)
    if not path:
        raise StoreMissing("No store was named: start the dashboard with trd-outcomes serve STORE.")
    return Path(path)


# Rows kept aside that an import gives back here; more are too many for the memory of a run.
MOST_ASIDE = 200_000


@dataclass(frozen=True)
class Options:
    """How the files are to be taken, beside their mapping."""

    who: str | None = None
    corrections: bool = False
    replaces: int | None = None
    accept_absent: int = 0


@dataclass(frozen=True)
class KeptMapping:
    """A mapping that the store keeps: its name, version and text."""

    name: str
    version: int
    text: str

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass
class Wizard:
    """One import on its way: the files, the mapping, what a check said, and what runs.

    `refused` is the sentence of a file that was not taken, after which nothing of it is shown;
    `problem` one that another mapping may mend. `checked` is what the last check was about. `kept`
    is the mapping of the store that was chosen, None for a new one; `name` is what the store will
    keep the mapping by. `warnings` are about the rows that the last import loaded. `version` counts
    the mappings and `turn` the imports: widgets start anew with each.
    """

    spool: Spool = field(default_factory=Spool)
    sent: tuple[str, ...] = ()
    files: tuple[Kept, ...] = ()
    mapping: str = ""
    name: str = mapping_text.NEW_NAME
    kept: KeptMapping | None = None
    proposed: str = ""
    headers: tuple[str, ...] = ()
    options: Options = Options()
    codes: StudyCodes = field(default_factory=StudyCodes)
    job: jobs.Job | None = None
    report: dict[str, Any] | None = None
    checked: tuple[Any, ...] | None = None
    asked: tuple[Any, ...] | None = None
    refused: str | None = None
    problem: str | None = None
    done: str | None = None
    warnings: tuple[str, ...] = ()
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
            and self.codes.made is None
            and self.checked == self._key()
            and self.report is not None
            and sum(file["loaded"] for file in self.report["files"]) > 0
        )

    def _kept_aside(self) -> int:
        """Return how many rows the last check would keep aside."""
        files = (self.report or {"files": ()})["files"]
        return sum(file["quarantined"] for file in files)

    def _gives_aside(self, task: str) -> bool:
        """Return whether a run writes rows that are kept aside.

        The codes that a check gives are in no crosswalk: rows with them must not come back.
        """
        if task == "import":
            return self._kept_aside() <= MOST_ASIDE
        return not self.codes.wanted

    def _key(self) -> tuple[Any, ...]:
        return self.sent, self.mapping, self.options, self.codes.wanted, self.codes.key

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
        self._look()

    def choose(self, kept: KeptMapping | None) -> None:
        """Read the files with a mapping that the store keeps, or with a new one."""
        if kept == self.kept or self.running:
            return
        self.kept = kept
        if self.files:
            self.proposed, self.report, self.checked = "", None, None
            self._look()
        self._take_again()

    def code(self, wanted: bool, crosswalk: tuple[str, Uploaded] | None) -> None:
        """Replace ids by study codes or not; what was checked otherwise does not count any more."""
        if not self.running and self.codes.take(wanted, crosswalk):
            self.problem = None
            self._take_again()

    def _take_again(self) -> None:
        """Let files that were refused be taken once more: they may pass as they are read now."""
        if self.refused:
            self.sent = ()

    def _look(self) -> None:
        self.mapping, self.name = "", mapping_text.NEW_NAME
        if self.kept is not None:
            self.mapping, self.name = self.kept.text, self.kept.name
        self.version += 1
        self._begin("look")

    def start_anew(self) -> None:
        """Forget the files and what was said of them; the folder stays for the next ones."""
        for name in ("files", "mapping", "proposed", "headers", "report", "checked"):
            setattr(self, name, getattr(Wizard, name))
        self.refused = self.problem = self.done = None
        self.warnings = ()
        self.version += 1

    def use(self, mapping: str) -> None:
        """Use another mapping; what was checked with the one before does not count any more."""
        if mapping != self.mapping:
            self.mapping = mapping
            self.version += 1
        self.problem = None

    def check(self) -> None:
        self._begin("check")

    def load(self, name: str) -> None:
        """Import what was checked; the store keeps the mapping by a name and a version."""
        try:
            self.name = mapping_text.own_name(name)
        except OutcomesError as error:
            self.problem = str(error)
            return
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
            self.codes.take_up(self.spool.folder, imported=False)
            self.job = None

    def _begin(self, task: str, **more: Any) -> None:
        if self.job is not None:
            return
        self.problem = self.done = None
        self.warnings = ()
        self.asked = self._key()
        request = {
            "store": str(folder()),
            "files": [] if task == "withdraw" else [str(file.path) for file in self.files],
            "mapping": self.mapping if self.mapping.strip() else None,
            "name": self.name,
            "aside": self._gives_aside(task),
            "codes": None if task == "withdraw" else self.codes.lay_out(self.spool.folder),
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
        loaded = job.task == "import" and job.fault is None
        self.codes.take_up(self.spool.folder, imported=loaded)
        if job.fault is not None:
            self._failed(job, answer)
        elif job.task == "withdraw":
            gone = ", ".join(f"{rows:,} {table}" for table, rows in answer["taken"].items() if rows)
            self.done = (
                f"Batch {answer['number']} withdraws batch {answer['ended']}. Rows that no longer "
                f"count: {gone.replace('_', ' ') or 'none'}."
            )
        elif job.task == "look":
            if self.kept is None:
                self.mapping = self.proposed = answer["toml"]
            self.problem = self._plainly(answer["problem"])
            self.headers = tuple(answer["headers"])
            self.version += 1
            self._learn(answer["report"], self._key())
        elif job.task == "check":
            self._learn(answer["report"], self.asked)
        else:
            self._loaded(answer["report"])
        return True

    def _plainly(self, sentence: str | None) -> str | None:
        """Return a sentence without the folder in which a crosswalk lay."""
        return sentence and sentence.replace(f"{self.spool.folder / FOLDER}{os.sep}", "")

    def _failed(self, job: jobs.Job, answer: dict[str, Any]) -> None:
        """Say why a run gave nothing. A file that may identify a person is not kept any longer."""
        identity = answer.get("error", {}).get("identity", False)
        fault = self._plainly(job.fault)
        if identity or (job.task == "look" and not job.cancelled):
            self.start_anew()
            self.spool.clear()
            self.refused = fault
        else:
            self.problem = fault
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
        aside = self._kept_aside()
        self.start_anew()
        self.sent, self.options = (), Options()
        self.turn += 1
        self.spool.clear(but=ASIDE)  # they can be saved until the next files come
        self.warnings = tuple(report["warnings"])
        name, _, version = (report["mapping"] or "").rpartition("@")
        mapping = f"Mapping {name}, version {version}. " if name else ""
        self.done = (
            f"Batch {report['batch']} is in the store: {rows:,} rows loaded. {mapping}Snapshot "
            f"{report['snapshot']}."
            if report["changed"]
            else "Nothing new: everything in these files is in the store already."
        )
        if aside > MOST_ASIDE:
            self.done += (
                f" {aside:,} rows were kept aside: trd-outcomes quarantine STORE --to FOLDER "
                "writes them into files."
            )
