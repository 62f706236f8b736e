"""A17: names of files, sheets and columns from outside, shown safely; nothing leaves the spool."""

from pathlib import Path

import pytest

from analysis.errors import InputError
from analysis.ingest import import_files
from analysis.ingest.reading.shown import shown, shown_path

TEXT = "episode_id,patient_id,modality\nE1,P1,rtms\n"
NAMES = {
    "A17-script": ("<script>alert(1)</script>.csv", "script>.csv"),
    "A17-bidi": ("a\u202evsc.exe", "\u202e"),
    "A17-control": ("a\x1b[31m\n\tb.csv", "\x1b"),
    "A17-invisible": ("a\u200bb.csv", "\u200b"),
    "A17-long": ("x" * 300 + ".csv", "x" * 121),
    "a lone surrogate": ("a\udcffb.csv", "\udcff"),
}


@pytest.mark.parametrize(("name", "unsafe"), NAMES.values(), ids=NAMES)
def test_a_name_is_shown_safely(name, unsafe):
    safe = shown(name)
    assert unsafe not in safe
    assert len(safe) <= 120
    assert safe.isprintable()
    assert safe.encode()


@pytest.mark.parametrize("name", ["scores.csv", "Zürich 2025 (2).csv", "données.xlsx", "[red].csv"])
def test_a_plain_name_is_shown_as_it_is(name):
    assert shown(name) == name
    assert shown_path(Path("/data") / name) == f"/data/{name}"


def test_the_ending_of_a_long_name_stays():
    assert shown("y" * 300 + ".csv").endswith("y.csv")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)<.csv", "a\u202evsc.exe", "a\x1b[31mb.csv", "x" * 240 + ".csv"]
)
def test_a_file_is_loaded_under_any_name_and_shown_safely(clinic, name):
    steps: list[str] = []
    spool = set(clinic.folder.iterdir())
    path = clinic.write(name, TEXT)
    report = import_files(clinic.store, [path], progress=steps.append)
    assert report.files[0].loaded == 1
    assert report.files[0].file == shown(name)
    assert f"Reading {shown(name)}" in steps
    assert set(clinic.folder.iterdir()) - spool == {path, clinic.store}
    ((stored,),) = clinic.rows("select distinct file from batch_file")
    assert stored == shown(name)


def test_a_path_that_climbs_is_a_path_and_its_copies_stay_in_the_spool(reader, tmp_path):
    """The name of a file never makes the name of a copy: that one is always the same."""
    (tmp_path / "deep").mkdir()
    before = set(tmp_path.rglob("*"))
    (staged,) = reader(b"\xff\xfe" + TEXT.encode("utf-16-le"), "deep/../../" + tmp_path.name + "/x")
    assert staged.name == "x"
    assert {p.name for p in set(tmp_path.rglob("*")) - before} == {"x", "map.toml", "spool"}


@pytest.mark.parametrize("name", ["a\u202evsc.exe", "a\nb.csv"])
def test_an_error_shows_names_safely(clinic, name):
    with pytest.raises(InputError) as refused:
        import_files(clinic.store, [clinic.folder / name])
    assert str(refused.value).isprintable()
    with pytest.raises(InputError) as refused:
        import_files(clinic.store, [clinic.write(name, "a,a\n1,2\n")])
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("header", ['"a\nb",c', "a\x1b[31m,c", '"x\u202ey","x\u202ey"'])
def test_column_names_in_an_error_are_shown_safely(clinic, header):
    with pytest.raises(InputError) as refused:
        clinic.load(x=f"{header}\n1,2\n")
    assert str(refused.value).isprintable()
