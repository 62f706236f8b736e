"""The page of time to event: its frames and picture against the engine, and what it says."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from analysis import Cohort, Definition, curves, release_curves
from analysis.modality import MODALITIES
from dashboard import frames_time
from dashboard.charts import durability as chart
from dashboard.frames_time import EVENT_FREE, INCIDENCE

CAPTION = "Episodes with site <b>north</b>. PHQ-9. Definition 0a1b2c3d, snapshot 00ff."
EVENTS = ("response", "remission", "relapse")


@pytest.fixture
def waited(sample_store):
    """Return a function that asks the engine itself."""

    def ask(event="response", by=("site",), release="local", store=sample_store):
        return release_curves(curves(store, Cohort(), Definition(), event, by), release)

    return ask


def drawn(answer, kind=INCIDENCE):
    """Return the frame, the numbers at risk, the axis and the figure of an answer."""
    labels = frames_time.labels_of(answer, MODALITIES)
    frame = frames_time.curve_frame(answer, kind, labels)
    ticks = frames_time.axis(int(frame["day"].max()))
    risk = frames_time.risk_frame(answer, ticks, labels)
    axis = (ticks.days, ticks.labels, ticks.last)
    return frame, risk, ticks, chart.figure(frame, risk, axis, ("Weeks", "Share (%)"), CAPTION)


def lines_of(figure):
    return [trace for trace in figure.data if trace.mode == "lines" and trace.name]


# ---- frames --------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", EVENTS)
def test_every_drawn_step_is_the_engines(waited, event):
    answer = waited(event)
    frame, *_ = drawn(answer)
    labels = frames_time.labels_of(answer, MODALITIES)
    for summary in answer.summaries:
        own = frame[frame["group_id"] == summary.group[0]]
        assert tuple(own.iloc[0][["day", "percent"]]) == (0, 0.0)
        assert own.iloc[0]["at_risk_text"] == f"{summary.followed:,}"
        steps = {step.day: step for step in answer.steps if step.group == summary.group}
        for row in own.iloc[1:].itertuples():
            assert row.percent == round(100 * steps[row.day].incidence, 1)
            assert row.at_risk_text == f"{steps[row.day].at_risk:,}"
            assert row.group_label == labels[summary.group[0]]


def test_the_share_without_the_event_starts_at_100_and_never_rises(waited):
    frame, *_ = drawn(waited("relapse"), EVENT_FREE)
    for _, own in frame.groupby("group_id"):
        assert own["percent"].iloc[0] == 100
        assert own["percent"].is_monotonic_decreasing


@pytest.mark.parametrize("kind", [INCIDENCE, EVENT_FREE])
def test_a_line_ends_where_fewer_than_five_are_at_risk(waited, kind):
    answer = waited("response", ("modality",))
    frame, *_ = drawn(answer, kind)
    for summary in answer.summaries:
        steps = [step for step in answer.steps if step.group == summary.group]
        last = max((step.day for step in steps if step.at_risk >= 5), default=None)
        own = frame[frame["group_id"] == summary.group[0]]
        assert (None if own.empty else own["day"].max()) == last


@pytest.mark.parametrize("event", EVENTS)
def test_the_number_at_risk_is_the_engines(waited, event):
    """Just before a day, whoever has not left before is at risk; landmarks are counted apart."""
    answer = waited(event, ("modality",))
    _, risk, ticks, figure = drawn(answer)
    printed = {(row.group_id, row.day): row.text for row in risk.itertuples()}
    for mark in answer.landmarks:
        if mark.day in ticks.days:
            assert printed[mark.group[0], mark.day] == f"{mark.at_risk:,}"
    for summary in answer.summaries:
        left = {s.day: s.events + s.competing + s.censored for s in answer.steps
                if s.group == summary.group}  # fmt: skip
        for day in ticks.days:
            gone = sum(count for when, count in left.items() if when < day)
            assert printed[summary.group[0], day] == f"{summary.followed - gone:,}"
    texts = [text for trace in figure.data if trace.mode == "text" for text in trace.text]
    assert texts == list(risk["text"])


@pytest.mark.parametrize("last", [1, 6, 7, 13, 27, 56, 100, 183, 184, 365, 541, 900, 5_000, 18_000])
def test_the_axis_has_at_most_ten_ticks_weeks_first_then_months(last):
    axis = frames_time.axis(last)
    assert 1 <= len(axis.days) == len(axis.labels) <= 10
    assert axis.days[0] == 0
    assert axis.days[-1] <= last + 1
    assert axis.unit == ("weeks" if last <= 183 else "months")
    if axis.unit == "weeks":
        assert list(axis.days) == [7 * int(label) for label in axis.labels]


def test_six_and_twelve_months_are_the_days_of_those_timepoints():
    axis = frames_time.axis(541)
    months = dict(zip(axis.labels, axis.days, strict=True))
    assert (months["6"], months["12"]) == (183, 365)


def test_an_answer_about_nobody_is_an_empty_frame(sample_store):
    cohort = Cohort.of({"modality": ["psilocybin"], "adequate_trials": ["8"]})
    answer = curves(sample_store, cohort, Definition(), "response")
    labels = frames_time.labels_of(answer, MODALITIES)
    assert frames_time.curve_frame(answer, INCIDENCE, labels).empty
    assert frames_time.days_table(answer, labels)["Median days"].tolist() == ["not reached"]


# ---- picture -------------------------------------------------------------------------------------


def test_steps_are_drawn_as_steps(waited):
    *_, figure = drawn(waited())
    assert [line.name for line in lines_of(figure)] == ["harbour", "north", "valley"]
    for trace in figure.data:
        if trace.mode == "lines":
            assert trace.line.shape == "hv"


def test_an_undefined_interval_is_not_drawn_as_zero(waited):
    """Before the first event the share is 0 and has no interval: there the band has not begun."""
    frame, _, _, figure = drawn(waited("relapse"))
    bands = [trace for trace in figure.data if trace.mode == "lines" and not trace.name]
    assert len(bands) == 2 * 3
    for trace in bands:
        assert not np.isnan(trace.y).any()
        assert min(trace.x) > 0
    assert frame["percent_low"].isna().any()


def test_bands_are_drawn_for_up_to_three_groups_only(waited):
    *_, figure = drawn(waited(by=("modality",)))
    assert len(lines_of(figure)) == 13
    assert not [trace for trace in figure.data if trace.fill]


def test_the_picture_carries_no_more_digits_than_are_shown(waited):
    *_, figure = drawn(waited())
    for trace in figure.data:
        if trace.mode == "lines":
            known = np.asarray(trace.y, dtype=float)
            assert np.allclose(10 * known, np.round(10 * known))


def test_the_picture_holds_its_caption_as_text_and_the_whole_range_of_shares(waited):
    *_, figure = drawn(waited())
    printed = figure.layout.title.text.replace("<br>", " ")
    assert "&lt;b&gt;north&lt;/b&gt;" in printed
    assert figure.layout.yaxis.range == (-1, 101)
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range


def test_a_line_and_its_numbers_at_risk_share_a_colour(waited):
    *_, figure = drawn(waited(by=("modality",)))
    colours = [line.line.color for line in lines_of(figure)]
    assert colours == [t.textfont.color for t in figure.data if t.mode == "text"]


# ---- page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", EVENTS)
def test_the_tables_are_the_engines(open_page, sample_store, waited, event):
    link = {"event": event, "curve_by": "site"}
    page = open_page("Durability", sample_store.path, link=link)
    answer = waited(event)
    ends, days, *landmarks, followed = page.tables
    assert list(ends["Followed"].astype(str)) == [f"{row.followed:,}" for row in answer.summaries]
    assert list(ends[event.capitalize()]) == [f"{row.events:,}" for row in answer.summaries]
    for heading, name in (("Death", "death"), ("Drop-out", "drop_out")):
        assert list(ends[heading]) == [str(dict(row.ends)[name]) for row in answer.summaries]
    medians = ["not reached" if r.median is None else f"{r.median:.0f}" for r in answer.summaries]
    assert list(days["Median days"]) == medians
    until = answer.summaries[0].until
    means = list(days[f"Mean days up to day {until}"])
    assert means == [f"{row.mean:.0f}" for row in answer.summaries]
    assert len(landmarks) == 6
    shares = [share for table in landmarks for share in table["Share"]]
    assert shares == [
        "not followed so long" if mark.estimate is None else f"{100 * mark.estimate:.1f} %"
        for mark in sorted(answer.landmarks, key=lambda mark: mark.day)
    ]
    assert ("With response" in followed) == (event == "relapse")


def test_the_page_says_clock_event_end_and_what_plays_no_part(open_page, sample_store):
    text = open_page("Durability", sample_store.path, link={"event": "relapse"}).text
    for words in (
        "Followed from the first response to the last assessment",
        "The waiting ends with the first relapse, with a competing event (death, switch,",
        "Competing events are counted as such",
        "would overstate",
        "Timepoint and missing endpoints play no part on this page.",
        "People are not assigned to groups by chance",
        "Each line ends where fewer than five are at risk.",
    ):
        assert words in text


def test_at_most_eight_lines_are_drawn(open_page, sample_store):
    page = open_page("Durability", sample_store.path)
    assert page.app.multiselect(key="curve_shown").proto.max_selections == 8
    assert len(page.app.multiselect(key="curve_shown").value) == 5
    every = {"curve_shown": sorted(sample_store.levels["modality"])}
    page = open_page("Durability", sample_store.path, chosen=every)
    assert len(page.app.multiselect(key="curve_shown").value) == 8
    assert len({trace["line"]["dash"] for trace in page.figures[0]["data"] if "name" in trace}) == 8


def test_no_line_chosen_is_said(open_page, sample_store):
    page = open_page("Durability", sample_store.path)
    page.app.multiselect(key="curve_shown").set_value([])
    page.again()
    assert page.app.info[0].proto.title == "No line is chosen"
    assert not page.figures


def test_all_episodes_together_are_one_line_without_a_comparison(open_page, sample_store, waited):
    page = open_page("Durability", sample_store.path, link={"curve_by": ""})
    assert [t["name"] for t in page.figures[0]["data"] if "name" in t] == ["All episodes"]
    assert "by chance" not in page.text
    (mark,) = (mark for mark in waited(by=()).landmarks if mark.day == 84)
    share, low, high = (100 * n for n in (mark.estimate, mark.conf_low, mark.conf_high))
    assert (
        f"By day 84, {share:.1f} % of {mark.followed:,} episodes followed had response "
        f"(95 % interval {low:.1f} to {high:.1f} %)." in page.text
    )


def test_the_chart_of_the_share_without_the_event(open_page, sample_store):
    page = open_page("Durability", sample_store.path, link={"event": "relapse"})
    page.app.button_group(key="curve").set_value(EVENT_FREE)
    page.again()
    assert page.figures[0]["layout"]["yaxis"]["title"]["text"] == "Still without relapse (%)"
    assert page.figures[0]["data"][0]["y"][0] == 100
    assert "Share by Kaplan-Meier" in page.text


def test_a_group_of_fewer_than_five_has_no_line_but_its_numbers(open_page, one_episode):
    page = open_page("Durability", one_episode.path)
    assert not page.figures
    assert page.app.info[0].proto.title == "Nothing to draw"
    assert "No line, since fewer than five are followed: ECT." in page.text
    assert page.tables[0].loc[0, ["Followed", "Response"]].tolist() == ["1", "1"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [("relapse", "has no moderate band"), ("remission", "Feel-10 has no remission rule")],
)
def test_an_event_that_an_instrument_cannot_tell_is_a_sentence(open_page, clinic, event, reason):
    store = clinic(
        [{"episode_id": "E1", "patient_id": "P1", "modality": "ect"}],
        [{"episode_id": "E1", "instrument": "feel", "day": d, "score": "20"} for d in "07"],
        mapping='[instruments.feel]\nlabel = "Feel-10"\nrange = [0, 40]\n',
    )
    page = open_page("Durability", store.path, link={"event": event})
    assert not page.app.exception
    assert not page.app.error
    assert reason in page.app.info[0].value.replace("\\", "")
    assert not page.tables


def test_the_files_hold_all_groups_and_the_engines_numbers(open_page, sample_store, waited):
    page = open_page("Durability", sample_store.path)
    answer = waited(by=("modality",))
    steps, summaries = (list(csv.DictReader(io.StringIO(t))) for t in page.files.values())
    assert [float(row["incidence"]) for row in steps] == [s.incidence for s in answer.steps]
    assert [int(row["followed"]) for row in summaries] == [r.followed for r in answer.summaries]
    assert {row["event"] for row in (*steps, *summaries)} == {"response"}


# ---- small counts --------------------------------------------------------------------------------

SMALL = {"rtms": (40, 40), "vns": (30, 20)}
SMALL |= {"ect": (5, 4), "iv_ketamine": (3, 4), "esketamine": (4, 4)}


def test_withheld_groups_are_named_and_have_neither_line_nor_number(open_page, small_program):
    page = open_page("Durability", small_program(SMALL).path, release="shared")
    assert "Withheld: ECT; IV ketamine; Esketamine." in page.text
    names = {trace["name"] for trace in page.figures[0]["data"] if "name" in trace}
    assert names == {"rTMS", "VNS"}
    assert page.figures[0]["layout"]["yaxis2"]["ticktext"] == ["rTMS", "VNS"]
    for table in page.tables:
        row = table.set_index("Group").loc["ECT"]
        assert set(row) == {"withheld"}


def test_coarse_steps_end_with_the_last_shown_one_and_say_so(open_page, small_program):
    page = open_page("Durability", small_program(SMALL).path, release="shared")
    line = next(t for t in page.figures[0]["data"] if t.get("name") == "rTMS")
    assert (line["x"], line["y"]) == ([0, 42], [0, 50])
    assert "Between two shown steps the line is drawn level" in page.text
    assert "Each line ends where fewer than five" not in page.text
    counts = next(t for t in page.figures[0]["data"] if t["mode"] == "text")
    assert counts["text"] == ["80", *["≤ 80"] * 6]


def test_the_other_share_is_not_offered_where_the_two_together_tell(open_page, small_program):
    store = small_program(SMALL)
    shared = open_page("Durability", store.path, release="shared", link={"curve": EVENT_FREE})
    assert [box.key for box in shared.app.button_group if box.key == "curve"] == []
    starts = {t["y"][0] for t in shared.figures[0]["data"] if "name" in t}
    assert starts == {0}
    assert "would tell how many had a competing event" in shared.text


def test_a_landmark_says_on_which_day_it_is_read(waited):
    answer = waited(release="shared")
    tables = frames_time.landmark_tables(answer, frames_time.labels_of(answer, MODALITIES))
    found = pd.concat(tables.values())
    shown = found[found["Share"] != "withheld"]
    assert not shown.empty
    assert shown["Read on day"].str.isdigit().all()
    assert set(found["Still waited for"]) == {"withheld"}
