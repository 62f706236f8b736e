"""How long a reader waits after a click on a filter: until the last chart that it changes is drawn.

Each view stands beside an empty Streamlit page with as many charts, clicked in turn. The time is
taken in the browser, from the click on an option to the last change inside a chart.
"""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmark import serving
from tests.benchmark.stores import USUAL, made_store, size
from tests.benchmark.table import Row, missed, record

BAR = 1.6
ROUNDS = 5
VIEWS = ("program", "outcomes", "trajectories", "durability", "compare", "sensitivity", "course")
PATHS = {"program": ""}  # the first page has no path
NOTE = "a bare page with {} charts"
PATIENCE = 180_000
# When the option was clicked, and when a chart was last seen to change.
WATCH = """
() => {
    const told = (window.told = {clicked: 0, changed: 0, charts: new Set()});
    if (window.watching) return;
    window.watching = new MutationObserver(changes => {
        for (const change of changes) {
            const place = change.target.nodeType === 1 ? change.target : change.target.parentElement;
            const chart = place && place.closest('.js-plotly-plot');
            if (chart && window.told.clicked) {
                window.told.changed = performance.now();
                window.told.charts.add(chart);
            }
        }
    });
    window.watching.observe(document.body,
        {subtree: true, childList: true, attributes: true, characterData: true});
    document.addEventListener('click', click => {
        if (click.target.closest('[role=option]') && !window.told.clicked)
            window.told.clicked = performance.now();
    }, true);
}
"""
SITE, CHOICE = "Site", "Choice"  # each box has eight options, numbered
READY = "[data-testid=stApp][data-test-script-state=notRunning]"


def settle(page: Page) -> None:
    """Wait until nothing runs, and what was drawn is drawn."""
    page.wait_for_timeout(300)
    page.locator(READY).wait_for(timeout=PATIENCE)
    page.wait_for_timeout(500)


def open_at(browser: Browser, address: str) -> tuple[Page, int]:
    """Open a page; return it with the number of its charts."""
    page = browser.new_page(viewport={"width": 1440, "height": 2400})
    page.goto(address)
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=PATIENCE)
    settle(page)
    return page, page.locator(".js-plotly-plot").count()


def click(page: Page, box: str, number: int) -> float:
    """Choose the option with a number in it; return the milliseconds to the last changed chart.

    A box for several keeps what was chosen before.
    """
    found = page.get_by_role("combobox", name=box).first
    found.scroll_into_view_if_needed()
    found.click()
    found.fill(str(number))
    option = page.get_by_role("listbox").get_by_role("option").first
    option.wait_for(timeout=PATIENCE)
    page.evaluate(WATCH)
    option.click()
    page.keyboard.press("Escape")
    settle(page)
    clicked, changed, charts = page.evaluate("() => [told.clicked, told.changed, told.charts.size]")
    assert clicked, "no option was clicked"
    assert charts, "no chart changed"
    return float(changed - clicked)


@contextmanager
def at_browser() -> Iterator[Browser]:
    executable = serving.chromium()
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        yield browser
        browser.close()


def click_rows(store: Path, size_words: str, views: Sequence[str], rounds: int) -> list[Row]:
    """Click a filter of each view, and a bare page with as many charts, in turn."""
    rows = []
    with at_browser() as browser, serving.dashboard(store) as ours:
        for view in views:
            page, charts = open_at(browser, f"{ours.address}/{PATHS.get(view, view)}")
            with serving.bare(charts, warm=True) as bare:
                other, as_many = open_at(browser, bare.address)
                assert as_many == charts
                click(page, SITE, 7)  # the first pages and the warm-up
                click(other, CHOICE, 7)
                took, floor = [], []
                for turn in range(rounds):
                    took.append(click(page, SITE, turn + 1))
                    floor.append(click(other, CHOICE, turn + 1))
                other.close()
            page.close()
            rows.append(
                record(
                    f"click on a filter, {view}: last changed chart",
                    size_words,
                    statistics.median(took),
                    statistics.median(floor),
                    BAR,
                    NOTE.format(charts),
                )
            )
    return rows


@pytest.mark.timeout(3600)
def test_a_click_on_a_filter_of_every_view():
    assert missed(click_rows(made_store(USUAL), size(USUAL), VIEWS, ROUNDS)) == []
