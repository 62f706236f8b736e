"""How far a run has come: its steps turned into a share done, a rate and the time left."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

# Share of the time of an import that each step takes, in thousandths. Measured as the time between
# two steps when 1.2 million rows of scores (41 MB, one file in the long form) went into a new
# store on two cores. A store that holds much already shifts them; the meter makes
# up for that as steps end.
SHARES = {
    "Reading": 120,
    "Checking": 690,
    "Sorting": 73,
    "Working out": 84,
    "Publishing": 33,
}
# Bytes that are read in a second, from the same run: used where the engine does not say how far it
# is, as while a file is only being looked through.
BYTES_PER_SECOND = 20_000_000
# Before this many seconds a rate says little, and most runs are over.
QUIET = 2.0


class Stopped(Exception):
    """The person has stopped the run; raised between its steps."""


@dataclass(frozen=True)
class Update:
    """How far a run is: `fraction` from 0 to 1, `seconds` since it began.

    `rows` and `size` (bytes) are known from the files read so far, rates are per second;
    `seconds_left` is None while nothing can be said.
    """

    step: str
    fraction: float
    seconds: float
    seconds_left: float | None
    size: int
    size_per_second: float | None
    rows: int
    rows_per_second: float | None


class Meter:
    """Follows a run: called with the name of each step, asked from another thread how far it is.

    `sizes` are the bytes of the files in the order in which they are read. It can be used wherever
    a step's name is reported; `stop` ends the run, in the middle of a statement too.
    """

    def __init__(
        self,
        sizes: tuple[int, ...] = (),
        clock: Callable[[], float] = time.monotonic,
        shares: dict[str, int] | None = None,
    ) -> None:
        self._sizes = sizes
        self._clock = clock
        self._shares = shares or SHARES
        self._began = self._step_began = clock()
        self._step = ""
        self.steps: list[str] = []  # every one that has begun, for those who list them
        self._files = 0  # files of which reading has begun
        self._rows = 0
        self._shown = 0.0
        self._told: float | None = None
        self._looking: Callable[[], float | None] = lambda: None
        self._interrupts: list[Callable[[], None]] = []
        self.stopped = False

    def __call__(self, step: str) -> None:
        """Begin a step; raises Stopped where the run was stopped."""
        if self.stopped:
            raise Stopped
        if self._name(step) == "Reading":
            self._files += 1
        self._step, self._step_began = step, self._clock()
        self.steps.append(step)

    def at(self, step: str, share: float) -> None:
        """Say how far work is that knows it, 0 to 1; raises Stopped where it was stopped."""
        if self.stopped:
            raise Stopped
        if step != self._step:
            self(step)
        self._told = share

    def look(self, fraction: Callable[[], float | None], interrupt: Callable[[], None]) -> None:
        """Let the meter ask how far the statement in hand is (0 to 1), and end it."""
        self._looking, self._interrupts = fraction, [interrupt]

    def add_rows(self, rows: int) -> None:
        """Count the rows of a table that has been read."""
        self._rows += rows

    def stop(self) -> None:
        """Stop the run: the statement in hand now, and before its next step."""
        self.stopped = True
        for interrupt in tuple(self._interrupts):
            interrupt()

    @contextmanager
    def also_ending(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Have a stop end the statement of one more connection, too, for a while."""
        self._interrupts.append(interrupt)
        try:
            yield
        finally:
            self._interrupts.remove(interrupt)

    @property
    def step(self) -> str:
        return self._step

    @property
    def statement(self) -> float | None:
        """How far the statement in hand is, where that is known."""
        return self._looking()

    @property
    def slow(self) -> bool:
        """Whether the run has taken long enough to show how far it is."""
        return self._clock() - self._began >= QUIET

    def now(self) -> Update:
        """Return how far the run is; the fraction never goes back and reaches 1 only at the end."""
        now = self._clock()
        seconds = now - self._began
        self._shown = max(self._shown, min(self._fraction(now), 0.99))
        told = seconds >= QUIET and self._shown > 0
        reading = self._name(self._step) == "Reading"
        size, read = sum(self._sizes), self._bytes_read(now)
        rate = None if not told else self._rows * (1.0 if reading else self._shown) / seconds
        return Update(
            step=self._step,
            fraction=self._shown,
            seconds=seconds,
            seconds_left=seconds * (1 - self._shown) / self._shown if told else None,
            size=size,
            size_per_second=read / seconds if told and reading else None,
            rows=self._rows,
            rows_per_second=rate or None,
        )

    def _name(self, step: str) -> str:
        return next((name for name in self._shares if step.startswith(name)), "")

    def _total(self) -> int:
        return sum(self._shares.values())

    def _read_before(self) -> int:
        return sum(self._sizes[: max(0, self._files - 1)])

    def _bytes_read(self, now: float) -> float:
        """Return the bytes read so far, the part of the file in hand included."""
        if self._name(self._step) != "Reading":
            return float(sum(self._sizes))
        at = self._sizes[self._files - 1] if self._files <= len(self._sizes) else 0
        expected = at / BYTES_PER_SECOND
        return self._read_before() + at * self._inside(now, expected)

    def _inside(self, now: float, expected: float) -> float:
        """Return how much of what is in hand is done: as the engine says, else by the time."""
        said = self._looking() if self._name(self._step) == "Reading" else None
        if said is not None:
            return said
        spent = (now - self._step_began) / expected if expected > 0 else 0.0
        return spent if spent < 0.8 else 1 - 0.16 / spent  # slower than expected: nears the end

    def _fraction(self, now: float) -> float:
        if self._told is not None:
            return self._told
        name = self._name(self._step)
        if not name:
            return self._shown
        names = list(self._shares)
        before = sum(self._shares[n] for n in names[: names.index(name)]) / self._total()
        share = self._shares[name] / self._total()
        if name == "Reading":
            size = sum(self._sizes)
            return share * (self._bytes_read(now) / size if size else 0.0)
        spent = self._step_began - self._began
        return before + share * self._inside(now, share * spent / before if before else 0.0)


def add_rows(progress: Callable[[str], None], rows: int) -> None:
    """Tell a meter how many rows have been read; anything else that is told steps is left."""
    if isinstance(progress, Meter):
        progress.add_rows(rows)


def also_ending(
    progress: Callable[[str], None], interrupt: Callable[[], None]
) -> AbstractContextManager[None]:
    """Let a meter that stops a run end a statement of one more connection, too, for a while."""
    return progress.also_ending(interrupt) if isinstance(progress, Meter) else nullcontext()
