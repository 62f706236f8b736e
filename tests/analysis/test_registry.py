"""The registry of rating scales: every figure in range, and a source beside every figure."""

import copy
import tomllib
from pathlib import Path

import pytest

from analysis import DefinitionError
from analysis.instruments import REGISTRY, UNVERIFIED, registry
from analysis.instruments.load import BLOCKS, LISTS, TEXTS, load_instrument

FOLDER = Path(registry.__file__).parent
DATA = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.toml")}
every_instrument = pytest.mark.parametrize("name", sorted(DATA))

# What a block may hold beside its text and its source.
PARTS = {
    "range": {"low", "high", "units_per_point"},
    "items": {"count", "low", "high", "lows", "highs"},
    "total": {"domains", "reversed", "times", "zero_codes"},
    "missing_items": {"most"},
    "floor": {"score"},
    "caseness": {"cut"},
    "other_caseness": {"cut"},
    "remission": {"id", "default"},
    "minimal_important": {"points", "percent", "default"},
    "reliability": {"kind", "value"},
    "reference_sd": {"value"},
    "reliable_change": {"points", "basis", "reliability", "sd", "default"},
    "recovery": {"operator", "cut"},
    "suicidality": {"items", "low", "high"},
    "loinc": {"total", "panel", "item", "accepted"},
}
# Totals that are not made of the answers, and why.
NOT_SUMMED = {
    "promis_dep": "a T score, from a table or a response pattern",
    "eq5d5l": "an index, from a country's value set",
    "moca": "tasks of different worth, and a point for short schooling",
    "thase_rush": "a stage",
    "athf_sf": "a count of failed trials",
    "mgh_atrq": "points for failed trials",
}


def entries(data):
    """Return (topic, place in its list, block) of everything that has a source, in file order."""
    blocks = [(topic, 0, data[topic]) for topic in BLOCKS if topic in data]
    lists = [(t, place, b) for t in LISTS for place, b in enumerate(data.get(t, []))]
    return blocks + lists


def scores(scale):
    """Return every score a scale can take."""
    units = scale.units_per_point
    return [n / units for n in range(round(scale.low * units), round(scale.high * units) + 1)]


def texts(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [text for part in inner for text in texts(part)]
    return []


# ---- the files -----------------------------------------------------------------------------------


def test_the_scales_that_every_clinic_has_are_there() -> None:
    assert set(DATA) == set(REGISTRY)
    assert set(REGISTRY) >= {"phq9", "gad7", "qids_sr16", "madrs", "hamd17", "bdi2", "pcl5", "isi"}
    assert len(REGISTRY) == 44


@every_instrument
def test_the_file_name_is_the_id(name) -> None:
    assert DATA[name]["id"] == name == REGISTRY[name].id


@every_instrument
def test_the_file_holds_nothing_that_is_not_read(name) -> None:
    assert set(DATA[name]) <= TEXTS | set(BLOCKS) | set(LISTS)
    for topic, _, block in entries(DATA[name]):
        known = PARTS.get(topic, set()) | {"text", "source", "unverified"}
        assert topic == "bands" or set(block) <= known, topic
        assert set(block) - {"source", "unverified", "default"}, f"{topic} says nothing"


@every_instrument
def test_what_everyone_asks_of_a_scale_is_answered(name) -> None:
    asked = {"label", "name", "family", "domain", "rater", "direction", "citations", "range"}
    assert asked <= set(DATA[name])
    assert all(isinstance(source, str) and source for source in DATA[name]["citations"])


@every_instrument
def test_no_text_is_long_enough_to_be_a_questionnaire(name) -> None:
    assert [text for text in texts(DATA[name]) if len(text) > 400] == []


def test_a_key_that_means_nothing_is_refused() -> None:
    data = copy.deepcopy(DATA["phq9"]) | {"colour": "blue"}
    with pytest.raises(DefinitionError, match=r"^phq9.toml: colour means nothing here"):
        load_instrument(data, "phq9.toml")


def test_versions_of_one_scale_share_a_word() -> None:
    groups: dict[str, set[str]] = {}
    for name in REGISTRY:
        groups.setdefault(REGISTRY[name].version_of, set()).add(name)
    del groups[""]
    assert groups == {
        "phq": {"phq9", "phq8", "phq2"},
        "qids": {"qids_sr16", "qids_c16", "ids_sr30"},
        "hamd": {"hamd17", "hamd21", "hamd24"},
        "madrs": {"madrs", "madrs_s"},
    }


# ---- range, bands, items -------------------------------------------------------------------------


@every_instrument
def test_range_direction_and_floor(name) -> None:
    scale = REGISTRY[name]
    assert scale.direction in {"higher_is_worse", "higher_is_better"}
    assert scale.scored is ("low" in DATA[name]["range"])
    if scale.scored:
        assert scale.low < scale.high
        for edge in (scale.low, scale.high):
            steps = edge * scale.units_per_point
            assert steps == pytest.approx(round(steps), abs=1e-9)
    # the zero of percent change is "no symptoms", the healthy end of the range
    assert scale.floor in (None, scale.low if scale.higher_is_worse else scale.high)


@every_instrument
def test_bands_cover_the_range_without_gap_or_overlap(name) -> None:
    scale = REGISTRY[name]
    if not scale.bands:
        return
    for score in scores(scale):
        assert sum(band.low <= score <= band.high for band in scale.bands) == 1, score
    assert len({band.id for band in scale.bands}) == len(scale.bands) >= 2


@pytest.mark.parametrize(
    "bands",
    [
        {"mild": [0, 9], "severe": [11, 27]},
        {"mild": [0, 10], "severe": [10, 27]},
        {"mild": [1, 9], "severe": [10, 27]},
        {"mild": [0, 9], "severe": [10, 26]},
    ],
    ids=["gap", "overlap", "starts late", "ends early"],
)
def test_bands_with_a_gap_or_an_overlap_are_refused(bands) -> None:
    data = copy.deepcopy(DATA["phq9"]) | {"bands": bands | {"unverified": True}}
    with pytest.raises(DefinitionError, match="must cover 0 to 27 without gap or overlap"):
        load_instrument(data, "phq9.toml")


@every_instrument
def test_the_edge_of_eligibility_and_the_caseness_cut_are_scores(name) -> None:
    scale = REGISTRY[name]
    for cut in (scale.moderate, scale.caseness):
        assert cut is None or cut in scores(scale)


@every_instrument
def test_items_reach_the_range(name) -> None:
    scale = REGISTRY[name]
    if name in NOT_SUMMED:
        assert scale.items is None or not scale.items.summed
        return
    items = scale.items
    assert items is not None
    assert items.summed
    assert set(items.reversed) <= {item for domain in items.domains for item in domain}
    assert 0 <= items.most_missing < len(items.domains)

    def total(of_items):
        highest = (max(of_items[item - 1] for item in domain) for domain in items.domains)
        return sum(highest) * items.times

    assert (total(items.lows), total(items.highs)) == (scale.low, scale.high)
    assert all(low < high for low, high in zip(items.lows, items.highs, strict=True))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"items": {"highs": [3, 3]}}, "need one number per item"),
        ({"total": {"domains": [[1], [10]]}}, "domains name items from 1 to 9"),
    ],
)
def test_items_that_do_not_fit_their_number_are_refused(block, message) -> None:
    data = copy.deepcopy(DATA["phq9"])
    for topic, parts in block.items():
        data[topic] |= parts
    with pytest.raises(DefinitionError, match=message):
        load_instrument(data, "phq9.toml")


