"""The benchmark of a large import on a small file: it measures what it says it does."""

from analysis.ingest import import_files
from tests.benchmark.exports import write_export
from tests.benchmark.test_import import check_lines, measured


def test_a_measured_import_accounts_for_each_row_and_line(tmp_path):
    episodes, scores = write_export(tmp_path, 5_000, one_in=300)
    store = tmp_path / "store"
    import_files(store, [episodes])
    told = measured("import", store, scores)
    assert told["rows"] > 60_000
    assert told["rows"] == told["loaded"] + told["quarantined"] + told["exact_duplicates"]
    assert told["quarantined"] > 200
    assert told["exact_duplicates"] > 100
    assert check_lines(store, scores) == told["quarantined"]
    bare = measured("copy", tmp_path / "bare.duckdb", scores)
    assert bare["seconds"] > 0
    assert bare["peak"] > 0
