"""Trajectories: mean scores over time, with how many episodes each mean stands for."""

import streamlit as st

from dashboard import data, parts, widgets
from dashboard.charts import trajectories
from dashboard.data import Choice

AT_FIRST = 5
AT_MOST = 6


def show(choice: Choice) -> None:
    """Draw the page."""
    st.title("Trajectories")
    fields = data.field_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = widgets.select(
            "Lines",
            list(fields),
            key="lines",
            first="modality",
            words=lambda name: fields[name],
            width=320,
        )
        interval = widgets.switch("Intervals", data.interval_names(), key="interval")
        scales = data.scales(choice)
        scale = next(iter(scales))
        if len(scales) > 1:
            scale = widgets.select(
                "Shown as",
                list(scales),
                key="scale_shown",
                first=scale,
                words=lambda name: scales[name],
                help="Published tables read one scale on another, for groups only: they never "
                "decide an outcome of a person.",
                width=280,
            )
    answer = data.mean_scores(choice, (by,), interval, scale)
    parts.about(answer)
    if parts.empty(answer):
        return
    frame = data.mean_frame(answer)
    groups = dict(zip(frame["group_id"], frame["group_label"], strict=True))
    shown = widgets.select_many(
        "Shown",
        list(groups),
        key="shown",
        first=list(groups)[:AT_FIRST],
        words=lambda group: groups[group],
        most=AT_MOST,
        help=f"Up to {AT_MOST} lines can be told apart.",
    )
    drawn = frame[frame["group_id"].isin(shown)]
    if drawn.empty:
        st.info("Choose at least one line under Shown.", title="No line is chosen")
        return
    label, edges = data.drawn_scale(choice, answer)
    parts.chart(
        trajectories.figure(drawn, label, edges, parts.caption(answer)),
        "trajectories",
        f"Mean {label} over time with 95 % intervals and n",
    )
    st.caption(
        "Each mean stands for the episodes that have a score in the interval, and n says how "
        "many. People who stop coming are absent from later means, so a falling line can also "
        f"mean that the unwell were lost. Means of fewer than {trajectories.FEW} episodes are "
        "drawn hollow and without their interval, which the table has."
    )
    st.caption(
        "Timepoint, missing endpoints and remission rule decide outcomes; they do not change "
        "this page."
    )
    with widgets.fold("The same numbers as a table") as is_open:
        if is_open:
            parts.table(data.mean_table(drawn), "Mean scores per group and interval")
    parts.download("Mean scores of all groups (CSV)", answer, "trajectories")
    parts.foot(answer, data.store().as_of)
