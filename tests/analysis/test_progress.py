"""The meter of a run: never back, never done before the end, stopped when it is told to."""

import pytest

from analysis.progress import QUIET, SHARES, Meter, Stopped

STEPS = ["Reading a.csv", "Checking every row", "Sorting the scores", "Working out", "Publishing"]


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


def test_it_never_goes_back_and_reaches_the_end_with_the_run_only():
    clock = Clock()
    meter, seen = Meter((10_000_000,), clock), []
    for step, seconds in zip(STEPS, (2, 60, 1, 30, 5), strict=True):
        meter(step)
        for _ in range(20):
            clock.time += seconds / 20
            seen.append(meter.now().fraction)
    assert seen == sorted(seen)
    assert seen[0] > 0
    assert 0.9 < seen[-1] < 1


def test_as_long_as_measured_the_time_left_is_right():
    """A run whose steps take the shares that were measured: what is left is what will be."""
    clock, total = Clock(), 100.0
    meter = Meter((5_000_000,), clock)
    for step, share in zip(STEPS, SHARES.values(), strict=True):
        meter(step)
        clock.time += total * share / sum(SHARES.values()) / 2
        if step != STEPS[0]:
            left = total - (clock.time - 100.0)
            assert meter.now().seconds_left == pytest.approx(left, rel=0.1, abs=1)
        clock.time += total * share / sum(SHARES.values()) / 2


def test_in_the_first_two_seconds_nothing_is_said_of_rate_and_time_left():
    clock = Clock()
    meter = Meter((1_000_000,), clock)
    meter(STEPS[0])
    clock.time += QUIET - 0.1
    assert not meter.slow
    assert meter.now().seconds_left is None
    assert meter.now().size_per_second is None
    clock.time += 0.1
    assert meter.slow
    assert meter.now().seconds_left is not None


def test_while_reading_the_rate_is_of_bytes_as_the_engine_says_then_of_rows():
    clock = Clock()
    meter = Meter((8_000_000, 2_000_000), clock)
    meter.look(lambda: 0.5, lambda: None)
    meter(STEPS[0])
    clock.time += 4
    assert meter.now().size_per_second == pytest.approx(1_000_000)
    meter.add_rows(400_000)
    meter("Reading b.csv")
    clock.time += 5
    assert meter.now().size_per_second == pytest.approx(1_000_000)
    meter(STEPS[1])
    clock.time += 1
    now = meter.now()
    assert now.size_per_second is None
    assert now.rows_per_second == pytest.approx(400_000 * now.fraction / 10)


def test_without_any_size_it_still_comes_to_an_end():
    clock = Clock()
    meter = Meter((), clock)
    for step in STEPS:
        meter(step)
        clock.time += 3
        assert 0 <= meter.now().fraction < 1


def test_a_run_that_is_stopped_ends_its_statement_and_begins_no_other_step():
    ended = []
    meter = Meter()
    meter(STEPS[0])
    meter.look(lambda: None, lambda: ended.append(True))
    meter.stop()
    assert ended
    with pytest.raises(Stopped):
        meter(STEPS[1])
