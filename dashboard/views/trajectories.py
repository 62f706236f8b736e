"""Trajectories: mean scores over time, with how many episodes each mean stands for."""

import streamlit as st

from dashboard import data, parts
from dashboard.charts import trajectories
from dashboard.data import Choice

AT_FIRST = 5
AT_MOST = 6


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Trajectories")
    fields = data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.selectbox(
            "Lines",
            list(fields),
            format_func=lambda name: fields[name],
            key="lines",
            bind="query-params",
            width=320,
        )
        interval = st.segmented_control(
            "Intervals",
            data.interval_names(),
            default=data.interval_names()[0],
            required=True,
            key="interval",
            bind="query-params",
        )
    answer = data.mean_scores(choice, (by,), interval)
    parts.about(answer, data.store().as_of)
    if parts.empty(answer):
        return
    frame = data.mean_frame(answer)
    groups = list(dict.fromkeys(frame["group_label"]))
    shown = st.multiselect(
        "Shown",
        groups,
        default=groups[:AT_FIRST],
        max_selections=AT_MOST,
        help=f"Up to {AT_MOST} lines can be told apart.",
    )
    drawn = frame[frame["group_label"].isin(shown)]
    if drawn.empty:
        st.info("Choose at least one line under Shown.", title="No line is chosen")
        return
    scale = data.instrument(choice)
    parts.chart(
        trajectories.figure(drawn, scale.label, (scale.low, scale.high), parts.caption(answer)),
        "trajectories",
        f"Mean {scale.label} over time with 95 % intervals and n",
    )
    st.caption(
        "Each mean stands for the episodes that have a score in the interval, and n says how "
        "many. People who stop coming are absent from later means, so a falling line can also "
        "mean that the unwell were lost."
    )
    with st.expander("The same numbers as a table"):
        parts.table(data.mean_table(drawn), "Mean scores per group and interval")
    parts.download("Mean scores of all groups (CSV)", answer, "trajectories")
