"""The runs that change a store, and the process that forks one child for each.

    python -m tests.faults.runs

reads orders from standard input, one JSON object a line: `run`, `store`, `file`, and `at` for the
point at which the child is to kill itself. It answers with `pid N`, `step TEXT` for each step the
child begins, `failed TEXT` where it raised, and `ended CODE`. All has been loaded before the first
fork, so that a child is at work at once.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from analysis.errors import OutcomesError
from analysis.ingest import Choices, import_files
from analysis.store.as_of import withdraw
from analysis.store.backup import backup, restore
from analysis.store.upgrade import upgrade
from tests.faults.failpoints import killing

ROOT = Path(__file__).resolve().parents[2]
Progress = Callable[[str], None]
SAVED = "backup.zip"


def _import(store, file, progress: Progress) -> None:
    import_files(store, [file], progress=progress)


def _refusal(store, file, progress: Progress) -> None:
    """Import a file that is refused, which leaves a line in the log."""
    import_files(store, [file.with_name("refused.csv")], progress=progress)


def _withdrawal(store, file, progress: Progress) -> None:
    withdraw(store, 1, progress=progress)


def _replacement(store, file, progress: Progress) -> None:
    choices = Choices(replaces=1, accept_absent=6)
    import_files(store, [file], progress=progress, choices=choices)


def _upgrade(store, file, progress: Progress) -> None:
    upgrade(store, progress)


def _backup(store, file, progress: Progress) -> None:
    backup(store, store.with_name(SAVED), progress)


def _restore(store, file, progress: Progress) -> None:
    restore(file.with_name(SAVED), store, replace_store=True, progress=progress)


RUNS = {
    "import": _import,
    "first import": _import,
    "replacement": _replacement,
    "withdrawal": _withdrawal,
    "refusal": _refusal,
    "upgrade": _upgrade,
    "backup": _backup,
    "restore": _restore,
}
# The store that a run begins with, among those that were drawn; None where there is none yet.
BEGINNINGS = {"first import": None, "upgrade": "layout_2"}


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _child(order) -> int:
    at = order.get("at")
    with killing(at) if at is not None else nullcontext():
        try:
            RUNS[order["run"]](
                Path(order["store"]), Path(order["file"]), lambda step: say(f"step {step}")
            )
        except OutcomesError as error:
            say(f"failed {error}")
            return 2
    return 0


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                code = _child(json.loads(line))
            except BaseException as error:
                say(f"failed {type(error).__name__}: {error}".splitlines()[0])
                code = 1
            os._exit(code)
        say(f"pid {pid}")
        _, status = os.waitpid(pid, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


class Runner:
    """The other end: gives orders and reads what the child says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def order(self, run: str, store: Path, file: Path, **more: object) -> None:
        order = {"run": run, "store": str(store), "file": str(file), **more}
        assert self.process.stdin is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)

    def line(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        word, _, rest = self.process.stdout.readline().strip().partition(" ")
        return word, rest

    def until(self, word: str) -> str:
        """Read up to the next line that begins with a word; return the rest of it."""
        while True:
            found, rest = self.line()
            if found == word:
                return rest
            assert found not in ("", "ended"), f"no more {word}: {rest}"

    def ended(self) -> int:
        return int(self.until("ended"))


@contextmanager
def runner() -> Iterator[Runner]:
    """Start the process that forks."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.runs"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Runner(process)
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    main()
