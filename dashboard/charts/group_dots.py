"""One number per group as dots with 95 % intervals, in the order of the groups."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, scatter
from dashboard.theme import WITH_ENDPOINT, axis, label, safe, shaped, with_title

HOVER = (
    "%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}<br>"
    "95 % interval %{customdata[3]}<extra></extra>"
)
TEXTS = ["group_label", "value_text", "n_text", "interval_text"]
ROW = 38


def figure(frame: pd.DataFrame, title: str, caption: str, *, percent: bool) -> go.Figure:
    """Draw `frame`, one row per group: value, low, high; `percent` draws from 0 to 100.

    Groups keep the order of the frame, first on top; withheld ones leave their place empty.
    """
    places = list(range(len(frame)))
    picture = Picture(
        scatter(
            x=frame["value"],
            y=places,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": (frame["high"] - frame["value"]).round(3),
                "arrayminus": (frame["value"] - frame["low"]).round(3),
                "thickness": 1.6,
                "width": 0,
            },
            mode="markers",
            marker={"color": WITH_ENDPOINT, "size": 9},
            showlegend=False,
            customdata=frame[TEXTS].map(safe),
            hovertemplate=HOVER,
        )
    )
    scale = {"range": [-3, 103], "dtick": 25} if percent else {}
    picture.update_xaxes(axis(showgrid=True, title=safe(title), **scale))
    picture.update_yaxes(
        axis(
            tickvals=places,
            ticktext=[label(group) for group in frame["group_label"]],
            range=[len(places) - 0.5, -0.5],
            showgrid=False,
        )
    )
    with_title(shaped(picture, 100 + ROW * len(places), caption))
    return picture.update_layout(margin={"t": 36}).drawn()
