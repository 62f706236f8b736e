"""Scores are stored in steps of their scale, counted exactly; versions of a scale never mix."""

import pytest

from analysis.instruments import REGISTRY

HALVES = """
[instruments.halves]
label = "Half points"
range = [0, 100]
units_per_point = 2

[instruments.tenths]
label = "One decimal"
range = [20, 80]
units_per_point = 10

[instruments.thousandths]
range = [-1, 1]
units_per_point = 1000
direction = "higher_is_better"
"""
HEADER = "episode_id,instrument,day,score\n"

# instrument | written | stored: what is in the store, in steps of the scale
STEPS = """
halves      | 90.5    | 181
halves      | 90      | 180
halves      | 0.50    | 1
halves      | 100     | 200
tenths      | 60.3    | 603
tenths      | 60.7000 | 607
tenths      | 79.9    | 799
tenths      | +20     | 200
tenths      | 64.1    | 641
tenths      | 57.9    | 579
thousandths | -0.594  | -594
thousandths | .001    | not whole
thousandths | 0.001   | 1
thousandths | 0.29    | 290
phq9        | 12      | 12
phq9        | 12.000  | 12
halves      | 90.25   | not whole
halves      | 90.500000000000000001 | not whole
tenths      | 60.35   | not whole
tenths      | 60,3    | not whole
tenths      | 6e1     | not whole
thousandths | 0.0001  | not whole
phq9        | 12.5    | not whole
tenths      | 80.1    | out of range
tenths      | 19.9    | out of range
halves      | 100.5   | out of range
thousandths | -1.001  | out of range
"""
RULES = {"not_whole_number": "not whole", "score_out_of_range": "out of range"}
DRAWN = [[cell.strip() for cell in line.split("|")] for line in STEPS.strip().splitlines()]


@pytest.fixture(scope="module")
def answers(clinic_of_this_file, two_episodes):
    """What became of each written score, by the day it stands on."""
    rows = "".join(f'E1,{i},{day},"{score}"\n' for day, (i, score, _) in enumerate(DRAWN))
    report = clinic_of_this_file.load(mapping=HALVES, episodes=two_episodes, x=HEADER + rows)
    stored = {day: str(score) for _, _, day, score in clinic_of_this_file.scores()}
    return stored | {row.line - 2: RULES[row.rule] for row in report.quarantined}


@pytest.mark.parametrize("day", range(len(DRAWN)), ids=[" ".join(row[:2]) for row in DRAWN])
def test_a_score_is_a_whole_number_of_steps(answers, day):
    assert answers[day] == DRAWN[day][2]


def test_every_step_of_a_scale_comes_through(clinic, two_episodes):
    """None of the 601 scores with one decimal is moved by floating point."""
    rows = "".join(f"E1,tenths,{n},{n // 10}.{n % 10}\n" for n in range(200, 801))
    clinic.load(mapping=HALVES, episodes=two_episodes, x=HEADER + rows)
    assert [(day, score) for _, _, day, score in clinic.scores()] == [
        (n, n) for n in range(200, 801)
    ]


@pytest.mark.parametrize(
    ("instrument", "score", "allowed"),
    [
        ("halves", "90.25", "0 to 100 in steps of 0.5"),
        ("tenths", "81", "20 to 80 in steps of 0.1"),
        ("thousandths", "2", "-1 to 1 in steps of 0.001"),
        ("promis_dep", "34.1", "34.2 to 84.4 in steps of 0.1"),
    ],
)
def test_what_is_allowed_names_the_steps(clinic, two_episodes, instrument, score, allowed):
    report = clinic.load(
        mapping=HALVES, episodes=two_episodes, x=f"{HEADER}E1,{instrument},0,{score}\n"
    )
    assert [row.allowed for row in report.quarantined] == [allowed]


def test_the_same_score_written_otherwise_is_a_duplicate(clinic, two_episodes):
    clinic.load(mapping=HALVES, episodes=two_episodes, x=HEADER + "E1,tenths,0,60.0\n")
    report = clinic.load(x=HEADER + "E1,tenths,0,60\nE1,tenths,0,60.1\n")
    assert (report.files[0].exact_duplicates, report.files[0].quarantined) == (1, 1)
    assert [row.rule for row in report.quarantined] == ["conflicting_scores"]


def test_a_scale_without_a_total_keeps_no_score(clinic, two_episodes):
    report = clinic.load(episodes=two_episodes, x=HEADER + "E1,mgh_atrq,0,3\nE1,mgh_atrq,1,\n")
    assert [
        (row.line, row.column, row.value, row.rule, row.allowed) for row in report.quarantined
    ] == [(2, "score", "3", "no_total", f"{REGISTRY['mgh_atrq'].label} has no total score")]
    assert clinic.scores() == [("E1", "mgh_atrq", 1, None)]


@pytest.mark.parametrize(
    ("score", "fits"),
    [
        ("53", "; 53 would fit HAM-D21 (0 to 64) or HAM-D24 (0 to 75)"),
        ("60", "; 60 would fit HAM-D21 (0 to 64) or HAM-D24 (0 to 75)"),
        ("70", "; 70 would fit HAM-D24 (0 to 75)"),
        ("76", ""),
        ("-1", ""),
    ],
)
def test_a_score_out_of_range_names_the_versions_that_it_would_fit(
    clinic, two_episodes, score, fits
):
    report = clinic.load(episodes=two_episodes, x=f"{HEADER}E1,hamd17,0,{score}\n")
    assert [(row.rule, row.allowed) for row in report.quarantined] == [
        ("score_out_of_range", "a whole number from 0 to 52" + fits)
    ]
    assert clinic.scores() == []
