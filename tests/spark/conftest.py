"""One Spark on this machine for all of these tests, and exports for it to answer from."""

import os
import shutil
import subprocess
from importlib.util import find_spec

import pytest

from analysis.ingest import import_files, read_mapping
from analysis.store import open_store
from analysis.store.write_parquet import write_parquet
from tests.benchmark.exports import write_export

SPARK = [
    "--master local[2]",
    "--driver-memory 1g",
    # what is asked once need not be compiled as if it were asked a thousand times
    "--driver-java-options -XX:TieredStopAtLevel=1",
    "--conf spark.ui.enabled=false",
    "--conf spark.driver.bindAddress=127.0.0.1",
    "--conf spark.driver.host=127.0.0.1",
    "--conf spark.sql.warehouse.dir={folder}",
    "--conf spark.local.dir={folder}",
    "pyspark-shell",
]
EPISODES = 100_000  # with twelve scores each
# Levels and names that a careless engine takes for something else.
ODD = ["it's", "a\\", 'the "lake"', "$instrument :x", "-- {b}", "Ünder"]
MAPPING = """
[study]
as_of = "2026-01-31"
[instruments.wellbeing]
label = "Wellbeing"
range = [0, 100]
direction = "higher_is_better"
units_per_point = 10
"""


@pytest.fixture(scope="session")
def needs_spark():
    """Skip where pyspark or Java is missing, or fail where they are required."""
    missing = [name for name, found in (
        ("pyspark (pip install 'trd-outcomes[spark]')", find_spec("pyspark")),
        ("java (apt-get install openjdk-17-jre-headless)", shutil.which("java")),
    ) if not found]  # fmt: skip
    if missing:
        words = f"Spark cannot be tried without {' and '.join(missing)}."
        if os.environ.get("TRD_OUTCOMES_REQUIRE_SPARK") == "1":
            pytest.fail(words)
        pytest.skip(words)


@pytest.fixture(scope="session")
def spark(needs_spark, tmp_path_factory):
    """Let the first export that is opened start a small Spark; end it after the last test."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    before = os.environ.get("PYSPARK_SUBMIT_ARGS")
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join(SPARK).format(folder=folder)
    yield
    session, gateway = SparkSession.getActiveSession(), SparkContext._gateway
    if session is not None and gateway is not None:
        session.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        try:
            gateway.proc.wait(30)
        except subprocess.TimeoutExpired:
            gateway.proc.kill()
            gateway.proc.wait()
        SparkContext._gateway = SparkContext._jvm = None
    os.environ.pop("PYSPARK_SUBMIT_ARGS")
    if before is not None:
        os.environ["PYSPARK_SUBMIT_ARGS"] = before


@pytest.fixture(scope="session")
def exports(tmp_path_factory, sample_store):
    """Return a function that makes a store of its name, and the export of it, once a run."""
    made = {}

    def make(name):
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            if name == "sample":
                shutil.copytree(sample_store.path, folder / "store")
            elif name == "odd":
                _odd(folder)
            else:
                import_files(folder / "store", write_export(folder, EPISODES))
            with open_store(folder / "store") as store:
                write_parquet(store, folder / "export")
            made[name] = folder
        return made[name] / "store", made[name] / "export"

    return make


def _odd(folder):
    """Make a store with odd levels, ages, items, and a scale where higher is better."""
    episodes = ["episode_id,patient_id,modality,site,follow_up_days,induction_end_day"]
    scores = ["episode_id,instrument,day,score,item_9"]
    sessions, events = ["episode_id,session,day,phase"], ["episode_id,day,event"]
    for n in range(60):
        site = ODD[n % len(ODD)].replace('"', '""')
        age = "" if n % 5 == 0 else 40 + 7 * n
        episodes.append(f'E{n},P{n * 2 // 3},{("ect", "rtms")[n % 2]},"{site}",{age},{20 + n % 9}')
        for day in (-14, 0, 14, 42, 90, 200)[: 2 + n % 5]:
            scores.append(f"E{n},phq9,{day + n % 3},{(n * 7 + day + 30) % 28},{(n + day) % 4}")
            scores.append(f"E{n},wellbeing,{day},{((n * 13 + day * 7 + 500) % 1001) / 10},")
        sessions += [f"E{n},{s},{s * 3},{('', 'maintenance')[s % 2]}" for s in range(n % 4)]
        if n % 3 == 0:
            events.append(f"E{n},{10 + n},{('switch', 'drop_out', 'hospitalisation')[n % 9 // 3]}")
            events.append(f"E{n},{10 + n},{('death', 'switch')[n % 2]}")
    files = []
    for name, lines in (
        ("episodes", episodes), ("scores", scores), ("sessions", sessions), ("events", events)
    ):  # fmt: skip
        files.append(folder / f"{name}.csv")
        files[-1].write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "map.toml").write_text(MAPPING, "utf-8")
    import_files(folder / "store", files, read_mapping(folder / "map.toml"))


@pytest.fixture
def drawn_batches(tmp_path):
    """A store of two batches."""
    head = "patient_id,modality,instrument,day,score\n"
    for number, rows in enumerate(("A,rtms,phq9,0,20\nA,rtms,phq9,42,4\n", "B,ect,phq9,0,20\n")):
        (tmp_path / f"{number}.csv").write_text(head + rows, "utf-8")
        import_files(tmp_path / "store", [tmp_path / f"{number}.csv"])
    return tmp_path / "store"
