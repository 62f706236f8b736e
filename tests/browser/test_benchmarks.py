"""The benchmarks of people at the dashboard, made small: that they measure what they say."""

from functools import partial

from tests.benchmark import serving
from tests.benchmark.test_clicks import click_rows
from tests.benchmark.test_sessions import session_rows
from tests.benchmark.test_start import first_chart


def test_a_click_is_timed_to_the_last_changed_chart(chromium, sample_store):
    (row,) = click_rows(
        chromium, sample_store.path, "sample", ["course"], "Start year", ["2022", "2023"]
    )
    assert row.note == "a bare page with 1 charts"
    assert 0 < row.ours_ms < 60_000
    assert 0 < (row.reference_ms or 0) < 60_000


def test_the_first_chart_is_timed_from_the_start_of_the_command(chromium):
    assert 0.1 < first_chart(chromium, partial(serving.bare, 1, warm=False)) < 60


def test_people_without_browsers_are_answered_beside_an_open_one(chromium, sample_store):
    (row,) = session_rows(
        sample_store.path, "sample", {3: 1}, think=0.2, seconds=1.5, keys=("modality", "site")
    )
    assert row.what == "3 people, think 0.2 s: p95 of a click"
    assert row.ours_ms > 0
    assert row.reference_ms is not None
    assert row.reference_ms > 0
    assert (row.peak_mb or 0) > 50
