"""How long a reader waits after a click on a filter: until the last chart that it changes is drawn.

Each view stands beside an empty Streamlit page with as many charts, clicked in turn. The time is
taken in the browser, from the click on an option to the last change inside a chart.
"""

import re
import statistics
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from tests.benchmark import serving
from tests.benchmark.serving import at_browser
from tests.benchmark.stores import USUAL, made_store, size
from tests.benchmark.table import Row, missed, record

BAR = 1.6
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
            const at = change.target;
            const place = at.nodeType === 1 ? at : at.parentElement;
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
CHOICE = "Choice"
SITES = ("Site", [f"{number}" for number in range(6)])  # one that is not counted, and five
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


def click(page: Page, box: str, text: str) -> float:
    """Choose the option whose name ends so; return the milliseconds to the last changed chart.

    A box for several keeps what was chosen before.
    """
    found = page.get_by_role("combobox", name=box).first
    found.scroll_into_view_if_needed()
    found.click()
    listed = page.get_by_role("listbox")
    try:
        listed.wait_for(timeout=2_000)
    except TimeoutError:  # the click only closed it, or brought the box into view
        found.press("ArrowDown")
        listed.wait_for(timeout=PATIENCE)
    option = listed.get_by_role("option", name=re.compile(rf"\b{re.escape(text)}$")).first
    page.evaluate(WATCH)
    option.click()
    page.wait_for_timeout(100)
    if listed.is_visible():
        page.keyboard.press("Escape")
    page.wait_for_function("() => told.charts.size > 0", timeout=PATIENCE)
    settle(page)
    return float(page.evaluate("() => told.changed - told.clicked"))


def click_rows(
    browser: Browser,
    store: Path,
    size_words: str,
    views: Sequence[str],
    box: str,
    options: Sequence[str],
) -> list[Row]:
    """Click the options of a filter, and those of a bare page with as many charts, in turn.

    The first option is not counted: with it come the first pages and the warm-up.
    """
    rows = []
    with serving.dashboard(store) as ours:
        for view in views:
            page, charts = open_at(browser, f"{ours.address}/{PATHS.get(view, view)}")
            with serving.bare(charts, warm=True) as bare:
                other, as_many = open_at(browser, bare.address)
                assert as_many == charts
                took, floor = [], []
                for number, option in enumerate(options, 1):
                    took.append(click(page, box, option))
                    floor.append(click(other, CHOICE, str(number)))
                other.close()
            page.close()
            rows.append(
                record(
                    f"click on a filter, {view}: last changed chart",
                    size_words,
                    statistics.median(took[1:]),
                    statistics.median(floor[1:]),
                    BAR,
                    NOTE.format(charts),
                )
            )
    return rows


@pytest.mark.timeout(3600)
def test_a_click_on_a_filter_of_every_view():
    with at_browser() as browser:
        rows = click_rows(browser, made_store(USUAL), size(USUAL), VIEWS, *SITES)
    assert missed(rows) == []
