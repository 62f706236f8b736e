"""Rates of small groups twice: as counted, and drawn towards the rate of all groups."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, Settings, scatter
from dashboard.theme import GROUPS, QUIET, axis, label, safe, shaped, with_title

HOVER = (
    "%{customdata[0]} (%{customdata[1]})<br>as counted %{customdata[2]}"
    "<br>drawn together %{customdata[3]}, 95 % interval %{customdata[4]}<extra></extra>"
)
TEXTS = ["group_label", "n_text", "raw_text", "value_text", "interval_text"]
ROW = 36


def figure(frame: pd.DataFrame, caption: str) -> go.Figure:
    """Draw `frame`, one row per group: raw, value, low, high in per cent.

    Groups keep the order of the frame, first on top; withheld ones leave their place empty.
    """
    places = list(range(len(frame)))
    picture = Picture()
    for column, name, colour, symbol in (
        ("raw", "As counted", GROUPS[0], "circle-open"),
        ("value", "Drawn together, with its interval", GROUPS[1], "diamond"),
    ):
        interval = {
            "type": "data",
            "symmetric": False,
            "array": (frame["high"] - frame["value"]).round(3),
            "arrayminus": (frame["value"] - frame["low"]).round(3),
            "thickness": 1.6,
            "width": 0,
        }
        picture.add_trace(
            scatter(
                x=frame[column],
                y=[place + (-0.14 if column == "raw" else 0.14) for place in places],
                error_x=interval if column == "value" else None,
                mode="markers",
                marker={
                    "color": colour,
                    "symbol": symbol,
                    "size": 9,
                    "line": {"width": 2, "color": colour},
                },
                name=name,
                customdata=frame[TEXTS].map(safe),
                hovertemplate=HOVER,
            )
        )
    picture.add_trace(_moves(frame))
    picture.update_xaxes(axis(showgrid=True, range=[-3, 103], dtick=25, title="Rate (%)"))
    picture.update_yaxes(
        axis(
            tickvals=places,
            ticktext=[label(group) for group in frame["group_label"]],
            range=[len(places) - 0.5, -0.5],
            showgrid=False,
        )
    )
    return with_title(shaped(picture, 172 + ROW * len(places), caption)).drawn()


def _moves(frame: pd.DataFrame) -> Settings:
    """Return thin lines from each rate as counted to the one drawn together."""
    across: list[float | None] = []
    along: list[float | None] = []
    for place, (raw, value) in enumerate(zip(frame["raw"], frame["value"], strict=True)):
        across += [raw, value, None]
        along += [place - 0.14, place + 0.14, None]
    return scatter(
        x=across,
        y=along,
        mode="lines",
        line={"color": QUIET, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
