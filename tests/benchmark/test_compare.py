"""How long a comparison of 100,000 patients takes: the model of all visits, and weighting.

Each runs in a process of its own, which tells its seconds, its largest memory and how often it
said how far it was.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import Cohort, Definition, open_store
from analysis.compare import Comparison, compare
from analysis.ingest import import_files

ROOT = Path(__file__).resolve().parents[2]
SECONDS, PEAK = 60, 4_000_000_000
VISITS = (7, 14, 21, 28, 35, 42, 49, 56)
LEVELS = {
    "sex": ("female", "male"),
    "age_band": ("18-24", "25-34", "35-44", "45-54", "55-64", "65-74"),
    "diagnosis": ("unipolar", "bipolar"),
    "setting": ("inpatient", "outpatient"),
    "episode_length": ("under_12_months", "12_to_24_months", "over_24_months"),
    **dict.fromkeys(
        (
            "psychotic_features",
            "prior_ect",
            "prior_tms",
            "comorbid_anxiety",
            "comorbid_ptsd",
            "comorbid_ocd",
            "comorbid_adhd",
            "comorbid_substance_use",
            "chronic_illness",
            "concurrent_medication",
            "pharmacogenetic_testing",
        ),
        ("yes", "no", "unknown"),
    ),
}
ASKED = {
    "visits": Comparison(by="modality", kind="visits", visits=VISITS),
    "weighted": Comparison(by="modality", adjust="overlap"),
}


def write_program(folder: Path, patients: int) -> list[Path]:
    """Write the episodes and scores of made-up patients, the more ill more often having ECT."""
    draw = np.random.default_rng(7)
    severity = draw.normal(size=patients)
    ect = draw.random(patients) < 1 / (1 + np.exp(-0.7 * severity))
    ids = np.array([f"P{i:06d}" for i in range(patients)])
    columns = {
        name: np.array(levels)[draw.integers(len(levels), size=patients)]
        for name, levels in LEVELS.items()
    }
    episodes = pd.DataFrame(
        {
            "episode_id": np.char.add(ids, "-1"),
            "patient_id": ids,
            "modality": np.where(ect, "ect", "rtms"),
            **columns,
        }
    )
    base = np.clip(np.rint(18 + 3 * severity + draw.normal(scale=2, size=patients)), 10, 27)
    days = np.array((0, *VISITS))
    drift = -0.8 * np.arange(days.size) * (1 + 0.2 * ect[:, None])
    noise = np.cumsum(draw.normal(scale=1.5, size=(patients, days.size)), axis=1)
    scores = np.clip(np.rint(base[:, None] + drift + noise), 0, 27).astype(int)
    scores[:, 0] = base
    seen = draw.random(scores.shape) < 0.85
    seen[:, 0] = True
    row, visit = np.nonzero(seen)
    assessments = pd.DataFrame(
        {
            "episode_id": episodes["episode_id"].to_numpy()[row],
            "instrument": "phq9",
            "day": days[visit],
            "score": scores[row, visit],
        }
    )
    files = [folder / "episodes.csv", folder / "assessments.csv"]
    for frame, file in zip((episodes, assessments), files, strict=True):
        frame.to_csv(file, index=False)
    return files


def measure(kind: str, folder: str) -> None:
    """Answer one comparison in this process and print what it took."""
    told: list[float] = []
    began = time.perf_counter()
    with open_store(folder) as store:
        answer = compare(
            store,
            Cohort(),
            Definition(),
            ASKED[kind],
            progress=lambda step, share: told.append(share),
        )
    shown = [c for c in answer.contrasts if c.not_shown is None and c.estimate is not None]
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "peak": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
                "told": len(told),
                "shown": len(shown),
                "notes": answer.notes,
            }
        )
    )


def measured(kind: str, store: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmark.test_compare", kind, str(store)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(1800)
def test_a_hundred_thousand_patients(tmp_path):
    import_files(tmp_path / "store", write_program(tmp_path, 100_000))
    for kind in ASKED:
        took = measured(kind, tmp_path / "store")
        print(
            f"\n{kind}: {took['seconds']:.1f} s, peak {took['peak'] / 1e9:.2f} GB, "
            f"{took['told']} reports of progress, {took['shown']} differences shown"
        )
        assert took["shown"] > 0
        assert took["told"] > 3
        assert took["seconds"] < SECONDS
        assert took["peak"] < PEAK


if __name__ == "__main__":
    measure(sys.argv[1], sys.argv[2])
