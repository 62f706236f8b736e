"""The five classes of change as one stacked bar per group: shares of 100 %, counts inside."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, Settings, bar, scatter
from dashboard.theme import CLASSES, QUIET, axis, heading, label, safe, shaped

ROW = 40
# a narrower part has no room for its number; the table has it
ROOM = 7
HOVER = (
    "%{customdata[0]}<br>%{customdata[1]}: %{customdata[2]}<br>"
    "%{customdata[3]}<br>95 % interval %{customdata[4]}<extra></extra>"
)


def figure(frame: pd.DataFrame, caption: str) -> go.Figure:
    """Draw `frame`, one row per group and class: percent, episodes, and the words for them.

    Groups keep the order of the frame, first on top; a group that is withheld has no bar.
    """
    groups = list(dict.fromkeys(frame["group_label"]))
    picture = Picture()
    for name in dict.fromkeys(frame["class"]):
        picture.add_trace(_part(frame[frame["class"] == name], groups))
    totals = frame.drop_duplicates("group_label")
    picture.add_trace(
        scatter(
            x=[101] * len(totals),
            y=totals["group_label"].map(groups.index),
            text=totals["n_text"].map(safe),
            mode="text",
            textposition="middle right",
            textfont={"color": QUIET},
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    picture.update_layout(barmode="stack", legend={"traceorder": "normal"})
    for x, text, anchor in ((50, "Share of episodes (%)", "center"), (101, "n", "left")):
        heading(picture, x, text, anchor)
    picture.update_xaxes(axis(range=[0, 114], tickvals=[0, 25, 50, 75, 100]))
    picture.update_yaxes(
        axis(
            tickvals=list(range(len(groups))),
            ticktext=[label(group) for group in groups],
            range=[len(groups) - 0.5, -0.5],
            showgrid=False,
        )
    )
    return shaped(picture, 172 + ROW * len(groups), caption).drawn()


def _part(own: pd.DataFrame, groups: list[str]) -> Settings:
    """Return one class in every group."""
    fill, ink = CLASSES[own["class"].iloc[0]]
    inside = own["episodes"].where(own["percent"] >= ROOM)
    return bar(
        x=own["percent"],
        y=own["group_label"].map(groups.index),
        orientation="h",
        width=0.66,
        name=safe(own["class_label"].iloc[0]),
        marker={"color": fill, "line": {"width": 0}},
        text=["" if pd.isna(n) else f"{n:,.0f}" for n in inside],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": ink},
        customdata=own[
            ["group_label", "class_label", "percent_text", "count_text", "interval_text"]
        ].map(safe),
        hovertemplate=HOVER,
    )
