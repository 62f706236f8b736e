"""Little memory: a sentence, the store as before, and then it works."""

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from analysis.errors import StoreDamaged, StoreError
from analysis.ingest import import_files, memory
from analysis.ingest.memory import MEBIBYTE, engine_limits
from analysis.store import open_store, reader
from tests.faults.conftest import MANY
from tests.faults.small_disk import a_sentence

ROOT = Path(__file__).resolve().parents[2]


def test_f05_a_large_sort_in_little_memory(store):
    with open_store(store) as opened:
        opened.connection.execute("set memory_limit = '64MB'; set temp_directory = ''")
        right = opened.rows("select * from observation order by all")
        sort = "select hash(i) as h, repeat('x', 50) as t from range(20000000) r(i) order by h, t"
        with pytest.raises(duckdb.OutOfMemoryException):
            opened.rows(f"select count(*), min(h) from (select * from ({sort}) offset 1)")
        assert opened.rows("select * from observation order by all") == right


@pytest.mark.parametrize("limit", [64, 8])
def test_f05_an_import_in_little_memory(limit, store, big, content, monkeypatch):
    """It spills to the disk and succeeds, or says what is missing; then it works with more."""
    before, connect, told = content(store), duckdb.connect, ""
    with monkeypatch.context() as little:

        def connecting(database=":memory:", read_only=False, config=None):
            more = {} if read_only else {"memory_limit": f"{limit}MB", "threads": "2"}
            return connect(database, read_only, config={**(config or {}), **more})

        little.setattr(duckdb, "connect", connecting)
        try:
            import_files(store, [big])
        except StoreError as error:
            told = a_sentence(error)
            assert "stays as it was: Out of Memory" in told
            assert content(store) == before
    assert told or limit == 64
    assert import_files(store, [big]).changed == bool(told)
    with open_store(store) as opened:
        assert opened.rows("select count(*) from assessment") == [(4 + 3 * MANY,)]


LIMITED = """
import os, resource, sys
import analysis.ingest
from dashboard.cli import main
used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[1]) * 1048576,) * 2)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is one of Linux")
@pytest.mark.parametrize("megabytes", [16, 64, 256, 1400])
def test_f05_the_system_refuses_memory(megabytes, store, big, content):
    """An import does not begin where it could end without a word."""
    before = content(store)
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(megabytes), "import", str(store), str(big)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    (told,) = run.stderr.splitlines()
    assert re.fullmatch(
        r"trd-outcomes: This process may take [\d,]+ MiB more of memory and an import wants "
        r"1,500 MiB: nothing was read. Allow it more \(ulimit -v\), then import again. \(E118\)",
        told,
    )
    assert content(store) == before


def test_f05_a_limit_of_the_process_limits_the_engine(monkeypatch):
    assert engine_limits() == {"memory_limit": f"{1300 * MEBIBYTE}B"}
    monkeypatch.setattr(memory, "address_space_left", lambda: 2000 * MEBIBYTE)
    assert engine_limits() == {"memory_limit": f"{1000 * MEBIBYTE}B", "threads": "2"}


@pytest.mark.parametrize("error", [duckdb.OutOfMemoryException("no block"), MemoryError()])
def test_f05_a_store_is_not_called_damaged_for_want_of_memory(error, store, monkeypatch):
    def states(connection):
        raise error

    monkeypatch.setattr(reader, "table_states", states)
    with pytest.raises(StoreError, match="not enough memory to open the store") as told:
        open_store(store)
    assert not isinstance(told.value, StoreDamaged)


def test_small_files_are_imported_by_one_thread_and_large_ones_by_all(tmp_path):
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"x")
    large.write_bytes(bytes(4 * MEBIBYTE))
    assert engine_limits([small])["threads"] == "1"
    assert "threads" not in engine_limits([small, large])
    assert "threads" not in engine_limits([tmp_path])  # a folder with both
