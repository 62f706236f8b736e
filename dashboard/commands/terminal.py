"""Printing on a terminal: data is shown as it is, and never as markup or control codes."""

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

# Into a file or a pipe, a table is as wide as it needs to be.
WIDE = 220


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints texts as they are, as wide as tables need in a pipe."""
    made = Console(highlight=False, emoji=False, stderr=stderr)
    if made.is_terminal:
        return made
    return Console(highlight=False, emoji=False, stderr=stderr, width=WIDE)


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Hand out a function that shows the step a long command is at, on standard error."""
    errors = console(stderr=True)
    with errors.status("Starting") as status:

        def show(step: str) -> None:
            if errors.is_terminal:
                status.update(plain(step))
            else:
                errors.print(plain(step))

        yield show


def plain(text: object) -> str:
    """Return a text without markup and without control characters."""
    kept = (sign if unicodedata.category(sign)[0] != "C" else "\ufffd" for sign in str(text))
    return escape("".join(kept))
