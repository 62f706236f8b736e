"""Course: sessions received against planned, later phases, prior trials, testing and setting."""

from functools import partial

import streamlit as st

from dashboard import data, data_course, parts, widgets
from dashboard.charts import course
from dashboard.data import Choice
from dashboard.data_course import Course
from dashboard.words import plain


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Course")
    fields = data.field_labels()
    by = widgets.select(
        "Grouped by",
        list(fields),
        key="course_by",
        first=next(iter(fields)),
        words=lambda name: fields[name],
        width=320,
    )
    whole, grouped = data_course.courses(choice, by)
    st.text(whole.cohort)  # not Markdown: it holds names out of the data
    st.caption(
        "All episodes of the cohort are counted, with or without scores: the definition of "
        "outcomes on the left plays no part here."
    )
    if data_course.nobody(whole):
        parts.no_episode()
        return
    _sessions(whole, grouped, by)
    _phases(whole, grouped)
    _case_mix(choice, by)
    _help()
    parts.foot(whole, data.store().as_of)


def _sessions(whole: Course, grouped: Course, by: str) -> None:
    st.subheader("Sessions received against planned")
    frame = data_course.course_frame(grouped)
    words = data_course.grouping_words(by)
    if not parts.nothing_drawn(frame):
        parts.chart(
            course.figure(frame, data_course.caption(grouped)),
            "sessions-against-plan",
            f"Share of episodes with at least the planned sessions by {words}, 95 % intervals",
        )
        parts.limits(words)
    parts.table(data_course.session_table(whole, grouped), "Sessions per group")
    st.caption(
        "Sessions are those of the induction phase: median, with the quartiles in brackets. The "
        "share is of episodes with a recorded session and a planned number; the others stand "
        "under Not known. Without a recorded session nobody can say whether there was none."
    )
    parts.file(
        "Course of treatment (CSV)",
        partial(data_course.course_csv, grouped),
        data_course.file_name("course", grouped),
    )


def _phases(whole: Course, grouped: Course) -> None:
    st.subheader("After induction")
    st.caption(
        "Episodes with at least one session of the phase, and their share of those with any."
    )
    parts.table(data_course.phase_table(whole, grouped), "Later phases per group")


def _case_mix(choice: Choice, by: str) -> None:
    whole, grouped = data_course.case_mixes(choice, by)
    words = data_course.grouping_words(by)
    st.subheader("Treatment resistance")
    st.caption(
        "By the number of adequate antidepressant trials in the current episode of illness. "
        "Unknown where the known trials do not decide it."
    )
    parts.table(data_course.resistance_table(whole), "Treatment resistance by rule")
    with widgets.fold(f"Treatment resistance by {plain(words)}", "resistance_by") as is_open:
        if is_open:
            parts.table(data_course.resistance_table(grouped), "Treatment resistance per group")
    st.subheader("Testing and setting")
    for label, table in data_course.setting_tables(whole, grouped).items():
        st.markdown(f"##### {label}")
        parts.table(table, f"{label} per group")
    parts.file(
        "Treatment resistance, testing and setting (CSV)",
        partial(data_course.case_mix_csv, grouped),
        data_course.file_name("case-mix", grouped),
    )


def _help() -> None:
    with st.expander("How to read this page"):
        st.markdown(
            "**What it shows.** What was given, and to whom: sessions against the plan, what "
            "followed induction, how many trials came before, and where treatment took place.\n\n"
            "**What can be changed.** The grouping, and which episodes are looked at.\n\n"
            "**What to look for.** Many episodes under Not known mean that sessions or plans were "
            "not recorded. Fewer sessions than planned can mean that people stopped because they "
            "were well, or because they were not."
        )
