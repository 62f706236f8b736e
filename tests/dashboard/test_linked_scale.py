"""Mean scores can be shown on another scale by a published table; off unless asked for."""

from analysis import Cohort, Definition, trajectories
from analysis.crosswalks import crosswalk


def axis_of(page) -> str:
    (figure,) = page.figures
    return str(figure["layout"]["yaxis"]["title"]["text"])


def test_the_own_scale_comes_first(open_page, sample_store) -> None:
    page = open_page("Trajectories", sample_store.path)
    assert axis_of(page) == "Mean PHQ-9"
    assert "never decides" not in page.text


def test_a_linked_scale_says_by_which_table_and_how_wrong_it_can_be(
    open_page, sample_store
) -> None:
    link = {"scale_shown": "phq9_to_promis_dep"}
    page = open_page("Trajectories", sample_store.path, link=link)
    found = crosswalk("phq9_to_promis_dep")
    assert axis_of(page) == f"Mean {found.label}"
    for part in ("SD of 6.7", "never decides an outcome", "PROsetta"):
        assert part in page.text
    answer = trajectories(sample_store, Cohort(), Definition(), ("modality",), shown_on=found)
    (figure,) = page.figures
    first = round(next(r.estimate for r in answer.rows if r.group == ("rtms",)) or 0, 1)
    assert first in [float(y) for y in figure["data"][0]["y"]]


def test_another_instrument_starts_on_its_own_scale_again(open_page, sample_store) -> None:
    link = {"scale_shown": "phq9_to_promis_dep"}
    page = open_page("Trajectories", sample_store.path, link=link)
    page.app.selectbox(key="instrument").select("qids_sr16")
    page.again()
    assert axis_of(page) == "Mean QIDS-SR16"
    assert not page.app.exception
