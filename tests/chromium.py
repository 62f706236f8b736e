"""What every test that serves pages to a real browser needs: the browser, and a port."""

import os
import shutil
import socket

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """Return the browser to drive; without one the test is skipped, or fails where required."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        missing = "No Chromium was found: apt-get install chromium (Debian), then run again."
        if os.environ.get("TRD_OUTCOMES_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
