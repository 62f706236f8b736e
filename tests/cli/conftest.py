"""The command as a person runs it: arguments in; exit code, output and errors out."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.cli import main

EPISODES = """\
episode_id,patient_id,modality,site
E1,P1,rtms,north
E2,P2,rtms,south
E3,P3,ect,south
E4,P3,ect,south
E5,P5,rtms+psychotherapy,=cmd()
"""
# E1 responds and remits, E2 responds, E3 does neither, E4 has no endpoint, E5 starts below 10.
ASSESSMENTS = """\
episode_id,instrument,day,score
E1,phq9,0,20
E1,phq9,42,4
E2,phq9,-20,25
E2,phq9,-7,18
E2,phq9,56,9
E3,phq9,0,15
E3,phq9,28,14
E4,phq9,0,22
E4,phq9,7,21
E5,phq9,0,9
E5,phq9,42,2
E1,madrs,0,
"""


@dataclass
class Run:
    """What one run of the command gave back."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Path:
    """A folder with the clinic's files and the store made of them."""
    folder: Path = tmp_path_factory.mktemp("clinic")
    (folder / "episodes.csv").write_text(EPISODES, "utf-8")
    (folder / "assessments.csv").write_text(ASSESSMENTS, "utf-8")
    files = [str(folder / "episodes.csv"), str(folder / "assessments.csv")]
    assert main(["import", str(folder / "store"), *files]) == 0
    return folder


@pytest.fixture
def store(drawn) -> str:
    return str(drawn / "store")


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command in this process, on a screen that is wide enough for a whole line."""
    monkeypatch.setenv("COLUMNS", "220")

    def command(*arguments: object) -> Run:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return command
