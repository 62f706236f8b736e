"""The patient flow: how many episodes are left at each step, and what the step lost."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, bar, scatter
from dashboard.theme import QUIET, WITH_ENDPOINT, axis, safe, shaped

ROW = 38


def figure(frame: pd.DataFrame, caption: str) -> go.Figure:
    """Draw `frame`, one row per step: step, episodes, text; a withheld step has no bar."""
    picture = Picture(
        bar(
            x=frame["episodes"],
            y=frame["step"].map(safe),
            orientation="h",
            marker={"color": [WITH_ENDPOINT if met else QUIET for met in frame["met"]]},
            width=0.62,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    picture.add_trace(
        scatter(
            x=frame["episodes"].fillna(0),
            y=frame["step"].map(safe),
            text="  " + frame["text"].map(safe),
            mode="text",
            textposition="middle right",
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    picture.update_yaxes(axis(autorange="reversed", showgrid=False))
    top = frame["episodes"].max()
    picture.update_xaxes(axis(visible=False, range=[0, 1.5 * top if top > 0 else 1]))
    shaped(picture, 60 + ROW * len(frame), caption)
    return picture.update_layout(margin={"t": 8, "r": 8}).drawn()
