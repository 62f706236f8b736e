"""Cohorts: which episodes, as a description that can be compared, checked and said in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import Cohort, Definition, DefinitionError, UnknownName, rates


def test_no_filter_is_everybody() -> None:
    assert Cohort() == Cohort.of({}) == Cohort.parse([]) == Cohort.of({"site": []})
    assert Cohort().sentence() == "All episodes."


def test_equal_cohorts_are_equal_however_they_are_written() -> None:
    one = Cohort.parse(["site=valley,harbour", "sex=female"])
    other = Cohort.parse([" sex = female ", "site= harbour , valley,harbour"])
    assert one == other
    assert hash(one) == hash(other)
    assert one.where == (("sex", ("female",)), ("site", ("harbour", "valley")))


NAMES = st.text("abcdefgh_", min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=4), max_size=4))
def test_a_cohort_survives_being_written_as_text(filters) -> None:
    cohort = Cohort.of(filters)
    texts = [f"{field}={','.join(levels)}" for field, levels in cohort.where]
    assert Cohort.parse(texts) == cohort
    assert Cohort.of(dict(cohort.where)) == cohort


LEVEL = st.text(min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.dictionaries(NAMES, st.lists(LEVEL, min_size=1, max_size=4), max_size=3))
def test_any_level_survives_being_written_as_text(filters) -> None:
    cohort = Cohort.of(filters)
    assert Cohort.parse(cohort.texts()) == cohort


def test_a_level_with_a_comma_stands_in_quotes() -> None:
    cohort = Cohort.parse(['site="North, by the lake",valley'])
    assert cohort.where == (("site", ("North, by the lake", "valley")),)
    assert cohort.words() == "site North, by the lake or valley"
    assert Cohort().words() == "all episodes"


@pytest.mark.parametrize("text", ["site", "=valley", "site=", "site= ", ""])
def test_what_is_no_filter_says_how_to_write_one(text) -> None:
    with pytest.raises(DefinitionError, match=r"write FIELD=VALUE\[,VALUE\]"):
        Cohort.parse([text])


def test_a_field_is_filtered_once() -> None:
    with pytest.raises(DefinitionError, match="filtered twice: write its values together"):
        Cohort.parse(["site=valley", "site=harbour"])


LEVELS = {"site": ["harbour", "valley", "unknown"], "sex": ["female", "male"]}


def test_known_levels_pass_and_unknown_is_one_of_them() -> None:
    cohort = Cohort.of({"site": ["unknown"], "sex": ["female"]})
    cohort.check(LEVELS)
    assert cohort.where[1] == ("site", ("unknown",))


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (
            {"sites": ["valley"]},
            'There is no field "sites"; did you mean "site"? Known: sex, site.',
        ),
        (
            {"site": ["valey"]},
            'There is no site value "valey"; did you mean "valley"? '
            "Known: harbour, unknown, valley.",
        ),
        ({"site": ["valley", "Paris"]}, 'There is no site value "Paris".'),
    ],
)
def test_an_unknown_value_is_refused_with_what_there_is(filters, message) -> None:
    with pytest.raises(UnknownName) as raised:
        Cohort.of(filters).check(LEVELS)
    assert message in str(raised.value)


def test_an_unknown_value_never_shows_the_whole_program_instead(sample_store) -> None:
    with pytest.raises(UnknownName):
        rates(sample_store, Cohort.of({"site": ["valey"]}), Definition())


def test_the_cohort_in_one_plain_sentence() -> None:
    cohort = Cohort.parse(["modality=rtms+psychotherapy,ect", "episode_length=over_24_months"])
    assert cohort.sentence() == (
        "Episodes with episode length over 24 months; modality ECT or rTMS + Psychotherapy."
    )


def test_a_value_with_quotes_is_a_value_and_never_a_query(clinic) -> None:
    site = "x' or '1'='1"
    store = clinic(
        [
            {"episode_id": "E1", "patient_id": "P1", "modality": "ect", "site": site},
            {"episode_id": "E2", "patient_id": "P2", "modality": "ect", "site": "valley"},
        ],
        [{"episode_id": e, "instrument": "phq9", "day": 0, "score": 20} for e in ("E1", "E2")],
    )
    (flow,) = rates(store, Cohort.of({"site": [site]}), Definition()).flow
    assert flow.episodes == 1


def test_filters_narrow_within_a_field_by_or_and_between_fields_by_and(clinic) -> None:
    people = [
        ("E1", "valley", "female"),
        ("E2", "valley", "male"),
        ("E3", "harbour", "female"),
        ("E4", "harbour", "male"),
        ("E5", "", "female"),
    ]
    store = clinic(
        [
            {"episode_id": e, "patient_id": e, "modality": "ect", "site": site, "sex": sex}
            for e, site, sex in people
        ],
        [{"episode_id": e, "instrument": "phq9", "day": 0, "score": 20} for e, *_ in people],
    )

    def episodes(*filters):
        return rates(store, Cohort.parse(filters), Definition()).flow[0].episodes

    assert episodes() == 5
    assert episodes("sex=female") == 3
    assert episodes("site=valley,harbour") == 4
    assert episodes("site=valley,harbour", "sex=female") == 2
    assert episodes("site=unknown") == 1
