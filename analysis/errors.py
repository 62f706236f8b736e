"""The error tree: every error that a person at the screen can do something about.

    OutcomesError                a sentence for the person at the screen; exit code 2
    ├── UnknownName              a name that does not exist, with the names that do
    ├── DefinitionError          a definition that cannot be carried out
    ├── QuestionTooLong          a question that was stopped at its time limit
    ├── InputError               a file that cannot be read as it stands
    │   └── IdentityFound        a file that may identify a person; nothing of it is kept
    └── StoreError               a store that cannot be used as it stands
        ├── StoreMissing         no store at this place
        ├── NoScores             a store that has nothing to answer with yet
        ├── StoreDamaged         the store is not what its manifest says
        └── StoreBusy            another process is changing it; exit code 3

Anything else that is raised is a fault of the program and is shown as one.
"""

import difflib
from collections.abc import Iterable


class OutcomesError(Exception):
    """Something the person can mend; its text is a sentence that says how."""


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """Return `did you mean "x"?` for the nearest known name, or an empty text."""
    names = sorted(known)
    lowered = {name.lower(): name for name in names}
    near = difflib.get_close_matches(value.lower(), list(lowered), n=1, cutoff=0.6)
    return f'did you mean "{lowered[near[0]]}"?' if near else ""


class UnknownName(OutcomesError):
    """A name that does not exist, together with the names that do."""

    def __init__(self, kind: str, value: str, known: Iterable[str]) -> None:
        names = sorted(known)
        hint = did_you_mean(value, names)
        self.kind, self.value, self.known = kind, value, names
        listed = ", ".join(names) if names else "none"
        super().__init__(
            f'There is no {kind} "{value}"{"; " + hint if hint else "."} Known: {listed}.'
        )


class DefinitionError(OutcomesError):
    """A definition that cannot be carried out as it was written."""


class QuestionTooLong(OutcomesError):
    """A question that took longer than it may; it was stopped, and the store answers on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"Counting was stopped after {seconds:g} s: narrow the cohort, or choose a preset "
            "timepoint and the preset baseline window. (E520)"
        )


class InputError(OutcomesError):
    """A file that cannot be read as it stands; names the file, the place and the mend.

    `code` is the number that docs/importing.md lists, such as E104, and stands at the end.
    """

    def __init__(
        self,
        file: str,
        problem: str,
        *,
        line: int | None = None,
        column: str | None = None,
        allowed: str | None = None,
        code: str | None = None,
    ) -> None:
        self.file, self.line, self.column, self.allowed = file, line, column, allowed
        self.code = code
        place = file
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {column}"
        parts = [f"{place}: {problem}", allowed, f"({code})" if code else None]
        super().__init__(" ".join(part for part in parts if part))


class IdentityFound(InputError):
    """A file that may identify a person; its text shows a form at most, never a value."""


class StoreError(OutcomesError):
    """A store that cannot be used as it stands."""


class StoreMissing(StoreError):
    """There is no store at this place."""


class NoScores(StoreError):
    """The store holds no scores, so that there is nothing to answer with."""


class StoreDamaged(StoreError):
    """The store's content is not what its manifest says; nothing is read from it."""


class StoreBusy(StoreError):
    """Another process is changing the store, or holds its crosswalk; `pid` where it is known."""

    def __init__(self, place: object, pid: int | None, what: str = "store") -> None:
        self.pid = pid
        holder = "another process" if pid is None else f"pid {pid}"
        super().__init__(
            f"The {what} at {place} is in use by {holder}: wait until it ends, then try again."
        )
