"""What cannot be asked with Spark is said in one sentence, with what to do."""

import json
import os
import shutil
import sys

import pytest

from analysis.errors import StoreDamaged, StoreError, StoreMissing
from analysis.store import open_store
from analysis.store.exported import DESCRIPTION, read_description
from analysis.store.spark import with_markers
from dashboard.cli import main

posix = pytest.mark.skipif(
    os.name != "posix", reason="a shell script, and names that other systems refuse"
)


@pytest.fixture
def export(exports, tmp_path):
    """An export that a test may damage."""
    return shutil.copytree(exports("odd")[1], tmp_path / "export")


@pytest.fixture
def said(capsys):
    """Return a function that runs the command in vain and returns its one sentence."""

    def run(*arguments):
        capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "Traceback" not in captured.err
        return captured.err.splitlines()[-1]

    return run


def ask(export):
    return ("rates", export, "--engine", "spark")


def test_without_pyspark_it_is_said_what_to_install(export, said, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    sentence = said(*ask(export))
    assert "pip install 'trd-outcomes[spark]'" in sentence
    assert sentence.endswith("(E513)")


def test_without_java_it_is_said_what_to_install(needs_spark, export, said, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert "Spark needs Java, and there is none." in said(*ask(export))


@posix
def test_java_may_be_too_old(needs_spark, export, said, monkeypatch, tmp_path):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert "Spark needs a newer Java than 8" in said(*ask(export))


def test_a_folder_that_is_no_export(said, tmp_path, exports):
    assert said(*ask(tmp_path)).endswith("--to parquet FOLDER. (E514)")
    store, _ = exports("odd")
    assert said(*ask(store)).endswith("--to parquet FOLDER. (E514)")


def test_an_export_is_no_store(said, export):
    assert said("rates", export).endswith("is no store but an export of one: ask it with --engine "
                                          "spark.")  # fmt: skip


def test_as_of_belongs_to_the_export(said, export):
    assert "say --as-of where it is made" in said(*ask(export), "--as-of", "1")


def test_another_layout_is_told_from_damage(export):
    told = json.loads((export / DESCRIPTION).read_text("utf-8"))
    told["layout"] = 2
    with pytest.raises(StoreDamaged, match=r"layout version 2 .* \(E515\)"):
        read_description("here", json.dumps(told))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: "[]",
        lambda text: text.replace('"units_per_point": 10', '"units_per_point": 1'),
        lambda text: text.replace("rtms", "ect2"),
    ],
)
def test_a_description_that_is_not_as_it_was_written(change, export):
    text = (export / DESCRIPTION).read_text("utf-8")
    assert read_description("here", text).files
    assert change(text) != text
    with pytest.raises(StoreDamaged, match=r"export\.json is not as it was written.*\(E516\)"):
        read_description("here", change(text))


def test_a_file_that_is_gone_or_changed_is_damage(spark, export):
    file = export / "endpoint" / "data_0.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreDamaged, match=r"endpoint/data_0\.parquet is not what was .*\(E516\)"):
        open_store(export, "spark")
    file.unlink()
    with pytest.raises(StoreDamaged, match=r"one of its files is missing.*\(E516\)"):
        open_store(export, "spark")


def test_an_address_without_an_export(spark, tmp_path):
    with pytest.raises(StoreMissing, match="E514"):
        open_store(f"file://{tmp_path}/nothing", "spark")


@posix
def test_a_folder_may_have_any_name(spark, export, tmp_path):
    export = export.rename(tmp_path / "a [b] {c,d} %20 #?* é")
    with open_store(export, "spark") as store:
        assert store.ask("episodes", {}, group="", text="", cohort="")["episodes"].tolist() == [60]


def test_an_address_is_asked_like_a_folder(spark, export):
    with open_store(f"file://{export}/", "spark") as store:
        assert store.ask("episodes", {}, group="", text="", cohort="")["episodes"].tolist() == [60]


def test_what_spark_fails_at_is_a_sentence_with_the_place_of_its_log(spark, export, capfd):
    with (
        open_store(export, "spark") as store,
        pytest.raises(StoreError, match=r"Spark failed: .*nothing_like_it.* \(E517\)"),
    ):
        store.ask("episodes", {}, group='"nothing_like_it", ', text="", cohort="")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("a = $name and b in ($level_0_1)", "a = :name and b in (:level_0_1)"),
        ("'it''s $name'", "'it''s $name'"),
        (r"'a\' || $x || 'b\\'", r"'a\\' || :x || 'b\\\\'"),
        ('"$name" = $name', '"$name" = :name'),
        ("-- Parameters: $name's\nselect $name", "-- Parameters: $name's\nselect :name"),
    ],
)
def test_only_markers_change(sql, told):
    assert with_markers(sql) == told
