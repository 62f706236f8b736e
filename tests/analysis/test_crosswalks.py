"""Crosswalks: published tables between scales, for groups only."""

import csv
from pathlib import Path

import numpy as np
import pytest

from analysis import Cohort, Definition, DefinitionError, UnknownName, trajectories
from analysis.crosswalks import FOLDER, Crosswalk, crosswalk, crosswalks
from analysis.instruments import REGISTRY

FACTS = Path(__file__).resolve().parents[2].parent / "shared" / "facts"
every = pytest.mark.parametrize("name", sorted(crosswalks()))


def test_each_file_is_one_crosswalk_of_its_name() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(crosswalks())


@every
def test_a_table_covers_its_scale_and_never_falls(name) -> None:
    found = crosswalk(name)
    entries = sorted(found.scores.items())
    linked = [score for _, score in entries]
    assert linked == sorted(linked)
    assert found.low <= linked[0] <= linked[-1] <= found.high
    if found.instrument in REGISTRY:
        scale = REGISTRY[found.instrument]
        assert [score for score, _ in entries] == list(range(int(scale.low), int(scale.high) + 1))


@every
def test_a_table_has_a_source_and_its_error_a_source_or_none(name) -> None:
    found = crosswalk(name)
    assert found.source
    assert (found.error is None) == (found.error_source == "unverified")
    assert "never decides an outcome" in found.sentence
    assert ("is not known" in found.sentence) == (found.error is None)


def test_the_middle_of_a_range_stands_for_it() -> None:
    found = crosswalk("qids_sr16_to_hamd17")
    assert found.linked(np.array([2.0, 5.0, 27.0])).tolist() == [3.0, 7.0, 44.0]


def test_a_score_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no entry for 28"):
        crosswalk("phq9_to_promis_dep").linked(np.array([28.0]))


def test_an_unknown_crosswalk_names_those_that_exist() -> None:
    with pytest.raises(UnknownName, match="phq9_to_promis_dep"):
        crosswalk("phq9_to_hamd17")


@pytest.mark.skipif(not FACTS.is_dir(), reason="the facts are not beside the repository")
def test_the_tables_are_those_of_the_facts() -> None:
    with (FACTS / "crosswalk_phq9_promis.csv").open() as handle:
        rows = [(float(a), float(b)) for a, b in list(csv.reader(handle))[1:]]
    assert dict(rows) == crosswalk("phq9_to_promis_dep").scores
    with (FACTS / "crosswalk_promis_dep8a.csv").open() as handle:
        rows = [(float(a), float(b)) for a, b, _ in list(csv.reader(handle))[1:]]
    assert dict(rows) == crosswalk("promis_dep_8a_to_promis_dep").scores
    with (FACTS / "crosswalk_qids_ids_hamd.csv").open() as handle:
        for row in csv.DictReader(handle):
            for to in ("ids_sr30", "hamd17", "hamd21", "hamd24"):
                ends = [float(end) for end in row[to].split("-")]
                linked = crosswalk(f"qids_sr16_to_{to}").scores[float(row["qids_sr16"])]
                assert linked == (ends[0] + ends[-1]) / 2


def test_means_are_shown_on_the_other_scale_and_the_same_episodes_count(sample_store) -> None:
    found = crosswalk("phq9_to_promis_dep")
    plain = trajectories(sample_store, Cohort(), Definition(), ("modality",))
    linked = trajectories(sample_store, Cohort(), Definition(), ("modality",), shown_on=found)
    assert [row.n for row in linked.rows] == [row.n for row in plain.rows]
    compared = 0
    for before, after in zip(plain.rows, linked.rows, strict=True):
        if before.n is not None and before.n % 2 == 1 and before.median is not None:
            # the middle person of an odd number stays the middle one
            assert after.median == found.scores[before.median]
            compared += 1
    assert compared > 20
    assert found.sentence in linked.definition_sentence


def test_a_crosswalk_from_another_instrument_is_refused(sample_store) -> None:
    gad7 = Definition(instrument="gad7")
    with pytest.raises(DefinitionError, match="starts from phq9"):
        trajectories(sample_store, Cohort(), gad7, shown_on=crosswalk("phq9_to_promis_dep"))


def test_a_crosswalk_is_off_unless_asked_for(sample_store) -> None:
    assert trajectories(sample_store, Cohort(), Definition()).shown_on is None
    assert isinstance(crosswalk("phq9_to_promis_dep"), Crosswalk)
