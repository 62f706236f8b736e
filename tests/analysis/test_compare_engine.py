"""What a comparison counts: the episodes of the rates, each patient once or clustered."""

import numpy as np
import pytest

from analysis import Cohort, Definition, DefinitionError, UnknownName, curves, rates
from analysis.compare import Comparison, Named, compare, release_compared
from analysis.compare.plan import KINDS
from analysis.stats.clustered_means import clustered_means, mean, mean_difference

RTMS, ECT = (Cohort.of({"modality": [name]}) for name in ("rtms", "ect"))


def episode(patient, number, modality, follow_up_age, endpoint, day=42):
    """Return one episode of a patient with a baseline of 20 and one endpoint."""
    name = f"{patient}-{number}"
    return (
        {
            "episode_id": name,
            "patient_id": patient,
            "modality": modality,
            "follow_up_days": follow_up_age,
        },
        [
            {"episode_id": name, "instrument": "phq9", "day": 0, "score": 20},
            {"episode_id": name, "instrument": "phq9", "day": day, "score": endpoint},
        ],
    )


def program(clinic, *episodes):
    return clinic([row for row, _ in episodes], [row for _, rows in episodes for row in rows])


def counts(answer):
    return {row.group: (row.numerator, row.denominator) for row in answer.rows}


# ---- which episodes ------------------------------------------------------------------------------


def test_the_first_episode_of_a_patient_is_the_one_that_began_first(clinic) -> None:
    # patient | modality and days since it began, in any order | counted as
    store = program(
        clinic,
        episode("P-a", 1, "rtms", 400, 4),
        episode("P-a", 2, "ect", 900, 16),  # began earlier
        episode("P-b", 1, "rtms", 500, 4),
        episode("P-c", 1, "ect", 300, 16),
        episode("P-c", 2, "rtms", 200, 4),
    )
    first = compare(store, Cohort(), Definition(), Comparison(by="modality", repeated="first"))
    every = compare(store, Cohort(), Definition(), Comparison(by="modality", repeated="clustered"))
    assert counts(first) == {"rtms": (1, 1), "ect": (0, 2)}
    assert counts(every) == {"rtms": (3, 3), "ect": (0, 2)}
    assert first.repeated_sentence == "Only the first episode of each patient counts."


def test_the_first_of_two_cohorts_is_the_first_in_either(clinic) -> None:
    store = program(
        clinic,
        episode("P-a", 1, "rtms", 400, 4),
        episode("P-a", 2, "ect", 900, 16),
        episode("P-b", 1, "psilocybin", 999, 4),  # in neither cohort: does not make b's second late
        episode("P-b", 2, "rtms", 500, 4),
    )
    pair = Comparison(a=Named("A", RTMS), b=Named("B", ECT), repeated="first")
    assert counts(compare(store, Cohort(), Definition(), pair)) == {"A": (1, 1), "B": (0, 1)}


def test_cohorts_with_episodes_in_common_are_refused(sample_store) -> None:
    women = Cohort.of({"sex": ["female"]})
    pair = Comparison(a=Named("Women", women), b=Named("rTMS", RTMS))
    with pytest.raises(DefinitionError, match="episodes are in both cohorts"):
        compare(sample_store, Cohort(), Definition(), pair)


def test_a_filter_that_empties_a_cohort_is_said(sample_store) -> None:
    pair = Comparison(a=Named("Magnets", RTMS), b=Named("ECT", ECT))
    with pytest.raises(DefinitionError, match='leave no episode of "Magnets"'):
        compare(sample_store, ECT, Definition(), pair)


@pytest.mark.parametrize("missing", ["observed", "locf", "nonresponse"])
def test_clustered_counts_are_those_of_the_rates(missing, sample_store) -> None:
    definition = Definition().with_missing(missing)
    answer = compare(
        sample_store, Cohort(), definition, Comparison(by="site", repeated="clustered")
    )
    known = rates(sample_store, Cohort(), definition, ("response",), ("site",))
    assert counts(answer) == {r.group[0]: (r.numerator, r.denominator) for r in known.rows}
    assert [row.completeness for row in answer.rows] == [r.completeness for r in known.rows]
    assert [row.unknown for row in answer.rows] == [r.unknown for r in known.rows]


