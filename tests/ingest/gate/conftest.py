"""One table drawn in a test and led through the gate, without a store."""

import duckdb
import pytest

from analysis.ingest import Mapping, read_mapping
from analysis.ingest.canonical import layout
from analysis.ingest.gate import check_header, inspect
from analysis.ingest.reading import stage_file


@pytest.fixture(scope="session")
def gate_connection():
    """One engine for all tests: to open one takes longer than to look at a small table."""
    with duckdb.connect() as con:
        yield con


@pytest.fixture
def look(gate_connection, tmp_path):
    """Lead a CSV text through the gate; return its findings, or raise what the import would."""
    con = gate_connection

    def run(content: str, mapping: str | None = None, *, coded: bool = False):
        file = tmp_path / "export.csv"
        file.write_text(content, "utf-8")
        declared = Mapping()
        if mapping is not None:
            (tmp_path / "map.toml").write_text(mapping, "utf-8")
            declared = read_mapping(tmp_path / "map.toml")
        con.execute("drop table if exists staged; drop table if exists staged_malformed")
        (staged,) = stage_file(con, file, declared, "staged", tmp_path)
        check_header(staged)
        return inspect(con, staged, layout(staged, declared), declared, coded=coded)

    return run


@pytest.fixture(scope="session")
def table():
    """Draw an episodes file with one more column, a value for each row."""

    def draw(header: str, values, ids=None) -> str:
        ids = ids or [f"P{n:04}" for n in range(len(values))]
        rows = "".join(
            f"E{n},{patient},rtms,{value}\n"
            for n, (patient, value) in enumerate(zip(ids, values, strict=True))
        )
        return f"episode_id,patient_id,modality,{header}\n{rows}"

    return draw
