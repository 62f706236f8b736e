"""The rules of change in the sidebar: offered, typed, linked, set back, and said when unusable."""

import pytest

from analysis.instruments import REGISTRY
from dashboard.rules import NONE, RULES

OWN = {"minimal_important": "5", "reliable_change": "6", "cutoff": "lt10", "horizon": "183"}
OUTCOME = {
    "minimal_important": "minimal_important_improvement",
    "reliable_change": "reliable_improvement",
    "cutoff": "recovered",
    "horizon": "sustained_response",
}
TYPED = [
    ("minimal_important", "8"),
    ("minimal_important", "32%"),
    ("reliable_change", "9"),
    ("reliable_change", "r=0.8"),
    ("reliable_change", "r=0.8,sd=5.5"),
    ("cutoff", "lt6"),
    ("cutoff", "le13"),
    ("cutoff", "a"),
    ("cutoff", "b:5:4"),
    ("cutoff", "c:5:4"),
    ("horizon", "120"),
]
SLIPS = [
    ("minimal_important", "a lot", "is not a minimal important change"),
    ("minimal_important", "0", "is not a minimal important change"),
    ("reliable_change", "r=8", "is not a reliable change"),
    ("reliable_change", "-6", "is not a reliable change"),
    ("cutoff", "under 10", "is not a cut-off"),
    ("cutoff", "b:5", "is not a cut-off"),
    ("horizon", "half a year", "is not a horizon"),
    ("horizon", "0", "The horizon is a day from 1"),
]


def reset(page):
    next(b for b in page.app.button if b.label.startswith("Reset")).click()
    return page.again()


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_instrument_offers_its_own_rule_first_and_each_rule_once(name):
    scale = REGISTRY[name]
    minimal, reliable, cut = (
        RULES[rule].first(scale) for rule in ("minimal_important", "reliable_change", "cutoff")
    )
    own = scale.default_minimal
    usable = own is not None and (own.unit == "points" or scale.floor is not None)
    assert minimal == (own.id if own is not None and usable else NONE)
    expected = scale.default_reliable
    assert reliable == (f"{expected.points:g}" if expected is not None else NONE)
    recovery = scale.recovery
    assert cut == (f"{recovery.operator}{recovery.cut:g}" if recovery is not None else NONE)


@pytest.mark.parametrize("name", sorted(REGISTRY))
@pytest.mark.parametrize("rule", sorted(RULES))
def test_whatever_is_offered_can_be_used(name, rule):
    for text in RULES[rule].offered(REGISTRY[name]):
        RULES[rule].parse(text, REGISTRY[name])


def test_a_rule_without_a_source_is_called_unverified_where_it_is_chosen(open_page, sample_store):
    page = open_page("Outcomes", sample_store.path)
    assert "5 points (unverified)" in page.app.selectbox(key="minimal_important").options
    assert "6 points (published)" in page.app.selectbox(key="reliable_change").options


@pytest.mark.parametrize(("name", "text"), TYPED)
def test_a_typed_rule_reaches_the_engine_and_stands_on_the_page(
    open_page, sample_store, answered, name, text
):
    outcome = OUTCOME[name]
    page = open_page("Outcomes", sample_store.path, chosen={name: text, "outcome": outcome})
    answer = answered(sample_store, outcomes=(outcome,), **{name: text})
    own = answered(sample_store, outcomes=(outcome,))
    row = answer.rows[0]
    assert not page.app.error
    assert f"= {row.numerator:,} / (" in page.app.code[0].value
    assert answer.rules[0][1] in page.text
    assert (row.numerator, answer.definition.id) != (own.rows[0].numerator, own.definition.id)


def test_an_unverified_rule_says_so_beside_the_figure(open_page, sample_store):
    chosen = {"outcome": "minimal_important_improvement", "minimal_important": "7"}
    page = open_page("Outcomes", sample_store.path, chosen=chosen)
    assert "better by at least 7 points (unverified)" in page.text


