"""What no source stands behind is called unverified in every sentence in which it decides."""

import pytest

from analysis import EVENTS, OUTCOMES, Definition
from analysis.instruments import REGISTRY, Instrument, suicidality_item


def scale(name: str) -> Instrument:
    return REGISTRY[name]


@pytest.mark.parametrize("name", ["ybocs", "cgi_s", "oq45", "wsas", "madrs_s"])
def test_an_unverified_edge_of_eligibility_is_called_so(name) -> None:
    minimum = f"{scale(name).moderate:g} (unverified)"
    assert minimum in Definition(instrument=name).sentence(scale(name))
    assert "unverified" not in Definition(instrument=name, min_baseline="none").sentence(
        scale(name)
    )


@pytest.mark.parametrize("name", ["phq9", "gad7", "madrs", "hamd17", "bdi2", "qids_sr16"])
def test_a_sourced_edge_is_not(name) -> None:
    assert "unverified" not in Definition(instrument=name).sentence(scale(name))


@pytest.mark.parametrize("outcome", ["response", "partial_response"])
def test_an_unverified_zero_of_percent_change_is_named(outcome) -> None:
    describe = OUTCOMES[outcome].describe
    assert "counted from 0 (unverified)" in describe(scale("ymrs"), Definition("ymrs"))
    assert "unverified" not in describe(scale("phq9"), Definition("phq9"))


@pytest.mark.parametrize("outcome", [o for o in OUTCOMES if OUTCOMES[o].item])
def test_an_unverified_item_on_suicidal_thoughts_is_called_so(outcome) -> None:
    describe = OUTCOMES[outcome].describe
    ids, phq9 = suicidality_item(scale("ids_sr30")), suicidality_item(scale("phq9"))
    assert "item 18 (unverified)" in describe(ids, Definition("ids_sr30"))
    assert "unverified" not in describe(phq9, Definition("phq9"))


def test_a_relapse_names_its_unverified_edge() -> None:
    describe = EVENTS["relapse"].describe
    assert "(unverified), on two consecutive" in describe(scale("ybocs"), Definition("ybocs"))
    assert "unverified" not in describe(scale("phq9"), Definition("phq9"))


def test_what_a_mapping_declares_is_unverified() -> None:
    from analysis.instruments import declared_instrument

    mine = declared_instrument("mine", {"range": [20, 80], "caseness": 50})
    assert "at least 50 (unverified)" in Definition("mine").sentence(mine)
    words = OUTCOMES["response"].describe(mine, Definition("mine"))
    assert "counted from 20 (unverified)" in words