def test_two_cohorts_are_the_same_as_two_levels_of_a_field(sample_store) -> None:
    chosen = Cohort.of({"modality": ["rtms", "ect"]})
    for kind in KINDS:
        by = compare(sample_store, chosen, Definition(), Comparison(by="modality", kind=kind))
        pair = compare(
            sample_store,
            Cohort(),
            Definition(),
            Comparison(a=Named("rtms", RTMS), b=Named("ect", ECT), kind=kind),
        )
        for one, other in zip(by.contrasts, pair.contrasts, strict=True):
            assert (one.measure, one.group, one.against) == (
                other.measure,
                other.group,
                other.against,
            )
            for number in ("estimate", "conf_low", "conf_high", "p_value"):
                ours, theirs = getattr(one, number), getattr(other, number)
                assert (ours is None) == (theirs is None)
                assert ours is None or ours == pytest.approx(theirs, rel=1e-9)


def test_times_are_those_of_the_curves(sample_store) -> None:
    chosen = Cohort.of({"modality": ["rtms", "ect"]})
    answer = compare(sample_store, chosen, Definition(), Comparison(by="modality", kind="time"))
    known = curves(sample_store, chosen.first_episodes(), Definition(), "response", ("modality",))
    assert counts(answer) == {s.group[0]: (s.events, s.followed) for s in known.summaries}


# ---- what is said --------------------------------------------------------------------------------


def test_every_comparison_says_that_nobody_was_assigned_by_chance(sample_store) -> None:
    for kind in KINDS:
        answer = compare(sample_store, Cohort(), Definition(), Comparison(by="site", kind=kind))
        assert "not assigned to these groups by chance" in answer.limits[0]
        assert "not adjusted for the case mix" in answer.limits[0]
    weighted = compare(
        sample_store,
        Cohort.of({"modality": ["rtms", "ect"]}),
        Definition(),
        Comparison(by="modality", adjust="overlap"),
    )
    assert "what was not recorded may still differ" in weighted.limits[0]


def test_the_number_of_looks_is_said_from_the_numbers(sample_store) -> None:
    answer = compare(sample_store, Cohort(), Definition(), Comparison(by="site"))
    looks = {(c.group, c.against) for c in answer.contrasts if c.estimate is not None}
    assert len(looks) == 3
    assert answer.limits[-1].startswith("3 differences are shown")


def test_a_margin_gives_a_verdict_in_words(sample_store) -> None:
    chosen = Cohort.of({"modality": ["rtms", "ect"]})
    wide, narrow = (
        compare(sample_store, chosen, Definition(), Comparison(by="modality", margin=margin))
        for margin in (0.9, 0.001)
    )
    assert [n.verdict for n in wide.non_inferiority] == ["non_inferior"]
    assert [n.verdict for n in narrow.non_inferiority] == ["not_shown"]
    assert "0.1 percentage points" in narrow.non_inferiority[0].sentence


def test_what_could_have_been_seen_stands_beside_what_was_not(sample_store) -> None:
    answer = compare(sample_store, Cohort(), Definition(), Comparison(by="site"))
    assert {(d.group, d.against) for d in answer.detectable} == {
        (c.group, c.against) for c in answer.contrasts
    }
    assert all(d.difference is not None and 0 < d.difference < 0.5 for d in answer.detectable)


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({}, DefinitionError),
        ({"by": "site", "kind": "odds"}, UnknownName),
        ({"by": "site", "repeated": "twice"}, UnknownName),
        ({"by": "site", "adjust": "magic"}, UnknownName),
        ({"by": "site", "margin": 0.0}, DefinitionError),
        ({"by": "site", "visits": (28, 14)}, DefinitionError),
        ({"by": "site", "kind": "time", "adjust": "overlap"}, DefinitionError),
        ({"by": "site", "a": Named("A", RTMS), "b": Named("B", ECT)}, DefinitionError),
        ({"a": Named("A", RTMS), "b": Named("A", ECT)}, DefinitionError),
    ],
)
def test_what_cannot_be_asked_is_said(chosen, problem) -> None:
    with pytest.raises(problem):
        Comparison(**chosen)


