"""The swift way for scores means what the way of text means: the same report, the same data.

Random files with faults, duplicates and conflicts are imported in several batches, with either
way, and everything that a person could see of it is compared.
"""

import random
from pathlib import Path

import pytest

from analysis.errors import OutcomesError
from analysis.ingest import Choices, import_files, plain_files, read_mapping, swift
from analysis.store import arrays, open_store
from analysis.store.as_of import withdraw

INSTRUMENTS = ("phq9", "madrs", "gad7", "qids_sr16")
SLIPS = ("", " ", "n/a", "-99", "12.5", "1e1", "007", "+5", " 4", "99999", "PHQ 9", "7 ", "-0", "x")
MAPPING = """
[values.instrument]
"PHQ" = "phq9"
[ignore]
instruments = ["HAMA"]
[missing]
codes = ["-99", "9"]
"""
KEPT = (
    *("said_episode", "past_assessment", "batch_file", "quarantine"),
    *("assessment", "observation", "endpoint"),
)


def episodes(draw: random.Random) -> str:
    rows = ["episode_id,patient_id,modality,start_date"]
    for number in range(4):
        start = f"2024-0{1 + number % 9}-15" if number % 3 else ""
        rows.append(f"E{number},P{number // 2 if number < 6 else number},ect,{start}")
    return "\n".join(rows) + "\n"


def scores(draw: random.Random, kind: str) -> str:
    """Return a file of scores, dense enough for days with several rows."""
    columns = {"episode": ["episode_id"], "patient": ["patient_id"]}.get(
        kind, ["episode_id", "patient_id"]
    )
    header = [*columns, "instrument", "day", "score"]
    if kind == "note":
        header.append("ward")
    rows = []
    for _ in range(draw.randint(25, 90)):
        number = draw.randrange(14)
        cells = {
            "episode_id": f"E{number}",
            "patient_id": f"P{number // 2 if number < 6 else number}",
            "instrument": draw.choice((*INSTRUMENTS, "PHQ") * 5 + ("HAMA",)),
            "day": str(draw.choice((-14, -7, 0, 0, 1, 14, 42))),
            "score": str(draw.randint(0, 4)),
            "ward": draw.choice(("A", "B 2", "", "North ward, second floor left")),
        }
        if draw.random() < 0.1:
            cells[draw.choice(header)] = draw.choice(SLIPS)
        row = [f'"{c}"' if "," in c else c for c in (cells[name] for name in header)]
        rows += [",".join(row)] * (2 if draw.random() < 0.05 else 1)
    return "\n".join([",".join(header), *rows]) + "\n"


def everything(store: Path) -> dict[str, list[tuple]]:
    with open_store(store) as opened:
        found = {t: opened.rows(f"select * from {t} order by all") for t in KEPT}
        found["snapshot"] = [(opened.snapshot, opened.manifest.data, opened.as_of)]
    return found


def imported(folder: Path, steps, least: int, monkeypatch):
    """Import the batches into a new store; return reports and all that the store holds."""
    monkeypatch.setattr(plain_files, "LEAST_ROWS", least)
    monkeypatch.setattr(arrays, "PIECE", 3)  # so that there are pieces
    store = folder / f"store_{least}"
    told: list[object] = []
    for step in steps:
        try:
            if isinstance(step, int):
                told.append(withdraw(store, step, who="test"))
            else:
                files, mapping, choices = step
                report = import_files(store, files, mapping, choices=choices)
                told.append((report.files, report.quarantined, report.warnings, report.snapshot))
        except OutcomesError as error:
            told.append(str(error))
        told.append(everything(store))
    return told


def batches(folder: Path, seed: int):
    """Return the steps of one random history: imports with their choices, and withdrawals."""
    draw = random.Random(seed)
    declared = folder / "map.toml"
    rule = draw.choice(("", '[conflicts]\nrule = "worst"\n', '[conflicts]\nrule = "mean"\n'))
    declared.write_text(MAPPING + rule, "utf-8")
    mapping = read_mapping(declared) if draw.random() < 0.7 else None

    def written(name: str, text: str) -> Path:
        path = folder / f"{name}.csv"
        path.write_text(text, "utf-8")
        return path

    first = written("episodes", episodes(draw))
    steps: list = [([first], mapping, Choices(who="test"))]
    known: list[Path] = []
    for number in range(draw.randint(2, 5)):
        kind = draw.choice(("episode", "patient", "both", "note"))
        files = [written(f"scores_{number}", scores(draw, kind))]
        if known and draw.random() < 0.3:
            files.append(draw.choice(known))
        if known and draw.random() < 0.4:  # a cumulative export
            text = known[-1].read_text("utf-8").splitlines()
            text += scores(draw, "episode").splitlines()[1:]
            if text[0] == "episode_id,instrument,day,score":
                files = [written(f"scores_{number}_all", "\n".join(text) + "\n")]
        known.append(files[0])
        corrects = draw.random() < 0.25
        steps.append((files, mapping, Choices(who="test", corrections=corrects)))
        if draw.random() < 0.2:
            steps.append(number + 2)
        elif draw.random() < 0.2:
            choices = Choices(who="test", replaces=number + 2, accept_absent=draw.choice((0, 3)))
            steps.append(([draw.choice(known)], mapping, choices))
        if draw.random() < 0.3:
            steps.append(([first, *draw.sample(known, 1)], mapping, Choices(who="test")))
    return steps


def noting(merge, packed: list):
    """Return the real merging of words, which also notes the files that were read that way."""

    def noted(self):
        packed.append(len(self.files))
        return merge(self)

    return noted


@pytest.mark.parametrize("seed", range(4))
def test_either_way_gives_the_same(tmp_path, monkeypatch, seed):
    steps = batches(tmp_path, seed)
    by_text = imported(tmp_path, steps, 1 << 40, monkeypatch)
    packed: list[int] = []
    monkeypatch.setattr(swift.Swift, "merge", noting(swift.Swift.merge, packed))
    swiftly = imported(tmp_path, steps, 0, monkeypatch)
    assert any(files for files in packed), "no file was read for its plain rows"
    for number, (text, quick) in enumerate(zip(by_text, swiftly, strict=True)):
        if isinstance(text, dict) and isinstance(quick, dict):
            for table in text:
                assert quick[table] == text[table], (number, table)
        else:
            assert quick == text, number
