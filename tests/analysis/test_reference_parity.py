"""Real public trial data, through the importer and the command line, against results in R.

The data and the results are kept beside the repository; where they are not, these tests skip.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.ingest import import_files, read_mapping
from dashboard.cli import main

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
pytestmark = pytest.mark.skipif(
    not (SHARED / "reference").is_dir(), reason="the reference data are not beside the repository"
)

# Their names for missing endpoints. locf_bocf carries the baseline forward; we offer no such rule.
MISSING_RULES = {"complete_case": "observed", "locf": "locf", "nri": "nonresponse"}
NOT_OFFERED = {"locf_bocf"}
# The last part of the ids that hold counts and Wilson intervals of single rates.
STATISTICS = {"counts", "wilson"}


@dataclass(frozen=True)
class Trial:
    """One data set: its mapping, the endpoint, and what their ids are called here.

    `instruments` maps the first part of an id to our instrument, empty where ids have none;
    `remission` maps their name to our rule, empty for the default one. `checked` is how many ids
    of single rates there are to check.
    """

    mapping: str
    endpoint: str
    by: str
    arms: dict[str, str]
    instruments: dict[str, str]
    remission: dict[str, str]
    checked: int


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
        checked=2 * 3 * 3,
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
        checked=3 * 3 * 3,
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
            [instruments.shaps]
            range = [0, 14]
            [instruments.who5_raw]
            range = [0, 25]
            direction = "higher_is_better"
        """,
        endpoint="42:42",
        by="modality",
        arms={"TAU": "usual_care", "PA": "placebo_amplification"},
        instruments={"BDI2": "bdi2", "HAMD": "hamd17"},
        remission={"remission": ""},
        checked=2 * 2 * 3 * 3,
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
        checked=2 * 3 * 3,
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a function that imports a data set once and returns the folder of its store."""
    folder = tmp_path_factory.mktemp("trials")

    def build(name):
        if not (folder / name).exists():
            mapping = folder / f"{name}.toml"
            mapping.write_text(TRIALS[name].mapping, encoding="utf-8")
            file = SHARED / "data" / f"{name}.csv"
            report = import_files(folder / name, [file], read_mapping(mapping))
            assert report.quarantined == ()
        return folder / name

    return build


def single_rates(name: str):
    """Return (instrument, outcome, method, arm, value) of each id that holds a single rate.

    Ids read [INSTRUMENT.]OUTCOME.METHOD.counts or [INSTRUMENT.]OUTCOME.METHOD.ARM.wilson.
    """
    trial = TRIALS[name]
    reference = json.loads((SHARED / "reference" / f"{name}.json").read_text("utf-8"))
    for result in reference["results"]:
        parts = result["id"].split(".")
        about_rates = any(part.startswith(("response", "remission")) for part in parts)
        if parts[-1] not in STATISTICS or not about_rates:
            continue
        instrument = parts.pop(0) if parts[0] in trial.instruments else ""
        outcome, method, *arm, _ = parts
        if method not in NOT_OFFERED:
            yield instrument, outcome, method, arm[0] if arm else None, result["value"]


@pytest.mark.parametrize("name", TRIALS)
def test_rates_are_those_of_the_reference(name, store, capsys) -> None:
    trial, answers, checked = TRIALS[name], {}, 0

    def printed(instrument: str, outcome: str, method: str):
        key = (instrument, outcome, method)
        if key not in answers:
            rule = trial.remission.get(outcome, "")
            code = main(
                [
                    *("rates", str(store(name)), "--format", "json", "--min-baseline", "none"),
                    *("--instrument", trial.instruments[instrument], "--by", trial.by),
                    *("--timepoint", trial.endpoint, "--missing", MISSING_RULES[method]),
                    *("--outcome", "remission" if outcome in trial.remission else outcome),
                    *(("--remission", rule) if rule else ()),
                ]
            )
            assert code == 0
            rows = json.loads(capsys.readouterr().out)["rows"]
            answers[key] = {row[trial.by]: row for row in rows}
        return answers[key]

    for instrument, outcome, method, arm, value in single_rates(name):
        assert outcome == "response" or outcome in trial.remission, outcome
        rows = printed(instrument, outcome, method)
        where = (instrument, outcome, method, arm)
        if arm is None:
            assert set(rows) == set(trial.arms.values())
            found = {
                a: (rows[t]["numerator"], rows[t]["denominator"]) for a, t in trial.arms.items()
            }
            assert found == {a: (counts["x"], counts["n"]) for a, counts in value.items()}, where
        else:
            row, expected = rows[trial.arms[arm]], next(v for v in value if v["row"] == "wilson")
            estimates = [row["estimate"], row["conf_low"], row["conf_high"]]
            reference = [expected["est"], expected["lwr.ci"], expected["upr.ci"]]
            assert estimates == pytest.approx(reference, abs=1e-6), where
        checked += 1
    assert checked == trial.checked


@pytest.mark.parametrize(
    ("name", "episodes", "with_baseline"),
    [
        ("rbmi_antidepressant", 172, 172),
        ("btheb", 100, 100),
        ("claus_2020", 43, 43),
        ("reisby_imipramine", 66, 61),
    ],
)
def test_nobody_is_lost_on_the_way_in(name, episodes, with_baseline, store, capsys) -> None:
    instrument = next(iter(TRIALS[name].instruments.values()))
    main(
        [
            *("rates", str(store(name)), "--format", "json", "--instrument", instrument),
            *("--min-baseline", "none", "--timepoint", TRIALS[name].endpoint),
        ]
    )
    (flow,) = json.loads(capsys.readouterr().out)["flow"]
    assert (flow["episodes"], flow["patients"]) == (episodes, episodes)
    assert flow["with_baseline"] == flow["eligible"] == flow["mature"] == with_baseline
