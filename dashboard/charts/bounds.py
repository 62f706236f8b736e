"""What each group's rate could be, whatever the missing endpoints were: a line from low to high."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, scatter
from dashboard.theme import EVERYBODY, QUIET, WITH_ENDPOINT, axis, label, safe, shaped, with_title

ROW = 36
HOVER = (
    "%{customdata[0]}<br>none of the missing met: %{customdata[1]}<br>observed: %{customdata[2]}"
    "<br>all of the missing met: %{customdata[3]}<br>missing: %{customdata[4]}<extra></extra>"
)
TEXTS = ["group_label", "low_text", "observed_text", "high_text", "missing_text"]
ENDS = {
    "low": ("None of the missing met", EVERYBODY, "diamond-open"),
    "observed": ("Episodes with an endpoint", WITH_ENDPOINT, "circle"),
    "high": ("All of the missing met", QUIET, "square-open"),
}


def figure(frame: pd.DataFrame, reach: int, caption: str) -> go.Figure:
    """Draw `frame`, one row per group: low, observed, high in per cent; `reach` as a line.

    A group of whom nobody is due has no place.
    """
    frame = frame.dropna(subset=["low"])
    places = list(range(len(frame)))
    picture = Picture()
    across: list[float | None] = []
    along: list[int | None] = []
    for place, low, high in zip(places, frame["low"], frame["high"], strict=True):
        across += [low, high, None]
        along += [place, place, None]
    picture.add_trace(
        scatter(
            x=across,
            y=along,
            mode="lines",
            line={"color": QUIET, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for column, (name, colour, symbol) in ENDS.items():
        picture.add_trace(
            scatter(
                x=frame[column],
                y=places,
                mode="markers",
                marker={
                    "color": colour,
                    "symbol": symbol,
                    "size": 10,
                    "line": {"width": 2, "color": colour},
                },
                name=name,
                customdata=frame[TEXTS].map(safe),
                hovertemplate=HOVER,
            )
        )
    picture.add_vline(
        x=reach,
        line={"color": QUIET, "width": 1, "dash": "dash"},
        label={"text": f"{reach} %", "font": {"size": 11}, "yshift": 2},
    )
    picture.update_xaxes(axis(range=[-3, 103], dtick=25, title="Rate (%)"))
    picture.update_yaxes(
        axis(
            tickvals=places,
            ticktext=[label(group) for group in frame["group_label"]],
            range=[len(places) - 0.5, -0.5],
            showgrid=False,
        )
    )
    shaped(picture, 194 + ROW * len(places), caption)
    return with_title(picture).update_layout(margin={"t": 108}).drawn()
