"""The benchmarks themselves, on small stores: that they measure, and that all count the same."""

import pytest

from tests.benchmark.adding import adding_rows, cold_rows
from tests.benchmark.asking import ASK
from tests.benchmark.measuring import growth_rows, peer_rows, question_rows
from tests.benchmark.stores import made_store
from tests.benchmark.table import BEGIN, END, Row, as_text, missed, write_into

EPISODES = 2_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="module")
def store(kept):
    return made_store(EPISODES, kept)


def positive(rows) -> bool:
    return all(row.ours_ms > 0 and row.reference_ms > 0 for row in rows)


def test_a_made_store_is_kept(kept, store):
    before = (store / "current.json").stat().st_mtime_ns
    assert made_store(EPISODES, kept) == store
    assert (store / "current.json").stat().st_mtime_ns == before


def test_every_question_is_timed_against_the_scan(store):
    first, *others = question_rows(store, EPISODES, 1, peaks=list(ASK)[:1])
    assert [first.what, *(row.what for row in others)] == list(ASK)
    assert positive([first, *others])
    assert first.peak_mb > 10


def test_other_programs_count_the_same(store, tmp_path):
    rows = peer_rows(store, EPISODES, 1, tmp_path)
    assert {"pandas on raw rows in memory", "polars on raw rows in memory"} <= {
        row.note for row in rows
    }
    assert positive(rows)


def test_growth_is_timed_on_every_size(kept, store):
    folders = {n: made_store(n, kept) for n in (EPISODES // 4, EPISODES // 2)} | {EPISODES: store}
    rows = growth_rows(folders, 1, peaks=())
    assert len(rows) == 2 * len(ASK)
    assert positive(rows)


def test_adding_and_a_cold_process_are_timed(store, tmp_path):
    rows = adding_rows(tmp_path, EPISODES, 200, 1) + cold_rows(store, EPISODES, 1)
    assert positive(rows)
    assert rows[1].ours_ms < rows[0].ours_ms


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("a", "1", 8.0, 4.0, 2.0), True),
        (Row("a", "1", 8.1, 4.0, 2.0), False),
        (Row("a", "1", 4.0, 100.0, 25.0, at_least=True), True),
        (Row("a", "1", 4.1, 100.0, 25.0, at_least=True), False),
        (Row("a", "1", 900.0, bar=1000.0), True),
        (Row("a", "1", 1001.0, bar=1000.0), False),
        (Row("a", "1", 1.0, 1.0, 2.0, peak_mb=2001, peak_bar_mb=2000), False),
        (Row("a", "1", 1.0, 1.0), True),
    ],
)
def test_a_bar_is_met_or_the_row_says_missed(row, met):
    assert row.met is met
    assert (missed([row]) == []) is met
    assert ("MISSED" in as_text([row])) is not met


def test_the_table_goes_between_its_marks(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_into(page, [Row("preset", "12M rows", 8.0, 4.0, 2.0, "a scan")])
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| preset | 12M rows | 8.00 | 4.00 | 2.00 x | <= 2 |  | a scan |" in text
    page.write_text("no place", encoding="utf-8")
    with pytest.raises(ValueError, match="no place for the table"):
        write_into(page, [])
