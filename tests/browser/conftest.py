"""The real command, served to a real browser."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from filelock import FileLock
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    TimeoutError,
    expect,
    sync_playwright,
)

from tests.chromium import find_chromium, free_port

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Streamlit looks for its server below the page's own path first when a page is opened directly.
PROBE = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")
START_LIMIT = 60
PATIENCE = 30_000  # a busy machine draws slowly; how fast it is belongs to the benchmark


@dataclass
class Server:
    """A running command and what it printed."""

    process: subprocess.Popen[str]
    address: str
    printed: str = ""

    def wait_until_healthy(self) -> None:
        end = time.monotonic() + START_LIMIT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at once: {self.process.communicate()}")
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as reply:
                    if reply.read() == b"ok":
                        return
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.05)
        raise RuntimeError(f"no answer from {self.address} within {START_LIMIT} s")

    def interrupt(self) -> int:
        """End the command as Ctrl-C does; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        self.printed, errors = self.process.communicate(timeout=30)
        assert "Traceback" not in errors
        return self.process.returncode


@contextmanager
def running(lock: Path, *arguments: str) -> Iterator[Server]:
    """Start a command of the dashboard; one at a time, since all demos build the same store."""
    with FileLock(lock):
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard.cli", *arguments, "--port", str(port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        server = Server(process, f"http://localhost:{port}")
        try:
            server.wait_until_healthy()
        except BaseException:
            process.kill()
            raise
    try:
        yield server
    finally:
        if process.poll() is None:
            server.interrupt()


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Return a way to run a command of the dashboard for as long as a `with` block lasts."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return partial(running, shared / "starting.lock")


@pytest.fixture(scope="session")
def demo(chromium, serve) -> Iterator[Server]:
    """The demo on the sample data."""
    with serve("demo", "--no-browser") as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Reader:
    """One person at one browser window."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> None:
        url = path if path.startswith("http") else self.address + path
        self.page.goto(url)
        self.settled()

    def settled(self) -> None:
        """Wait until the script has run, and what it drew is drawn."""
        self.page.wait_for_timeout(250)
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
        self.page.wait_for_timeout(150)

    def drawn(self) -> None:
        self.page.locator(".js-plotly-plot .main-svg").first.wait_for()
        self.settled()

    def box(self, label: str):
        return self.page.get_by_role("combobox", name=re.compile(label)).first

    def open_list(self, label: str):
        """Open a box's list of options; the first click may only scroll the box into view."""
        listed = self.page.get_by_role("listbox")
        self.box(label).scroll_into_view_if_needed()
        self.box(label).click()
        try:
            listed.wait_for(timeout=1_000)
        except TimeoutError:
            self.box(label).press("ArrowDown")
            listed.wait_for()
        return listed

    def choose(self, label: str, option: str) -> None:
        listed = self.open_list(label)
        wanted = listed.get_by_role("option", name=option, exact=True)
        wanted.click()
        several = self.page.get_by_test_id("stMultiSelect").filter(has=self.box(label))
        if several.count():  # stays open; to leave a list that closes by itself could undo it
            self.page.keyboard.press("Escape")
        else:
            try:
                listed.wait_for(state="hidden", timeout=2_000)
            except TimeoutError:  # the first click may only bring a long list to rest
                wanted.click()
        expect(listed).to_be_hidden()
        self.settled()

    def follow(self, page: str) -> None:
        """Open a page by its link, which may stand behind "2 more" where the bar has no room."""
        expect(self.page.get_by_role("link", name="Program", exact=True)).to_be_visible()
        link = self.page.get_by_role("link", name=page, exact=True)
        if not link.is_visible():
            self.page.get_by_text(re.compile(r"^\d+ more$")).click()
            link = self.page.get_by_text(page, exact=True).last
        link.click()

    def go_to(self, page: str) -> None:
        self.follow(page)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(page)
        self.drawn()

    def tile(self, label: str) -> str:
        tile = self.page.get_by_test_id("stMetric").filter(
            has=self.page.get_by_text(label, exact=True)
        )
        return tile.get_by_test_id("stMetricValue").inner_text()

    def words(self) -> list[str]:
        """Every text of the page but what the charts draw."""
        kinds = ("stText", "stMetric", "stMarkdown", "stCode")
        parts = ", ".join(f"[data-testid={kind}]" for kind in kinds)
        main = self.page.get_by_test_id("stMain")
        return main.locator(f"{parts}, [data-testid=stCaptionContainer]").all_inner_texts()

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate(
                "() => Math.max(...[document.documentElement,"
                " document.querySelector('[data-testid=stMain]')]"
                ".map(part => part.scrollWidth - part.clientWidth))"
            )
        )


@pytest.fixture(scope="session")
def profiles(chromium) -> Iterator[list[BrowserContext]]:
    """The profiles of readers so far: a fresh one would load and compile every script again."""
    found: list[BrowserContext] = []
    yield found
    for context in found:
        context.close()


def forget(page: Page, address: str) -> None:
    """Take from a page's profile all that a site can keep there; scripts stay in its cache."""
    kept = "cookies,local_storage,indexeddb,websql,service_workers,cache_storage,file_systems"
    page.context.clear_cookies()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": kept})


@pytest.fixture
def reader(chromium, demo, profiles):
    """Return a function that sits a new reader down: a profile of their own, without memories."""
    people: list[Reader] = []

    def sit_down(*, width=1440, height=1300, dark=False, address=None) -> Reader:
        if len(people) == len(profiles):
            profiles.append(chromium.new_context(accept_downloads=True))
        page = profiles[len(people)].new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_default_timeout(PATIENCE)
        person = Reader(page, address or demo.address)
        people.append(person)
        page.on("request", lambda request: person.requests.append(request.url))
        page.on("pageerror", lambda error: person.faults.append(str(error)))

        def heard(message):
            url = message.location.get("url", "")
            if message.type == "error" and not PROBE.search(urlsplit(url).path):
                person.faults.append(f"{message.text} ({url})")

        page.on("console", heard)
        return person

    yield sit_down
    for person in people:
        forget(person.page, person.address)
        person.page.close()
