"""Mean change at each visit with 95 % intervals, as a model over all visits sees the groups."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.picture import Picture, scatter
from dashboard.theme import DASHES, GROUPS, QUIET, SYMBOLS, axis, safe, shaped, with_title

HOVER = (
    "%{customdata[0]}<br>up to day %{x:.0f}: %{customdata[1]}<br>95 % interval %{customdata[2]}"
    "<br>N %{customdata[3]}<extra></extra>"
)
TEXTS = ["group_label", "value_text", "interval_text", "n_text"]
UPPER = 340


def figure(frame: pd.DataFrame, instrument: str, caption: str) -> go.Figure:
    """Draw `frame`, one row per group and visit: visit, value, low, high; see frames_compare.

    Groups have their colour in the order of the frame.
    """
    groups = list(dict.fromkeys(frame["group_label"]))
    days = sorted(frame["visit"].unique())
    gap = 0.012 * (max(days) - min(days)) if len(days) > 1 else 0.2
    picture = Picture()
    picture.add_hline(y=0, line={"color": QUIET, "width": 1}, layer="below")
    for position, group in enumerate(groups):
        own = frame[frame["group_label"] == group]
        colour = GROUPS[position % len(GROUPS)]
        picture.add_trace(
            scatter(
                x=own["visit"] + gap * (position - (len(groups) - 1) / 2),
                y=own["value"],
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": (own["high"] - own["value"]).round(3),
                    "arrayminus": (own["value"] - own["low"]).round(3),
                    "thickness": 1.2,
                    "width": 0,
                },
                mode="lines+markers",
                line={"color": colour, "width": 2, "dash": DASHES[position % len(DASHES)]},
                marker={"color": colour, "size": 8, "symbol": SYMBOLS[position % len(SYMBOLS)]},
                name=safe(group),
                customdata=own[TEXTS].map(safe),
                hovertemplate=HOVER,
            )
        )
    ticks = {"tickvals": days, "ticktext": [f"{day / 7:g}" for day in days]}
    picture.update_xaxes(
        axis(**ticks, showgrid=False, title="Weeks since the first treatment, end of each visit")
    )
    picture.update_yaxes(axis(title=f"Mean change, {safe(instrument)}"))
    return with_title(shaped(picture, UPPER + 152, caption)).drawn()
