"""Random study codes: what the store gets, what the clinic keeps, and when an import stops."""

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock

from analysis.errors import IdentityFound, InputError, StoreBusy
from analysis.ingest import Choices, import_files, read_mapping
from analysis.ingest.gate.codes import check_key, holding, random_codes
from dashboard.cli import main

EPISODES = "episode_id,mrn,modality\nV77,ZX-0001,rtms\nV78,ZX-0002,ect\nV79,ZX-0002,rtms\n"
SCORES = "episode_id,mrn,day,instrument,score\nV77,ZX-0001,0,phq9,20\nV78,,0,phq9,18\n"
MAPPING = '[columns]\npatient_id = "mrn"\n'


@dataclass
class Coded:
    """A clinic whose files are imported with a crosswalk outside the store."""

    clinic: Any
    crosswalk: Path

    def __call__(self, **files: str):
        paths = [self.clinic.write(f"{name}.csv", content) for name, content in files.items()]
        mapping = read_mapping(self.clinic.write("map.toml", MAPPING))
        return import_files(
            self.clinic.store, paths, mapping, choices=Choices(codes=self.crosswalk)
        )


@pytest.fixture
def coded(clinic, tmp_path) -> Coded:
    (tmp_path / "keys").mkdir()
    return Coded(clinic, tmp_path / "keys" / "crosswalk.csv")


def rows_of(path):
    return [line.split(",") for line in path.read_text("utf-8").splitlines()[2:]]


def test_ids_are_replaced_by_random_codes_and_rows_still_meet(clinic, coded) -> None:
    report = coded(episodes=EPISODES, scores=SCORES)
    assert report.quarantined == ()
    assert clinic.rows("select count(*), count(distinct patient_id) from episode") == [(3, 2)]
    assert len(clinic.scores()) == 2
    for episode, patient in clinic.rows("select episode_id, patient_id from episode"):
        assert re.fullmatch(r"E-[2-9B-DF-HJ-NP-TV-XZ]{8}", episode)
        assert re.fullmatch(r"S-[2-9B-DF-HJ-NP-TV-XZ]{8}", patient)
    stored = b"".join(f.read_bytes() for f in clinic.store.iterdir())
    assert not any(needle in stored for needle in (b"ZX-000", b"V77", b"V78"))


def test_the_crosswalk_is_the_owners_alone_and_leads_back(coded) -> None:
    coded(episodes=EPISODES)
    assert stat.S_IMODE(coded.crosswalk.stat().st_mode) == 0o600
    first, header = coded.crosswalk.read_text("utf-8").splitlines()[:2]
    assert re.fullmatch(r"# key \w{16}", first)
    assert header == "column,theirs,code"
    assert {(kind, theirs) for kind, theirs, _ in rows_of(coded.crosswalk)} == {
        ("episode_id", "V77"), ("episode_id", "V78"), ("episode_id", "V79"),
        ("patient_id", "ZX-0001"), ("patient_id", "ZX-0002"),
    }  # fmt: skip
    assert [f.name for f in coded.crosswalk.parent.iterdir() if f.suffix == ".part"] == []


def test_a_code_is_never_given_again_and_new_ids_come_after(clinic, coded) -> None:
    coded(episodes=EPISODES)
    before = coded.crosswalk.read_text("utf-8")
    coded(episodes=EPISODES + "V80,ZX-0003,ect\n", scores=SCORES)
    after = coded.crosswalk.read_text("utf-8")
    assert after.startswith(before)
    assert len(after.splitlines()) == len(before.splitlines()) + 2
    assert clinic.rows("select count(*), count(distinct patient_id) from episode") == [(4, 3)]


def test_rows_that_come_back_with_codes_belong_to_the_same_patients(clinic, coded) -> None:
    coded(episodes=EPISODES, scores=SCORES)
    before = coded.crosswalk.read_text("utf-8")
    code = {theirs: own for _, theirs, own in rows_of(coded.crosswalk)}
    header = SCORES.splitlines()[0]
    report = coded(mended=f"{header}\n{code['V77']},{code['ZX-0001']},42,phq9,5\n")
    assert report.files[0].loaded == 1
    assert clinic.rows("select count(*), count(distinct patient_id) from episode") == [(3, 2)]
    assert coded.crosswalk.read_text("utf-8") == before


