"""A link reproduces the page; whatever it asks for in vain is said, and stays said."""

import pytest

PAGES = (
    *("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity"),
    *("Compare", "Course", "Instruments and methods"),
)
ABOUT_OUTCOMES = PAGES[:5]
UNKNOWN = {
    "a value of a field": ("site", "atlantis"),
    "a value of a less used field": ("setting", "spaceship"),
    "a field": ("planet", "mars"),
    "an instrument": ("instrument", "phq99"),
    "an instrument without assessments here": ("instrument", "ids_sr30"),
    "a timepoint": ("timepoint", "week_99"),
    "a window that is no window": ("timepoint", "9:x"),
    "a missing rule": ("missing", "guess"),
    "a minimum baseline": ("min_baseline", "gigantic"),
    "a remission rule": ("remission", "phq9_lt77"),
    "a remission rule of another instrument": ("remission", "gad7_lt5"),
    "a baseline window": ("baseline", "backwards"),
    "an outcome": ("outcome", "happiness"),
    "a grouping": ("by", "shoe_size"),
    "lines": ("lines", "shoe_size"),
    "an interval": ("interval", "3 moons"),
    "an item for an instrument": ("instrument", "phq9:suicidality"),
    "a minimal important change": ("minimal_important", "a lot"),
    "a reliable change": ("reliable_change", "r=8"),
    "a cut-off": ("cutoff", "under ten"),
    "a horizon": ("horizon", "half a year"),
    "a scale": ("scale", "phq99"),
    "a section": ("section", "appendix"),
    "a family of instruments": ("families", "horoscopes"),
    "a grouping of the course": ("course_by", "shoe_size"),
    "an event": ("event", "recovery"),
    "a curve": ("curve", "spline"),
    "a grouping of curves": ("curve_by", "shoe_size"),
    "a curve that is shown": ("curve_shown", "leeches"),
    "a grouping of definitions": ("sens_by", "shoe_size"),
    "a group of definitions": ("sens_group", "leeches"),
    "a rate to reach": ("reach", "120"),
    "a way to compare": ("compare", "by magic"),
    "a field of compared groups": ("compare_by", "shoe_size"),
    "a compared group": ("compare_shown", "leeches"),
    "a field of group A": ("compare_a_field", "shoe_size"),
    "a level of group B": ("compare_b_levels", "leeches"),
    "a cohort that is not saved": ("compare_a_saved", "Nobody"),
    "a kind of comparison": ("compare_kind", "hunch"),
    "visits": ("compare_visits", "1,2,3"),
    "a rule for repeated episodes": ("compare_repeated", "twice"),
    "an adjustment": ("compare_adjust", "magic"),
    "a margin": ("compare_margin", "wide"),
    "a margin in points": ("compare_margin_points", "-1"),
    "a group to set against": ("compare_against", "leeches"),
    "a weighted pair": ("compare_pair", "rtms:leeches"),
}


def together(unknown):
    """Return as few links as ask for everything in vain, each name once in a link.

    An instrument has a link of its own: without one its rules cannot be told from others.
    """
    links: list[dict[str, str]] = []
    for name, value in unknown:
        free = next((link for link in links if not {name, "instrument"} & link.keys()), None)
        if free is None or name == "instrument":
            links.append({name: value})
        else:
            free[name] = value
    return links


LINKS = together(UNKNOWN.values())


def all_named(opened, link):
    assert not opened.app.exception
    assert not opened.app.error
    for name, value in link.items():
        assert f'"{value}"' in opened.warning or f'"{name}"' in opened.warning
    assert "These parts were left out" in opened.warning