def test_stopping_leaves_the_store_usable(sample_store) -> None:
    class Stop(Exception):
        pass

    def stop(step, share):
        if share > 0:
            raise Stop

    with pytest.raises(Stop):
        compare(
            sample_store,
            Cohort(),
            Definition(),
            Comparison(by="site", kind="visits"),
            progress=stop,
        )
    assert compare(sample_store, Cohort(), Definition(), Comparison(by="site")).contrasts


# ---- what may leave ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["modality", "site", "diagnosis"])
def test_shared_tells_no_small_count(kind, field, sample_store) -> None:
    answer = compare(sample_store, Cohort(), Definition(), Comparison(by=field, kind=kind))
    shared = release_compared(answer, "shared")
    told = {row.group for row in shared.rows if not row.withheld}
    for row in shared.rows:
        if row.withheld:
            assert row.denominator is None
            assert row.estimate is None
            continue
        assert row.denominator is not None
        assert row.denominator >= 11
        if row.numerator is not None:
            assert min(row.numerator, row.denominator - row.numerator) >= 11
        assert row.unknown is None or row.unknown == 0 or row.unknown >= 11
    for contrast in shared.contrasts:
        if contrast.estimate is not None:
            assert {contrast.group, contrast.against} <= told
    hidden = {row.group for row in shared.rows if row.withheld}
    for gate in shared.gates:
        if hidden & set(gate.groups):
            assert gate.value is None
            assert not any(sign.isdigit() for sign in gate.sentence.split(": ")[-1])
    for row in answer.rows:
        counted, lost = row.denominator or 0, row.unknown
        if lost is None:
            lost = round(counted / row.completeness) - counted if row.completeness else 0
        if 0 < lost < 11:
            told_of = [g for g in shared.gates if row.group in g.groups and "complete" in g.gate]
            assert all(gate.value is None for gate in told_of)
            assert not any(sign.isdigit() for g in told_of for sign in g.sentence.split(": ")[-1])
    if hidden:
        assert shared.shrunk == ()


def test_local_withholds_nothing(sample_store) -> None:
    answer = compare(sample_store, Cohort(), Definition(), Comparison(by="site"))
    assert release_compared(answer, "local") == answer


# ---- means of patients who count more than once --------------------------------------------------


def test_clustered_means_are_those_of_statsmodels() -> None:
    from statsmodels.regression.linear_model import OLS

    draw = np.random.default_rng(3)
    patient = np.repeat(np.arange(60), 3)[:150]
    group = draw.integers(2, size=patient.size)
    baseline = draw.normal(20, 3, size=patient.size)
    value = draw.normal(size=60)[patient] + group - 0.3 * baseline
    model = clustered_means(group, value, patient, np.ones_like(patient), baseline=baseline)
    design = np.column_stack([np.ones(patient.size), group, baseline])
    known = OLS(value, design).fit(cov_type="cluster", cov_kwds={"groups": patient}, use_t=True)
    found = mean_difference(model, 1, 0)
    assert found.estimate == pytest.approx(known.params[1], rel=1e-9)
    assert found.se == pytest.approx(known.bse[1], rel=1e-9)
    assert found.p_value == pytest.approx(known.pvalues[1], rel=1e-6)
    assert (found.conf_low, found.conf_high) == pytest.approx(tuple(known.conf_int()[1]), rel=1e-6)


def test_rows_of_equal_people_count_as_often_as_they_stand_for() -> None:
    group, value = np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 3.0, 5.0])
    patient, times = np.array([1, 2, 3, 4]), np.array([2, 1, 3, 1])
    each = np.repeat(np.arange(4), times)
    once = clustered_means(group[each], value[each], patient[each], np.ones_like(each))
    counted = clustered_means(group, value, patient, times)
    assert mean(counted, 1).se == pytest.approx(mean(once, 1).se, rel=1e-12)


def test_one_patient_has_no_interval() -> None:
    model = clustered_means(np.array([0]), np.array([1.0]), np.array([7]), np.array([3]))
    assert mean(model, 0).conf_low is None
    assert mean_difference(model, 0, 1).reason == "a group has nobody in it"