@pytest.mark.parametrize(("name", "text", "sentence"), SLIPS)
def test_a_slip_is_a_sentence_and_the_last_usable_rule_counts(
    open_page, sample_store, answered, name, text, sentence
):
    outcome = OUTCOME[name]
    page = open_page("Outcomes", sample_store.path, chosen={name: text, "outcome": outcome})
    own = answered(sample_store, outcomes=(outcome,))
    assert sentence in page.app.error[0].value.replace("\\", "")
    assert f"= {own.rows[0].numerator:,} / (" in page.app.code[0].value


def test_per_cent_is_refused_where_the_scale_has_no_zero(open_page, clinic):
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect", "follow_up_days": "400"}],
        [
            {"episode_id": "E1", "instrument": "promis_dep", "day": day, "score": score}
            for day, score in (("0", "70.1"), ("42", "52.4"))
        ],
    )
    page = open_page("Outcomes", store.path, link={"minimal_important": "32%"})
    assert "Percent change is not defined on PROMIS-D" in page.warning
    assert not page.app.exception


@pytest.mark.parametrize(("name", "text"), TYPED)
def test_a_link_holds_the_rule_under_the_name_of_the_command_line(
    open_page, sample_store, name, text
):
    sender = open_page("Outcomes", sample_store.path, chosen={name: text, "outcome": "recovered"})
    assert sender.app.query_params[name] == text
    receiver = open_page("Outcomes", sample_store.path, link={name: text, "outcome": "recovered"})
    assert receiver.warning == ""
    assert receiver.texts == sender.texts


def test_the_rules_of_the_instrument_itself_are_not_in_the_link(open_page, sample_store):
    page = open_page("Outcomes", sample_store.path, chosen=OWN)
    assert not set(OWN) & set(page.app.query_params)


@pytest.mark.parametrize(("name", "text", "sentence"), SLIPS)
def test_a_link_with_an_unusable_rule_is_said(open_page, sample_store, name, text, sentence):
    page = open_page("Outcomes", sample_store.path, link={name: text})
    assert f"The link's {name} cannot be used" in page.warning
    assert sentence in page.warning
    assert not page.app.error


def test_another_instrument_brings_its_own_rules(open_page, sample_store, answered):
    chosen = {"minimal_important": "3.7", "reliable_change": "5.1", "cutoff": "a", "horizon": "365"}
    page = open_page("Outcomes", sample_store.path, chosen=chosen)
    page.app.selectbox(key="instrument").select("gad7")
    page.again()
    scale = REGISTRY["gad7"]
    for name in ("minimal_important", "reliable_change", "cutoff"):
        assert page.app.session_state[name] == RULES[name].first(scale)
        assert name not in page.app.query_params
    assert page.app.query_params["horizon"] == "365"  # a day belongs to no instrument
    assert not page.app.error


def test_the_severity_of_one_scale_is_not_kept_for_another(open_page, clinic):
    episode = {"episode_id": "E1", "patient_id": "P1", "modality": "ect", "follow_up_days": "400"}
    store = clinic(
        [episode],
        [
            {"episode_id": "E1", "instrument": name, "day": day, "score": score}
            for name in ("phq9", "qlesq_sf")  # the second has neither bands nor a caseness cut-off
            for day, score in (("0", "20"), ("42", "16"))
        ],
    )
    page = open_page("Outcomes", store.path)
    for instrument, eligible in (
        ("qlesq_sf", "any baseline score"),
        ("phq9", "baseline at least 10"),
    ):
        page.app.selectbox(key="instrument").select(instrument)
        assert f"Eligible: {eligible}." in page.again().text
        assert not page.app.error
    page.app.selectbox(key="min_baseline").select("none")
    page.again()
    page.app.selectbox(key="instrument").select("qlesq_sf")
    page.again()
    assert "min_baseline" not in page.app.query_params


def test_reset_brings_back_the_instruments_own_rules(open_page, sample_store):
    page = open_page("Outcomes", sample_store.path)
    untouched = page.texts
    for name, text in (("reliable_change", "5.1"), ("cutoff", "a"), ("horizon", "365")):
        page.app.session_state[name] = text
    page.app.selectbox(key="instrument").select("gad7")
    assert page.again().texts != untouched
    reset(page)
    assert page.texts == untouched
    assert {name: page.app.session_state[name] for name in OWN} == OWN