def test_an_import_that_fails_leaves_the_crosswalk_as_it_was(coded) -> None:
    with pytest.raises(IdentityFound):
        coded(episodes=EPISODES, more="episode_id,mrn,modality,email\nV1,Z1,ect,x\n")
    assert not coded.crosswalk.exists()
    coded(episodes=EPISODES)
    before = coded.crosswalk.read_bytes()
    with pytest.raises(InputError):
        coded(more="episode_id,mrn,modality\nV1,Z1,ect\n", bad="a,b\n1,2\n")
    assert coded.crosswalk.read_bytes() == before


def test_a_crosswalk_inside_the_store_is_refused(clinic, tmp_path) -> None:
    file = clinic.write("episodes.csv", "episode_id,patient_id,modality\nE1,P1,ect\n")
    link = tmp_path / "elsewhere"
    clinic.store.mkdir(parents=True)
    link.symlink_to(clinic.store, target_is_directory=True)
    for folder in (clinic.store, clinic.store / "deeper", link):
        with pytest.raises(InputError, match="must not lie in the store") as refused:
            import_files(clinic.store, [file], choices=Choices(codes=folder / "crosswalk.csv"))
        assert refused.value.code == "E411"
    assert not list(clinic.store.glob("*.csv"))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.split("\n", 1)[1],
        lambda text: text.replace("S-", "T-", 1),
        lambda text: text + text.splitlines()[-1] + "\n",
        lambda text: text + "patient_id,ZX-9\n",
        lambda text: "",
    ],
)
def test_a_crosswalk_that_was_changed_is_refused(coded, change) -> None:
    coded(episodes=EPISODES)
    coded.crosswalk.write_text(change(coded.crosswalk.read_text("utf-8")), "utf-8")
    with pytest.raises(InputError, match="not a crosswalk as the import wrote it") as refused:
        coded(episodes=EPISODES)
    assert refused.value.code == "E411"
    assert "ZX" not in str(refused.value)


def test_one_import_at_a_time_holds_a_crosswalk(coded) -> None:
    with (
        FileLock(coded.crosswalk.with_name("crosswalk.csv.lock")),
        pytest.raises(StoreBusy, match=r"The crosswalk at .* is in use"),
    ):
        coded(episodes=EPISODES)


def test_d12_a_store_takes_the_codes_of_one_crosswalk_only(tmp_path) -> None:
    with duckdb.connect() as con:
        with holding(con, tmp_path / "one.csv", tmp_path / "store") as one:
            one.save(con)
            check_key(one.key_id, one, "x.csv")
        with holding(con, tmp_path / "one.csv", tmp_path / "store") as again:
            assert again.key_id == one.key_id
        with holding(con, tmp_path / "two.csv", tmp_path / "store") as two:
            for stored, given in ((one.key_id, two), (one.key_id, None), (None, two)):
                with pytest.raises(InputError) as refused:
                    check_key(stored, given, "x.csv")
                assert refused.value.code == "E412"
    check_key(None, None, "x.csv")


def test_codes_are_random_readable_and_many() -> None:
    codes = random_codes(50_000)
    assert len(set(codes)) > 49_990
    assert not set("".join(codes)) & set("AEIOUY01L")
    share = "".join(codes).count("2") / (50_000 * 8)
    assert abs(share - 1 / 27) < 0.002


def test_the_command_takes_a_crosswalk(clinic, tmp_path, capsys) -> None:
    file = clinic.write("episodes.csv", "episode_id,patient_id,modality\nE1,P1,ect\n")
    crosswalk = tmp_path / "crosswalk.csv"
    assert main(["import", str(clinic.store), str(file), "--codes", str(crosswalk)]) == 0
    assert rows_of(crosswalk)[0][:2] in (["episode_id", "E1"], ["patient_id", "P1"])
    assert "P1" not in capsys.readouterr().out
