"""What a reader does in the browser, from the first chart to the link that is sent on."""

import csv
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PAGES = ("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity")
PATHS = {
    **{page: "/" if page == "Program" else f"/{page.lower()}" for page in PAGES},
    "Compare": "/compare",
    "Course": "/course",
    "Instruments and methods": "/methods",
}


def text_of(svg: str) -> str:
    """Return the words of an SVG as they are read, lines joined."""
    words = re.sub(r"</(text|tspan)>", " ", svg)
    plain = re.sub(r"<[^>]+>", "", words)
    return " ".join(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())


def opened(reader, page):
    """Open a page: its chart is drawn without a fault, its address is plain, all stays here."""
    person = reader()
    person.open(PATHS[page])
    person.drawn()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(page)
    assert person.faults == []
    assert urlsplit(person.page.url).query == ""
    hosts = {urlsplit(url).hostname for url in person.requests}
    assert hosts - {None} == {"localhost"}
    return person


@pytest.mark.parametrize("page", ["Compare", "Course"])
def test_each_page_draws_its_chart_without_a_fault_and_stays_on_this_machine(reader, page):
    """The other pages are opened so when their chart and table are saved."""
    opened(reader, page)


def test_filters_survive_a_page_change(reader):
    person = reader()
    person.open()
    person.choose("Site", "valley")
    person.choose("Timepoint", "Month 6")
    for page in ("Outcomes", "Trajectories", "Program"):
        person.go_to(page)
        expect(person.page.get_by_test_id("stMain")).to_contain_text("Episodes with site valley.")
    expect(person.page.get_by_test_id("stMain")).to_contain_text("nearest to day 183")


CHANGES = {
    "Program": [("Instrument", "GAD-7"), ("Timepoint", "Month 6"), ("Modality", "IV ketamine")],
    "Outcomes": [
        ("Missing endpoints", "All due, missing = not met"),
        ("Baseline severity", "Any"),
        ("^Outcome", "Remission"),
        ("Grouped by", "Site"),
    ],
    "Trajectories": [("Lines", "Episode length"), ("Start year", "2023")],
    "Course": [("Grouped by", "Site"), ("Start year", "2023")],
    "Durability": [("Grouped by", "Sex"), ("Baseline severity", "Any")],
    "Sensitivity": [("^Outcome", "Remission"), ("Grouped by", "Site"), ("^Group$", "valley")],
}


@pytest.mark.parametrize("page", CHANGES)
def test_the_link_shows_another_person_the_same_page(reader, page):
    sender, receiver = reader(), reader()
    sender.open(PATHS[page])
    untouched = sender.words()
    for label, option in CHANGES[page]:
        sender.choose(label, option)
    sender.drawn()
    assert sender.words() != untouched
    receiver.open(sender.page.url)
    receiver.drawn()
    expect(receiver.page.get_by_text("This link was not understood in full")).to_have_count(0)
    assert receiver.words() == sender.words()


def test_a_typed_window_and_severity_are_in_the_link_too(reader):
    sender, receiver = reader(), reader()
    sender.open()
    for label, typed in (("Timepoint", "28:56:nearest@42"), ("Baseline severity", "12")):
        sender.open_list(label)
        sender.page.keyboard.type(typed)
        sender.page.keyboard.press("Enter")
        sender.settled()
    sender.drawn()
    words = " ".join(sender.words())
    assert "score nearest to day 42 on day 28 to 56" in words
    assert "baseline at least 12" in words
    receiver.open(sender.page.url)
    receiver.drawn()
    assert receiver.words() == sender.words()


def test_an_outcome_of_the_item_on_suicidal_thoughts_is_chosen_and_sent_on(reader):
    sender, receiver = reader(), reader()
    sender.open("/outcomes")
    sender.choose("^Outcome", "Suicidal thoughts: resolved")
    sender.drawn()
    main = sender.page.get_by_test_id("stMain")
    expect(main).to_contain_text("PHQ-9 item 9.")
    expect(main).to_contain_text("Eligible: item above 0 at baseline.")
    expect(main).to_contain_text("Suicidal thoughts resolved =")
    assert "outcome=suicidality_resolved" in urlsplit(sender.page.url).query
    receiver.open(sender.page.url)
    receiver.drawn()
    assert receiver.words() == sender.words()
    sender.choose("Instrument", "GAD-7")  # it has no such item
    expect(main).to_contain_text("Response =")
    assert sender.faults == []


