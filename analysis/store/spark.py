"""The questions answered by Spark over an export: for data that outgrow one machine.

pyspark is imported here and nowhere else, and only once an export is opened. Which cluster it is
that answers, Spark's own configuration says (`spark-defaults.conf`, `spark-submit`); without one
Spark runs on this machine.
"""

from __future__ import annotations

import atexit
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.engines import SPARK
from analysis.errors import StoreError, StoreMissing
from analysis.store.engine import Columns, Engine, masked
from analysis.store.exported import DESCRIPTION, Exported, damaged, read_description
from analysis.store.reader import Store, described

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

JAVA = 17
# As DuckDB reads SQL: "name" is a column, and what does not fit is an error, never a null.
SQL = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.session.timeZone": "UTC",
}
QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
LOG = "spark.trdOutcomes.log"
INSTALL = (
    "Install both with: pip install 'trd-outcomes[spark]', and Java 17 or newer, such as "
    "openjdk-17-jre-headless. (E513)"
)
# Texts, names and comments stand as they are; between them a marker is a name after a dollar sign.
TOKENS = re.compile(r"""('(?:[^']|'')*')|("(?:[^"]|"")*"|--[^\n]*)|\$([a-z_][a-z_0-9]*)""")
FILE = re.compile(r"[a-z]+/[A-Za-z0-9_]+\.parquet")
Progress = Callable[[str], None]


def open_exported(place: Path | str, progress: Progress = lambda step: None) -> Store:
    """Open an export with Spark, in a folder or at any address that Spark reads.

    Spark stays up until the process ends, since it takes seconds to start. Raises StoreError where
    Spark or Java is missing or Spark fails, StoreMissing where there is no export, and StoreDamaged
    where it is of another layout or a file is not what was written.
    """
    local = "://" not in str(place)
    if local and not (Path(place) / DESCRIPTION).is_file():
        raise _no_export(place)
    root = _address(Path(place)) if local else str(place).rstrip("/")
    progress("Starting Spark")
    session = _session()
    with _explained(session):
        exported = read_description(str(place), _description(session, root, place))
        progress("Comparing the files of the export")
        _compare(session, root, place, exported)
        for table, files in exported.files.items():
            read = session.read.schema(exported.columns[table])
            read.parquet(*(f"{root}/{file}" for file in files)).createOrReplaceTempView(table)
    return described(
        place,
        exported.manifest,
        Engine(SPARK, _runner(session), interrupt=session.sparkContext.cancelAllJobs),
        exported.settings,
        exported.levels,
        exported=exported,
    )


def with_markers(sql: str) -> str:
    """Return the SQL of a question as Spark reads it: `:name` for `$name`, and nothing else.

    In texts a backslash is doubled, which Spark would take for the start of a sign.
    """

    def token(found: re.Match[str]) -> str:
        text, kept, name = found.groups()
        if text is not None:
            return str(text).replace("\\", "\\\\")
        return f":{name}" if name is not None else str(kept)

    return TOKENS.sub(token, sql)


def _runner(session: SparkSession) -> Callable[[str, Mapping[str, Any]], Columns]:
    def run(sql: str, parameters: Mapping[str, Any]) -> Columns:
        with _explained(session):
            table = session.sql(with_markers(sql), args=dict(parameters)).toArrow()
        return {name: _column(table.column(name)) for name in table.column_names}

    return run


def _column(column: pa.ChunkedArray) -> NDArray[Any]:
    """Return a column of a result, masked where it has nulls."""
    missing = np.asarray(column.is_null().to_numpy(), dtype=np.bool_)
    if str(column.type).endswith("string"):
        texts = np.empty(len(column), dtype=np.object_)
        texts[:] = column.to_pylist()
        return masked(texts, missing)
    return masked(column.fill_null(0 if str(column.type) != "bool" else False).to_numpy(), missing)


def _description(session: SparkSession, root: str, place: Path | str) -> str:
    try:
        rows = session.read.text(f"{root}/{DESCRIPTION}", wholetext=True).collect()
    except _errors()[0] as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            raise _no_export(place) from error
        raise
    return str(rows[0][0]) if rows else ""


