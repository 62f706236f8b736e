"""Real public trial data: how each file is imported, and where data and results are kept.

They lie beside the repository and are no part of it; where they are not, the tests skip.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from analysis.ingest import import_files, read_mapping

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
beside_the_repository = pytest.mark.skipif(
    not (SHARED / "reference").is_dir(), reason="the reference data are not beside the repository"
)


@dataclass(frozen=True)
class Trial:
    """One data set: its mapping, the endpoint, and what their ids are called here.

    `instruments` maps the first part of an id to our instrument, empty where ids have none;
    `remission` maps their name to our rule, empty for the default one. `by` is empty where there
    is one group only.
    """

    mapping: str
    endpoint: str
    by: str
    arms: dict[str, str]
    instruments: dict[str, str]
    remission: dict[str, str] = field(default_factory=dict)


TRIALS = {
    "rbmi_antidepressant": Trial(
        mapping="""
            [columns]
            modality = "arm"
            day = "nominal_day"
            [values.modality]
            DRUG = "augmentation"
            PLACEBO = "placebo"
            [values.instrument]
            HAMD17 = "hamd17"
            [modalities.placebo]
            label = "Placebo"
            [ignore]
            instruments = ["HAMA", "PGI_I"]
        """,
        endpoint="42:42",
        by="modality",
        arms={"PLACEBO": "placebo", "DRUG": "augmentation"},
        instruments={"": "hamd17"},
        remission={"remission_le7": ""},
    ),
    "btheb": Trial(
        mapping="""
            [columns]
            modality = "arm"
            [values.modality]
            BtheB = "digital"
            TAU = "usual_care"
            [values.instrument]
            BDI2 = "bdi2"
            [modalities.usual_care]
            label = "Usual care"
        """,
        endpoint="244:244",
        by="modality",
        arms={"TAU": "usual_care", "BtheB": "digital"},
        instruments={"": "bdi2"},
        remission={"remission_le13": "", "remission_le9": "bdi2_le9"},
    ),
    "claus_2020": Trial(
        mapping="""
            [columns]
            modality = "arm"
            [visits]
            column = "visit"
            days = { T1 = 0, T2 = 14, T3 = 28, T4 = 42 }
            [values.modality]
            PA = "placebo_amplification"
            TAU = "usual_care"
            [values.instrument]
            BDI2 = "bdi2"
            HAMD = "hamd17"
            SHAPS = "shaps"
            WHO5_raw = "who5_raw"
            [modalities.placebo_amplification]
            label = "Placebo amplification"
            [modalities.usual_care]
            label = "Usual care"
            [instruments.who5_raw]
            range = [0, 25]
            direction = "higher_is_better"
        """,
        endpoint="42:42",
        by="modality",
        arms={"TAU": "usual_care", "PA": "placebo_amplification"},
        instruments={"BDI2": "bdi2", "HAMD": "hamd17", "WHO5": "who5_raw"},
        remission={"remission": ""},
    ),
    "reisby_imipramine": Trial(
        mapping="""
            [columns]
            modality = "arm"
            [fields]
            subgroup = "subgroup"
            [values.modality]
            imipramine = "medication_switch"
            [values.instrument]
            HAMD = "hamd17"
        """,
        endpoint="35:35",
        by="subgroup",
        arms={"nonendogenous": "nonendogenous", "endogenous": "endogenous"},
        instruments={"": "hamd17"},
        remission={"remission_le7": ""},
    ),
    "jacobson_1989": Trial(
        mapping="""
            [columns]
            modality = "arm"
            [visits]
            column = "visit"
            days = { pre = 0, post = 84 }
            [values.modality]
            marital_therapy = "psychotherapy"
            [values.instrument]
            DAS = "das"
            GDS = "gds"
            [instruments.das]
            range = [0, 151]
            direction = "higher_is_better"
            units_per_point = 2
            [instruments.gds]
            range = [0, 100]
            units_per_point = 2
        """,
        endpoint="84:84",
        by="",
        arms={},
        instruments={"DAS": "das", "GDS": "gds"},
    ),
}


def imported(name: str, folder: Path, mapping: str = "") -> Path:
    """Import a data set by its own mapping (or another one); return the folder of its store."""
    file = folder / f"{name}.toml"
    file.write_text(mapping or TRIALS[name].mapping, encoding="utf-8")
    report = import_files(folder / name, [SHARED / "data" / f"{name}.csv"], read_mapping(file))
    assert report.quarantined == ()
    return folder / name


def results(name: str) -> Iterator[dict[str, Any]]:
    """Return the results in R for a data set, each with its id, the call and the value."""
    reference = json.loads((SHARED / "reference" / f"{name}.json").read_text("utf-8"))
    yield from reference["results"]