def test_typed_rules_of_change_are_said_linked_and_given_up_with_the_instrument(reader):
    sender, receiver = reader(), reader()
    sender.open("/outcomes?outcome=recovered")
    sender.page.get_by_test_id("stSidebar").get_by_text("Further rules", exact=True).click()
    for label, typed in (("Reliable change", "9"), ("Cut-off of recovery", "lt6")):
        sender.open_list(label)
        sender.page.keyboard.type(typed)
        sender.page.keyboard.press("Enter")
        sender.settled()
    sender.drawn()
    words = " ".join(sender.words())
    assert "better by at least 9 points (chosen; unverified)" in words
    assert "from the ill side to below 6 (chosen; unverified)" in words
    receiver.open(sender.page.url)
    receiver.drawn()
    assert receiver.words() == sender.words()
    sender.choose("Instrument", "GAD-7")
    query = urlsplit(sender.page.url).query
    assert "reliable_change" not in query
    assert "cutoff" not in query
    expect(sender.page.get_by_test_id("stMain")).to_contain_text("better by at least 4 points")


def test_a_figure_is_followed_from_the_list_of_instruments_to_its_source(reader):
    sender, receiver = reader(), reader()
    sender.open()
    sender.follow("Instruments and methods")
    sender.settled()
    main = sender.page.get_by_test_id("stMain")
    expect(main.get_by_role("heading", level=1)).to_have_text("Instruments and methods")
    expect(main).to_contain_text("figures have a source")
    sender.settled()
    sender.choose("Shown for", "Depression: MADRS")
    expect(main).to_contain_text("Montgomery")
    expect(main.get_by_test_id("stTable").last).to_contain_text("unverified")
    main.get_by_text("Rules and statistics", exact=True).click()
    sender.settled()
    expect(main).to_contain_text("MADRS reduced by at least 50 % from baseline.")
    expect(main).to_contain_text("Wilson 1927")
    receiver.open(sender.page.url)
    expect(receiver.page.get_by_test_id("stMain")).to_contain_text("MADRS reduced by at least 50 %")
    main.get_by_text("All instruments", exact=True).click()
    sender.settled()
    with sender.page.expect_download() as download:
        main.get_by_role("button", name=re.compile("^All figures")).click()
    assert download.value.suggested_filename == "trd-outcomes-instruments.csv"
    assert sender.faults == receiver.faults == []


@pytest.mark.parametrize("page", PAGES)
def test_a_link_with_an_unknown_value_warns_until_dismissed(reader, page):
    person = reader()
    person.open(f"{PATHS[page]}?site=atlantis&site=valley&planet=mars")
    person.drawn()
    main = person.page.get_by_test_id("stMain")
    for part in ("This link was not understood in full", '"atlantis"', '"planet"'):
        expect(main).to_contain_text(part)
    expect(main).to_contain_text("Episodes with site valley.")
    person.choose("Modality", "ECT")
    expect(main).to_contain_text('"atlantis"')
    person.page.get_by_role("button", name="Dismiss").click()
    expect(person.page.get_by_text("This link was not understood in full")).to_have_count(0)
    person.choose("Modality", "rTMS")
    expect(person.page.get_by_text("This link was not understood in full")).to_have_count(0)


def test_a_filter_changes_the_numbers_and_reset_gives_back_the_first_page(reader):
    person = reader()
    person.open()
    person.drawn()
    untouched, response = person.words(), person.tile("Response")
    assert person.tile("Episodes") == "1,500"
    person.choose("Site", "valley")
    assert person.tile("Episodes") != "1,500"
    assert person.tile("Response") != response
    expect(person.page.get_by_test_id("stMain")).to_contain_text("Episodes with site valley.")
    assert person.faults == []
    person.choose("Instrument", "GAD-7")
    person.choose("Missing endpoints", "Last score carried forward")
    assert person.words() != untouched
    person.page.get_by_role("button", name=re.compile("^Reset")).click()
    person.settled()
    person.drawn()
    assert person.words() == untouched
    assert urlsplit(person.page.url).query == ""


def save_image(person, number=0):
    chart = person.page.locator(".js-plotly-plot").nth(number)
    chart.scroll_into_view_if_needed()
    chart.hover()
    with person.page.expect_download() as download:
        chart.locator(".modebar-btn").first.click()
    return download.value


