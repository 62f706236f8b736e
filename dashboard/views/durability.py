"""Durability: how long until response, remission or relapse, and how many are still waited for."""

import streamlit as st

from dashboard import data, data_time, parts, widgets, words
from dashboard import frames_time as frames
from dashboard.charts import durability
from dashboard.data import Choice
from dashboard.data_time import Curves

AT_FIRST = 5
AT_MOST = 8
CURVES = {frames.INCIDENCE: "With the event", frames.EVENT_FREE: "Without it (Kaplan-Meier)"}
FIRST_TAB = 84  # the day of the headline and of the first tab


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Durability")
    event, by = _question()
    try:
        answer = data_time.waiting(choice, event, by)
    except data_time.DefinitionError as error:
        st.info(words.plain(str(error)), title="This event cannot be told on this instrument")
        return
    parts.about(answer)
    if parts.empty(answer):
        return
    labels = frames.labels_of(answer, data.modalities())
    shown = list(labels)
    if by:
        shown = widgets.select_many(
            "Shown",
            list(labels),
            key="curve_shown",
            first=list(labels)[:AT_FIRST],
            words=lambda group: labels[group],
            most=AT_MOST,
            help=f"Up to {AT_MOST} lines can be told apart.",
        )
    drawn = frames.only(answer, shown)
    if not drawn.summaries:
        st.info("Choose at least one line under Shown.", title="No line is chosen")
        return
    sentence = frames.headline(drawn, FIRST_TAB)
    if sentence and not by:
        st.markdown(f"##### {words.plain(sentence)}")
    _curves(drawn, labels)
    if by:
        parts.limits(words.listed(data.field_labels()[name] for name in by))
    _tables(drawn, labels)
    with st.container(horizontal=True):
        parts.download("Steps of all groups (CSV)", answer, "steps")
        parts.download("Summary of all groups (CSV)", answer, "summaries")
    _help()
    parts.foot(answer, data.store().as_of)


def _question() -> tuple[str, tuple[str, ...]]:
    events, fields = frames.EVENT_LABELS, data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        event = widgets.switch("Event", list(events), key="event", words=lambda name: events[name])
        by = widgets.grouping_box(fields, key="curve_by", first="modality", width=260)
    return event, (by,) if by else ()


def _curves(answer: Curves, labels: dict[str, str]) -> None:
    label = words.lowered(frames.EVENT_LABELS[answer.event])
    kind = frames.INCIDENCE
    if not frames.is_coarse(answer):
        kind = widgets.switch(
            "Share drawn", list(CURVES), key="curve", words=lambda name: CURVES[name]
        )
    frame = frames.curve_frame(answer, kind, labels)
    missing = frames.not_drawn(answer, frame, labels)
    if frame.empty:
        st.info(words.plain(" ".join(missing)), title="Nothing to draw")
    else:
        ticks = frames.axis(frame["day"].max())
        share = (
            f"Share with {label} (%)" if kind == frames.INCIDENCE else f"Still without {label} (%)"
        )
        parts.chart(
            durability.figure(
                frame,
                frames.risk_frame(answer, ticks, labels),
                (ticks.days, ticks.labels, ticks.last),
                (f"{ticks.unit.capitalize()} since the {frames.clock(answer)}", share),
                parts.caption(answer),
            ),
            f"time-to-{label}",
            f"{share} over time as steps, with the number at risk below for each group",
        )
        for sentence in missing:
            st.caption(words.plain(sentence))
    _notes(answer, kind, label)


def _notes(answer: Curves, kind: str, label: str) -> None:
    st.caption(
        f"Days count from the {frames.clock(answer)}. The waiting ends with the first {label}, "
        "with a competing event (death, switch, re-treatment or drop-out), or with the last "
        "assessment (censored)."
    )
    if kind == frames.INCIDENCE:
        st.caption(
            f"Competing events are counted as such: whoever has one is never counted with {label} "
            "later. Shares by Kaplan-Meier, which treats these people as if they were still "
            "waited for, would overstate."
        )
    else:
        st.caption(
            "Share by Kaplan-Meier: competing events count as censored, as if these people were "
            "still waited for. What is missing to 100 % therefore overstates the share with "
            f"{label}; the shares by day below count competing events as such."
        )
    if frames.is_coarse(answer):
        st.caption(
            "Under this release a step is shown only where it stands for enough people. Between "
            "two shown steps the line is drawn level, though the share may have changed in "
            "between. Line and numbers at risk, which are upper limits, end with the last shown "
            "step. The share by Kaplan-Meier is not shown beside this one, since the two "
            "together would tell how many had a competing event."
        )
    st.caption(
        ("" if frames.is_coarse(answer) else "Each line ends where fewer than five are at risk. ")
        + "Timepoint and missing endpoints play no part on this page."
    )


def _tables(answer: Curves, labels: dict[str, str]) -> None:
    label = words.lowered(frames.EVENT_LABELS[answer.event])
    st.subheader("How the waiting ended")
    parts.table(frames.ends_table(answer, labels), f"How the waiting for {label} ended per group")
    st.subheader(f"Days until {label}")
    parts.table(frames.days_table(answer, labels), f"Median and mean days until {label} per group")
    st.caption(
        "Median: the day by which half would have had the event, and mean: the days without it "
        "up to the day named, both by Kaplan-Meier with 95 % intervals. Not reached: fewer than "
        "half had the event while they were followed."
    )
    st.subheader(f"Share with {label} by day")
    tables = frames.landmark_tables(answer, labels)
    names = {day: f"Day {day}" for day in tables}
    tabs = st.tabs(list(names.values()), default=names.get(FIRST_TAB))
    for tab, (day, table) in zip(tabs, tables.items(), strict=True):
        with tab:
            parts.table(table, f"Share with {label} by day {day} per group")
    with widgets.fold("Who is followed") as is_open:
        if is_open:
            parts.table(frames.followed_table(answer, labels), "From the cohort to those followed")
            st.caption(
                "Followed: eligible, with an assessment or a competing event after the clock's "
                "start. Whoever nobody looked at again is not followed."
            )


def _help() -> None:
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** How soon people respond, remit or relapse, counted with everyone "
            "who is still waited for. Number at risk: how many are waited for just before that "
            "day.\n\n"
            "**What can be changed.** The event, the grouping and the groups shown; on the left "
            "the instrument, the baseline, the severity at baseline, the remission rule and the "
            "episodes.\n\n"
            "**What to look for.** Where few are at risk, the line rests on few people. An event "
            "is seen only when somebody is assessed, so a group that is assessed more often "
            "shows it earlier. Relapse is told only for people who responded and were assessed "
            "again."
        )
