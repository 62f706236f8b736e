"""A Love plot: how far two groups differ in each field of the case mix, before and after."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, scatter
from dashboard.theme import GROUPS, QUIET, axis, safe, shaped, with_title

HOVER = "%{customdata[0]}<br>before %{customdata[1]}, after %{customdata[2]}<extra></extra>"
SERIES = {
    "before": ("Before weighting", GROUPS[0], "circle-open"),
    "after": ("After weighting", GROUPS[1], "diamond"),
}
ROW = 22
LIMIT = 0.1
NAME = 46


def figure(frame: pd.DataFrame, caption: str) -> go.Figure:
    """Draw `frame`, one row per field: name, before, after as sizes of differences.

    Fields keep the order of the frame, first on top; withheld ones have no place.
    """
    frame = frame.dropna(subset=["before", "after"], how="all")
    places = list(range(len(frame)))
    picture = Picture()
    for column, (name, colour, symbol) in SERIES.items():
        picture.add_trace(
            scatter(
                x=frame[column],
                y=places,
                mode="markers",
                marker={
                    "color": colour,
                    "symbol": symbol,
                    "size": 8,
                    "line": {"width": 1.6, "color": colour},
                },
                name=name,
                customdata=frame[["name", "before_text", "after_text"]].map(safe),
                hovertemplate=HOVER,
            )
        )
    picture.add_vline(
        x=LIMIT,
        line={"color": QUIET, "width": 1.2, "dash": "dash"},
        layer="below",
        label={"text": f"{LIMIT:g}", "font": {"size": 11}, "yshift": 2},
    )
    largest = max([0.2, *frame["before"].dropna(), *frame["after"].dropna()])
    picture.update_xaxes(
        axis(
            range=[-0.01, 1.06 * largest],
            showgrid=True,
            title="Largest standardised mean difference",
        )
    )
    picture.update_yaxes(
        axis(
            tickvals=places,
            ticktext=[_short(name) for name in frame["name"]],
            range=[len(places) - 0.4, -0.6],
            tickfont={"size": 11},
        )
    )
    return with_title(shaped(picture, 172 + ROW * max(len(places), 1), caption)).drawn()


def _short(name: str) -> str:
    return safe(name if len(name) <= NAME else f"{name[: NAME - 1]}…")