def chart_is_saved(person, folder):
    """Save the first chart as PNG and as SVG: its cohort and definition are inside."""
    saved = save_image(person)
    saved.save_as(folder / "chart.png")
    assert saved.suggested_filename.endswith(".png")
    assert (folder / "chart.png").read_bytes().startswith(b"\x89PNG")
    person.page.get_by_test_id("stSidebar").get_by_text("SVG", exact=True).click()
    person.settled()
    person.drawn()
    saved = save_image(person)
    saved.save_as(folder / "chart.svg")
    assert saved.suggested_filename.startswith("trd-outcomes-")
    assert saved.suggested_filename.endswith(".svg")
    words = text_of((folder / "chart.svg").read_text())
    assert "Episodes with site valley." in words
    assert "PHQ-9. Baseline: last score on day -14 to 0. Eligible: baseline at least 10." in words
    assert re.search(r"Definition [0-9a-f]{8}, snapshot [0-9a-f]{12}\.", words)


def table_is_saved(person, button, folder):
    """Save a table: every row says what it is about."""
    with person.page.expect_download() as download:
        person.page.get_by_role("button", name=re.compile(button)).last.click()
    download.value.save_as(folder / "rates.csv")
    rows = list(csv.DictReader((folder / "rates.csv").read_text().splitlines()))
    assert len(rows) > 10
    assert {row["cohort"] for row in rows} == {"Episodes with site valley."}
    assert all(". Baseline: last score on day" in row["definition"] for row in rows)
    assert all(row["snapshot"] for row in rows)
    assert any(row["definition"].startswith("PHQ-9.") for row in rows)


@pytest.mark.parametrize(
    ("page", "button"),
    [
        ("Program", "^Rates by modality"),
        ("Outcomes", "^Rates"),
        ("Trajectories", "^Mean scores"),
        ("Durability", "^Steps"),
        ("Sensitivity", "^All definitions and groups"),
    ],
)
def test_a_page_draws_and_its_chart_and_table_are_saved_with_what_they_are_about(
    reader, page, button, tmp_path
):
    person = opened(reader, page)
    person.choose("Site", "valley")
    person.drawn()
    table_is_saved(person, button, tmp_path)
    chart_is_saved(person, tmp_path)


def test_the_number_of_episodes_stands_under_every_interval(reader):
    person = reader()
    person.open("/trajectories")
    person.drawn()
    chart = person.page.locator(".js-plotly-plot").first
    expect(chart).to_contain_text("Episodes with a score (n)")
    under = [text.text_content() or "" for text in chart.locator(".textpoint text").all()]
    assert len(under) == 5 * 9
    assert all(re.fullmatch(r"[\d,]+", number) for number in under)


def test_from_response_to_relapse_and_the_share_still_without_it(reader):
    """The reader changes the event and the share that is drawn, and sends the link on."""
    sender, receiver = reader(), reader()
    sender.open("/durability")
    sender.drawn()
    sender.choose("Grouped by", "Site")
    for option in ("Relapse", "Without it (Kaplan-Meier)"):
        sender.page.get_by_test_id("stMain").get_by_text(option, exact=True).click()
        sender.settled()
    sender.drawn()
    chart = sender.page.locator(".js-plotly-plot").first
    for text in ("Still without relapse (%)", "Number at risk", "Months since the first response"):
        expect(chart).to_contain_text(text)
    under = [text.text_content() or "" for text in chart.locator(".textpoint text").all()]
    assert len(under) % 3 == 0
    assert all(re.fullmatch(r"[\d,]+", number) for number in under)
    sender.page.get_by_role("tab", name="Day 365").click()
    assert "event=relapse" in sender.page.url
    assert "curve=event_free" in sender.page.url
    receiver.open(sender.page.url)
    receiver.drawn()
    assert receiver.words() == sender.words()
    assert sender.faults == receiver.faults == []


def test_how_far_the_missing_could_move_the_rate_of_one_site(reader):
    """The reader looks at one site, types the rate to reach, and sends the link on."""
    sender, receiver = reader(), reader()
    sender.open("/sensitivity")
    sender.drawn()
    sender.choose("^Outcome", "Remission")
    sender.choose("Grouped by", "Site")
    sender.choose("^Group$", "valley")
    number = sender.page.get_by_role("spinbutton", name=re.compile("Rate to reach"))
    number.fill("40")
    number.press("Enter")
    sender.settled()
    sender.drawn()
    assert "sens_group=valley" in sender.page.url
    assert "reach=40" in sender.page.url
    curve, limits = sender.page.locator(".js-plotly-plot").all()
    expect(curve).to_contain_text("The chosen definition")
    expect(curve).to_contain_text("valley. All episodes.")
    expect(limits).to_contain_text("40 %")
    receiver.open(sender.page.url)
    receiver.drawn()
    assert receiver.words() == sender.words()
    assert any("definitions; the chosen one gives" in words for words in sender.words())
    assert sender.faults == receiver.faults == []


