"""Versions of a scale are instruments of their own and never mix."""

from analysis import Cohort, Definition, rates
from analysis.ingest import import_files
from analysis.store import change


def quarantined(tmp_path, rows: str):
    file = tmp_path / "scores.csv"
    file.write_text(f"patient_id,modality,instrument,day,score\n{rows}")
    report = import_files(tmp_path / "store", [file])
    return [(row.line, row.column, row.rule, row.allowed) for row in report.quarantined]


def test_a_total_that_the_17_items_cannot_reach_is_kept_aside(tmp_path) -> None:
    rows = "P1,ect,hamd17,0,52\nP1,ect,hamd17,7,53\nP1,ect,hamd17,14,-1\n"
    first, second = quarantined(tmp_path, rows)
    assert first[:3] == (3, "score", "score_out_of_range")
    assert "0 to 52; 53 would fit HAM-D21 (0 to 64) or HAM-D24 (0 to 75)" in first[3]
    assert second == (4, "score", "score_out_of_range", "a whole number from 0 to 52")


def test_a_version_that_nobody_declared_is_kept_aside(tmp_path) -> None:
    rows = "P1,ect,hamd17,0,25\nP1,ect,hamd6,7,10\nP1,ect,hamd,7,10\n"
    assert [row[:3] for row in quarantined(tmp_path, rows)] == [
        (3, "instrument", "unknown_instrument"),
        (4, "instrument", "unknown_instrument"),
    ]


def test_the_baseline_of_one_version_never_meets_the_endpoint_of_another(clinic) -> None:
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect"}],
        [
            {"episode_id": "E1", "instrument": "hamd17", "day": 0, "score": 25},
            {"episode_id": "E1", "instrument": "hamd21", "day": 42, "score": 5},
        ],
    )
    (row,) = rates(store, Cohort(), Definition("hamd17"), ("response",)).rows
    assert (row.numerator, row.denominator, row.unknown) == (0, 0, 1)
    other = change(store, Cohort(), Definition("hamd21", min_baseline="none"))
    assert other.episodes.tolist() == [1]
    assert str(other.baseline.tolist()) == "[nan]"
