"""One run of the importer in a process of its own: its progress, its answer, its limits."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.progress import Update
from dashboard.uploads import Spool

ROOT = Path(__file__).parents[1]
REQUEST, ANSWER, UPDATES = "request.json", "answer.json", "updates.jsonl"
FATAL = {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"}


@dataclass(frozen=True)
class Limits:
    """What a run may take: bytes of memory, and seconds.

    `silence` without any sign of life ends a run, and so does reading for more than `reading` and a
    second for each megabyte: a parser that hangs. What comes after is the engine's own and may take
    `whole`. `patience` is left for stopping in good order.
    """

    memory: int = 6 << 30
    silence: float = 20.0
    reading: float = 25.0
    whole: float = 3600.0
    patience: float = 5.0


@dataclass
class Job:
    """A run that was begun. `answer` is there once it has ended, `fault` where it ended badly."""

    task: str
    spool: Spool
    limits: Limits
    size: int
    process: "subprocess.Popen[bytes]"
    began: float = field(default_factory=time.monotonic)
    step: str = ""
    update: Update | None = None
    answer: dict[str, Any] | None = None
    fault: str | None = None
    ended: bool = False
    cancelled: bool = False
    killed: str | None = None
    heard: float = field(default_factory=time.monotonic)
    _read: int = 0

    def cancel(self) -> None:
        """Stop the run; the store stays as it was, since an import is all or nothing."""
        if not self.ended:
            self.cancelled = True
            self._signal(signal.SIGTERM)
            threading.Timer(self.limits.patience, self._signal, [signal.SIGKILL]).start()

    def wait(self, seconds: float) -> bool:
        """Wait until the run has ended; return whether it has."""
        end = time.monotonic() + seconds
        while not self.ended and time.monotonic() < end:
            time.sleep(0.05)
        return self.ended

    def _signal(self, number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def _follow(self) -> None:
        """Watch the run until it ends: in a thread, so that it ends though nobody looks."""
        while self.process.poll() is None:
            time.sleep(0.1)
            self._hear()
            over = self._over()
            if over is not None:
                self.killed = over
                self._signal(signal.SIGKILL)
                self.process.wait()
        self._hear()
        self._conclude()
        self.ended = True

    def _hear(self) -> None:
        """Read the updates that came since; a line that is not whole yet is left for later."""
        with (self.spool.folder / UPDATES).open("rb") as handle:
            handle.seek(self._read)
            lines = handle.read().split(b"\n")
        for line in lines[:-1]:
            self._read += len(line) + 1
            self.heard = time.monotonic()
            if not line.startswith(b'{"progress"'):
                continue
            told = json.loads(line)["progress"]
            if told["step"] != self.step:
                self.step = told["step"]
            if "fraction" in told:
                self.update = Update(**told)

    def _over(self) -> str | None:
        """Return why a run has to be ended, None while it may go on."""
        now = time.monotonic()
        spent = now - self.began
        parsing = not self.step or self.step.startswith(("Looking", "Reading"))
        if parsing and self.task != "withdraw" and spent > self.limits.reading + self.size / 1e6:
            return "took too long to be read"
        if now - self.heard > self.limits.silence:
            return "gave no sign of life"
        return "took too long" if spent > self.limits.whole else None

    def _conclude(self) -> None:
        lines = (self.spool.folder / ANSWER).read_text("utf-8").splitlines()
        answer = json.loads(lines[-1]) if lines and self.process.returncode in (0, 2) else None
        if answer is not None and "error" not in answer:
            self.answer = answer
        elif answer is not None:
            self.answer = answer
            self.fault = answer["error"]["message"]
        elif self.cancelled:
            self.fault = "Stopped. Nothing was stored."
        else:
            self.fault = self._why()

    def _why(self) -> str:
        """Return a sentence for a run that ended without an answer."""
        mend = "Nothing was stored. Export the file again, or split it, and try once more. (E119)"
        if self.task == "withdraw":
            mend = "The store is as it was. (E119)"
        if self.killed is not None:
            return f"The reading process {self.killed} and was ended. {mend}"
        code = self.process.returncode
        name = signal.Signals(-code).name if code < 0 and -code in _numbers() else ""
        if code == 137 or _out_of_memory(self.spool.folder / UPDATES):
            return f"The files need more memory than is allowed here. {mend}"
        if name in FATAL:
            return f"The reading process crashed on these files. {mend}"
        return f"The reading process ended unexpectedly ({name or f'code {code}'}). {mend}"


def _numbers() -> set[int]:
    return {int(number) for number in signal.Signals}


def _out_of_memory(log: Path) -> bool:
    text = log.read_bytes()[-4000:]
    return any(sign in text for sign in (b"MemoryError", b"bad_alloc", b"annot allocate memory"))


def begin(task: str, spool: Spool, request: dict[str, Any], limits: Limits | None = None) -> Job:
    """Begin a run; its request and answer lie in the spool, beside the files."""
    limits = limits or Limits()
    folder = spool.folder
    whole = {"task": task, "folder": str(folder), "memory": limits.memory, "files": []} | request
    (folder / REQUEST).write_text(json.dumps(whole), "utf-8")
    files = [Path(file) for file in request.get("files", ())]
    with (folder / ANSWER).open("wb") as answer, (folder / UPDATES).open("wb") as updates:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard.import_child", str(folder / REQUEST)],
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=updates,
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        )
    size = sum(file.stat().st_size for file in files if file.is_file())
    job = Job(task, spool, limits, size, process)
    threading.Thread(target=job._follow, daemon=True).start()
    return job