def test_a_filter_can_be_chosen_with_the_keyboard_alone(reader):
    person = reader()
    person.open()
    person.drawn()
    focused = "() => document.activeElement?.getAttribute('aria-label') ?? ''"
    for _ in range(60):
        person.page.keyboard.press("Tab")
        inside = person.page.evaluate(
            "() => !!document.activeElement?.closest('[data-testid=stSidebar]')"
        )
        if inside and re.search(r"\bSite\b", person.page.evaluate(focused)):
            break
    else:
        pytest.fail("the Site filter was not reached with the Tab key")
    person.page.keyboard.type("vall")
    person.page.keyboard.press("Enter")
    person.settled()
    expect(person.page.get_by_test_id("stMain")).to_contain_text("Episodes with site valley.")


def test_a_closed_part_is_opened_with_the_keyboard_and_what_is_chosen_there_counts(reader):
    person = reader()
    person.open()
    person.drawn()
    main, sidebar = person.page.get_by_test_id("stMain"), person.page.get_by_test_id("stSidebar")
    part = sidebar.locator("summary").filter(has_text="More fields")
    expect(person.box(r"\bSex\b")).to_have_count(0)
    part.focus()
    person.page.keyboard.press("Enter")
    expect(person.box(r"\bSex\b")).to_be_visible()
    person.choose(r"\bSex\b", "female")
    expect(part).to_contain_text("1 in use")
    expect(person.box(r"\bSex\b")).to_be_visible()  # its label is another one, and it is still open
    part.focus()
    person.page.keyboard.press("Enter")
    expect(person.box(r"\bSex\b")).to_have_count(0)
    person.go_to("Outcomes")
    expect(main).to_contain_text("Episodes with sex female.")
    assert "sex=female" in urlsplit(person.page.url).query
    assert person.faults == []


@pytest.mark.parametrize(
    ("page", "part", "kind"),
    [
        ("Program", "Patient flow by modality", "stDataFrame"),
        ("Outcomes", "Patient flow by group", "stDataFrame"),
        ("Compare", "Show the code", "stCode"),
    ],
)
def test_what_stands_in_a_closed_part_is_drawn_when_it_is_opened(reader, page, part, kind):
    person = reader()
    person.open(PATHS[page])
    person.drawn()
    inside = person.page.get_by_test_id("stExpander").filter(has_text=part).get_by_test_id(kind)
    expect(inside).to_have_count(0)
    person.page.get_by_test_id("stMain").get_by_text(part, exact=True).click()
    expect(inside.first).to_be_visible()
    person.settled()
    person.drawn()
    assert person.faults == []


def brightness(colour: str) -> float:
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return 0.299 * red + 0.587 * green + 0.114 * blue


def follows(person, dark):
    """Text and charts are light on dark, or dark on light."""
    colours = person.page.evaluate(
        "() => { const style = (q) => getComputedStyle(document.querySelector(q));"
        " return [style('[data-testid=stApp]').backgroundColor,"
        " style('[data-testid=stMetricValue]').color, style('.ytick text').fill]; }"
    )
    paper, ink, ticks = map(brightness, colours)
    if dark:
        assert paper < 60 < 120 < min(ink, ticks)
    else:
        assert max(ink, ticks) < 150 < 230 < paper


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_light_and_dark_are_followed_and_no_page_scrolls_sideways(reader, dark):
    person = reader(width=1440, height=900, dark=dark)
    for page, path in PATHS.items():
        person.open(path)
        if page == "Program":
            person.drawn()
            follows(person, dark)
        for width in (1440, 900):
            person.page.set_viewport_size({"width": width, "height": 900})
            person.settled()
            assert person.overflow() <= 0, (page, width)
            main = person.page.get_by_test_id("stMainBlockContainer").bounding_box()
            for chart in person.page.locator(".js-plotly-plot").all():
                drawn = chart.bounding_box()
                right = main["x"] + main["width"] + 1
                assert drawn["x"] + drawn["width"] <= right, (page, width)
