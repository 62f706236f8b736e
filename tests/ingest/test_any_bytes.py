"""Whatever is in a file: rows are accounted for, or a sentence says why not and the store stays."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import OutcomesError
from analysis.ingest import import_files
from analysis.store import open_store
from tests.long_loops import rounds

EPISODES = "episode_id,patient_id,modality\nE1,P1,rtms\nE2,P2,ect\n"
HEADER = "episode_id,instrument,day,score,note\n"
ROWS = [
    "E1,phq9,0,20,", 'E1,phq9,42,4,"a, b"', "E1,phq9,43,28,", 'E2,phq9,0,15,"two\nlines"',
    "E2,phq9,0,16,", "E2,phq9,30,,Z\u00fcrich", 'E2,phq9,31,7,"say ""hi"""', "E9,phq9,1,1,",
]  # fmt: skip
GOOD = (HEADER + "\n".join(ROWS) + "\n").encode()
SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def stored(clinic_of_this_file):
    """A store with some data, copied anew for every example."""
    clinic_of_this_file.load(episodes=EPISODES, x="episode_id,instrument,day,score\nE1,phq9,0,20\n")
    return clinic_of_this_file


@pytest.fixture(scope="module")
def before(stored):
    """The state and the log of that store."""
    return looked_at(stored.store)


def looked_at(store):
    """The snapshot's id, its data tables by hash, and its scores; and the log.

    The log is the kind of every batch, and every file that was refused.
    """
    with open_store(store) as opened:
        scores = opened.rows("select * exclude (batch) from assessment order by all")
        batches = [kind for (kind,) in opened.rows("select kind from batch order by batch")]
        refused = opened.rows("select batch, file from batch_file where kind = 'refused'")
        return (opened.snapshot, dict(opened.manifest.data), scores), (batches, refused)


def attempt(store, path):
    """Import one file; return its report, or the sentence that refuses it."""
    try:
        return import_files(store, [path])
    except OutcomesError as refused:
        return str(refused)


def check(stored, before, content: bytes) -> None:
    store = stored.folder / "copy"
    shutil.rmtree(store, ignore_errors=True)
    shutil.copytree(stored.store, store)
    state, (batches, _) = before
    report = attempt(store, stored.write("any.csv", content))
    after, log = looked_at(store)
    if isinstance(report, str):
        assert "any.csv" in report
        assert after == state
        assert log == ([*batches, "refused"], [(len(batches) + 1, "any.csv")])
        assert not list(store.glob("*.part*"))
        return
    (file,) = report.files
    assert file.rows_in_file == file.rows_read + file.ignored
    assert file.rows_read == file.loaded + file.quarantined + file.exact_duplicates
    snapshot, _, scores = after
    assert snapshot == report.snapshot
    assert ("phq9", 1, 0, 20, None, None) in scores
    # a line holds at most one row, so nothing can be counted that is not there
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").count(b"\n")
    assert 1 <= file.rows_in_file <= lines
    assert all(2 <= row.line <= lines + 1 for row in report.quarantined)
    assert len({row.line for row in report.quarantined}) == len(report.quarantined)


CSV_BYTES = st.lists(
    st.sampled_from([b'"', b",", b"\n", b"\r\n", b"E1", b"phq9", b"7", b"\xff", b" ", b"\xc3\xbc"]),
    max_size=40,
).map(b"".join)


@settings(SETTINGS, max_examples=rounds(15, 6))
@given(content=st.binary(max_size=200))
def test_any_bytes(stored, before, content):
    check(stored, before, content)


@settings(SETTINGS, max_examples=rounds(15, 6))
@given(rows=CSV_BYTES)
def test_any_rows_under_a_good_header(stored, before, rows):
    check(stored, before, HEADER.encode() + rows)


@settings(SETTINGS, max_examples=rounds(13, 6))
@given(at=st.integers(0, len(GOOD)))
def test_a_good_file_cut_anywhere(stored, before, at):
    check(stored, before, GOOD[:at])


@settings(SETTINGS, max_examples=rounds(13, 6))
@given(at=st.integers(0, len(GOOD) - 1), other=st.integers(0, len(GOOD) - 1))
def test_a_good_file_with_two_bytes_swapped(stored, before, at, other):
    swapped = bytearray(GOOD)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    check(stored, before, bytes(swapped))


@settings(SETTINGS, max_examples=rounds(15, 6))
@given(
    at=st.integers(len(HEADER), len(GOOD)),
    put=st.sampled_from(
        [b'"', b'""', b",", b"\n", b"\r", b"\xff", b"\xef\xbb\xbf", b"\0", b"\x1b"]
    ),
)
def test_a_good_file_with_something_put_in(stored, before, at, put):
    check(stored, before, GOOD[:at] + put + GOOD[at:])


@settings(SETTINGS, max_examples=rounds(5, 3))
@given(rows=st.permutations(ROWS))
def test_a_good_file_in_any_order_gives_the_same_snapshot(stored, rows):
    store = stored.folder / "shuffled"
    shutil.rmtree(store, ignore_errors=True)
    text = HEADER + "\n".join(rows) + "\n"
    report = import_files(
        store, [stored.write("episodes.csv", EPISODES), stored.write("any.csv", text)]
    )
    assert report.snapshot == expected_snapshot(stored)
    assert report.files[1].loaded == 4


def expected_snapshot(stored) -> str:
    """The snapshot of the rows in the order in which they are drawn."""
    store = stored.folder / "drawn"
    if not store.exists():
        import_files(
            store, [stored.write("episodes.csv", EPISODES), stored.write("drawn.csv", GOOD)]
        )
    with open_store(store) as opened:
        return opened.snapshot
