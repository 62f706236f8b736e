"""How far a command has come: a bar on a terminal, plain lines in a pipe, JSON for a program.

The work is done in a thread of its own, so that this one can look at it and stop it: an interrupt
ends the statement that the engine has in hand, which a signal alone would not.
"""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from analysis.progress import Meter, Update
from dashboard.commands import terminal
from dashboard.commands.terminal import plain

Answer = TypeVar("Answer")
SHOWINGS = ("auto", "json")
# How often the work is looked at, and how often a program is told, in seconds.
LOOK, TELL = 0.1, 0.5


class Showing(Protocol):
    """What shows a run: told each step as it begins, and how far it is now and then."""

    def step(self, step: str) -> None: ...
    def update(self, update: Update) -> None: ...
    def close(self) -> None: ...


def sizes_of(files: list[Path]) -> tuple[int, ...]:
    """Return the bytes of each file; 0 for what is not there, which the reading will say."""
    return tuple(file.stat().st_size if file.is_file() else 0 for file in files)


def showing(kind: str = "auto") -> Showing:
    """Return what shows a run on standard error: `auto` or `json`."""
    if kind == "json":
        return Lines()
    console = terminal.console(stderr=True)
    return Bar() if console.is_terminal else Steps()


def quiet() -> Showing:
    """Return what shows on standard error how far an answer is, once it takes over two seconds."""
    return Bar() if terminal.console(stderr=True).is_terminal else Late()


def watched(work: Callable[[Meter], Answer], shown: Showing, sizes: tuple[int, ...] = ()) -> Answer:
    """Do the work and show how far it is; Ctrl-C and SIGTERM stop it, however often they come.

    Returns what the work returns and raises what it raises; KeyboardInterrupt where it was stopped
    before it was done. The work must leave everything as it was when it is stopped.
    """
    run = _Run(work, Meter(sizes))
    worker = threading.Thread(target=run.carry_out, daemon=True)
    with _stopping(run.meter):
        worker.start()
        told = 0
        while worker.is_alive():
            worker.join(LOOK)
            told = _tell(run.meter, shown, told)
            if run.meter.stopped:
                run.meter.stop()  # again: the statement that was ended may have been another
            elif run.meter.slow:
                shown.update(run.meter.now())
    _tell(run.meter, shown, told)
    shown.close()
    if run.answer:
        answer: Answer = run.answer[0]
        return answer
    if run.meter.stopped:
        raise KeyboardInterrupt
    raise run.fault[0]


def _tell(meter: Meter, shown: Showing, told: int) -> int:
    """Show the steps that began since the first `told`; return how many there are."""
    steps = list(meter.steps)
    for step in steps[told:]:
        shown.step(step)
    return len(steps)


@dataclass
class _Run:
    """The work with its meter, and how it ended."""

    work: Callable[[Meter], Any]
    meter: Meter
    answer: list[Any] = field(default_factory=list)
    fault: list[BaseException] = field(default_factory=list)

    def carry_out(self) -> None:
        try:
            self.answer.append(self.work(self.meter))
        except BaseException as fault:  # raised again in the thread that asked
            self.fault.append(fault)


@contextmanager
def _stopping(meter: Meter) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop a run instead of breaking off whatever is being done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: meter.stop()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            # a run that was stopped is ending: stopping it once more must not break that off
            signal.signal(number, (lambda *_: None) if meter.stopped else handler)


class Steps:
    """The name of each step on a line of its own, for a pipe or a log."""

    def __init__(self) -> None:
        self._console = terminal.console(stderr=True)

    def step(self, step: str) -> None:
        self._console.print(plain(step))

    def update(self, update: Update) -> None:
        return

    def close(self) -> None:
        return


class Late:
    """The name of the step at hand, on a line of its own, once a run takes over two seconds."""

    def __init__(self) -> None:
        self._console = terminal.console(stderr=True)
        self._said = ""

    def step(self, step: str) -> None:
        return

    def update(self, update: Update) -> None:
        if update.step not in ("", self._said):
            self._said = update.step
            self._console.print(plain(update.step))

    def close(self) -> None:
        return


class Bar:
    """A bar with rate and time left, shown once a run takes longer than two seconds."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[rate]}"),
        )
        self._bar = Progress(*columns, console=terminal.console(stderr=True), transient=True)
        self._task: TaskID | None = None

    def step(self, step: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, description=plain(step))

    def update(self, update: Update) -> None:
        if self._task is None:
            self._task = self._bar.add_task(plain(update.step), total=1.0, rate="")
            self._bar.start()
        self._bar.update(self._task, completed=update.fraction, rate=in_words(update))

    def close(self) -> None:
        self._bar.stop()


class Lines:
    """One JSON object a line: what another program reads that drives this one."""

    def __init__(self) -> None:
        self._told = 0.0

    def step(self, step: str) -> None:
        _write({"step": step})

    def update(self, update: Update) -> None:
        if update.seconds - self._told >= TELL:
            self._told = update.seconds
            _write(asdict(update))

    def close(self) -> None:
        return


def _write(update: dict[str, Any]) -> None:
    sys.stderr.write(json.dumps({"progress": update}) + "\n")
    sys.stderr.flush()


def in_words(update: Update) -> str:
    """Return rate and time left in words, as far as they are known."""
    words = []
    if update.size_per_second:
        words.append(f"{update.size_per_second / 1e6:,.1f} MB/s")
    elif update.rows_per_second:
        words.append(f"{update.rows_per_second:,.0f} rows/s")
    if update.seconds_left is not None:
        words.append(f"{time_left(update.seconds_left)} left")
    return ", ".join(words)


def time_left(seconds: float) -> str:
    """Return a time as a person says it: seconds up to a minute and a half, then minutes."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"
