"""The patient flow: cohort, with baseline, eligible, mature, with endpoint."""

import pytest

from analysis import Cohort, Definition, Flow, rates

# Nine episodes of seven patients.
PEOPLE = """
    episode | patient | modality | follow_up | scores
    1       | P1      | ect      | 200       | 0:20 42:9
    2       | P1      | rtms     | 200       | 0:20 42:15
    3       | P2      | ect      | 200       | 0:20
    4       | P3      | ect      | 84        | 0:20 42:9
    5       | P4      | ect      | 200       | 0:9 42:3
    6       | P5      | ect      | 200       | 42:3
    7       | P5      | rtms     | -         | 0:10 84:5
    8       | P6      | rtms     | 200       |
    9       | P7      | rtms     | 84        | 0:9
"""


@pytest.fixture
def store(clinic):
    episodes, assessments = [], []
    for line in PEOPLE.strip().splitlines()[1:]:
        episode, patient, modality, follow_up, scores = (cell.strip() for cell in line.split("|"))
        episodes.append(
            {
                "episode_id": episode,
                "patient_id": patient,
                "modality": modality,
                "follow_up_days": follow_up.replace("-", ""),
            }
        )
        assessments += [
            {"episode_id": episode, "instrument": "phq9", "day": day, "score": score}
            for day, score in (part.split(":") for part in scores.split())
        ]
    return clinic(episodes, assessments)


def test_each_step_counts_those_left_of_the_step_before(store) -> None:
    answer = rates(store, Cohort(), Definition(), ("response",))
    assert answer.flow == (
        Flow(
            group=(),
            episodes=9,
            patients=7,
            with_baseline=7,  # without 6 and 8
            eligible=5,  # without 5 and 9
            mature=4,  # without 4
            with_endpoint=3,  # without 3
        ),
    )
    (row,) = answer.rows
    assert (row.numerator, row.denominator, row.unknown) == (2, 3, 1)
    assert row.completeness == 3 / 4


def test_the_flow_of_groups_adds_up_for_episodes(store) -> None:
    answer = rates(store, Cohort(), Definition(), ("response",), ("modality",))
    assert answer.flow == (
        Flow(("rtms",), 4, 4, 3, 2, 2, 2),
        Flow(("ect",), 5, 5, 4, 3, 2, 1),
    )


def test_without_a_minimum_everybody_with_a_baseline_is_eligible(store) -> None:
    (flow,) = rates(store, Cohort(), Definition(min_baseline="none"), ("response",)).flow
    assert flow == Flow((), 9, 7, 7, 7, 5, 4)


def test_a_cohort_is_filtered_before_the_first_step(store) -> None:
    cohort = Cohort.of({"modality": ["rtms"]})
    (flow,) = rates(store, cohort, Definition(), ("response",)).flow
    assert flow == Flow((), 4, 4, 3, 2, 2, 2)


def test_the_flow_is_the_same_under_every_missing_rule(store) -> None:
    flows = {
        rates(store, Cohort(), Definition(missing=missing), ("response",)).flow
        for missing in ("observed", "locf", "nonresponse")
    }
    assert len(flows) == 1


def test_nobody_left_is_no_rate_instead_of_zero(store) -> None:
    answer = rates(store, Cohort(), Definition(min_baseline=27), ("response",))
    (row,) = answer.rows
    assert (row.numerator, row.denominator, row.unknown) == (0, 0, 0)
    assert (row.estimate, row.conf_low, row.conf_high, row.completeness) == (None,) * 4
