"""Files read without the rest of an import: drawn in the test, staged, looked at as text."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from analysis.ingest import Mapping, read_mapping
from analysis.ingest.reading import Staged, stage_file


@dataclass
class Reader:
    """Reads files of one folder; keeps what was staged last."""

    folder: Path
    con: duckdb.DuckDBPyConnection

    def mapping(self, text: str) -> Mapping:
        path = self.folder / "map.toml"
        path.write_text(text, encoding="utf-8")
        return read_mapping(path)

    def __call__(
        self, content: bytes | str, name: str = "x.csv", mapping: str = "", **options
    ) -> list[Staged]:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        spool = self.folder / "spool"
        spool.mkdir(exist_ok=True)
        try:
            return stage_file(self.con, path, self.mapping(mapping), "t", spool, **options)
        finally:
            assert list(spool.iterdir()) == []

    def rows(self, staged: Staged) -> list[tuple]:
        return self.con.execute(f"select * from {staged.table} order by line").fetchall()

    def malformed(self, staged: Staged) -> list[tuple]:
        return self.con.execute(
            f"select line, rule from {staged.malformed} order by line"
        ).fetchall()


@pytest.fixture
def reader(tmp_path):
    with duckdb.connect() as con:
        yield Reader(tmp_path, con)


@pytest.fixture(scope="session")
def zipped():
    """Return a function that makes a zip archive of parts."""

    def make(parts: dict[str, str | bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return buffer.getvalue()

    return make