@pytest.mark.parametrize(("name", "value"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_a_link_asks_for_in_vain_is_named(open_page, sample_store, name, value):
    all_named(open_page("Course", sample_store.path, link={name: value}), {name: value})


@pytest.mark.parametrize("link", LINKS, ids=range(len(LINKS)))
@pytest.mark.parametrize("page", PAGES)
def test_each_page_names_all_that_a_link_asks_for_in_vain(open_page, sample_store, page, link):
    all_named(open_page(page, sample_store.path, link=link), link)


@pytest.mark.parametrize("link", LINKS, ids=range(len(LINKS)))
def test_the_warning_stays_until_it_is_dismissed(open_page, sample_store, link):
    page = open_page("Outcomes", sample_store.path, link=link)
    first = page.warning
    assert page.again().warning == first
    page.app.multiselect(key="site").select("north")
    assert page.again().warning == first
    dismiss = next(button for button in page.app.button if button.label == "Dismiss")
    dismiss.click()
    assert page.again().warning == ""
    assert page.again().warning == ""


def test_the_known_part_of_a_link_is_kept(open_page, sample_store, answered):
    page = open_page("Program", sample_store.path, link={"site": ["north", "atlantis"]})
    north = answered(sample_store, {"site": ["north"]})
    assert '"atlantis"' in page.warning
    assert "Episodes with site north." in page.text
    assert page.tiles["Episodes"] == f"{north.flow[0].episodes:,}"


def test_every_unknown_part_is_named_at_once(open_page, sample_store):
    asked = {"site": "atlantis", "planet": "mars", "timepoint": "week_99", "outcome": "happiness"}
    warning = open_page("Outcomes", sample_store.path, link=asked).warning
    for word in ("atlantis", "planet", "week_99", "happiness"):
        assert f'"{word}"' in warning


def test_a_page_that_leaves_something_out_does_not_pretend(open_page, sample_store):
    page = open_page("Program", sample_store.path, link={"site": "atlantis"})
    assert "All episodes." in page.text
    assert "the numbers below answer another question than the link asked" in page.warning


def test_the_warning_stands_above_the_numbers(open_page, sample_store):
    page = open_page("Program", sample_store.path, link={"site": "atlantis"})
    kinds = [element.type for element in page.app.main]
    assert kinds.index("warning") < kinds.index("metric")


@pytest.mark.parametrize("page", ABOUT_OUTCOMES)
@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"instrument": "gad7"}, "GAD-7. Baseline"),
        ({"site": ["north", "valley"]}, "site north or valley"),
        ({"modality": "iv_ketamine"}, "modality IV ketamine"),
        ({"modality": "rtms+psychotherapy"}, "modality rTMS + Psychotherapy"),
        ({"episode_length": "over_24_months"}, "episode length over 24 months"),
        ({"min_baseline": "none"}, "Eligible: any baseline score."),
        ({"min_baseline": "12"}, "Eligible: baseline at least 12."),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else None,
)
def test_a_link_is_written_with_the_same_names_as_the_command_line(
    open_page, sample_store, page, link, sentence
):
    opened = open_page(page, sample_store.path, link=link)
    assert opened.warning == ""
    assert sentence in opened.text


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"timepoint": "week_4"}, "Endpoint: score nearest to day 28 on day 25 to 31."),
        ({"timepoint": "28:56:best"}, "Endpoint: best ever score on day 28 to 56."),
        ({"missing": "nonresponse"}, "Missing: a missing endpoint counts as not met."),
        ({"instrument": "gad7", "remission": "gad7_lt8"}, "rule gad7_lt8"),
        ({"outcome": "remission"}, "Remission = "),
        ({"by": ["site", "sex"]}, "By site and sex"),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else None,
)
def test_a_link_to_outcomes_is_understood_in_full(open_page, sample_store, link, sentence):
    opened = open_page(
        "Outcomes", sample_store.path, link={**link, "outcome": link.get("outcome", "remission")}
    )
    assert opened.warning == ""
    assert sentence in opened.text


def test_a_link_to_trajectories_is_understood_in_full(open_page, sample_store):
    page = open_page(
        "Trajectories", sample_store.path, link={"lines": "site", "interval": "4 weeks"}
    )
    assert page.warning == ""
    assert set(page.tables[0]["Group"]) == {"harbour", "north", "valley"}
    assert "the last score in 28 days" in page.text