def _compare(session: SparkSession, root: str, place: Path | str, exported: Exported) -> None:
    """Raise StoreDamaged where a file is not there or not what was written."""
    wanted = {name: sha for files in exported.files.values() for name, sha in files.items()}
    if not all(map(FILE.fullmatch, wanted)):
        raise damaged(str(place), "it names files that are not its own")
    try:
        found = (
            session.read.format("binaryFile")
            .load([f"{root}/{name}" for name in wanted])
            .selectExpr("path", "sha2(content, 256)")
            .collect()
        )
    except _errors()[0] as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            raise damaged(str(place), "one of its files is missing") from error
        raise
    shas = {"/".join(path.split("/")[-2:]): sha for path, sha in found}
    for name, sha in wanted.items():
        if shas.get(name) != sha:
            raise damaged(str(place), f"{name} is not what was written")


def _address(folder: Path) -> str:
    """Return the address of a folder of this machine, without signs that stand for others."""
    plain = re.sub(r"([\[\]{}*?\\])", r"\\\1", folder.absolute().as_posix())
    return f"file:///{plain.lstrip('/')}"


def _no_export(place: Path | str) -> StoreMissing:
    return StoreMissing(
        f"There is no export at {place}: make one with trd-outcomes export STORE --to parquet "
        "FOLDER. (E514)"
    )


def _session() -> SparkSession:
    """Return a session of its own, of the Spark that runs or of one that is started now."""
    _check_installed()
    from pyspark.sql import SparkSession

    # what fails is told in a sentence, not as lines of JSON as well
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    with _without_pandas_warning():
        session = (SparkSession.getActiveSession() or _started()).newSession()
    for name, value in SQL.items():
        session.conf.set(name, value)
    context = session.sparkContext
    if str(context.master).startswith("local"):
        # for the hundreds of workers of a cluster; here each would be a wait
        session.conf.set("spark.sql.shuffle.partitions", str(context.defaultParallelism))
    return session


def _started() -> SparkSession:
    """Start Spark with its log in a file, which is kept only where it fails."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    number, name = tempfile.mkstemp(prefix="trd-outcomes-spark-", suffix=".log")
    log = Path(name)
    try:
        gateway = launch_gateway(  # type: ignore[no-untyped-call]  # pyspark does not type it
            popen_kwargs={"stderr": number}
        )
        conf = SparkConf(_jvm=gateway.jvm)
        for option, value in (QUIET | {LOG: str(log), "spark.app.name": "trd-outcomes"}).items():
            conf.set(option, value)
        context = SparkContext(gateway=gateway, conf=conf)
    except (PySparkRuntimeError, *_errors()) as error:
        raise _failed(error, log) from error
    finally:
        os.close(number)
    atexit.register(log.unlink, missing_ok=True)
    return SparkSession(context)


def _check_installed() -> None:
    """Raise StoreError where pyspark or Java is missing, or Java is too old."""
    if importlib.util.find_spec("pyspark") is None:
        raise StoreError(f"Spark is not installed here. {INSTALL}")
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # started by spark-submit
        return
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    if java is None:
        raise StoreError(f"Spark needs Java, and there is none. {INSTALL}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is not None and int(version[1]) < JAVA:
        raise StoreError(f"Spark needs a newer Java than {version[1]}, which is here. {INSTALL}")


def _errors() -> tuple[type[Any], type[Any]]:
    """Return what Spark raises: as its own errors, and as those of the bridge to Java."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError


@contextmanager
def _explained(session: SparkSession) -> Iterator[None]:
    """Raise StoreError, with the place of Spark's own log, where Spark fails."""
    try:
        with _without_pandas_warning():
            yield
    except _errors() as error:
        name = session.sparkContext.getConf().get(LOG)
        raise _failed(error, None if name is None else Path(name)) from error


def _failed(error: Exception, log: Path | None) -> StoreError:
    words = " ".join(str(error).split()) or type(error).__name__
    told = f"Spark failed: {words[:300].rstrip('.')}."
    if log is not None and log.is_file():
        kept = log.with_suffix(".failed.log")
        shutil.copyfile(log, kept)
        told += f" Its own log is in {kept}."
    return StoreError(f"{told} (E517)")


@contextmanager
def _without_pandas_warning() -> Iterator[None]:
    """Leave out the warning that Spark's pandas functions are not ready: none of them is used."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "PySpark does not yet fully support pandas", FutureWarning
        )
        yield
