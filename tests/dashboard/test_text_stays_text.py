"""Data with markup or formulas in it is shown as the text it is."""

import csv
import io
import re

import pytest

from dashboard import theme, words

PAGES = ("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity")
# What stands in a link and in no file: the identity gate refuses files with addresses in them.
ADDRESSES = ["[click](http://evil.example)", "![x](http://evil.example/x.png)"]
NASTY = [
    "<b>bold</b>",
    "[click](evil)",
    "![x](evil.png)",
    "$a$ and $b$",
    ":red[x]",
    ":material/home:",
    "=cmd()",
    "*a* __b__ `c` ~~d~~",
    "# heading | cell",
    "a\\*b",
]
# Signs that Markdown acts on, wherever no backslash stands before them.
ACTIVE = re.compile(r"(?<!\\)[*_`\[\]<>$|~:#]")


def grouped(field):
    """Return what each page groups by, where it groups by one field."""
    return {"by": [field], "lines": field, "curve_by": field, "sens_by": field}


@pytest.fixture
def marked_up(small_program):
    """Return a function that makes a program whose site has the given name."""
    return lambda site: small_program({"ect": (12, 12), "rtms": (12, 14)}, site=site)


@pytest.mark.parametrize("site", NASTY)
@pytest.mark.parametrize("page", PAGES)
def test_markup_in_a_filter_is_text_everywhere(open_page, marked_up, page, site):
    chosen = {"site": [site], **grouped("site")}
    opened = open_page(page, marked_up(site).path, chosen=chosen)
    assert not opened.app.exception
    assert not opened.app.error
    # the sentence that names the filter is plain text, which nothing acts on
    (about,) = (part.value for part in opened.app.text)
    assert about == f"Episodes with site {words.level('site', site, {})}."
    for text in opened.texts:
        assert site not in text or text == about
    for figure in opened.figures:
        printed = figure["layout"]["title"]["text"]
        assert "<b>" not in printed
        assert "<a" not in printed


@pytest.mark.parametrize("site", NASTY)
def test_markup_in_a_group_is_text_in_the_figure_and_the_table(open_page, marked_up, site):
    page = open_page("Outcomes", marked_up(site).path, chosen={"by": ["site"]})
    shown = words.level("site", site, {})
    assert set(page.tables[0]["Group"]) == {shown}
    trace = page.figures[0]["data"][0]
    assert trace["customdata"][0][0] == theme.safe(shown)
    ticks = page.figures[0]["layout"]["yaxis"]["ticktext"]
    assert ticks == [theme.label(shown)]
    assert "<b>" not in "".join(ticks)


def test_markup_in_a_link_is_text_in_the_warning(open_page, sample_store):
    for value in (*NASTY, *ADDRESSES):
        page = open_page("Program", sample_store.path, link={"site": value})
        (line,) = (part for part in page.app.warning[0].value.splitlines() if "asks for" in part)
        assert not ACTIVE.search(line)


def test_a_formula_in_a_file_is_a_text(open_page, marked_up):
    page = open_page("Outcomes", marked_up("=cmd()").path, chosen={"by": ["site"]})
    for text in page.files.values():
        assert {row["site"] for row in csv.DictReader(io.StringIO(text))} == {"'=cmd()"}


@pytest.mark.parametrize("text", [*NASTY, "plain words, 50 % (of 2)", ""])
def test_plain_text_reads_the_same_and_does_nothing(text):
    escaped = words.plain(text)
    assert re.sub(r"\\(.)", r"\1", escaped).replace("\u2060", "") == text
    assert not ACTIVE.search(escaped.replace("\\\\", ""))


@pytest.mark.parametrize("text", ["&lt;i&gt;", "&amp;", "&copy;"])
def test_an_entity_in_data_is_not_turned_into_a_sign(text):
    assert "&" not in words.plain(text).replace("\\&", "")


@pytest.mark.parametrize("text", ["www.evil.example", "someone@evil.example"])
def test_an_address_in_data_does_not_become_a_link(text):
    """Markdown makes a link of a bare address unless its dot or its at-sign is kept plain."""
    escaped = words.plain(text)
    assert "www." not in escaped
    assert not re.search(r"\w@\w", escaped)


@pytest.mark.parametrize("text", NASTY)
def test_a_figure_draws_the_text_itself(text):
    safe = theme.safe(text)
    assert "<" not in safe
    assert safe.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
    assert "<" not in theme.label(text).replace("<br>", "")


@pytest.mark.parametrize("page", PAGES)
def test_levels_that_read_alike_stay_two_groups(open_page, clinic, page):
    """`east_wing` and `east wing` are two levels; drawn under one name they would be one line."""
    episodes = [
        {"episode_id": f"E{n}", "patient_id": f"P{n}", "modality": "ect", "site": site}
        | {"follow_up_days": "400"}
        for n, site in enumerate(["east_wing", "east wing"] * 3)
    ]
    scores = [
        {"episode_id": e["episode_id"], "instrument": "phq9", "day": day, "score": score}
        for e in episodes
        for day, score in (("0", "20"), ("42", "8"))
    ]
    store = clinic(episodes, scores)
    chosen = grouped("site")
    opened = open_page(page, store.path, chosen=chosen)
    groups = {"Program": "ECT"}.get(page)
    table = opened.tables[-1 if page == "Sensitivity" else 0]
    found = list(dict.fromkeys(table["Group"]))
    assert len(found) == (1 if groups else 2)
