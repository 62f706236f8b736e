"""Real public trial data, through the importer and the command line, against results in R.

The data and the results are kept beside the repository; where they are not, these tests skip.
"""

import json

import pytest

from dashboard.cli import main
from tests.analysis.trials import TRIALS, beside_the_repository, imported, results

pytestmark = beside_the_repository

# Their names for missing endpoints. locf_bocf carries the baseline forward; we offer no such rule.
MISSING_RULES = {"complete_case": "observed", "locf": "locf", "nri": "nonresponse"}
NOT_OFFERED = {"locf_bocf"}
# The last part of the ids that hold counts and Wilson intervals of single rates.
STATISTICS = {"counts", "wilson"}
# How many ids of single rates there are to check.
CHECKED = {
    "rbmi_antidepressant": 2 * 3 * 3,
    "btheb": 3 * 3 * 3,
    "claus_2020": 2 * 2 * 3 * 3,
    "reisby_imipramine": 2 * 3 * 3,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a function that imports a data set once and returns the folder of its store."""
    folder = tmp_path_factory.mktemp("trials")

    def build(name):
        return folder / name if (folder / name).exists() else imported(name, folder)

    return build


def single_rates(name: str):
    """Return (instrument, outcome, method, arm, value) of each id that holds a single rate.

    Ids read [INSTRUMENT.]OUTCOME.METHOD.counts or [INSTRUMENT.]OUTCOME.METHOD.ARM.wilson.
    """
    trial = TRIALS[name]
    for result in results(name):
        parts = result["id"].split(".")
        about_rates = any(part.startswith(("response", "remission")) for part in parts)
        if parts[-1] not in STATISTICS or not about_rates:
            continue
        instrument = parts.pop(0) if parts[0] in trial.instruments else ""
        outcome, method, *arm, _ = parts
        if method not in NOT_OFFERED:
            yield instrument, outcome, method, arm[0] if arm else None, result["value"]


@pytest.mark.parametrize("name", CHECKED)
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
    assert checked == CHECKED[name]


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
