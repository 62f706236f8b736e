"""What the dashboard says of a store that is not there, and what it does with an unusual one."""

import json

import pytest

from analysis.ingest import import_files

PAGES = ("Program", "Outcomes", "Trajectories", "Durability", "Sensitivity")
DECLARED = """
[instruments.feel]
label = "Feel-10"
range = [0, 40]

[instruments.mood]
label = "Mood-7"
range = [0, 70]
direction = "higher_is_better"
remission = ["mood_lt50"]
"""


def only_an_error(page) -> str:
    assert not page.app.exception
    assert not page.tiles
    assert not page.figures
    assert not page.tables
    (error,) = page.app.error
    assert "Traceback" not in error.value
    return str(error.value).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_no_store_named(open_page, page):
    assert "start the dashboard with trd-outcomes serve STORE" in only_an_error(open_page(page))


@pytest.mark.parametrize("page", PAGES)
def test_a_store_that_is_not_there(open_page, tmp_path, page):
    message = only_an_error(open_page(page, tmp_path / "nothing", release="shared"))
    assert "There is no store at" in message
    assert "trd-outcomes import" in message


def test_where_nothing_is_withheld_a_store_that_is_not_there_can_be_made(open_page, tmp_path):
    page = open_page("Import", tmp_path / "nothing")
    assert not page.app.exception
    assert page.app.title[0].value == "Import"
    assert "The first import makes it." in page.text


def test_a_store_whose_file_is_gone(open_page, one_episode):
    (one_episode.path / one_episode.manifest.file).unlink()
    message = only_an_error(open_page("Program", one_episode.path))
    assert one_episode.manifest.file in message
    assert "import the files again" in message


def test_a_store_whose_content_is_not_what_was_published(open_page, one_episode):
    pointer = one_episode.path / "current.json"
    manifest = json.loads(pointer.read_text())
    manifest["tables"]["assessment"]["rows"] += 1
    pointer.write_text(json.dumps(manifest))
    message = only_an_error(open_page("Program", one_episode.path))
    assert "is not what its manifest says" in message


def test_a_store_without_scores(open_page, clinic):
    store = clinic([{"episode_id": "E1", "patient_id": "P1", "modality": "ect"}], [])
    shared = open_page("Program", store.path, release="shared")
    assert "holds no scores yet" in only_an_error(shared)
    page = open_page("Import", store.path)
    assert page.app.title[0].value == "Import"
    assert "holds no scores yet" in page.text


def more_episodes(folder, number):
    episodes, scores = folder / "episodes.csv", folder / "assessments.csv"
    names = [f"new{n}" for n in range(number)]
    episodes.write_text(
        "episode_id,patient_id,modality,follow_up_days\n"
        + "".join(f"{name},patient of {name},ect,400\n" for name in names)
    )
    scores.write_text(
        "episode_id,instrument,day,score\n"
        + "".join(f"{name},phq9,0,20\n{name},phq9,42,19\n" for name in names)
    )
    return [episodes, scores]


def test_a_new_snapshot_is_noticed_at_the_next_rerun(open_page, one_episode, tmp_path):
    page = open_page("Program", one_episode.path)
    assert page.tiles["Episodes"] == "1"
    assert page.tiles["Response"] == "100.0 %"
    report = import_files(one_episode.path, more_episodes(tmp_path, 3))
    page.again()
    assert page.tiles["Episodes"] == "4"
    assert page.tiles["Response"] == "25.0 %"
    assert f"Snapshot {report.snapshot}" in page.text


def test_a_new_snapshot_does_not_undo_the_readers_choice(open_page, one_episode, tmp_path):
    page = open_page("Program", one_episode.path, chosen={"timepoint": "week_6"})
    import_files(one_episode.path, more_episodes(tmp_path, 3))
    page.again()
    assert "score nearest to day 42" in page.text
    assert page.tiles["Episodes"] == "4"


@pytest.fixture
def declared_instruments(clinic):
    """Return a store with a scale without bands or remission rule, and one that runs upwards."""
    episodes = [
        {"episode_id": f"E{n}", "patient_id": f"P{n}", "modality": "ect", "follow_up_days": "400"}
        for n in range(6)
    ]
    scores = [
        {"episode_id": e["episode_id"], "instrument": name, "day": day, "score": score}
        for e in episodes
        for name, before, after in (("feel", "30", "10"), ("mood", "20", "60"))
        for day, score in (("0", before), ("42", after))
    ]
    return clinic(episodes, scores, mapping=DECLARED)


@pytest.mark.parametrize("instrument", ["feel", "mood"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_a_declared_instrument(
    open_page, declared_instruments, page, instrument
):
    opened = open_page(page, declared_instruments.path, chosen={"instrument": instrument})
    assert not opened.app.exception
    assert not opened.app.error
    assert opened.figures


def test_without_a_remission_rule_there_is_no_remission(open_page, declared_instruments):
    program = open_page("Program", declared_instruments.path, chosen={"instrument": "feel"})
    assert list(program.tiles) == ["Response", "Response, everybody", "Completeness", "Episodes"]
    assert program.tiles["Response"] == "100.0 %"
    outcomes = open_page("Outcomes", declared_instruments.path, chosen={"instrument": "feel"})
    assert "Remission" not in outcomes.app.selectbox(key="outcome").options


def test_a_scale_that_runs_upwards_reads_the_right_way_round(open_page, declared_instruments):
    page = open_page("Program", declared_instruments.path, chosen={"instrument": "mood"})
    assert page.tiles["Remission"] == "100.0 %"
    assert page.app.selectbox(key="remission").options == ["Mood-7 > 50 (unverified)"]


@pytest.mark.parametrize("page", PAGES)
def test_another_instrument_brings_its_own_remission_rule(open_page, sample_store, page):
    opened = open_page(page, sample_store.path)
    rule = opened.app.selectbox(key="remission")
    assert rule.value == "phq9_lt5"
    opened.app.selectbox(key="instrument").select("gad7")
    opened.again()
    opened.app.selectbox(key="remission").select("gad7_lt8")
    opened.again()
    opened.app.selectbox(key="instrument").select("phq9")
    opened.again()
    assert not opened.app.exception
    assert not opened.app.error
    assert opened.app.selectbox(key="remission").value == "phq9_lt5"


def test_an_outcome_that_the_next_instrument_lacks_is_let_go(open_page, declared_instruments):
    page = open_page("Outcomes", declared_instruments.path, chosen={"instrument": "mood"})
    page.app.selectbox(key="outcome").select("remission")
    page.again()
    page.app.selectbox(key="instrument").select("feel")
    page.again()
    assert not page.app.exception
    assert not page.app.error
    assert page.app.selectbox(key="outcome").value == "response"


def test_a_severity_that_the_next_instrument_does_not_know_is_let_go(
    open_page, sample_store, declared_instruments
):
    page = open_page("Program", sample_store.path, chosen={"instrument": "phq9"})
    assert page.app.selectbox(key="min_baseline").value == "moderate"
    declared = open_page("Program", declared_instruments.path, chosen={"instrument": "feel"})
    assert declared.app.selectbox(key="min_baseline").value == "none"
    assert "Eligible: any baseline score." in declared.text
