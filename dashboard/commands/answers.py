"""What an import did, or why it was refused, as one line of JSON for the program that asked."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from analysis.errors import IdentityFound, InputError, OutcomesError
from analysis.ingest import ImportReport


def print_answer(work: Callable[[], ImportReport]) -> None:
    """Do the work and print its report; an error is printed too, and raised again."""
    try:
        write({"report": asdict(work())})
    except OutcomesError as error:
        write(refusal(error))
        raise


def refusal(error: OutcomesError) -> dict[str, Any]:
    """Return an error as data: its sentence, code and file, and whether it is about identity."""
    return {
        "error": {
            "message": str(error),
            "code": error.code if isinstance(error, InputError) else None,
            "file": error.file if isinstance(error, InputError) else None,
            "identity": isinstance(error, IdentityFound),
        }
    }


def write(answer: dict[str, Any]) -> None:
    """Print an answer as the one line on standard output."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