@every_instrument
def test_the_suicidality_item_is_one_of_the_items(name) -> None:
    scale = REGISTRY[name]
    asked, items = scale.suicidality, scale.items
    if asked is None:
        return
    assert items is not None
    for item in asked.items:
        assert (items.lows[item - 1], items.highs[item - 1]) == (asked.low, asked.high)


# ---- sources -------------------------------------------------------------------------------------


@every_instrument
def test_a_source_or_the_word_unverified_stands_beside_every_figure(name) -> None:
    figures = REGISTRY[name].figures
    blocks = entries(DATA[name])
    expected = [(topic, block.get("source", UNVERIFIED)) for topic, _, block in blocks]
    assert [(figure.topic, figure.source) for figure in figures] == expected
    for topic, place, block in blocks:
        assert len({"source", "unverified"} & set(block)) == 1, (topic, place)
    assert all(figure.text.strip() for figure in figures)


@every_instrument
@pytest.mark.parametrize(
    "marks",
    [
        {},
        {"source": ""},
        {"source": "  "},
        {"source": 1979},
        {"source": "a book", "unverified": True},
        {"unverified": False},
        {"unverified": "true"},
    ],
    ids=str,
)
def test_an_instrument_with_one_figure_without_its_source_does_not_load(name, marks) -> None:
    for topic, place, _ in entries(DATA[name]):
        data = copy.deepcopy(DATA[name])
        (broken,) = (b for t, p, b in entries(data) if (t, p) == (topic, place))
        for mark in ("source", "unverified"):
            broken.pop(mark, None)
        broken |= marks
        with pytest.raises(DefinitionError, match="needs either a source or unverified = true"):
            load_instrument(data, f"{name}.toml")


@pytest.mark.parametrize(
    ("topic", "named"),
    [("bands", r"\[bands\]"), ("remission", "phq9_lt5"), ("reliability", "reliability 1")],
)
def test_the_error_names_the_file_and_the_figure(topic, named) -> None:
    data = copy.deepcopy(DATA["phq9"])
    (data[topic] if topic == "bands" else data[topic][0]).pop("source")
    with pytest.raises(DefinitionError, match=f"^phq9.toml, {named}: needs"):
        load_instrument(data, "phq9.toml")


def test_a_topic_is_verified_when_every_figure_of_it_has_a_source() -> None:
    assert REGISTRY["phq9"].verified("bands")
    assert not REGISTRY["phq9"].verified("missing_items")
    assert not REGISTRY["madrs"].verified("remission")
