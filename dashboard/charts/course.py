"""Sessions against plan: the share of episodes per group that received at least as many."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, scatter
from dashboard.theme import QUIET, WITH_ENDPOINT, axis, heading, label, safe, shaped

ROW = 34
HOVER = (
    "%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}<br>"
    "95 % interval %{customdata[3]}<extra></extra>"
)


def figure(frame: pd.DataFrame, caption: str) -> go.Figure:
    """Draw `frame`, one row per group: percent with interval, and n / N at the right edge.

    Groups keep the order of the frame, first on top; a withheld share leaves its place empty.
    """
    groups = list(frame["group_label"])
    places = list(range(len(groups)))
    picture = Picture(
        scatter(
            x=frame["percent"],
            y=places,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": frame["percent_high"] - frame["percent"],
                "arrayminus": frame["percent"] - frame["percent_low"],
                "thickness": 1.6,
                "width": 0,
            },
            mode="markers",
            marker={"color": WITH_ENDPOINT, "size": 9},
            showlegend=False,
            customdata=frame[["group_label", "rate_text", "n_text", "interval_text"]].map(safe),
            hovertemplate=HOVER,
        )
    )
    picture.add_trace(
        scatter(
            x=[104] * len(groups),
            y=places,
            text=frame["n_text"].map(safe),
            mode="text",
            textposition="middle right",
            textfont={"color": QUIET},
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for x, text, anchor in (
        (50, "Received at least the planned sessions (%)", "center"),
        (105, "n / N", "left"),
    ):
        heading(picture, x, text, anchor)
    picture.update_xaxes(axis(range=[-3, 124], tickvals=[0, 25, 50, 75, 100], showgrid=True))
    picture.update_yaxes(
        axis(
            tickvals=places,
            ticktext=[label(group) for group in groups],
            range=[len(groups) - 0.5, -0.5],
            showgrid=False,
        )
    )
    shaped(picture, 112 + ROW * len(groups), caption)
    return picture.update_layout(margin={"t": 56}).drawn()
