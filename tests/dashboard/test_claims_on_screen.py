"""Claims that people make can be looked up on screen, each with what it rests on."""

from analysis import Cohort, Definition, curves, definition_from_query, rates


def percent(rate: float | None) -> str:
    assert rate is not None
    return f"{100 * rate:.1f}"


def test_a_third_of_tms_patients_reach_remission(open_page, sample_store) -> None:
    link = {"modality": "rtms", "outcome": "remission"}
    page = open_page("Outcomes", sample_store.path, link=link)
    cohort = Cohort.of({"modality": ["rtms"]})
    (row,) = rates(sample_store, cohort, Definition(), ("remission",)).rows
    mature = (row.denominator or 0) + (row.unknown or 0)
    assert (
        f"Remission = {row.numerator} / ({mature} − {row.unknown}) = {percent(row.estimate)} %"
        in page.text
    )
    assert f"{percent(row.conf_low)} to {percent(row.conf_high)} %" in page.text
    for part in ("modality rTMS", "baseline at least 10", "day 14 to 84", "phq9_lt5"):
        assert part in page.text


def test_half_lose_suicidal_thoughts_within_a_day_of_ketamine(open_page, sample_store) -> None:
    asked = {"instrument": "madrs", "timepoint": "hours_24"}
    link = asked | {"modality": "iv_ketamine", "outcome": "suicidality_resolved"}
    page = open_page("Outcomes", sample_store.path, link=link)
    cohort = Cohort.of({"modality": ["iv_ketamine"]})
    definition = definition_from_query(asked)
    (row,) = rates(sample_store, cohort, definition, ("suicidality_resolved",)).rows
    assert f"= {row.numerator} / (" in page.text
    assert f"{percent(row.estimate)} %" in page.text
    assert f"{percent(row.conf_low)} to {percent(row.conf_high)} %" in page.text
    for part in ("modality IV ketamine", "MADRS item 10", "item above 0 at baseline", "on day 1"):
        assert part in page.text


def test_relapse_after_ect_is_frequent(open_page, sample_store) -> None:
    link = {"modality": "ect", "event": "relapse"}
    page = open_page("Durability", sample_store.path, link=link)
    cohort = Cohort.of({"modality": ["ect"]})
    answer = curves(sample_store, cohort, Definition(), "relapse", ("modality",))
    (mark,) = (m for m in answer.landmarks if m.day == 183)
    shown = [row for table in page.tables for row in table.astype(str).to_numpy().tolist()]
    assert [
        "ECT",
        f"{percent(mark.estimate)} %",
        f"{percent(mark.conf_low)} to {percent(mark.conf_high)} %",
        str(mark.followed),
        str(mark.at_risk),
    ] in shown
    for part in ("modality ECT", "first response", "two consecutive assessments", "competing"):
        assert part in page.text
