"""The importer as a process of its own, driven by the page: `python -m dashboard.import_child`.

Files from outside are read nowhere else, so that a parser that crashes, hangs or eats memory takes
this process with it and leaves the dashboard alone. The request is a JSON file; updates go to
standard error and the answer to standard output, as one line of JSON each.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from analysis.errors import IdentityFound, InputError, OutcomesError
from analysis.ingest import Choices, ImportReport, check_files, import_files
from analysis.ingest.mapping import Mapping, mapping_of
from analysis.ingest.propose import as_toml, propose
from analysis.ingest.propose.proposal import FoundFile
from analysis.progress import Meter
from analysis.store.as_of import withdraw
from analysis.store.aside import write_aside
from dashboard.commands.answers import refusal, write
from dashboard.commands.progress import Lines, sizes_of, watched
from dashboard.uploads import ASIDE

Request = dict[str, Any]


def limit_memory(size: int) -> None:
    """Limit what this process may take, where the system can do that (POSIX)."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold the file


def main(request_file: str) -> int:
    """Carry out one request and print its answer; return the exit code."""
    request: Request = json.loads(Path(request_file).read_text("utf-8"))
    limit_memory(request["memory"])
    files = [Path(file) for file in request["files"]]
    try:
        write(
            watched(lambda meter: TASKS[request["task"]](request, meter), Lines(), sizes_of(files))
        )
    except OutcomesError as error:
        write(refusal(error))
        return 2
    except KeyboardInterrupt:
        return 130
    except MemoryError:
        return 137
    return 0


def look(request: Request, meter: Meter) -> dict[str, Any]:
    """Propose a mapping and say what the files would be with it; nothing of them where refused.

    Where the request has a mapping already, none is proposed and that one is used. A file that may
    identify a person raises. Any other fault is the answer's `problem`, since the mapping can still
    be changed.
    """
    meter("Looking at the files")
    answer: dict[str, Any] = {"toml": "", "headers": [], "problem": None, "report": None}
    proposes = request["mapping"] is None
    found: Sequence[FoundFile] = ()  # none where a chosen mapping reads in a way of its own
    if proposes:
        try:
            proposal = propose(request["files"], local=False)
        except IdentityFound:
            raise
        except InputError:  # a kind of file for which nothing is proposed: it may need no mapping
            return answer | check(request, meter)
        found, answer["toml"] = proposal.files, as_toml(proposal)
        request = request | {"mapping": answer["toml"]}
    try:
        return answer | check(request, meter)
    except IdentityFound:
        raise
    except InputError as error:
        headers = (name for file in found for name in file.header)
        return answer | {"problem": str(error), "headers": list(dict.fromkeys(headers))}


def check(request: Request, meter: Meter) -> dict[str, Any]:
    """Say what an import would do, and write the rows that would be kept aside into files."""
    report = check_files(
        request["files"], _mapping(request), request["store"], meter, _choices(request)
    )
    return {"report": _written_aside(request, report)}


def load(request: Request, meter: Meter) -> dict[str, Any]:
    """Import the files as one batch."""
    report = import_files(
        request["store"], request["files"], _mapping(request), meter, _choices(request)
    )
    return {"report": _written_aside(request, report)}


def take_back(request: Request, meter: Meter) -> dict[str, Any]:
    """Withdraw a batch."""
    return asdict(withdraw(request["store"], request["batch"], request["who"], meter))


TASKS: dict[str, Callable[[Request, Meter], dict[str, Any]]] = {
    "look": look,
    "check": check,
    "import": load,
    "withdraw": take_back,
}


def _written_aside(request: Request, report: ImportReport) -> dict[str, Any]:
    """Write the rows that were kept aside, to be mended; return the report without them."""
    place = Path(request["folder"]) / ASIDE
    shutil.rmtree(place, ignore_errors=True)
    write_aside(report.aside, place)
    return asdict(replace(report, aside=()))


def _mapping(request: Request) -> Mapping | None:
    text = request["mapping"]
    return mapping_of(text, f"{request['name']}.toml") if text else None


def _choices(request: Request) -> Choices:
    return Choices(
        who=request["who"],
        corrections=request["corrections"],
        replaces=request["replaces"],
        accept_absent=request["accept_absent"],
        local=False,
        keep_aside=request["aside"],
        codes=Path(request["codes"]) if request["codes"] else None,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
