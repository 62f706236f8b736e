"""Mature: the whole window of the timepoint lies before the day up to which the data reach."""

from analysis import Cohort, Definition, definition_from_query, open_store, rates
from analysis.ingest import import_files, read_mapping


def test_an_episode_is_mature_once_the_last_day_of_the_window_is_over(differences) -> None:
    table = """
        timepoint     | follow_up | course_end | scores   | mature
        acute         | 83        | -          | 0:20     | no
        acute         | 84        | -          | 0:20     | no
        acute         | 85        | -          | 0:20     | yes
        acute         | -         | -          | 0:20     | yes
        hours_24      | 1         | -          | 0:20     | no
        hours_24      | 2         | -          | 0:20     | yes
        week_2        | 17        | -          | 0:20     | no
        week_2        | 18        | -          | 0:20     | yes
        month_12      | 395       | -          | 0:20     | no
        month_12      | 396       | -          | 0:20     | yes
        42:42         | 42        | -          | 0:20     | no
        42:42         | 43        | -          | 0:20     | yes
        14:84:best    | 84        | -          | 0:20     | no
        14:84:best    | 85        | -          | 0:20     | yes
        end_of_course | 44        | 30         | 0:20     | no
        end_of_course | 45        | 30         | 0:20     | yes
        end_of_course | 10        | -          | 0:20     | yes
    """
    assert differences(table) == []


def test_a_window_without_an_end_is_mature_after_its_first_day(differences) -> None:
    table = """
        timepoint | follow_up | scores   | mature
        last      | 0         | 0:20     | no
        last      | 1         | 0:20 1:9 | no
        last      | 2         | 0:20 1:9 | yes
        last      | -         | 0:20 1:9 | yes
    """
    assert differences(table) == []


def test_an_immature_episode_is_in_no_count_whatever_its_scores(differences) -> None:
    table = """
        follow_up | scores          | observed    | locf        | nonresponse
        84        | 0:20 42:5       | not counted | not counted | not counted
        84        | 0:20 7:5        | not counted | not counted | not counted
        84        | 0:20            | not counted | not counted | not counted
        85        | 0:20 42:5       | yes         | yes         | yes
        85        | 0:20 7:5        | unknown     | yes         | no
        85        | 0:20            | unknown     | unknown     | no
        -         | 0:20            | unknown     | unknown     | no
    """
    assert differences(table) == []


def test_who_is_mature_does_not_depend_on_the_missing_rule(clinic) -> None:
    store = clinic(
        [
            {"episode_id": age, "patient_id": f"P{age}", "modality": "ect", "follow_up_days": age}
            | {"induction_end_day": 20}
            for age in range(100)
        ],
        [
            {"episode_id": age, "instrument": "phq9", "day": day, "score": 20}
            for age in range(100)
            for day in (0, 5, 8)
        ],
    )
    for timepoint in ("acute", "week_2", "end_of_course", "hours_24", "last", "28:56:best"):
        for baseline in ("-14:0", "-14:5"):
            counted = set()
            for missing in ("observed", "locf", "nonresponse"):
                definition = definition_from_query(
                    {"timepoint": timepoint, "baseline": baseline, "missing": missing}
                )
                answer = rates(store, Cohort(), definition, ("response",))
                counted |= {answer.flow[0].mature, sum_of(answer.rows[0])}
            assert len(counted) == 1, (timepoint, baseline)


def sum_of(row):
    return row.denominator + row.unknown


def test_the_age_is_counted_from_the_start_date_to_the_as_of_date(tmp_path) -> None:
    (tmp_path / "episodes.csv").write_text(
        "episode_id,patient_id,modality,start_date\nE1,P1,ect,2025-01-01\nE2,P2,ect,2025-01-02\n"
    )
    (tmp_path / "scores.csv").write_text(
        "episode_id,instrument,day,score\nE1,phq9,0,20\nE2,phq9,0,20\n"
    )
    # 85 days after the first start, 84 after the second
    (tmp_path / "mapping.toml").write_text("[study]\nas_of = 2025-03-27\n")
    import_files(
        tmp_path / "store",
        [tmp_path / "episodes.csv", tmp_path / "scores.csv"],
        read_mapping(tmp_path / "mapping.toml"),
    )
    with open_store(tmp_path / "store") as store:
        (flow,) = rates(store, Cohort(), Definition(), ("response",)).flow
    assert (flow.eligible, flow.mature) == (2, 1)