@pytest.mark.parametrize(
    ("link", "group", "sentence"),
    [
        ({"event": "relapse", "curve_by": "site"}, "valley", "Days count from the first response."),
        ({"event": "remission", "curve_by": ""}, "All episodes", "with the first remission,"),
        ({"curve": "event_free", "curve_shown": ["ect", "vns"]}, "VNS", "Share by Kaplan-Meier:"),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else None,
)
def test_a_link_to_durability_is_understood_in_full(open_page, sample_store, link, group, sentence):
    page = open_page("Durability", sample_store.path, link=link)
    assert page.warning == ""
    assert sentence in page.text
    assert group in set(page.tables[0]["Group"])


def test_a_link_to_sensitivity_is_understood_in_full(open_page, sample_store):
    link = {"outcome": "remission", "sens_by": "site", "sens_group": "valley", "reach": "40"}
    page = open_page("Sensitivity", sample_store.path, link=link)
    assert page.warning == ""
    assert page.figures[0]["layout"]["title"]["text"].count("valley. All episodes.") == 1
    assert "To reach 40 %" in page.tables[-1].columns


@pytest.mark.parametrize(
    "link",
    [
        {"compare_by": "site", "compare_adjust": "overlap", "compare_pair": "harbour:valley"},
        {"compare_shown": ["ect", "vns"], "compare_kind": "visits", "compare_visits": "28,56,84"},
        {"compare": "two", "compare_b_field": "sex", "compare_b_levels": ["female"]},
        {"compare_kind": "change", "compare_margin_points": "2.5", "compare_repeated": "clustered"},
        {"compare_kind": "time", "event": "remission", "compare_against": ""},
    ],
    ids=lambda value: "&".join(value),
)
def test_a_link_to_compare_is_understood_in_full_and_written_again(open_page, sample_store, link):
    page = open_page("Compare", sample_store.path, link=link)
    assert page.warning == ""
    assert not page.app.exception
    written = {name: page.app.query_params[name] for name in page.app.query_params}
    alone = {name: v[0] if isinstance(v, list) and len(v) == 1 else v for name, v in link.items()}
    assert written == alone


@pytest.mark.parametrize("name", ["compare_against", "compare_pair"])
def test_a_compared_group_of_another_field_is_named(open_page, sample_store, name):
    value = {"compare_against": "rtms", "compare_pair": "rtms:ect"}[name]
    page = open_page("Compare", sample_store.path, link={"compare_by": "site", name: value})
    assert f'"{value}"' in page.warning


def test_a_group_is_in_the_link_as_long_as_its_grouping_is(open_page, sample_store):
    link = {"sens_by": "site", "sens_group": "valley"}
    page = open_page("Sensitivity", sample_store.path, link=link)
    assert page.app.query_params["sens_group"] in ("valley", ["valley"])
    page.app.selectbox(key="sens_by").select("")
    page.again()
    assert "sens_group" not in page.app.query_params
    assert "sens_by" not in page.app.query_params


def test_a_group_of_another_field_is_named_as_not_understood(open_page, sample_store):
    link = {"sens_by": "site", "sens_group": "rtms"}
    page = open_page("Sensitivity", sample_store.path, link=link)
    assert '"rtms"' in page.warning


@pytest.mark.parametrize("page", PAGES)
def test_no_sequence_of_choices_is_taken_for_a_bad_link(open_page, sample_store, page):
    opened = open_page(page, sample_store.path)
    choices = {"instrument": "gad7", "remission": "gad7_lt8", "timepoint": "month_6"}
    for key, value in choices.items():
        opened.app.selectbox(key=key).select(value)
        assert opened.again().warning == ""
    opened.app.selectbox(key="instrument").select("phq9")
    assert opened.again().warning == ""
    assert not opened.app.error
